import type { Random } from '@pose-rft/random';
import {
  add,
  div,
  exp,
  expandDims,
  logSoftmax,
  logSumExp,
  mul,
  softmax,
  square,
  sub,
  sum,
  tensor2d,
  tidy,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
} from '@pose-rft/tensor';
import { requireShape, sampleAndScore, type SampledDistribution } from './distribution.js';
import { drawCategory } from './draw-category.js';
import { gaussianMixtureMode } from './gaussian-mixture-mode.js';

/** K diagonal Gaussians and their weights, one mixture a row. */
export interface GaussianMixtureParameters {
  /** [B, K]: unnormalised logarithms of the weights; -Infinity leaves a Gaussian out. */
  readonly logits: Tensor2D;
  /** [B, K, D]. */
  readonly mean: Tensor3D;
  /** [B, K, D]: the natural logarithm of the standard deviation. */
  readonly logStandardDeviation: Tensor3D;
}

/** Mixtures of Gaussians; samples are float32 [B, D]. */
export interface GaussianMixtureDistribution extends SampledDistribution<Tensor2D> {
  readonly kind: 'gaussianMixture';
  readonly parameters: GaussianMixtureParameters;
  /** The highest peak of the density that can be climbed to from one of the means. */
  mode(): Tensor2D;
  /** [B, D]: the weighted mean of the means, which may be an unlikely value. */
  mean(): Tensor2D;
}

/**
 * A batch of mixtures of diagonal Gaussians: several answers to one question (a caption that many poses fit). The
 * entropy and the divergence of mixtures have no closed form: see {@link estimateEntropy} and {@link estimateKl}. The
 * mode is found by mean-shift iterations from every mean (Carreira-Perpinan, "Mode-Finding for Mixtures of Gaussian
 * Distributions", 2000), which in more than one dimension can miss a peak that lies away from all means.
 *
 * @throws DistributionError if the shapes do not fit
 * @example
 * ```ts
 * import { createGaussianMixture } from '@pose-rft/hybrid-actions';
 * import { tensor3d, tidy, useBackend, zeros } from '@pose-rft/tensor';
 *
 * await useBackend('cpu');
 * tidy(() => {
 *   const leftOrRight = createGaussianMixture({
 *     logits: zeros([1, 2]),
 *     mean: tensor3d([[[-3], [3]]]),
 *     logStandardDeviation: zeros([1, 2, 1]),
 *   });
 *   console.assert(Math.abs(leftOrRight.mean().dataSync()[0] ?? 1) < 1e-6);
 *   console.assert(Math.abs(Math.abs(leftOrRight.mode().dataSync()[0] ?? 0) - 3) < 1e-3);
 * });
 * ```
 */
export function createGaussianMixture(parameters: GaussianMixtureParameters): GaussianMixtureDistribution {
  const { logits, mean, logStandardDeviation } = parameters;
  const [batchSize, count, size] = mean.shape;
  requireShape('logits', logits, [batchSize, count], 'a weight a Gaussian');
  requireShape('logStandardDeviation', logStandardDeviation, mean.shape, 'the mean');

  function sample(random: Random): Tensor2D {
    const weights = logits.dataSync<'float32'>();
    const means = mean.dataSync<'float32'>();
    const logStandardDeviations = logStandardDeviation.dataSync<'float32'>();
    const drawn = new Float32Array(batchSize * size);
    for (let row = 0; row < batchSize; row++) {
      const start = (row * count + drawCategory(weights, row, count, random)) * size;
      for (let dimension = 0; dimension < size; dimension++)
        drawn[row * size + dimension] =
          (means[start + dimension] as number) +
          Math.exp(logStandardDeviations[start + dimension] as number) * random.normal();
    }
    return tensor2d(drawn, [batchSize, size]);
  }

  function logProb(value: Tensor2D): Tensor1D {
    requireShape('sample', value, [batchSize, size], 'a row of the means');
    return tidy(() => {
      const standardised = div(sub(expandDims(value, 1), mean), exp(logStandardDeviation));
      const perDimension = add(
        add(mul(square(standardised), 0.5), logStandardDeviation),
        0.5 * Math.log(2 * Math.PI),
      );
      return logSumExp<Tensor1D>(sub(logSoftmax(logits), sum(perDimension, 2)), 1);
    });
  }

  return {
    kind: 'gaussianMixture',
    parameters,
    batchSize,
    sample,
    logProb,
    sampleAndLogProb: sampleAndScore({ sample, logProb }),
    mode() {
      const weights = logits.dataSync<'float32'>();
      const means = mean.dataSync<'float32'>();
      const deviations = logStandardDeviation.dataSync<'float32'>().map(Math.exp);
      const modes = new Float32Array(batchSize * size);
      for (let row = 0; row < batchSize; row++) {
        const numbers = [row * count * size, (row + 1) * count * size] as const;
        const peak = gaussianMixtureMode(
          weights.subarray(row * count, (row + 1) * count),
          means.subarray(...numbers),
          deviations.subarray(...numbers),
        );
        modes.set(peak, row * size);
      }
      return tensor2d(modes, [batchSize, size]);
    },
    mean: () => tidy(() => sum<Tensor2D>(mul(expandDims(softmax(logits), 2), mean), 1)),
  };
}
