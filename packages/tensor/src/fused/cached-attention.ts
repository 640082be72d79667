import { tensor2d, tidy, type Tensor2D } from '@tensorflow/tfjs-core';
import { qkvHeads, type HeadCounts } from './attention-heads.js';
import { fusedCachedAttention } from './attention.wasm.js';
import { columns, composedAttention, requireRanges } from './composed-attention.js';
import { fusedKernelsActive } from './kernel-instance.js';
import type { KeyValueCache } from './key-value-cache.js';
import { FusedOperandError, requireTensor } from './operand.js';

/**
 * Attention of new rows over cached keys and values, for decoding: what {@link packedAttention} gives for these rows.
 * Append the new rows' own keys and values first. Not differentiable.
 *
 * @param qkv - float32 [B, (queryHeads + 2 keyValueHeads) * headSize]: queries | keys | values, of which only the queries are read
 * @param ranges - [B, 4]: row i attends to cache rows [r0, r1) (a shared prompt) and [r2, r3) (its own rows)
 * @returns float32 [B, queryHeads * headSize]
 * @throws FusedOperandError if a shape or dtype is wrong, a range leaves the cache, or both ranges are empty
 * @example
 * ```ts
 * import { appendToCache, cachedAttention, createKeyValueCache, tensor2d, useBackend } from '@pose-rft/tensor';
 *
 * await useBackend('cpu');
 * const cache = createKeyValueCache(4, 1);
 * const qkv = tensor2d([[0, 0, 2], [0, 0, 4]]);
 * appendToCache(qkv, cache, Int32Array.of(0, 3));
 * const attended = cachedAttention(qkv, cache, Int32Array.of(0, 1, 0, 0, 0, 1, 3, 4), 1);
 * console.assert(attended.dataSync().join() === '2,3');
 * cache.dispose();
 * ```
 */
export function cachedAttention(
  qkv: Tensor2D,
  cache: KeyValueCache,
  ranges: Int32Array | Tensor2D,
  counts: HeadCounts,
): Tensor2D {
  const operation = 'cachedAttention';
  requireTensor(operation, 'qkv', qkv, 'float32', [null, null]);
  const [rowCount, qkvWidth] = qkv.shape;
  const heads = qkvHeads(operation, qkvWidth, counts);
  const queryWidth = heads.queryHeads * heads.headSize;
  const keyWidth = heads.keyValueHeads * heads.headSize;
  requireTensor(operation, 'qkv', qkv, 'float32', [null, (heads.groupSize + 2) * cache.width]);
  return tidy(() => {
    const rangeTensor = rangesTensor(ranges, rowCount);
    if (fusedKernelsActive()) return fusedCachedAttention(qkv, cache.rows, rangeTensor, heads);
    const rangeData = ranges instanceof Int32Array ? ranges : ranges.dataSync<'int32'>();
    requireRanges(operation, rangeData, cache.rowCount);
    return composedAttention(
      columns(qkv, 0, queryWidth),
      columns(cache.rows, 0, keyWidth),
      columns(cache.rows, keyWidth, keyWidth),
      rangeData,
      heads,
    );
  });
}

function rangesTensor(ranges: Int32Array | Tensor2D, rowCount: number): Tensor2D {
  if (!(ranges instanceof Int32Array)) {
    requireTensor('cachedAttention', 'ranges', ranges, 'int32', [rowCount, 4]);
    return ranges;
  }
  if (ranges.length !== 4 * rowCount)
    throw new FusedOperandError('cachedAttention', 'ranges', `[${rowCount}, 4]`, `${ranges.length} numbers`);
  return tensor2d(ranges, [rowCount, 4], 'int32');
}
