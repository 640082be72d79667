import {
  keep,
  reshape,
  slice,
  tensorScatterUpdate,
  tidy,
  zeros,
  type Rank,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import { fusedKernelsActive } from './kernel-instance.js';
import { appendInPlace } from './key-value-cache.wasm.js';
import { FusedOperandError, requireTensor } from './operand.js';
import { requireVisibleRowsInRange, rowIndexTensor, type RowIndices } from './row-indices.js';

/** Keys and values of the rows decoded so far, for {@link cachedAttention}; made by {@link createKeyValueCache}. */
export interface KeyValueCache {
  readonly rowCount: number;
  /** d: numbers in a key, and in a value, of all heads. */
  readonly width: number;
  /** float32 [rowCount, 2d]: keys | values. Another tensor may stand here after {@link appendToCache}. */
  readonly rows: Tensor2D;
  /** Puts `rows` in the place of the present ones, which are disposed. For {@link appendToCache}. */
  replaceRows(rows: Tensor2D): void;
  dispose(): void;
}

/**
 * A cache of zeros. The caller disposes it; a `tidy` does not.
 *
 * @param rowCount - rows it has room for
 * @param width - d: numbers in a key
 * @throws FusedOperandError if either is not a positive integer
 * @example
 * ```ts
 * import { createKeyValueCache, useBackend } from '@pose-rft/tensor';
 *
 * await useBackend('cpu');
 * const cache = createKeyValueCache(128, 64);
 * console.assert(cache.rows.shape.join() === '128,128');
 * cache.dispose();
 * ```
 */
export function createKeyValueCache(rowCount: number, width: number): KeyValueCache {
  for (const [operand, size] of [
    ['rowCount', rowCount],
    ['width', width],
  ] as const)
    if (!Number.isInteger(size) || size <= 0)
      throw new FusedOperandError('createKeyValueCache', operand, 'a positive integer', `${size}`);
  let rows: Tensor2D = keep(zeros([rowCount, 2 * width]));
  return {
    rowCount,
    width,
    get rows() {
      return rows;
    },
    replaceRows(replacement) {
      rows.dispose();
      rows = keep(replacement);
    },
    dispose() {
      rows.dispose();
    },
  };
}

/**
 * Writes the keys and values of fused qkv rows into the cache.
 *
 * @param qkv - float32 [N, q + 2d]: queries | keys | values
 * @param rowIndices - the N cache rows to write, each named once
 * @throws FusedOperandError if a shape, a dtype or an index is wrong
 * @example
 * ```ts
 * import { appendToCache, createKeyValueCache, tensor2d, useBackend } from '@pose-rft/tensor';
 *
 * await useBackend('cpu');
 * const cache = createKeyValueCache(2, 1);
 * appendToCache(tensor2d([[7, 8, 9]]), cache, Int32Array.of(1)); // query 7, key 8, value 9
 * console.assert(cache.rows.dataSync().join() === '0,0,8,9');
 * cache.dispose();
 * ```
 */
export function appendToCache(qkv: Tensor2D, cache: KeyValueCache, rowIndices: RowIndices): void {
  const operation = 'appendToCache';
  requireTensor(operation, 'qkv', qkv, 'float32', [null, null]);
  const [rowCount, qkvWidth] = qkv.shape;
  // Queries are as wide as keys, or several times so.
  if (qkvWidth < 3 * cache.width || qkvWidth % cache.width !== 0)
    throw new FusedOperandError(
      operation,
      'qkv',
      `queries | keys | values with keys of ${cache.width} numbers, as the cache has`,
      `width ${qkvWidth}`,
    );
  if (rowCount === 0) return;
  if (fusedKernelsActive()) {
    tidy(() => appendInPlace(qkv, cache.rows, rowIndexTensor(operation, 'rowIndices', rowIndices, rowCount)));
    return;
  }
  const updated = tidy(() => {
    const indices = rowIndexTensor(operation, 'rowIndices', rowIndices, rowCount);
    requireVisibleRowsInRange(operation, 'rowIndices', rowIndices, cache.rowCount);
    const keysAndValues = slice(qkv, [0, qkvWidth - 2 * cache.width], [rowCount, 2 * cache.width]);
    return tensorScatterUpdate<Rank.R2>(cache.rows, reshape(indices, [rowCount, 1]), keysAndValues);
  });
  cache.replaceRows(updated);
}
