import {
  abs,
  acos,
  div,
  exp,
  greater,
  less,
  log,
  max,
  mul,
  onesLike,
  reshape,
  sqrt,
  square,
  sub,
  sum,
  where,
  zerosLike,
} from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { stopGradient } from './stop-gradient.js';

/**
 * Square root with a finite gradient everywhere: 0 where x <= 0, where `sqrt` has Infinity or NaN. Negative numbers
 * (rounding errors of a sum of squares, say) count as 0. NaN stays NaN.
 *
 * @param x - any shape
 * @example
 * ```ts
 * import { grad, safeSqrt, tensor1d, useBackend } from '@pose-rft/tensor';
 *
 * await useBackend('cpu');
 * const slope = grad((x) => safeSqrt(x))(tensor1d([0, 4]));
 * console.assert(slope.dataSync()[0] === 0 && slope.dataSync()[1] === 0.25);
 * ```
 */
export function safeSqrt(x: Tensor): Tensor {
  const isPositive = greater(stopGradient(x), 0);
  // The root never sees what is not positive, so its derivative is finite before `where` drops it.
  const root = sqrt(where(isPositive, x, onesLike(x)));
  return where(isPositive, root, mul(stopGradient(x), 0));
}

/**
 * Euclidean norm along one axis, whose gradient at the zero vector is zero (tfjs: NaN), and which neither overflows
 * nor underflows in the squares.
 *
 * @param x - any shape of rank >= 1
 * @param axis - the axis to sum over (default: the last)
 * @param keepDims - keeps the axis with size 1
 * @example
 * ```ts
 * import { grad, safeNorm, sum, tensor2d, useBackend } from '@pose-rft/tensor';
 *
 * await useBackend('cpu');
 * const slope = grad((x) => sum(safeNorm(x)))(tensor2d([[0, 0], [3, 4]]));
 * console.assert(slope.dataSync()[0] === 0 && Math.abs((slope.dataSync()[3] ?? 0) - 0.8) < 1e-6);
 * ```
 */
export function safeNorm(x: Tensor, axis = -1, keepDims = false): Tensor {
  const largest = max(abs(stopGradient(x)), axis, true);
  const scale = where(greater(largest, 0), largest, onesLike(largest));
  const norm = mul(safeSqrt(sum(square(div(x, scale)), axis, true)), scale);
  if (keepDims) return norm;
  const kept = x.shape.filter((_, index) => index !== (axis < 0 ? axis + x.rank : axis));
  return reshape(norm, kept);
}

/**
 * Arc cosine (radians) with a finite gradient everywhere: exact inside (-1, 1), 0 at and beyond the ends, where
 * `acos` has -Infinity or NaN. Values beyond the ends (rounding errors of a dot product) count as the ends.
 *
 * @param x - any shape
 * @example
 * ```ts
 * import { grad, safeAcos, tensor1d, useBackend } from '@pose-rft/tensor';
 *
 * await useBackend('cpu');
 * const slope = grad((x) => safeAcos(x))(tensor1d([1, 0]));
 * console.assert(slope.dataSync()[0] === 0 && slope.dataSync()[1] === -1);
 * ```
 */
export function safeAcos(x: Tensor): Tensor {
  const fixed = stopGradient(x);
  const isInside = less(abs(fixed), 1);
  const angle = acos(where(isInside, x, zerosLike(x)));
  const atEnds = where(less(fixed, 0), mul(onesLike(fixed), Math.PI), mul(fixed, 0));
  return where(isInside, angle, atEnds);
}

/**
 * Entropy (nats) of the categorical distributions that `logits` describe along the last axis. A logit of -Infinity, a
 * masked outcome, contributes 0 and gets gradient 0 (the naive p log p: NaN).
 *
 * @param logits - [..., outcomes], at least one finite logit in each row
 * @returns [...]
 * @example
 * ```ts
 * import { safeEntropy, tensor2d, useBackend } from '@pose-rft/tensor';
 *
 * await useBackend('cpu');
 * const entropy = safeEntropy(tensor2d([[0, 0, -Infinity]]));
 * console.assert(Math.abs((entropy.dataSync()[0] ?? 0) - Math.log(2)) < 1e-6);
 * ```
 */
export function safeEntropy(logits: Tensor): Tensor {
  const isPossible = greater(stopGradient(logits), -Infinity);
  const largest = max(stopGradient(logits), -1, true);
  const shifted = where(isPossible, sub(logits, largest), zerosLike(logits));
  const weights = where(isPossible, exp(shifted), zerosLike(logits));
  const total = sum(weights, -1, true);
  // H = log Z - sum p (logit - max): no term is ever 0 times infinity.
  const meanShifted = div(sum(mul(weights, shifted), -1, true), total);
  return reshape(sub(log(total), meanShifted), logits.shape.slice(0, -1));
}
