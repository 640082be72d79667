import { tensor2d, type Tensor2D } from '@pose-rft/tensor';
import { DistributionError } from './distribution.js';

/** The corners of a box, as those of a `box` space. */
export interface BoxCorners {
  readonly low: readonly number[];
  readonly high: readonly number[];
}

/** No sample comes nearer to a side than this share of the box: float32's distance between 1 and the number before. */
export const EDGE = 2 ** -24;

/** How a box lies over the unit interval, as tensors [1, D] to be made inside `tidy`. */
export interface BoxScale {
  readonly low: () => Tensor2D;
  readonly width: () => Tensor2D;
  /** The logarithm of the volume. */
  readonly logVolume: number;
}

/** @throws DistributionError unless there are `size` sides of positive, finite width */
export function boxScale({ low, high }: BoxCorners, size: number): BoxScale {
  const widths = low.map((lowest, dimension) => (high[dimension] ?? NaN) - lowest);
  if (low.length !== size || high.length !== size || !widths.every((width) => width > 0 && width < Infinity))
    throw new DistributionError(
      `the box has the corners [${low.join(', ')}] and [${high.join(', ')}]; expected ${size} numbers each, every ` +
        'low below its high',
    );
  return {
    low: () => tensor2d([...low], [1, size]),
    width: () => tensor2d(widths, [1, size]),
    logVolume: widths.reduce((total, width) => total + Math.log(width), 0),
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

/** A share of the way from low to high, away from the sides by {@link EDGE}. */
export function insideUnit(share: number): number {
  return Math.min(Math.max(share, EDGE), 1 - EDGE);
}
