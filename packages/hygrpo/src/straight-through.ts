import { add, stopGradient, sub, tidy, type Tensor } from '@pose-rft/tensor';

/**
 * The values of one tensor with the gradient of another of the same (or a broadcast) shape.
 *
 * @param gradientOf - where the gradient goes
 * @param value - what comes out; no gradient reaches it
 * @example
 * ```ts
 * import { straightThrough } from '@pose-rft/hygrpo';
 * import { grad, mul, scalar, square, useBackend } from '@pose-rft/tensor';
 *
 * await useBackend('cpu');
 * const slope = grad((x) => straightThrough(mul(x, 5), square(x)))(scalar(3));
 * console.assert(slope.dataSync()[0] === 5);
 * ```
 */
export function straightThrough<Value extends Tensor>(gradientOf: Value, value: Tensor): Value {
  // The difference is exactly 0, so the value comes out to the bit (unless the other is not finite).
  return tidy((): Value => add(sub(gradientOf, stopGradient(gradientOf)), stopGradient(value)));
}
