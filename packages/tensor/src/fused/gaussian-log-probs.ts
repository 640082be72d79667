import {
  add,
  exp,
  mul,
  neg,
  reshape,
  square,
  sub,
  sum,
  tensor3d,
  tidy,
  type Tensor2D,
  type Tensor3D,
} from '@tensorflow/tfjs-core';
import { fusedGaussianGroupLogProbs } from './gaussian-log-probs.wasm.js';
import { hostGaussianGroupLogProbs } from './host-gaussian-log-probs.js';
import { tensorsLieInHostMemory } from './host-memory.js';
import { fusedKernelsActive } from './kernel-instance.js';
import { FusedOperandError, requireDivisibleWidth, requireTensor } from './operand.js';

const HALF_LOG_TWO_PI = 0.5 * Math.log(2 * Math.PI);

/**
 * Log-densities of samples under diagonal Gaussians, summed over groups of consecutive dimensions:
 * sum over a group of -((x - mean) / exp(logStd))^2 / 2 - logStd - log(2 pi) / 2. With groups of 6 dimensions, one
 * log-density per joint of a pose in 6D rotations.
 *
 * @param samples - [M, S, D] row-major: S samples for each of M Gaussians; data, so no gradient reaches them
 * @param mean - float32 [M, D]
 * @param logStd - float32 [M, D]: natural logarithm of the standard deviation
 * @param groupSize - dimensions that are summed; divides D
 * @returns float32 [M, S, D / groupSize]; differentiable (once) in `mean` and `logStd`
 * @throws FusedOperandError if a shape or dtype is wrong
 * @example
 * ```ts
 * import { diagonalGaussianGroupLogProbs, useBackend, zeros } from '@pose-rft/tensor';
 *
 * await useBackend('cpu');
 * const logProbs = diagonalGaussianGroupLogProbs(new Float32Array(4), zeros([1, 4]), zeros([1, 4]), 2);
 * console.assert(logProbs.shape.join() === '1,1,2');
 * console.assert(Math.abs((logProbs.dataSync()[0] ?? 0) + Math.log(2 * Math.PI)) < 1e-6);
 * ```
 */
export function diagonalGaussianGroupLogProbs(
  samples: Float32Array,
  mean: Tensor2D,
  logStd: Tensor2D,
  groupSize: number,
): Tensor3D {
  const operation = 'diagonalGaussianGroupLogProbs';
  requireTensor(operation, 'mean', mean, 'float32', [null, null]);
  requireTensor(operation, 'logStd', logStd, 'float32', mean.shape);
  const [gaussianCount, width] = mean.shape;
  requireDivisibleWidth(operation, 'mean', width, width / groupSize);
  if (mean.size === 0 ? samples.length !== 0 : samples.length % mean.size !== 0)
    throw new FusedOperandError(
      operation,
      'samples',
      `[${gaussianCount}, S, ${width}]`,
      `${samples.length} numbers`,
    );
  const samplesPerGaussian = mean.size === 0 ? 0 : samples.length / mean.size;
  return tidy(() => {
    if (fusedKernelsActive()) {
      const sampleTensor = tensor3d(samples, [gaussianCount, samplesPerGaussian, width]);
      return fusedGaussianGroupLogProbs(sampleTensor, mean, logStd, groupSize);
    }
    if (tensorsLieInHostMemory() || samples.length === 0)
      return hostGaussianGroupLogProbs(samples, mean, logStd, { samplesPerGaussian, groupSize });
    return composedGaussianGroupLogProbs(samples, mean, logStd, groupSize);
  });
}

/** The same from stock ops. */
export function composedGaussianGroupLogProbs(
  samples: Float32Array,
  mean: Tensor2D,
  logStd: Tensor2D,
  groupSize: number,
): Tensor3D {
  return tidy(() => {
    const [gaussianCount, width] = mean.shape;
    const samplesPerGaussian = mean.size === 0 ? 0 : samples.length / mean.size;
    const perGaussian = [gaussianCount, 1, width];
    const deviations = sub(
      tensor3d(samples, [gaussianCount, samplesPerGaussian, width]),
      reshape(mean, perGaussian),
    );
    const standardised = mul(deviations, reshape(exp(neg(logStd)), perGaussian));
    const logDensities = sub(
      mul(square(standardised), -0.5),
      reshape(add(logStd, HALF_LOG_TWO_PI), perGaussian),
    );
    return sum<Tensor3D>(
      reshape(logDensities, [gaussianCount, samplesPerGaussian, width / groupSize, groupSize]),
      3,
    );
  });
}
