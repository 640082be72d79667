import { tensor1d, type Tensor1D } from '@tensorflow/tfjs-core';
import { valuesAtHand } from './host-memory.js';
import { FusedOperandError, requireTensor } from './operand.js';

/** Row numbers: plain data, or an int32 tensor [N] when the same ones are used often. */
export type RowIndices = Int32Array | Tensor1D;

/**
 * The indices as an int32 tensor; call it inside a `tidy`.
 *
 * @throws FusedOperandError if the count or the dtype is wrong
 */
export function rowIndexTensor(
  operation: string,
  operand: string,
  indices: RowIndices,
  count: number | null,
): Tensor1D {
  if (!(indices instanceof Int32Array)) {
    requireTensor(operation, operand, indices, 'int32', [count]);
    return indices;
  }
  if (count !== null && indices.length !== count)
    throw new FusedOperandError(operation, operand, `${count} row indices`, `${indices.length}`);
  return tensor1d(indices, 'int32');
}

/**
 * Checks the values of row indices where they are at hand: plain data, and tensors of the backends that keep them in
 * host memory or were not yet sent to the card. From a card they are not read back: an index out of range then gives
 * whatever the backend's gather gives.
 *
 * @throws FusedOperandError at the first index outside [0, rowLimit)
 */
export function requireVisibleRowsInRange(
  operation: string,
  operand: string,
  indices: RowIndices,
  rowLimit: number,
): void {
  const values = indices instanceof Int32Array ? indices : valuesAtHand(indices);
  values?.forEach((index, position) => {
    if (index < 0 || index >= rowLimit)
      throw new FusedOperandError(
        operation,
        operand,
        `in [0, ${rowLimit})`,
        `${index} at position ${position}`,
      );
  });
}
