export {
  InvalidSpaceError,
  type BernoulliSpace,
  type BoxSpace,
  type CategoricalSpace,
  type HybridFields,
  type HybridSpace,
  type MultiCategoricalSpace,
  type RealSpace,
  type RotationsSpace,
  type Space,
  type TokensSpace,
  type TupleSpace,
  type WhenSpace,
} from './spaces/space.js';
export {
  bernoulli,
  box,
  categorical,
  multiCategorical,
  real,
  rotations,
  tokens,
} from './spaces/leaf-spaces.js';
export { hybrid, tuple, when } from './spaces/composite-spaces.js';
export { predicateHolds, type Predicate } from './spaces/predicate.js';
export type { ActionOf } from './spaces/action.js';
export { contains, type Containment } from './spaces/contains.js';
export { sampleAction } from './spaces/sample-action.js';
export { parseSpace } from './spaces/parse-space.js';
export { spacesEqual } from './spaces/spaces-equal.js';
export { flatLayout, type FlatComponent, type FlatLayout, type LeafSpace } from './spaces/flat-layout.js';
export { flatten, unflatten } from './spaces/flatten.js';
export { actionFromJson, actionToJson, type JsonValue } from './spaces/action-json.js';
export { InvalidActionError } from './spaces/invalid-action-error.js';
export { DistributionError, type Distribution } from './distributions/distribution.js';
export { createCategorical, type CategoricalDistribution } from './distributions/categorical.js';
export {
  createDiagonalGaussian,
  gaussianKl,
  type DiagonalGaussianDistribution,
} from './distributions/diagonal-gaussian.js';
export type {
  ActOptions,
  ComponentLogProbs,
  ComponentScores,
  GaussianParameters,
  HybridPolicy,
  NestedLogProbs,
  Rollout,
  SequenceLogProbs,
} from './policy.js';
export { readLogProbs } from './read-log-probs.js';
