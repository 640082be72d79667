import type { TensorInfo } from '@tensorflow/tfjs-core';
import { FusedOperandError } from './operand.js';
import type { WasmHeap } from './wasm-kernel.js';

/**
 * Checks row indices where they lie. Kernels trust their operands: this comes before any of them.
 *
 * @throws FusedOperandError at the first index outside [0, rowLimit)
 */
export function requireRowsOnHeapInRange(
  operation: string,
  operand: string,
  indices: TensorInfo,
  rowLimit: number,
  heap: WasmHeap,
): void {
  const position = heap.kernels.firstIndexOutside(heap.address(indices), indices.shape[0] ?? 0, rowLimit);
  if (position < 0) return;
  const index = heap.read(indices, position, position + 1);
  throw new FusedOperandError(operation, operand, `in [0, ${rowLimit})`, `${index} at position ${position}`);
}
