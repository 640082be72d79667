import {
  REINFORCEMENT_METHODS,
  type ReinforcementMethodDefinition,
} from '../recipes/reinforcement-method.js';
import type { RewardMix } from './experiment-rewards.js';

/** One setting of an experiment: what is rewarded, and how it is trained. Plain data, kept beside its results. */
export interface Variant {
  /** Unique in its experiment; part of file names. */
  readonly name: string;
  /** As tables and plots show it. */
  readonly label: string;
  readonly rewards: RewardMix;
  readonly method: ReinforcementMethodDefinition;
  /** The highest learning rate; it falls to zero with the iterations. */
  readonly learningRate: number;
  /** Factor on the experiment's iterations; 0: the start itself, evaluated. 1 unless told. */
  readonly iterationsShare?: number;
}

/**
 * What experiments vary: HyGRPO as `pose-rft rft` runs it, with half the poses per hidden state (V = 16), so that three
 * seeds of everything fit into an hour of one core.
 */
export const EXPERIMENT_METHOD: ReinforcementMethodDefinition = {
  ...REINFORCEMENT_METHODS.hygrpo,
  samplesPerCandidate: 16,
};

export const EXPERIMENT_LEARNING_RATE = 2e-3;

/** What `pose-rft rft` rewards. */
export const DEFAULT_REWARDS: RewardMix = { format: 1, statements: 1, spatial: 1, rules: 1 };

/** A variant with the experiments' settings where it does not say otherwise. */
export function variantOf(
  difference: Pick<Variant, 'name' | 'label'> &
    Partial<Omit<Variant, 'method'>> & { readonly method?: Partial<ReinforcementMethodDefinition> },
): Variant {
  return {
    rewards: DEFAULT_REWARDS,
    learningRate: EXPERIMENT_LEARNING_RATE,
    ...difference,
    method: { ...EXPERIMENT_METHOD, ...difference.method },
  };
}

/** The supervised model that every other variant starts from. */
export const START_VARIANT: Variant = variantOf({
  name: 'start',
  label: 'start (SFT)',
  iterationsShare: 0,
});
