import {
  add,
  matMul,
  mul,
  reshape,
  slice,
  softmax,
  tensor2d,
  tidy,
  transpose,
  type Tensor2D,
  type Tensor3D,
} from '@tensorflow/tfjs-core';
import type { QkvHeads } from './attention-heads.js';
import { FusedOperandError } from './operand.js';

/** Added to the score of a row that may not be seen: its weight underflows to exactly 0. */
const HIDDEN_SCORE = -1e9;

/**
 * Attention from stock ops: softmax(q k^T / sqrt(headSize)) v over all source rows, with rows outside a query's two
 * ranges hidden by a mask. Costs queries x sources, however small the ranges are.
 *
 * @param queries - float32 [N, queryHeads * headSize]
 * @param keys - float32 [R, keyValueHeads * headSize]
 * @param values - float32 [R, keyValueHeads * headSize]
 * @param ranges - [N, 4] row-major: query i sees source rows [r0, r1) and [r2, r3)
 */
export function composedAttention(
  queries: Tensor2D,
  keys: Tensor2D,
  values: Tensor2D,
  ranges: Int32Array,
  { queryHeads, keyValueHeads, headSize, groupSize }: QkvHeads,
): Tensor2D {
  return tidy(() => {
    const [queryCount, width] = queries.shape;
    const sourceCount = keys.shape[0];
    const mask = tensor2d(rangeMask(ranges, sourceCount), [queryCount, sourceCount]);
    // The query heads of a group stand one below the other: one product with their common keys.
    const grouped: Tensor3D = reshape(splitHeads(queries, queryHeads), [
      keyValueHeads,
      groupSize * queryCount,
      headSize,
    ]);
    const keysByHead = splitHeads(keys, keyValueHeads);
    const products = matMul(grouped, transpose(keysByHead, [0, 2, 1]));
    const scores: Tensor3D = reshape(products, [queryHeads, queryCount, sourceCount]);
    const weights = softmax(add(mul(scores, 1 / Math.sqrt(headSize)), mask));
    const mixed = matMul(
      reshape(weights, [keyValueHeads, groupSize * queryCount, sourceCount]),
      splitHeads(values, keyValueHeads),
    );
    const byHead = reshape(mixed, [queryHeads, queryCount, headSize]);
    return reshape(transpose(byHead, [1, 0, 2]), [queryCount, width]);
  });
}

/** `width` columns of each row, from column `start` on. */
export function columns(rows: Tensor2D, start: number, width: number): Tensor2D {
  return slice(rows, [0, start], [rows.shape[0], width]);
}

/**
 * Checks that every row of `ranges` names source rows that exist, at least one of them.
 *
 * @throws FusedOperandError otherwise
 */
export function requireRanges(operation: string, ranges: Int32Array, sourceCount: number): void {
  for (let i = 0; i < ranges.length; i += 4) {
    const [r0 = 0, r1 = 0, r2 = 0, r3 = 0] = ranges.subarray(i, i + 4);
    const ordered = 0 <= r0 && r0 <= r1 && r1 <= sourceCount && 0 <= r2 && r2 <= r3 && r3 <= sourceCount;
    if (!ordered || r1 - r0 + (r3 - r2) === 0)
      throw new FusedOperandError(
        operation,
        'ranges',
        `two row ranges within [0, ${sourceCount}), not both empty`,
        `${r0}, ${r1}, ${r2}, ${r3} at row ${i / 4}`,
      );
  }
}

function splitHeads(rows: Tensor2D, headCount: number): Tensor3D {
  const [rowCount, width] = rows.shape;
  return transpose(reshape(rows, [rowCount, headCount, width / headCount]), [1, 0, 2]);
}

function rangeMask(ranges: Int32Array, sourceCount: number): Float32Array {
  const queryCount = ranges.length / 4;
  const mask = new Float32Array(queryCount * sourceCount).fill(HIDDEN_SCORE);
  for (let i = 0; i < queryCount; i++) {
    const row = i * sourceCount;
    mask.fill(0, row + (ranges[4 * i] as number), row + (ranges[4 * i + 1] as number));
    mask.fill(0, row + (ranges[4 * i + 2] as number), row + (ranges[4 * i + 3] as number));
  }
  return mask;
}
