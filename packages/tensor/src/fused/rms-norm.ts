import { add, mean, mul, rsqrt, square, tidy, type Tensor1D, type Tensor2D } from '@tensorflow/tfjs-core';
import { runsFusedOnCard } from '../webgpu/fused-on-card.js';
import { fusedKernelsActive } from './kernel-instance.js';
import { requireTensor } from './operand.js';
import { fusedRmsNorm } from './rms-norm.wasm.js';

/**
 * Root-mean-square normalisation of each row: y = gain * x / sqrt(mean(x^2) + epsilon)
 * (B. Zhang, R. Sennrich, "Root Mean Square Layer Normalization", 2019, eq. 4; epsilon as in Llama).
 *
 * @param x - float32 [N, d]
 * @param gain - float32 [d]
 * @param epsilon - added to the mean square, so that a row of zeros stays zero
 * @returns float32 [N, d]; differentiable in `x` and `gain`
 * @throws FusedOperandError if a shape or dtype is wrong
 * @example
 * ```ts
 * import { ones, rmsNorm, tensor2d, useBackend } from '@pose-rft/tensor';
 *
 * await useBackend('cpu');
 * const normalised = rmsNorm(tensor2d([[3, -3]]), ones([2]));
 * console.assert(Math.abs((normalised.arraySync()[0]?.[0] ?? 0) - 1) < 1e-5);
 * ```
 */
export function rmsNorm(x: Tensor2D, gain: Tensor1D, epsilon = 1e-5): Tensor2D {
  requireTensor('rmsNorm', 'x', x, 'float32', [null, null]);
  requireTensor('rmsNorm', 'gain', gain, 'float32', [x.shape[1]]);
  const isFused = fusedKernelsActive() || runsFusedOnCard('FusedRmsNorm', x);
  return isFused ? fusedRmsNorm(x, gain, epsilon) : composedRmsNorm(x, gain, epsilon);
}

/** The same from stock ops. */
export function composedRmsNorm(x: Tensor2D, gain: Tensor1D, epsilon: number): Tensor2D {
  return tidy(() => mul(mul(x, rsqrt(add(mean(square(x), 1, true), epsilon))), gain));
}
