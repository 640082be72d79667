import {
  abs,
  add,
  clipByValue,
  div,
  equal,
  fill,
  log,
  maximum,
  minimum,
  mul,
  sub,
  sum,
  tensor2d,
  where,
  type Tensor1D,
  type Tensor2D,
} from '@pose-rft/tensor';
import { DistributionError } from './distribution.js';

/** The corners of a box, as those of a `box` space. */
export interface BoxCorners {
  readonly low: readonly number[];
  readonly high: readonly number[];
}

/** No sample comes nearer to a side than this share of the box: float32's distance between 1 and the number before. */
const EDGE = 2 ** -24;

/** How a box lies over the unit interval. The tensors are [1, D] or as large as the values; to be made inside `tidy`. */
export interface BoxScale {
  /** The logarithm of the volume. */
  readonly logVolume: number;
  /** From shares of the way from low to high, [B, D]. */
  stretch(shares: Tensor2D): Tensor2D;
  /** The same on the host, kept off the sides by {@link EDGE}; dimension by dimension in turn. */
  stretchNumber(share: number, index: number): number;
  /**
   * The logarithms of the shares from low and from high. Each is measured from its own side: one minus the other would
   * lose the digits of a value near that side.
   */
  logShares(values: Tensor2D): { readonly fromLow: Tensor2D; readonly fromHigh: Tensor2D };
  /** `density` [B] where a row's values lie in the box, -Infinity elsewhere. */
  within(values: Tensor2D, density: Tensor1D): Tensor1D;
}

/** @throws DistributionError unless there are `size` sides of positive, finite width */
export function boxScale({ low, high }: BoxCorners, size: number): BoxScale {
  const widths = low.map((lowest, dimension) => (high[dimension] ?? NaN) - lowest);
  if (low.length !== size || high.length !== size || !widths.every((width) => width > 0 && width < Infinity))
    throw new DistributionError(
      `the box has the corners [${low.join(', ')}] and [${high.join(', ')}]; expected ${size} numbers each, every ` +
        'low below its high',
    );
  const row = (numbers: readonly number[]): Tensor2D => tensor2d([...numbers], [1, size]);
  const logShare = (distances: Tensor2D): Tensor2D =>
    log(clipByValue(div(distances, row(widths)), EDGE, 1 - EDGE));
  return {
    logVolume: widths.reduce((total, width) => total + Math.log(width), 0),
    stretch: (shares) => add(row(low), mul(row(widths), shares)),
    stretchNumber: (share, index) =>
      (low[index % size] as number) +
      (widths[index % size] as number) * Math.min(Math.max(share, EDGE), 1 - EDGE),
    logShares: (values) => ({
      fromLow: logShare(sub(values, row(low))),
      fromHigh: logShare(sub(row(high), values)),
    }),
    within(values, density) {
      const nearest = minimum(maximum(values, row(low)), row(high));
      return where(equal(sum(abs(sub(values, nearest)), 1), 0), density, fill(density.shape, -Infinity));
    },
  };
}

/** @throws DistributionError unless both boxes are the same */
export function requireSameBox(ours: BoxCorners, theirs: BoxCorners): void {
  if (ours.low.join() !== theirs.low.join() || ours.high.join() !== theirs.high.join())
    throw new DistributionError(
      `kl: this distribution lives on the box [${ours.low.join(', ')}] to [${ours.high.join(', ')}], the other on ` +
        `[${theirs.low.join(', ')}] to [${theirs.high.join(', ')}]`,
    );
}
