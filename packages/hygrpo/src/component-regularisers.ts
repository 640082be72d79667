import type { ComponentLogProbs } from '@pose-rft/hybrid-actions';
import {
  mul,
  neg,
  reshape,
  square,
  stopGradient,
  sum,
  tensor1d,
  tidy,
  type Scalar,
  type Tensor,
} from '@pose-rft/tensor';
import { coarsenLogProbs, importanceRatios } from './importance-ratio.js';
import type { DimensionGroups } from './dimension-groups.js';
import { klEstimate, type KlEstimator } from './kl-estimate.js';
import type { AggregationWeights } from './loss-aggregation.js';
import { ObjectiveOptionError } from './objective-option-error.js';
import {
  exactEntropy,
  exactKl,
  type ComponentDistribution,
  type ScoredComponent,
} from './scored-component.js';
import { straightThrough } from './straight-through.js';

/**
 * An estimator, or 'exact' from the distributions, or 'auto': exact where the policy scores distributions beside
 * log-probabilities; otherwise k3 for the value and k2 for the gradient.
 */
export type KlMethod = KlEstimator | 'exact' | 'auto';

/** What the KL and the entropy of a component are summed over. */
export interface RegulariserInput {
  /** The rollout's component: which rows there are, and the log-probabilities that ratios are taken to. */
  readonly layout: ComponentLogProbs<Float32Array>;
  readonly current: ScoredComponent;
  readonly weights: AggregationWeights;
  readonly dimensionGroups?: DimensionGroups;
}

/**
 * KL(pi || reference) of one component, under the weights of its terms.
 *
 * @param methods - whose value is returned, and whose gradient it carries
 * @throws ObjectiveOptionError if 'exact' is asked for and there are no distributions
 */
export function componentKl(
  input: RegulariserInput,
  reference: ScoredComponent,
  methods: {
    readonly value: KlMethod;
    readonly gradient: KlMethod;
    /** Whether estimates are weighted by the ratio, since the samples are those of an older policy. */
    readonly importanceWeighted: boolean;
  },
): Scalar {
  const pair = distributionPair(input.current, reference);
  const value = methods.value === 'auto' ? (pair ? 'exact' : 'k3') : methods.value;
  const ownGradient = value === 'exact' ? 'exact' : 'k2';
  const gradient = methods.gradient === 'auto' ? ownGradient : methods.gradient;
  const divergence = (method: KlEstimator | 'exact'): Scalar => {
    if (method !== 'exact') return estimatedKl(input, reference, method, methods.importanceWeighted);
    if (pair === undefined)
      throw new ObjectiveOptionError(
        'klEstimator or klGradient',
        method,
        "'k1', 'k2' or 'k3', or scores with their distributions, of policy and reference",
      );
    return sum(mul(perRow(exactKl(...pair), input), rowWeights(input)));
  };
  return tidy((): Scalar => {
    const found = divergence(value);
    return gradient === value ? found : straightThrough(divergence(gradient), found);
  });
}

/**
 * The entropy of one component, under the weights of its terms, in nats: exact where there is a distribution;
 * otherwise -log pi of the samples, with the gradient of -(log pi)^2 / 2, whose expectation is that of the entropy
 * (that of -log pi itself is 0).
 */
export function componentEntropy(input: RegulariserInput): Scalar {
  const { current } = input;
  return tidy((): Scalar => {
    if (current.distribution)
      return sum(mul(perRow(exactEntropy(current.distribution), input), rowWeights(input)));
    const logProbs = finest(current, input);
    const estimate = straightThrough(mul(square(logProbs), -0.5), neg(logProbs));
    return weighted(estimate, input);
  });
}

function distributionPair(
  current: ScoredComponent,
  reference: ScoredComponent,
): [ComponentDistribution, ComponentDistribution] | undefined {
  return current.distribution && reference.distribution
    ? [current.distribution, reference.distribution]
    : undefined;
}

function estimatedKl(
  input: RegulariserInput,
  reference: ScoredComponent,
  estimator: KlEstimator,
  importanceWeighted: boolean,
): Scalar {
  const estimates = klEstimate(finest(input.current, input), finest(reference, input), estimator);
  if (!importanceWeighted) return weighted(estimates, input);
  const { current, layout, dimensionGroups } = input;
  const ratios = importanceRatios(current.logProbs, layout, FINEST[layout.kind], dimensionGroups);
  // The gradient of r k1 and of r k3 is r d grad log pi in expectation, that of the KL; that of r k2 only if r is constant.
  return weighted(mul(estimator === 'k2' ? stopGradient(ratios) : ratios, estimates), input);
}

const FINEST = { sequence: 'token', nested: 'group' } as const;

/** Log-probabilities of each token, or of each (named) group of dimensions. */
function finest({ logProbs }: ScoredComponent, { layout, dimensionGroups }: RegulariserInput): Tensor {
  return coarsenLogProbs(logProbs.values, layout, FINEST[layout.kind], dimensionGroups);
}

function weighted(terms: Tensor, { layout, weights }: RegulariserInput): Scalar {
  const perRow = layout.kind === 'sequence' ? terms : reshape(sum(terms, 2), [weights.perToken.length]);
  return sum(mul(perRow, tensor1d(weights.perToken)));
}

/** One number a row, from one number a block where a row's distribution consists of independent blocks. */
function perRow(values: Tensor, { layout }: RegulariserInput): Tensor {
  const rowCount = layout.kind === 'nested' ? layout.candidates.length : values.size;
  return values.size === rowCount ? values : sum(reshape(values, [rowCount, values.size / rowCount]), 1);
}

/** Of what is the same for all samples of a candidate, the samples' weights together. */
function rowWeights({ layout, weights }: RegulariserInput): Tensor {
  if (layout.kind === 'sequence') return tensor1d(weights.perToken);
  const perCandidate = new Float32Array(layout.candidates.length);
  const samples = weights.perToken.length / perCandidate.length;
  weights.perToken.forEach((weight, row) => {
    const candidate = Math.floor(row / samples);
    perCandidate[candidate] = (perCandidate[candidate] as number) + weight;
  });
  return tensor1d(perCandidate);
}
