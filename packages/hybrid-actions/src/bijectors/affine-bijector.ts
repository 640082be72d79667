import { abs, add, div, log, mul, sub, zerosLike, type Tensor } from '@pose-rft/tensor';
import { elementwiseBijector, type Bijector } from './bijector.js';

/**
 * y = shift + scale x, number by number.
 *
 * @param parameters - numbers, or tensors that broadcast to [B, D] (of shape [D], say); `scale` without zeros
 * @example
 * ```ts
 * import { createAffineBijector } from '@pose-rft/hybrid-actions';
 * import { tensor2d, tidy, useBackend } from '@pose-rft/tensor';
 *
 * await useBackend('cpu');
 * tidy(() => {
 *   const celsiusToFahrenheit = createAffineBijector({ shift: 32, scale: 1.8 });
 *   const boiling = celsiusToFahrenheit.forward(tensor2d([[100]])).dataSync()[0] ?? 0;
 *   console.assert(Math.abs(boiling - 212) < 1e-4);
 * });
 * ```
 */
export function createAffineBijector(parameters: {
  readonly shift: number | Tensor;
  readonly scale: number | Tensor;
}): Bijector {
  const { shift, scale } = parameters;
  return elementwiseBijector({
    kind: 'affine',
    forward: (x) => add(mul(x, scale), shift),
    inverse: (y) => div(sub(y, shift), scale),
    forwardLogSlope: (x) => add(zerosLike(x), log(abs(scale))),
    forwardLogSlopeAt: (y) => add(zerosLike(y), log(abs(scale))),
  });
}
