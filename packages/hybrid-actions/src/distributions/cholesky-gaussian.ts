import type { Random } from '@pose-rft/random';
import {
  abs,
  add,
  clone,
  expandDims,
  eye,
  log,
  lowerTriangle,
  mul,
  square,
  sub,
  sum,
  tensor2d,
  tidy,
  triangularSolve,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
} from '@pose-rft/tensor';
import { requireShape, sampleAndScore, type Distribution } from './distribution.js';

const LOG_2_PI = Math.log(2 * Math.PI);

/** Gaussians with any covariance, one a row. */
export interface CholeskyGaussianParameters {
  /** [B, D]. */
  readonly mean: Tensor2D;
  /** [B, D, D]: L in Sigma = L transpose(L). Only the lower triangle is read; the diagonal must not hold a 0. */
  readonly choleskyFactor: Tensor3D;
}

/** Gaussians with a full covariance; samples are float32 [B, D]. */
export interface CholeskyGaussianDistribution extends Distribution<Tensor2D> {
  readonly kind: 'choleskyGaussian';
  readonly parameters: CholeskyGaussianParameters;
}

/**
 * A batch of Gaussians with a full covariance, given by its Cholesky factor. A policy head can emit the factor's lower
 * triangle as it is (a negative diagonal describes the same covariance), best with an exponential on the diagonal.
 *
 * @throws DistributionError if the shapes do not fit
 * @throws SingularMatrixError when a density is taken with a 0 or NaN on the diagonal
 * @example
 * ```ts
 * import { createCholeskyGaussian } from '@pose-rft/hybrid-actions';
 * import { tensor2d, tensor3d, tidy, useBackend } from '@pose-rft/tensor';
 *
 * await useBackend('cpu');
 * tidy(() => {
 *   const gaussian = createCholeskyGaussian({
 *     mean: tensor2d([[0, 0]]),
 *     choleskyFactor: tensor3d([[[1, 0], [0.5, 2]]]), // variances 1 and 4.25, covariance 0.5
 *   });
 *   const logProb = gaussian.logProb(tensor2d([[0, 0]])).dataSync()[0] ?? 0;
 *   console.assert(Math.abs(logProb + Math.log(2 * Math.PI * 2)) < 1e-6);
 * });
 * ```
 */
export function createCholeskyGaussian(parameters: CholeskyGaussianParameters): CholeskyGaussianDistribution {
  const { mean, choleskyFactor } = parameters;
  const [batchSize, size] = mean.shape;
  requireShape('choleskyFactor', choleskyFactor, [batchSize, size, size], 'a matrix a row of the mean');

  function sample(random: Random): Tensor2D {
    const means = mean.dataSync<'float32'>();
    const factors = choleskyFactor.dataSync<'float32'>();
    const noise = random.fillNormal(new Float64Array(batchSize * size));
    const drawn = new Float32Array(batchSize * size);
    for (let index = 0; index < drawn.length; index++) {
      const first = index - (index % size);
      let value = means[index] as number;
      for (let column = first; column <= index; column++)
        value += (factors[index * size + column - first] as number) * (noise[column] as number);
      drawn[index] = value;
    }
    return tensor2d(drawn, [batchSize, size]);
  }

  function logProb(value: Tensor2D): Tensor1D {
    requireShape('sample', value, mean.shape, 'the mean');
    return tidy(() => {
      const distances = squaredDistances(choleskyFactor, sub(value, mean));
      const volumes = add(halfLogDeterminants(choleskyFactor), 0.5 * size * LOG_2_PI);
      return sub(mul(distances, -0.5), volumes);
    });
  }

  return {
    kind: 'choleskyGaussian',
    parameters,
    batchSize,
    sample,
    logProb,
    sampleAndLogProb: sampleAndScore({ sample, logProb }),
    entropy: () => tidy(() => add(halfLogDeterminants(choleskyFactor), 0.5 * size * (1 + LOG_2_PI))),
    kl({ parameters: other }) {
      requireShape('the other mean', other.mean, mean.shape, 'the mean');
      return tidy(() => {
        // tr(Sigma_q^-1 Sigma_p) is the squared length of L_q^-1 L_p.
        const between = triangularSolve(other.choleskyFactor, lowerTriangle(choleskyFactor));
        const spread = sum<Tensor1D>(square(between), [1, 2]);
        const shift = squaredDistances(other.choleskyFactor, sub(other.mean, mean));
        const volumes = sub(halfLogDeterminants(other.choleskyFactor), halfLogDeterminants(choleskyFactor));
        return add(mul(sub(add(spread, shift), size), 0.5), volumes);
      });
    },
    mode: () => clone(mean),
    mean: () => clone(mean),
  };
}

/** [B]: transpose(x) Sigma^-1 x. */
function squaredDistances(choleskyFactor: Tensor3D, x: Tensor2D): Tensor1D {
  return sum(square(triangularSolve(choleskyFactor, expandDims(x, 2))), [1, 2]);
}

/** [B]: log det(Sigma) / 2. */
function halfLogDeterminants(choleskyFactor: Tensor3D): Tensor1D {
  const diagonal = sum(mul(lowerTriangle(choleskyFactor), eye(choleskyFactor.shape[1])), 2);
  return sum<Tensor1D>(log(abs(diagonal)), 1);
}
