import { add, log, mul, softplus, sub, tanh, type Tensor } from '@pose-rft/tensor';
import { elementwiseBijector, type Bijector } from './bijector.js';

/** y = tanh(x), onto (-1, 1). */
export const tanhBijector: Bijector = elementwiseBijector({
  kind: 'tanh',
  forward: tanh,
  inverse: (y) => mul(sub(log(add(y, 1)), log(sub(1, y))), 0.5),
  forwardLogSlope: tanhLogSlope,
  forwardLogSlopeAt: (y) => add(log(add(y, 1)), log(sub(1, y))),
});

/** log(1 - tanh(x)^2) = 2 (log 2 - x - softplus(-2 x)), exact where tanh(x) rounds to 1. Any shape. */
export function tanhLogSlope<Value extends Tensor>(x: Value): Value {
  return mul(sub(sub(Math.LN2, x), softplus(mul(x, -2))), 2);
}
