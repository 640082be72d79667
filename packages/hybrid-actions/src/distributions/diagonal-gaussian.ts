import type { Random } from '@pose-rft/random';
import {
  add,
  clone,
  div,
  exp,
  mul,
  square,
  sub,
  sum,
  tensor2d,
  tidy,
  type Tensor1D,
  type Tensor2D,
} from '@pose-rft/tensor';
import { requireShape, sampleAndScore, type Distribution } from './distribution.js';
import type { GaussianParameters } from '../policy.js';

const LOG_2_PI = Math.log(2 * Math.PI);

/** Gaussians with a diagonal covariance; samples are float32 [B, D]. */
export interface DiagonalGaussianDistribution extends Distribution<Tensor2D> {
  readonly kind: 'diagonalGaussian';
  readonly parameters: GaussianParameters;
}

/**
 * A batch of Gaussians with independent dimensions.
 *
 * On the 6D numbers of `rotations` it is the Gaussian head of Pose-RFT: noise on the two columns, which Gram-Schmidt
 * turns into a rotation afterwards. Its density is one over the six numbers, not over rotations; for that, see
 * {@link createRotationGaussian}.
 *
 * @param parameters - `mean` and `logStandardDeviation` (natural logarithm), both float32 [B, D]
 * @throws DistributionError if the two shapes differ
 * @example
 * ```ts
 * import { createDiagonalGaussian } from '@pose-rft/hybrid-actions';
 * import { tensor2d, tidy, useBackend, zeros } from '@pose-rft/tensor';
 *
 * await useBackend('cpu');
 * tidy(() => {
 *   const standard = createDiagonalGaussian({ mean: zeros([1, 2]), logStandardDeviation: zeros([1, 2]) });
 *   const logProb = standard.logProb(tensor2d([[0, 0]])).dataSync()[0] ?? 0;
 *   console.assert(Math.abs(logProb + Math.log(2 * Math.PI)) < 1e-6);
 * });
 * ```
 */
export function createDiagonalGaussian(parameters: GaussianParameters): DiagonalGaussianDistribution {
  const { mean, logStandardDeviation } = parameters;
  requireShape('logStandardDeviation', logStandardDeviation, mean.shape, 'the mean');
  const [batchSize, size] = mean.shape;

  function sample(random: Random): Tensor2D {
    const means = mean.dataSync<'float32'>();
    const logStandardDeviations = logStandardDeviation.dataSync<'float32'>();
    const drawn = random.fillNormal(new Float32Array(batchSize * size));
    for (let index = 0; index < drawn.length; index++)
      drawn[index] =
        (means[index] as number) +
        Math.exp(logStandardDeviations[index] as number) * (drawn[index] as number);
    return tensor2d(drawn, [batchSize, size]);
  }

  function logProb(value: Tensor2D): Tensor1D {
    requireShape('sample', value, mean.shape, 'the mean');
    return tidy(() => {
      const standardised = div(sub(value, mean), exp(logStandardDeviation));
      const perDimension = add(add(mul(square(standardised), 0.5), logStandardDeviation), 0.5 * LOG_2_PI);
      return mul(sum(perDimension, 1), -1);
    });
  }

  return {
    kind: 'diagonalGaussian',
    parameters,
    batchSize,
    sample,
    logProb,
    sampleAndLogProb: sampleAndScore({ sample, logProb }),
    entropy: () => tidy(() => sum(add(logStandardDeviation, 0.5 * (1 + LOG_2_PI)), 1)),
    kl: (other) => gaussianKl(parameters, other.parameters),
    mode: () => clone(mean),
    mean: () => clone(mean),
  };
}

/**
 * KL(p || q) of diagonal Gaussians, exactly, row by row:
 * sum over dimensions of log(sq / sp) + (sp^2 + (mp - mq)^2) / (2 sq^2) - 1/2.
 *
 * @returns [B], in nats; differentiable in both
 * @throws DistributionError if the shapes differ
 */
export function gaussianKl(p: GaussianParameters, q: GaussianParameters): Tensor1D {
  requireShape('the other mean', q.mean, p.mean.shape, 'the mean');
  requireShape('the other logStandardDeviation', q.logStandardDeviation, p.mean.shape, 'the mean');
  return tidy(() => {
    const logRatio = sub(p.logStandardDeviation, q.logStandardDeviation);
    const varianceRatio = exp(mul(logRatio, 2));
    const shift = square(div(sub(p.mean, q.mean), exp(q.logStandardDeviation)));
    return sum(sub(mul(sub(add(varianceRatio, shift), 1), 0.5), logRatio), 1);
  });
}
