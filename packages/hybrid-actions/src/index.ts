export {
  box,
  categorical,
  hybrid,
  InvalidSpaceError,
  real,
  rotations,
  tokens,
  when,
  type BoxSpace,
  type CategoricalSpace,
  type HybridFields,
  type HybridSpace,
  type RealSpace,
  type RotationsSpace,
  type Space,
  type TokensSpace,
  type WhenSpace,
} from './space.js';
export { predicateHolds, type Predicate } from './predicate.js';
export type { ActionOf } from './action.js';
export { contains, type Containment } from './containment.js';
export { sampleAction } from './sampling.js';
export { parseSpace } from './space-json.js';
export { actionFromJson, actionToJson, InvalidActionError, type JsonValue } from './action-json.js';
export { DistributionError, type Distribution } from './distribution.js';
export { createCategorical, type CategoricalDistribution } from './categorical-distribution.js';
export {
  createDiagonalGaussian,
  gaussianKl,
  type DiagonalGaussianDistribution,
} from './diagonal-gaussian.js';
export type {
  ActOptions,
  CategoricalParameters,
  ComponentLogProbs,
  ComponentScores,
  GaussianParameters,
  HybridPolicy,
  NestedLogProbs,
  Rollout,
  SequenceLogProbs,
} from './policy.js';
export { readLogProbs } from './read-log-probs.js';
