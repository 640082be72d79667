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
import { FusedOperandError } from './operand.js';

/** Added to the score of a row that may not be seen: its weight underflows to exactly 0. */
const HIDDEN_SCORE = -1e9;

/**
 * Attention from stock ops: softmax(q k^T / sqrt(headSize)) v over all source rows, with rows outside a query's two
 * ranges hidden by a mask. Costs queries x sources, however small the ranges are.
 *
 * @param queries - float32 [N, d]
 * @param keys - float32 [R, d]
 * @param values - float32 [R, d]
 * @param ranges - [N, 4] row-major: query i sees source rows [r0, r1) and [r2, r3)
 */
export function composedAttention(
  queries: Tensor2D,
  keys: Tensor2D,
  values: Tensor2D,
  ranges: Int32Array,
  headCount: number,
): Tensor2D {
  return tidy(() => {
    const [queryCount, width] = queries.shape;
    const headSize = width / headCount;
    const mask = tensor2d(rangeMask(ranges, keys.shape[0]), [queryCount, keys.shape[0]]);
    const keysByHead = splitHeads(keys, headCount);
    const scores = matMul(splitHeads(queries, headCount), transpose(keysByHead, [0, 2, 1]));
    const weights = softmax(add(mul(scores, 1 / Math.sqrt(headSize)), mask));
    const mixed = matMul(weights, splitHeads(values, headCount));
    return reshape(transpose(mixed, [1, 0, 2]), [queryCount, width]);
  });
}

/** Columns [part * d, (part + 1) * d) of rows of width `parts` * d. */
export function columnPart(rows: Tensor2D, part: number, parts: number): Tensor2D {
  const [rowCount, width] = rows.shape;
  return slice(rows, [0, (part * width) / parts], [rowCount, width / parts]);
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
