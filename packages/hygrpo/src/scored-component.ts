import {
  createCategorical,
  createCholeskyGaussian,
  createDiagonalGaussian,
  createLowRankGaussian,
  gaussianKl,
  type CategoricalParameters,
  type CholeskyGaussianParameters,
  type ComponentLogProbs,
  type ComponentScores,
  type GaussianParameters,
  type LowRankGaussianParameters,
} from '@pose-rft/hybrid-actions';
import type { Tensor, Tensor1D } from '@pose-rft/tensor';
import { match } from 'ts-pattern';
import { RolloutShapeError } from './rollout-shape.js';

/** What a policy says of one component of a rollout. */
export interface ScoredComponent {
  readonly logProbs: ComponentLogProbs<Tensor>;
  /** The distributions themselves, one row a token of a sequence, or a candidate that has a nested component. */
  readonly distribution?: ComponentDistribution;
}

export type ComponentDistribution =
  | ({ readonly kind: 'gaussian' } & GaussianParameters)
  | ({ readonly kind: 'choleskyGaussian' } & CholeskyGaussianParameters)
  | ({ readonly kind: 'lowRankGaussian' } & LowRankGaussianParameters)
  | ({ readonly kind: 'categorical' } & CategoricalParameters);

/** Thrown when a log-probability is NaN or infinite where a number is needed. */
export class NonFiniteLogProbError extends Error {
  override readonly name = 'NonFiniteLogProbError';
  constructor(
    readonly component: string,
    /** In the flat array of the component's log-probabilities. */
    readonly index: number,
    readonly value: number,
    owner: string,
  ) {
    super(
      `component '${component}': log-probability ${index} of ${owner} is ${value}; expected finite numbers ` +
        '(are the parameters finite, is the action possible under this policy, is the standard deviation bounded?)',
    );
  }
}

/**
 * One component of a policy's scores.
 *
 * @param owner - whose scores they are, for the error
 * @throws RolloutShapeError if there is no such component
 */
export function scoredComponent(scores: ComponentScores, name: string, owner: string): ScoredComponent {
  const logProbs = partOf(scores.logProbs, name, owner);
  const gaussian = scores.gaussians?.[name];
  if (gaussian) return { logProbs, distribution: { ...gaussian, kind: 'gaussian' } };
  const cholesky = scores.choleskyGaussians?.[name];
  if (cholesky) return { logProbs, distribution: { ...cholesky, kind: 'choleskyGaussian' } };
  const lowRank = scores.lowRankGaussians?.[name];
  if (lowRank) return { logProbs, distribution: { ...lowRank, kind: 'lowRankGaussian' } };
  const categorical = scores.categoricals?.[name];
  if (categorical) return { logProbs, distribution: { ...categorical, kind: 'categorical' } };
  return { logProbs };
}

/** @throws RolloutShapeError if there is no part of this name */
export function partOf<Part>(parts: Readonly<Record<string, Part>>, name: string, owner: string): Part {
  const part = Object.hasOwn(parts, name) ? parts[name] : undefined;
  if (part === undefined)
    throw new RolloutShapeError(
      `${owner} has no component '${name}' (it has: ${Object.keys(parts).join(', ') || 'none'})`,
    );
  return part;
}

/** @throws NonFiniteLogProbError */
export function requireFiniteLogProbs(component: string, values: Float32Array, owner: string): void {
  for (let index = 0; index < values.length; index++)
    if (!Number.isFinite(values[index]))
      throw new NonFiniteLogProbError(component, index, values[index] as number, owner);
}

/**
 * KL(p || q) row by row, exactly.
 *
 * @throws RolloutShapeError if they are of different kinds
 */
export function exactKl(p: ComponentDistribution, q: ComponentDistribution): Tensor1D {
  return match([p, q])
    .with([{ kind: 'gaussian' }, { kind: 'gaussian' }], ([ours, theirs]) => gaussianKl(ours, theirs))
    .with([{ kind: 'choleskyGaussian' }, { kind: 'choleskyGaussian' }], ([ours, theirs]) =>
      createCholeskyGaussian(ours).kl(createCholeskyGaussian(theirs)),
    )
    .with([{ kind: 'lowRankGaussian' }, { kind: 'lowRankGaussian' }], ([ours, theirs]) =>
      createLowRankGaussian(ours).kl(createLowRankGaussian(theirs)),
    )
    .with([{ kind: 'categorical' }, { kind: 'categorical' }], ([ours, theirs]) =>
      createCategorical(ours.logits).kl(createCategorical(theirs.logits)),
    )
    .otherwise(() => {
      throw new RolloutShapeError(`the policy's distribution is ${p.kind}, the reference's ${q.kind}`);
    });
}

/** The entropy row by row, exactly, in nats. */
export function exactEntropy(distribution: ComponentDistribution): Tensor1D {
  return match(distribution)
    .with({ kind: 'gaussian' }, (gaussian) => createDiagonalGaussian(gaussian).entropy())
    .with({ kind: 'choleskyGaussian' }, (gaussian) => createCholeskyGaussian(gaussian).entropy())
    .with({ kind: 'lowRankGaussian' }, (gaussian) => createLowRankGaussian(gaussian).entropy())
    .with({ kind: 'categorical' }, ({ logits }) => createCategorical(logits).entropy())
    .exhaustive();
}
