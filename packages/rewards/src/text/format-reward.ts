import { identified, scoreRows, type Described, type Reward, type RewardIdentity } from '../reward.js';

export interface FormatRewardOptions<Prompt, Action> extends RewardIdentity {
  readonly answer: (action: Action) => string;
  /** What the trimmed answer must match. Default {@link POSE_ANSWER_TEMPLATE}. */
  readonly template?: RegExp;
  /** Whether the prompt asks for an answer of this form. Default: every prompt does. */
  readonly appliesTo?: (prompt: Prompt) => boolean;
}

/** Some text without angle brackets, then exactly one `<POSE>`, then at most a full stop. */
export const POSE_ANSWER_TEMPLATE = /^[^<>]+<POSE>\s*\.?$/;

/**
 * 1 if the answer matches the template, else 0 (the paper's R_format). NaN where `appliesTo` says no.
 *
 * Any answer of the right form maximises it, whatever it says: a policy that always answers "pose <POSE>" has all of
 * it. It belongs beside a reward of the content.
 *
 * @example
 * ```ts
 * import { formatReward } from '@pose-rft/rewards';
 *
 * const reward = formatReward({ answer: (action: string) => action });
 * const { values } = reward.score({
 *   rows: ['The pose is <POSE>.', 'The pose is', '<POSE><POSE>'].map((action) => ({ prompt: undefined, action })),
 * });
 * console.assert(values.join() === '1,0,0');
 * ```
 */
export function formatReward<Prompt, Action>(
  options: FormatRewardOptions<Prompt, Action>,
): Described<Reward<Prompt, Action>> {
  const { answer, appliesTo = () => true } = options;
  const template = withoutPosition(options.template ?? POSE_ANSWER_TEMPLATE);
  const about = {
    measures: `whether the answer matches ${String(template)}`,
    unit: '1',
    range: [0, 1],
    maximisedBy: 'any answer of the right form',
    gamedBy: 'one fixed sentence for every prompt',
    judges: 'rows',
  } as const;
  return identified(options, { name: 'format', drives: 'answer', about }, (batch) =>
    scoreRows(batch, (prompt, action) => {
      if (!appliesTo(prompt)) return undefined;
      return template.test(answer(action).trim()) ? 1 : 0;
    }),
  );
}

/** A global or sticky expression remembers where it stopped, so that the next row's answer would depend on this one's. */
function withoutPosition(template: RegExp): RegExp {
  return new RegExp(template.source, template.flags.replaceAll(/[gy]/g, ''));
}
