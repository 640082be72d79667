import type { Random } from '@pose-rft/random';
import {
  add,
  cholesky,
  clone,
  div,
  exp,
  expandDims,
  eye,
  log,
  matMul,
  mul,
  square,
  sub,
  sum,
  tensor2d,
  tidy,
  transpose,
  triangularSolve,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
} from '@pose-rft/tensor';
import type { GaussianParameters } from '../policy.js';
import { requireShape, sampleAndScore, type Distribution } from './distribution.js';

const LOG_2_PI = Math.log(2 * Math.PI);

/** Gaussians whose covariance is diagonal but for K directions, one a row: Sigma = diag(s^2) + F transpose(F). */
export interface LowRankGaussianParameters extends GaussianParameters {
  /** [B, D, K]: F, in the units of the samples. */
  readonly lowRankFactor: Tensor3D;
}

/** Gaussians with a low-rank plus diagonal covariance; samples are float32 [B, D]. */
export interface LowRankGaussianDistribution extends Distribution<Tensor2D> {
  readonly kind: 'lowRankGaussian';
  readonly parameters: LowRankGaussianParameters;
}

/**
 * A batch of Gaussians with the covariance diag(s^2) + F transpose(F): correlations along K directions (an arm moves as
 * a whole) at the cost of D K numbers instead of D^2. Densities by the Woodbury identity and the matrix determinant
 * lemma, in K x K matrices; never a D x D one.
 *
 * @throws DistributionError if the shapes do not fit
 * @example
 * ```ts
 * import { createLowRankGaussian } from '@pose-rft/hybrid-actions';
 * import { ones, tensor2d, tidy, useBackend, zeros } from '@pose-rft/tensor';
 *
 * await useBackend('cpu');
 * tidy(() => {
 *   const gaussian = createLowRankGaussian({
 *     mean: zeros([1, 3]),
 *     logStandardDeviation: zeros([1, 3]),
 *     lowRankFactor: ones([1, 3, 1]), // Sigma = I + 1, with determinant 4
 *   });
 *   const logProb = gaussian.logProb(tensor2d([[0, 0, 0]])).dataSync()[0] ?? 0;
 *   console.assert(Math.abs(logProb + 0.5 * Math.log(4) + 1.5 * Math.log(2 * Math.PI)) < 1e-5);
 * });
 * ```
 */
export function createLowRankGaussian(parameters: LowRankGaussianParameters): LowRankGaussianDistribution {
  const { mean, logStandardDeviation, lowRankFactor } = parameters;
  const [batchSize, size] = mean.shape;
  const rank = lowRankFactor.shape[2];
  requireShape('logStandardDeviation', logStandardDeviation, mean.shape, 'the mean');
  requireShape('lowRankFactor', lowRankFactor, [batchSize, size, rank], 'K columns a row of the mean');

  function sample(random: Random): Tensor2D {
    const means = mean.dataSync<'float32'>();
    const logStandardDeviations = logStandardDeviation.dataSync<'float32'>();
    const factors = lowRankFactor.dataSync<'float32'>();
    const drawn = random.fillNormal(new Float32Array(batchSize * size));
    const directions = random.fillNormal(new Float64Array(batchSize * rank));
    for (let index = 0; index < drawn.length; index++) {
      const row = Math.floor(index / size);
      let value =
        (means[index] as number) +
        Math.exp(logStandardDeviations[index] as number) * (drawn[index] as number);
      for (let column = 0; column < rank; column++)
        value += (factors[index * rank + column] as number) * (directions[row * rank + column] as number);
      drawn[index] = value;
    }
    return tensor2d(drawn, [batchSize, size]);
  }

  function logProb(value: Tensor2D): Tensor1D {
    requireShape('sample', value, mean.shape, 'the mean');
    return tidy(() => {
      const { halfLogDeterminants, projection } = factorise(parameters);
      const deviations = div(sub(value, mean), exp(logStandardDeviation));
      const volumes = add(halfLogDeterminants, 0.5 * size * LOG_2_PI);
      return sub(mul(squaredLengths(projection, expandDims(deviations, 2)), -0.5), volumes);
    });
  }

  return {
    kind: 'lowRankGaussian',
    parameters,
    batchSize,
    sample,
    logProb,
    sampleAndLogProb: sampleAndScore({ sample, logProb }),
    entropy: () => tidy(() => add(factorise(parameters).halfLogDeterminants, 0.5 * size * (1 + LOG_2_PI))),
    kl({ parameters: other }) {
      requireShape('the other mean', other.mean, mean.shape, 'the mean');
      return tidy(() => {
        const { halfLogDeterminants, projection } = factorise(other);
        const unit = expandDims<Tensor3D>(exp(other.logStandardDeviation), 2);
        const spreadOf = (columns: Tensor3D): Tensor1D => squaredLengths(projection, div(columns, unit));
        // tr(Sigma_q^-1 Sigma_p) = the squared lengths of the columns of diag(s_p) and of F_p, measured by Sigma_q.
        const ratio = exp(sub(logStandardDeviation, other.logStandardDeviation));
        const ofDiagonal = sub(
          sum<Tensor1D>(square(ratio), 1),
          sum<Tensor1D>(square(mul(projection, expandDims(ratio, 1))), [1, 2]),
        );
        const spread = add(ofDiagonal, spreadOf(lowRankFactor));
        const shift = spreadOf(expandDims(sub(mean, other.mean), 2));
        const volumes = sub(halfLogDeterminants, factorise(parameters).halfLogDeterminants);
        return add(mul(sub(add(spread, shift), size), 0.5), volumes);
      });
    },
    mode: () => clone(mean),
    mean: () => clone(mean),
  };
}

/**
 * With E = diag(1 / s) F and C = I + transpose(E) E = L transpose(L):
 * Sigma^-1 = diag(1 / s) (I - transpose(P) P) diag(1 / s) where P = L^-1 transpose(E), and det Sigma = det C prod s^2.
 */
function factorise({ logStandardDeviation, lowRankFactor }: LowRankGaussianParameters): {
  /** [B]. */
  readonly halfLogDeterminants: Tensor1D;
  /** [B, K, D]: P. */
  readonly projection: Tensor3D;
} {
  const rank = lowRankFactor.shape[2];
  const scaled = div<Tensor3D>(lowRankFactor, expandDims(exp(logStandardDeviation), 2));
  const across = transpose<Tensor3D>(scaled, [0, 2, 1]);
  const factor = cholesky(add(matMul(across, scaled), eye(rank)));
  const diagonal = sum(mul(factor, eye(rank)), 2);
  return {
    halfLogDeterminants: add(sum<Tensor1D>(logStandardDeviation, 1), sum<Tensor1D>(log(diagonal), 1)),
    projection: triangularSolve(factor, across),
  };
}

/** [B]: the sum over columns x of transpose(x) (I - transpose(P) P) x. */
function squaredLengths(projection: Tensor3D, columns: Tensor3D): Tensor1D {
  return sub(
    sum<Tensor1D>(square(columns), [1, 2]),
    sum<Tensor1D>(square(matMul(projection, columns)), [1, 2]),
  );
}
