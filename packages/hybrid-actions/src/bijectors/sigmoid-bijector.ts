import { add, log, neg, sigmoid, softplus, sub } from '@pose-rft/tensor';
import { elementwiseBijector, type Bijector } from './bijector.js';

/** y = 1 / (1 + exp(-x)), onto (0, 1). */
export const sigmoidBijector: Bijector = elementwiseBijector({
  kind: 'sigmoid',
  forward: sigmoid,
  inverse: (y) => sub(log(y), log(sub(1, y))),
  // log y + log(1 - y), each without rounding y first.
  forwardLogSlope: (x) => neg(add(softplus(x), softplus(neg(x)))),
  forwardLogSlopeAt: (y) => add(log(y), log(sub(1, y))),
});
