import { gather, reshape, scatterND, tidy, type Tensor1D, type Tensor2D } from '@tensorflow/tfjs-core';
import { withGradient } from './custom-gradient.js';
import { fusedGatherRows } from './gather-rows.wasm.js';
import { fusedKernelsActive } from './kernel-instance.js';
import { requireTensor } from './operand.js';
import { requireVisibleRowsInRange, rowIndexTensor, type RowIndices } from './row-indices.js';

/**
 * Rows of a table, such as embeddings of token ids. The gradient adds every output row's gradient to the table row
 * that it came from.
 *
 * @param table - float32 [V, d]
 * @param ids - N rows in [0, V); repeats allowed
 * @returns float32 [N, d]; differentiable in `table`
 * @throws FusedOperandError if a shape, a dtype or an id is wrong
 * @example
 * ```ts
 * import { gatherRows, tensor2d, useBackend } from '@pose-rft/tensor';
 *
 * await useBackend('cpu');
 * const rows = gatherRows(tensor2d([[1, 2], [3, 4]]), Int32Array.of(1, 1, 0));
 * console.assert(rows.dataSync().join() === '3,4,3,4,1,2');
 * ```
 */
export function gatherRows(table: Tensor2D, ids: RowIndices): Tensor2D {
  requireTensor('gatherRows', 'table', table, 'float32', [null, null]);
  return tidy(() => {
    const rows = rowIndexTensor('gatherRows', 'ids', ids, null);
    if (fusedKernelsActive()) return fusedGatherRows(table, rows);
    requireVisibleRowsInRange('gatherRows', 'ids', ids, table.shape[0]);
    return composedGatherRows(table, rows);
  });
}

/** The same from stock ops. */
export function composedGatherRows(table: Tensor2D, ids: Tensor1D): Tensor2D {
  const shape = table.shape;
  return withGradient([table], (save) => {
    save([ids]);
    return {
      value: gather(table, ids),
      gradient: (rowGradients, [savedIds = ids]) => [
        tidy(() => scatterND(reshape(savedIds, [rowGradients.shape[0], 1]), rowGradients, shape)),
      ],
    };
  });
}
