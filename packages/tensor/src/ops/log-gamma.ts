import {
  add,
  div,
  equal,
  expandDims,
  log,
  log1p,
  mul,
  neg,
  onesLike,
  reciprocal,
  square,
  sub,
  sum,
  tensor1d,
  tidy,
  where,
} from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { stopGradient } from './stop-gradient.js';

/** The recurrences carry arguments this far up, to where the asymptotic series are exact to float32. */
const SHIFT = 4;

const HALF_LOG_TWO_PI = 0.5 * Math.log(2 * Math.PI);

/**
 * The natural logarithm of the gamma function, by Stirling's series after a recurrence (Abramowitz and Stegun, 6.1.40
 * and 6.1.15). Accurate to float32 rounding, which near the zeros at 1 and 2 means an absolute error of about 1e-6.
 *
 * @param x - positive, any shape
 * @returns of the same shape; differentiable, with the derivative {@link digamma}
 * @example
 * ```ts
 * import { logGamma, tensor1d, useBackend } from '@pose-rft/tensor';
 *
 * await useBackend('cpu');
 * console.assert(Math.abs((logGamma(tensor1d([5])).dataSync()[0] ?? 0) - Math.log(24)) < 1e-5);
 * ```
 */
export function logGamma(x: Tensor): Tensor {
  return tidy(() => {
    const z = add(x, SHIFT);
    const leading = add(sub(mul(sub(z, 0.5), log(z)), z), HALF_LOG_TWO_PI);
    return sub(add(leading, stirlingCorrection(z)), sum(log(steps(x, SHIFT)), -1));
  });
}

/**
 * The derivative of {@link logGamma}, by its asymptotic series after a recurrence (Abramowitz and Stegun, 6.3.18 and
 * 6.3.5).
 *
 * @param x - positive, any shape
 * @returns of the same shape; differentiable
 * @example
 * ```ts
 * import { digamma, tensor1d, useBackend } from '@pose-rft/tensor';
 *
 * await useBackend('cpu');
 * const eulersConstant = -(digamma(tensor1d([1])).dataSync()[0] ?? 0);
 * console.assert(Math.abs(eulersConstant - 0.5772157) < 1e-5);
 * ```
 */
export function digamma(x: Tensor): Tensor {
  return tidy(() => {
    const z = add(x, SHIFT);
    return sub(add(log(z), digammaCorrection(z)), sum(reciprocal(steps(x, SHIFT)), -1));
  });
}

/**
 * digamma(x + by) - digamma(x), with all digits of a small difference of large numbers.
 *
 * @param x - positive, any shape
 * @param by - positive, of the same shape
 * @returns of the same shape; differentiable
 * @example
 * ```ts
 * import { digammaIncrease, tensor1d, useBackend } from '@pose-rft/tensor';
 *
 * await useBackend('cpu');
 * const byOne = digammaIncrease(tensor1d([500]), tensor1d([1])).dataSync()[0] ?? 0;
 * console.assert(Math.abs(byOne - 1 / 500) < 1e-8);
 * ```
 */
export function digammaIncrease(x: Tensor, by: Tensor): Tensor {
  return tidy(() => {
    const total = add(x, by);
    const z = add(x, SHIFT);
    const corrections = sub(digammaCorrection(add(total, SHIFT)), digammaCorrection(z));
    const climbed = sum(sub(reciprocal(steps(x, SHIFT)), reciprocal(steps(total, SHIFT))), -1);
    return add(add(exactLog1p(div(by, z)), corrections), climbed);
  });
}

/**
 * log B(a, b) = logGamma(a) + logGamma(b) - logGamma(a + b), without that formula's cancellation: the large terms of
 * Stirling's series are subtracted by hand.
 *
 * @param a - positive, any shape
 * @param b - positive, of the same shape
 * @returns of the same shape; differentiable
 * @example
 * ```ts
 * import { logBeta, tensor1d, useBackend } from '@pose-rft/tensor';
 *
 * await useBackend('cpu');
 * console.assert(Math.abs((logBeta(tensor1d([2]), tensor1d([3])).dataSync()[0] ?? 0) + Math.log(12)) < 1e-6);
 * ```
 */
export function logBeta(a: Tensor, b: Tensor): Tensor {
  return tidy(() => {
    const p = add(a, SHIFT);
    const q = add(b, SHIFT);
    const total = add(p, q);
    const powers = add(
      mul(sub(p, 0.5), neg(exactLog1p(div(q, p)))),
      mul(sub(q, 0.5), neg(exactLog1p(div(p, q)))),
    );
    const corrections = sub(add(stirlingCorrection(p), stirlingCorrection(q)), stirlingCorrection(total));
    const atShifted = add(sub(powers, mul(log(total), 0.5)), add(corrections, HALF_LOG_TWO_PI));
    const climbed = sub(
      sum(log(steps(add(a, b), 2 * SHIFT)), -1),
      sum(add(log(steps(a, SHIFT)), log(steps(b, SHIFT))), -1),
    );
    return add(atShifted, climbed);
  });
}

/** log(1 + x) for x > 0, with all digits of a small x: the wasm backend's own adds the 1 in float32 first. */
function exactLog1p(x: Tensor): Tensor {
  const fixed = stopGradient(x);
  const rounded = add(fixed, 1);
  const gain = sub(rounded, 1);
  const isLost = equal(gain, 0);
  // What the rounding of 1 + x took from x, it took from the logarithm in proportion (Goldberg 1991, theorem 4).
  const value = where(isLost, fixed, div(mul(fixed, log(rounded)), where(isLost, onesLike(gain), gain)));
  const own = log1p(x);
  return add(own, sub(value, stopGradient(own)));
}

/** logGamma(z) minus its leading terms, for z >= {@link SHIFT}. */
function stirlingCorrection(z: Tensor): Tensor {
  const inverse = reciprocal(z);
  return mul(inverse, polynomial(square(inverse), [1 / 12, -1 / 360, 1 / 1260, -1 / 1680]));
}

/** digamma(z) - log(z), for z >= {@link SHIFT}. */
function digammaCorrection(z: Tensor): Tensor {
  const inverse = reciprocal(z);
  const squared = square(inverse);
  return neg(
    add(mul(inverse, 0.5), mul(squared, polynomial(squared, [1 / 12, -1 / 120, 1 / 252, -1 / 240]))),
  );
}

/** Horner's rule, the constant first. */
function polynomial(x: Tensor, coefficients: readonly number[]): Tensor {
  return coefficients
    .slice(0, -1)
    .reduceRight<Tensor>(
      (value, coefficient) => add(mul(value, x), coefficient),
      add(mul(x, 0), coefficients.at(-1) ?? 0),
    );
}

/** x, x + 1, ..., along a new last axis. */
function steps(x: Tensor, count: number): Tensor {
  return add(expandDims(x, -1), tensor1d(Float32Array.from({ length: count }, (_, index) => index)));
}
