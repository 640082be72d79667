import type { Rollout } from '@pose-rft/hybrid-actions';

/** The axes of a rollout, without what was done in it. */
export interface RolloutAxes {
  /** P. */
  readonly promptCount: number;
  /** G. */
  readonly candidatesPerPrompt: number;
  /** V. */
  readonly samplesPerCandidate: number;
}

/** The axes of a rollout. */
export function axesOf(rollout: Rollout<unknown, unknown>): RolloutAxes {
  const { prompts, candidatesPerPrompt, samplesPerCandidate } = rollout;
  return { promptCount: prompts.length, candidatesPerPrompt, samplesPerCandidate };
}
