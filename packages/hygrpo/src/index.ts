export {
  ADVANTAGE_DEFAULTS,
  AdvantageShapeError,
  groupAdvantages,
  segmentAdvantages,
  structuredAdvantages,
  type AdvantageOptions,
  type Advantages,
  type AdvantageScale,
} from './advantage.js';
export {
  nestedAdvantages,
  nestedSegments,
  type AdvantageScope,
  type NestedAxes,
} from './nested-advantage.js';
export {
  aggregateAdvantages,
  type ComponentAdvantages,
  type RewardAggregation,
  type ScoredReward,
} from './reward-aggregation.js';
export { importanceRatios, LOG_RATIO_LIMIT, type RatioGranularity } from './importance-ratio.js';
export {
  clippedObjective,
  ratioStatistics,
  type ClipEpsilon,
  type RatioStatistics,
} from './clipped-objective.js';
export { klEstimate, type KlEstimator } from './kl-estimate.js';
export { gaussianKl } from '@pose-rft/hybrid-actions';
export { candidateWeights, tokenWeights } from './component-weights.js';
export {
  hyGrpoObjective,
  type ComponentObjective,
  type ComponentObjectiveOptions,
  type HyGrpoObjective,
  type HyGrpoObjectiveInput,
} from './objective.js';
export { requireConsistentRollout, RolloutShapeError } from './rollout-shape.js';
export {
  NonFiniteRewardError,
  RewardFailedError,
  RewardShapeError,
  RewardTimedOutError,
  type Reward,
  type RewardBatch,
  type RewardScores,
} from './reward.js';
export {
  HyGrpoConfigError,
  resolveHyGrpoConfig,
  type ComponentAdvantageConfig,
  type ComponentConfig,
  type HyGrpoConfig,
  type ResolvedComponentConfig,
  type ResolvedHyGrpoConfig,
} from './config.js';
export type { HyGrpoMetrics } from './metrics.js';
export {
  resolveRunConfig,
  type DynamicSampling,
  type HyGrpoRunConfig,
  type ResolvedRunConfig,
} from './run-config.js';
export { createHyGrpoOptimizer, trainHyGRPO } from './trainer.js';
export type { Evaluation, EvaluationContext, HyGrpoCallbacks, HyGrpoRun, HyGrpoStep } from './hygrpo-run.js';
export type { EarlyStop, EarlyStopState } from './early-stop.js';
export {
  adaptedKlCoefficient,
  type AdaptiveKlControl,
  type FixedKlControl,
  type KlCoefficients,
  type KlControl,
  type ScheduledKlControl,
} from './kl-control.js';
export { substitutedReference, type ReferencePolicy, type SubstitutedReference } from './reference-policy.js';
export {
  PromptStateError,
  shuffledEpochs,
  type JsonValue,
  type PromptOutcome,
  type Prompts,
  type PromptSource,
} from './prompt-source.js';
export type { RewardExecution } from './reward-execution.js';
export { concatenateRollouts, selectPrompts } from './rollout-slice.js';
export type { JudgedRollout } from './sampling.js';
export {
  CheckpointExistsError,
  CheckpointMismatchError,
  type CheckpointStore,
  type RunCheckpoints,
  type TrainingState,
} from './training-state.js';
export {
  differentiateMicroBatch,
  type ComponentReport,
  type MicroBatch,
  type MicroBatchReport,
} from './micro-batch.js';
export type { AccumulatedGradients, ActCall, PolicyExecutor, PolicyWorkers } from './policy-executor.js';
