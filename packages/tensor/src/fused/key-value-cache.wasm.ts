import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { requireRowsOnHeapInRange } from './row-index-check.wasm.js';
import { defineWasmKernel, type Operands } from './wasm-kernel.js';

const append = defineWasmKernel(
  'FusedAppendToCache',
  ({ qkv, cache, rowIndices }: Operands<'qkv' | 'cache' | 'rowIndices'>, heap) => {
    const { kernels, address, allocate } = heap;
    const [rowCount = 0, qkvWidth = 0] = qkv.shape;
    requireRowsOnHeapInRange('appendToCache', 'rowIndices', rowIndices, cache.shape[0] ?? 0, heap);
    kernels.appendToCache(
      address(qkv),
      address(rowIndices),
      address(cache),
      rowCount,
      qkvWidth,
      cache.shape[1] ?? 0,
    );
    return [allocate(0)]; // Engines want a result of every kernel.
  },
);

/** Writes keys | values into the cache's own memory: nothing else holds the cache, and no product packs it. */
export function appendInPlace(qkv: Tensor2D, cacheRows: Tensor2D, rowIndices: Tensor1D): void {
  append({ qkv, cache: cacheRows, rowIndices }, {})[0].dispose();
}
