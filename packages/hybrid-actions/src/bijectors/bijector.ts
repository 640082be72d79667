import { neg, sum, tidy, type Tensor1D, type Tensor2D } from '@pose-rft/tensor';

/**
 * An invertible, differentiable map of vectors, batched: it carries a density along. All methods return new tensors
 * and are differentiable.
 */
export interface Bijector {
  readonly kind: string;
  /** [B, D] to [B, D]. */
  forward(x: Tensor2D): Tensor2D;
  /** [B, D] to [B, D]; undefined (NaN, infinite) outside the range of `forward`. */
  inverse(y: Tensor2D): Tensor2D;
  /** [B]: log |det J| of `forward` at x. */
  forwardLogDet(x: Tensor2D): Tensor1D;
  /** [B]: log |det J| of `inverse` at y, which is minus that of `forward` at `inverse(y)`. */
  inverseLogDet(y: Tensor2D): Tensor1D;
}

/** A bijector that maps each number by itself. */
export function elementwiseBijector(map: {
  readonly kind: string;
  readonly forward: (x: Tensor2D) => Tensor2D;
  readonly inverse: (y: Tensor2D) => Tensor2D;
  /** log |derivative of forward| at x, [B, D]. */
  readonly forwardLogSlope: (x: Tensor2D) => Tensor2D;
  /** The same at `inverse(y)`, where there is a shorter or more exact way from y. */
  readonly forwardLogSlopeAt?: (y: Tensor2D) => Tensor2D;
}): Bijector {
  const { forwardLogSlopeAt = (y) => map.forwardLogSlope(map.inverse(y)) } = map;
  return {
    kind: map.kind,
    forward: (x) => tidy(() => map.forward(x)),
    inverse: (y) => tidy(() => map.inverse(y)),
    forwardLogDet: (x) => tidy(() => sum<Tensor1D>(map.forwardLogSlope(x), 1)),
    inverseLogDet: (y) => tidy(() => neg(sum<Tensor1D>(forwardLogSlopeAt(y), 1))),
  };
}
