import type { HyGrpoConfig } from '@pose-rft/hygrpo';

/** How the pose is rewarded, and whether it is trained at all. */
export interface ReinforcementMethodDefinition {
  readonly summary: string;
  /** Whether pose rewards reach the policy; without them this is GRPO on text. */
  readonly tunesPose: boolean;
  /** Prompts of each of the two kinds in an iteration. */
  readonly promptsPerKind: number;
  /** G: answers to each prompt. */
  readonly candidatesPerPrompt: number;
  /** V: poses drawn from each hidden state at `<POSE>`. */
  readonly samplesPerCandidate: number;
  /** Reward of a pose for evidence: the paper's 1 / ||J - J*||, or exp(-error / 0.1 m) averaged over joints. */
  readonly spatialReward: 'inverse-distance' | 'joint-proximity';
  /** Whether each joint's rotation gets the reward of the joints that it moves, or the whole pose's. */
  readonly credit: 'per-group' | 'whole';
  /** Factor on the pose's surrogate; below 1 because its log-density sums over 144 numbers. */
  readonly poseWeight: number;
  /** beta of the pose: holds what no reward speaks of near the starting model. */
  readonly poseKlCoefficient: number;
  /** Weight of a supervised joint-position loss on the mean pose beside the objective. */
  readonly jointPositionWeight: number;
  /** Updates on each rollout; 1 unless told. */
  readonly innerEpochs?: number;
  /** eps of the clipped ratios; the trainer's unless told. At one update a rollout every ratio is 1, and it does nothing. */
  readonly clipEpsilon?: number;
}

/** What all methods share, chosen on the validation split: without the pose's KL, limbs that no reward names drift. */
const SHARED = {
  promptsPerKind: 8,
  candidatesPerPrompt: 8,
  poseWeight: 0.2,
  poseKlCoefficient: 0.005,
} as const;

/** The reinforcement methods of this package. */
export const REINFORCEMENT_METHODS = {
  'grpo-text': {
    summary: 'GRPO on the answer tokens alone',
    tunesPose: false,
    ...SHARED,
    samplesPerCandidate: 1,
    spatialReward: 'joint-proximity',
    credit: 'whole',
    jointPositionWeight: 0,
  },
  'hygrpo-paper': {
    summary: 'HyGRPO as the paper states it: one pose per answer, one number per pose',
    tunesPose: true,
    ...SHARED,
    samplesPerCandidate: 1,
    spatialReward: 'inverse-distance',
    credit: 'whole',
    jointPositionWeight: 0,
  },
  hygrpo: {
    summary: 'HyGRPO with many poses per hidden state and credit per joint',
    tunesPose: true,
    ...SHARED,
    candidatesPerPrompt: 4,
    samplesPerCandidate: 32,
    spatialReward: 'joint-proximity',
    credit: 'per-group',
    jointPositionWeight: 0,
  },
  'hygrpo-mixed': {
    summary: 'the same, with a supervised joint-position loss beside it',
    tunesPose: true,
    ...SHARED,
    candidatesPerPrompt: 4,
    samplesPerCandidate: 32,
    spatialReward: 'joint-proximity',
    credit: 'per-group',
    poseKlCoefficient: 0.01,
    jointPositionWeight: 3,
  },
} as const satisfies Readonly<Record<string, ReinforcementMethodDefinition>>;

export type ReinforcementMethod = keyof typeof REINFORCEMENT_METHODS;

/** The method of this name, as the general type. */
export function reinforcementMethod(name: ReinforcementMethod): ReinforcementMethodDefinition {
  return REINFORCEMENT_METHODS[name];
}

/** HyGRPO's settings for a method. */
export function hyGrpoConfig(
  method: ReinforcementMethodDefinition,
  schedule: { readonly iterations: number; readonly learningRate: (iteration: number) => number },
): HyGrpoConfig {
  const answer = { weight: 1, klCoefficient: 0.02, advantage: { stdFloor: 0.05 } };
  const pose = {
    weight: method.poseWeight,
    klCoefficient: method.poseKlCoefficient,
    ratio: method.credit === 'per-group' ? 'group' : 'sum',
    advantage: { credit: method.credit },
  } as const;
  return {
    ...schedule,
    candidatesPerPrompt: method.candidatesPerPrompt,
    samplesPerCandidate: method.samplesPerCandidate,
    innerEpochs: method.innerEpochs ?? 1,
    ...(method.clipEpsilon === undefined ? {} : { clipEpsilon: method.clipEpsilon }),
    maxGradientNorm: 1,
    components: method.tunesPose ? { answer, pose } : { answer },
  };
}
