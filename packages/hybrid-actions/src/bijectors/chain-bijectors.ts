import { add, tidy, zeros, type Tensor1D, type Tensor2D } from '@pose-rft/tensor';
import type { Bijector } from './bijector.js';

/**
 * One bijector after the other: `forward` applies the first one first.
 *
 * @example
 * ```ts
 * import { chainBijectors, createAffineBijector, sigmoidBijector } from '@pose-rft/hybrid-actions';
 * import { tensor2d, tidy, useBackend } from '@pose-rft/tensor';
 *
 * await useBackend('cpu');
 * tidy(() => {
 *   const ontoPercent = chainBijectors([sigmoidBijector, createAffineBijector({ shift: 0, scale: 100 })]);
 *   console.assert(ontoPercent.forward(tensor2d([[0]])).dataSync()[0] === 50);
 * });
 * ```
 */
export function chainBijectors(bijectors: readonly Bijector[]): Bijector {
  const backwards = [...bijectors].reverse();
  const along = (
    steps: readonly Bijector[],
    start: Tensor2D,
    step: (bijector: Bijector, x: Tensor2D) => Tensor2D,
    logDet: (bijector: Bijector, x: Tensor2D) => Tensor1D,
  ): Tensor1D =>
    tidy(() => {
      let at = start;
      let total: Tensor1D = zeros([start.shape[0]]);
      for (const bijector of steps) {
        total = add(total, logDet(bijector, at));
        at = step(bijector, at);
      }
      return total;
    });
  return {
    kind: 'chain',
    forward: (x) => tidy(() => bijectors.reduce((at, bijector) => bijector.forward(at), x.clone())),
    inverse: (y) => tidy(() => backwards.reduce((at, bijector) => bijector.inverse(at), y.clone())),
    forwardLogDet: (x) =>
      along(
        bijectors,
        x,
        (bijector, at) => bijector.forward(at),
        (bijector, at) => bijector.forwardLogDet(at),
      ),
    inverseLogDet: (y) =>
      along(
        backwards,
        y,
        (bijector, at) => bijector.inverse(at),
        (bijector, at) => bijector.inverseLogDet(at),
      ),
  };
}
