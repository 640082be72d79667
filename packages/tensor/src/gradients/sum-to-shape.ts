import { backend_util, reshape, sum } from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';

/** Undoes broadcasting: sums the gradient of a broadcast operand back to the operand's own shape. */
export function sumToShape(gradient: Tensor, shape: readonly number[]): Tensor {
  const axes = backend_util.getReductionAxes([...shape], gradient.shape);
  const summed = axes.length > 0 ? sum(gradient, axes) : gradient;
  return reshape(summed, [...shape]);
}
