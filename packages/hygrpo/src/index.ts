export {
  ADVANTAGE_DEFAULTS,
  AdvantageShapeError,
  AdvantageValueError,
  groupAdvantages,
  segmentAdvantages,
  structuredAdvantages,
  type AdvantageBaseline,
  type AdvantageOptions,
  type Advantages,
  type AdvantageScale,
  type StandardDeviationKind,
} from './advantage.js';
export {
  nestedAdvantages,
  nestedSegments,
  type AdvantageScope,
  type NestedAxes,
} from './nested-advantage.js';
export {
  aggregateAdvantages,
  type AggregationOptions,
  type ComponentAdvantages,
  type RewardAggregation,
  type ScoredReward,
} from './reward-aggregation.js';
export { DimensionGroupError, type DimensionGroups } from './dimension-groups.js';
export {
  importanceRatios,
  LOG_RATIO_LIMIT,
  RATIO_GRANULARITIES,
  type RatioGranularity,
} from './importance-ratio.js';
export { IMPORTANCE_CAP, importanceCorrection, type ImportanceCorrection } from './importance-correction.js';
export {
  clippedObjective,
  ratioStatistics,
  type ClipEpsilon,
  type RatioStatistics,
} from './clipped-objective.js';
export { weightedLogProbObjective } from './weighted-log-prob-objective.js';
export { klEstimate, type KlEstimator } from './kl-estimate.js';
export { straightThrough } from './straight-through.js';
export { gaussianKl } from '@pose-rft/hybrid-actions';
export { candidateWeights, tokenWeights } from './component-weights.js';
export {
  aggregationWeights,
  type AggregationWeights,
  type LossAggregation,
  type WholeBatch,
} from './loss-aggregation.js';
export { explicitLoss, type ExplicitLoss, type LossOverrides, type PolicyLoss } from './policy-loss.js';
export type { KlMethod } from './component-regularisers.js';
export type { RolloutAxes } from './rollout-axes.js';
export {
  NonFiniteLogProbError,
  type ComponentDistribution,
  type ScoredComponent,
} from './scored-component.js';
export { ObjectiveOptionError } from './objective-option-error.js';
export {
  componentObjective,
  type ComponentObjective,
  type ComponentObjectiveInput,
  type ComponentObjectiveOptions,
} from './component-objective.js';
export { hyGrpoObjective, wholeBatch, type HyGrpoObjective, type HyGrpoObjectiveInput } from './objective.js';
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
export { HyGrpoConfigError } from './config-checks.js';
export type {
  ComponentAdvantageConfig,
  ComponentConfig,
  ResolvedAdvantageConfig,
  ResolvedComponentConfig,
} from './component-config.js';
export {
  resolveHyGrpoConfig,
  type ByComponent,
  type ComponentConfigs,
  type HyGrpoConfig,
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
export type {
  ConsistentComponents,
  Evaluation,
  EvaluationContext,
  HyGrpoCallbacks,
  HyGrpoRun,
  HyGrpoStep,
} from './hygrpo-run.js';
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
