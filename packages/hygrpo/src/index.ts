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
export { createHyGrpoOptimizer, trainHyGRPO, type HyGrpoRun, type HyGrpoStep } from './trainer.js';
