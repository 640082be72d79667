import { clone, exp, log } from '@pose-rft/tensor';
import { elementwiseBijector, type Bijector } from './bijector.js';

/** y = exp(x), onto the positive numbers. */
export const expBijector: Bijector = elementwiseBijector({
  kind: 'exp',
  forward: exp,
  inverse: log,
  forwardLogSlope: clone,
});
