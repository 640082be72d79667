import * as tfjs from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';

/**
 * Running sums along an axis, which may be negative (tfjs's own gives a wrong shape there, and damages the wasm heap).
 *
 * @param exclusive - leaves each element out of its own sum
 * @param reverse - sums from the end
 * @example
 * ```ts
 * import { cumsum, tensor1d, useBackend } from '@pose-rft/tensor';
 *
 * await useBackend('cpu');
 * console.assert(cumsum(tensor1d([1, 2, 3]), -1).dataSync()[2] === 6);
 * ```
 */
export function cumsum<Value extends Tensor>(x: Value, axis = 0, exclusive = false, reverse = false): Value {
  return tfjs.cumsum<Value>(x, nonNegativeAxis(x, axis), exclusive, reverse);
}

/** Running products along an axis, which may be negative; otherwise as {@link cumsum}. */
export function cumprod<Value extends Tensor>(x: Value, axis = 0, exclusive = false, reverse = false): Value {
  return tfjs.cumprod<Value>(x, nonNegativeAxis(x, axis), exclusive, reverse);
}

function nonNegativeAxis(x: Tensor, axis: number): number {
  return tfjs.util.parseAxisParam(axis, x.shape)[0] as number;
}
