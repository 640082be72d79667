import {
  add,
  clone,
  concat,
  matMul,
  mul,
  reshape,
  slice,
  softmax,
  tensor1d,
  tensor4d,
  tidy,
  transpose,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
} from '@tensorflow/tfjs-core';
import { planAttention, type AttentionBlocks } from './attention-blocks.js';
import type { QkvHeads } from './attention-heads.js';
import { composedGatherRows } from './gather-rows.js';
import { FusedOperandError } from './operand.js';

/**
 * Attention from stock ops: softmax(q k^T / sqrt(headSize)) v over the source rows in a query's two ranges, computed in
 * blocks of queries that see nearly the same sources.
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
  heads: QkvHeads,
): Tensor2D {
  return tidy(() => {
    if (ranges.length === 0) return clone(queries);
    const { batches, places } = planAttention(ranges);
    const parts = batches.map((blocks) => attendInBlocks(queries, keys, values, blocks, heads));
    const rows: Tensor2D = parts.length === 1 ? (parts[0] as Tensor2D) : concat(parts, 0);
    return takeRows(rows, places);
  });
}

/** [blockCount * queriesPerBlock, queryHeads * headSize] the outputs of all queries of some blocks. */
function attendInBlocks(
  queries: Tensor2D,
  keys: Tensor2D,
  values: Tensor2D,
  { blockCount, queriesPerBlock, sourcesPerBlock, queryRows, sourceRows, mask }: AttentionBlocks,
  { queryHeads, keyValueHeads, headSize, groupSize }: QkvHeads,
): Tensor2D {
  const matrixCount = blockCount * keyValueHeads;
  // The query heads of a group stand one below the other: one product with their common keys.
  const grouped: Tensor3D = reshape(
    transpose(
      reshape(takeRows(queries, queryRows), [blockCount, queriesPerBlock, queryHeads, headSize]),
      [0, 2, 1, 3],
    ),
    [matrixCount, groupSize * queriesPerBlock, headSize],
  );
  const byHead = (rows: Tensor2D, order: readonly [0, 2, 3, 1] | readonly [0, 2, 1, 3]): Tensor =>
    transpose(reshape(takeRows(rows, sourceRows), [blockCount, sourcesPerBlock, keyValueHeads, headSize]), [
      ...order,
    ]);
  const products = matMul(
    grouped,
    reshape(byHead(keys, [0, 2, 3, 1]), [matrixCount, headSize, sourcesPerBlock]),
  );
  const scores = add(
    mul(
      reshape(products, [blockCount, queryHeads, queriesPerBlock, sourcesPerBlock]),
      1 / Math.sqrt(headSize),
    ),
    tensor4d(mask, [blockCount, 1, queriesPerBlock, sourcesPerBlock]),
  );
  const mixed = matMul(
    reshape(softmax(scores), [matrixCount, groupSize * queriesPerBlock, sourcesPerBlock]),
    reshape(byHead(values, [0, 2, 1, 3]), [matrixCount, sourcesPerBlock, headSize]),
  );
  return reshape(
    transpose(reshape(mixed, [blockCount, queryHeads, queriesPerBlock, headSize]), [0, 2, 1, 3]),
    [blockCount * queriesPerBlock, queryHeads * headSize],
  );
}

/** These rows in this order; all of them in their own order cost nothing. */
function takeRows(rows: Tensor2D, chosen: Int32Array): Tensor2D {
  const isWhole = chosen.length === rows.shape[0] && chosen.every((row, place) => row === place);
  return isWhole ? rows : composedGatherRows(rows, tensor1d(chosen, 'int32'));
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
