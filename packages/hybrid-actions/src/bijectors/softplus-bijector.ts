import { add, log, mul, neg, softplus, sub, tanh, type Tensor2D } from '@pose-rft/tensor';
import { elementwiseBijector, type Bijector } from './bijector.js';

/** y = log(1 + exp(x)), onto the positive numbers; grows as x where exp(x) would overflow. */
export const softplusBijector: Bijector = elementwiseBijector({
  kind: 'softplus',
  forward: softplus,
  inverse: (y) => add(y, logOfOneMinusExp(y)),
  forwardLogSlope: (x) => neg(softplus(neg(x))),
  forwardLogSlopeAt: logOfOneMinusExp,
});

/** log(1 - exp(-y)) for y > 0, by 1 - exp(-y) = 2 t / (1 + t) with t = tanh(y / 2): exact for small y too. */
function logOfOneMinusExp(y: Tensor2D): Tensor2D {
  const t = tanh(mul(y, 0.5));
  return add(sub(log(t), log(add(t, 1))), Math.LN2);
}
