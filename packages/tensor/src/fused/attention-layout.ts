import { keep, tensor1d, tensor2d, type Tensor1D, type Tensor2D } from '@tensorflow/tfjs-core';

/** One run of consecutive rows: a prompt, or an answer that continues a prompt. */
export interface AttentionSegment {
  /** Number of rows. */
  readonly length: number;
  /** Index of the segment whose rows all rows of this one attend to as well: its prompt. */
  readonly prefix?: number;
  /** Each row attends to the whole segment, as in an encoder, not only up to itself (default: false). */
  readonly bidirectional?: boolean;
}

/** Which rows attend to which; made by {@link createAttentionLayout}. */
export interface AttentionLayout {
  readonly segments: readonly AttentionSegment[];
  readonly rowCount: number;
  /** First row of each segment. */
  readonly starts: Int32Array;
  /** [N, 4], row-major: row i attends to rows [r0, r1) (its prefix) and [r2, r3) (its segment, mostly up to itself). */
  readonly rangeData: Int32Array;
  /** Position of each row in its sequence: prefix rows count. */
  readonly positionData: Int32Array;
  /** `rangeData` as an int32 tensor [N, 4]. */
  readonly ranges: Tensor2D;
  /** `positionData` as an int32 tensor [N]. */
  readonly positions: Tensor1D;
  dispose(): void;
}

/** How rows attend beyond being causal. */
export interface AttentionLayoutOptions {
  /** Each row sees this many rows at most, itself and those just before it (default: all). */
  readonly slidingWindow?: number;
}

/** Thrown when segments do not form a layout. */
export class AttentionLayoutError extends Error {
  override readonly name = 'AttentionLayoutError';
}

/**
 * Packs segments of rows one after the other and says which rows attend to which: causal inside a segment (or all of
 * it, if `bidirectional`), and to every row of the segment's prefix. Candidates of one prompt thus share the prompt's
 * rows: its keys and values are computed once, and the gradients of all candidates add up in them. The caller disposes
 * the layout; a `tidy` does not.
 *
 * @param segments - in the order of their rows; a prefix may stand before or after its continuations and has no
 * prefix itself
 * @throws AttentionLayoutError if a length is not a non-negative integer, a prefix is missing or has a prefix, or the
 *   window is not a positive integer
 * @example
 * ```ts
 * import { createAttentionLayout, useBackend } from '@pose-rft/tensor';
 *
 * await useBackend('cpu');
 * const layout = createAttentionLayout([{ length: 2 }, { length: 2, prefix: 0 }, { length: 1, prefix: 0 }]);
 * console.assert(layout.positionData.join() === '0,1,2,3,2');
 * console.assert(layout.rangeData.slice(-4).join() === '0,2,4,5');
 * layout.dispose();
 * ```
 */
export function createAttentionLayout(
  segments: readonly AttentionSegment[],
  options: AttentionLayoutOptions = {},
): AttentionLayout {
  const starts = new Int32Array(segments.length);
  let rowCount = 0;
  segments.forEach(({ length }, index) => {
    if (!Number.isInteger(length) || length < 0)
      throw new AttentionLayoutError(
        `createAttentionLayout: segment ${index} has length ${length}; expected a non-negative integer`,
      );
    starts[index] = rowCount;
    rowCount += length;
  });

  const rangeData = new Int32Array(4 * rowCount);
  const positionData = new Int32Array(rowCount);
  segments.forEach((segment, index) => {
    const start = starts[index] as number;
    const prefix = prefixOf(segments, segment, index);
    const prefixStart = segment.prefix === undefined ? 0 : (starts[segment.prefix] as number);
    for (let offset = 0; offset < segment.length; offset++) {
      const row = start + offset;
      const end = segment.bidirectional === true ? start + segment.length : row + 1;
      rangeData.set([prefixStart, prefixStart + prefix.length, start, end], 4 * row);
      positionData[row] = prefix.length + offset;
    }
  });

  if (options.slidingWindow !== undefined) {
    const encoder = segments.findIndex(({ bidirectional }) => bidirectional === true);
    if (encoder >= 0)
      throw new AttentionLayoutError(
        `createAttentionLayout: segment ${encoder} is bidirectional; expected causal segments with a sliding window`,
      );
    narrowToWindow(rangeData, options.slidingWindow);
  }

  const ranges = keep(tensor2d(rangeData, [rowCount, 4], 'int32'));
  const positions = keep(tensor1d(positionData, 'int32'));
  return {
    segments,
    rowCount,
    starts,
    rangeData,
    positionData,
    ranges,
    positions,
    dispose() {
      ranges.dispose();
      positions.dispose();
    },
  };
}

/**
 * Narrows ranges in place, so that each row sees the last `slidingWindow` of the rows that it saw before: prefix rows
 * come before its own.
 *
 * @param ranges - [N, 4] row-major: row i attends to rows [r0, r1) (its prefix) and [r2, r3) (its own)
 * @throws AttentionLayoutError if the window is not a positive integer
 * @example
 * ```ts
 * import { narrowToWindow } from '@pose-rft/tensor';
 *
 * const ranges = Int32Array.of(0, 5, 8, 10);
 * narrowToWindow(ranges, 4);
 * console.assert(ranges.join() === '3,5,8,10');
 * ```
 */
export function narrowToWindow(ranges: Int32Array, slidingWindow: number): void {
  if (!Number.isInteger(slidingWindow) || slidingWindow <= 0)
    throw new AttentionLayoutError(
      `narrowToWindow: the sliding window is ${slidingWindow}; expected a positive integer`,
    );
  for (let i = 0; i < ranges.length; i += 4) {
    const prefixEnd = ranges[i + 1] as number;
    const ownEnd = ranges[i + 3] as number;
    const ownStart = Math.max(ranges[i + 2] as number, ownEnd - slidingWindow);
    ranges[i] = Math.max(ranges[i] as number, prefixEnd - (slidingWindow - (ownEnd - ownStart)));
    ranges[i + 2] = ownStart;
  }
}

const NO_PREFIX: AttentionSegment = { length: 0 };

function prefixOf(
  segments: readonly AttentionSegment[],
  segment: AttentionSegment,
  index: number,
): AttentionSegment {
  if (segment.prefix === undefined) return NO_PREFIX;
  const prefix = segments[segment.prefix];
  if (prefix === undefined || segment.prefix === index)
    throw new AttentionLayoutError(
      `createAttentionLayout: segment ${index} names segment ${segment.prefix} as its prefix; ` +
        `expected another of the ${segments.length} segments`,
    );
  if (prefix.prefix !== undefined)
    throw new AttentionLayoutError(
      `createAttentionLayout: segment ${index} has prefix ${segment.prefix}, which has a prefix itself ` +
        `(${prefix.prefix}); only one level is shared`,
    );
  return prefix;
}
