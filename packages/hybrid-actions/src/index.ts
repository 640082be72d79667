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
export {
  stackActions,
  unstackActions,
  type ActionTensors,
  type FieldTensors,
} from './spaces/action-tensors.js';
export {
  DistributionError,
  type Distribution,
  type SampledDistribution,
  type SomeDistribution,
} from './distributions/distribution.js';
export { createCategorical, type CategoricalDistribution } from './distributions/categorical.js';
export { keepTopK, keepTopP, maskCategories, scaleTemperature } from './distributions/logit-transforms.js';
export {
  createMultiCategorical,
  type MultiCategoricalDistribution,
} from './distributions/multi-categorical.js';
export { createBernoulli, type BernoulliDistribution } from './distributions/bernoulli.js';
export {
  createTokenSequence,
  type TokenSequenceDistribution,
  type TokenSequenceParameters,
} from './distributions/token-sequence.js';
export {
  createAutoregressive,
  type AutoregressiveDistribution,
  type AutoregressiveParameters,
} from './distributions/autoregressive.js';
export {
  createDiagonalGaussian,
  gaussianKl,
  type DiagonalGaussianDistribution,
} from './distributions/diagonal-gaussian.js';
export {
  createCholeskyGaussian,
  type CholeskyGaussianDistribution,
  type CholeskyGaussianParameters,
} from './distributions/cholesky-gaussian.js';
export {
  createLowRankGaussian,
  type LowRankGaussianDistribution,
  type LowRankGaussianParameters,
} from './distributions/low-rank-gaussian.js';
export {
  createGaussianMixture,
  type GaussianMixtureDistribution,
  type GaussianMixtureParameters,
} from './distributions/gaussian-mixture.js';
export {
  createSquashedGaussian,
  type SquashedGaussianDistribution,
  type SquashedGaussianParameters,
} from './distributions/squashed-gaussian.js';
export { createBeta, type BetaDistribution, type BetaParameters } from './distributions/beta.js';
export type { BoxCorners } from './distributions/box-scale.js';
export {
  createRotationGaussian,
  type RotationGaussianDistribution,
  type RotationGaussianParameters,
} from './distributions/rotation-gaussian.js';
export { createTransformed, type TransformedDistribution } from './distributions/transformed.js';
export {
  createIndependentJoint,
  type IndependentJointDistribution,
  type IndependentParts,
  type PartSamples,
  type PerPart,
} from './distributions/independent-joint.js';
export {
  createJoint,
  type FieldConditionals,
  type JointDistribution,
  type PerField,
} from './distributions/joint.js';
export { estimateEntropy, estimateKl, type EstimateOptions } from './distributions/monte-carlo.js';
export type { Bijector } from './bijectors/bijector.js';
export { createAffineBijector } from './bijectors/affine-bijector.js';
export { chainBijectors } from './bijectors/chain-bijectors.js';
export { expBijector } from './bijectors/exp-bijector.js';
export { invertBijector } from './bijectors/invert-bijector.js';
export { sigmoidBijector } from './bijectors/sigmoid-bijector.js';
export { softplusBijector } from './bijectors/softplus-bijector.js';
export { tanhBijector } from './bijectors/tanh-bijector.js';
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
