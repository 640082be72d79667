import type { Bijector } from './bijector.js';

/**
 * The same map backwards.
 *
 * @example
 * ```ts
 * import { expBijector, invertBijector } from '@pose-rft/hybrid-actions';
 * import { tensor2d, tidy, useBackend } from '@pose-rft/tensor';
 *
 * await useBackend('cpu');
 * tidy(() => console.assert(invertBijector(expBijector).forward(tensor2d([[1]])).dataSync()[0] === 0));
 * ```
 */
export function invertBijector(bijector: Bijector): Bijector {
  return {
    kind: `inverse of ${bijector.kind}`,
    forward: bijector.inverse,
    inverse: bijector.forward,
    forwardLogDet: bijector.inverseLogDet,
    inverseLogDet: bijector.forwardLogDet,
  };
}
