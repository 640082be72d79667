import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { requireRowsOnHeapInRange } from './row-index-check.wasm.js';
import { defineGradient, defineWasmKernel, type Operands } from './wasm-kernel.js';

type Table = { readonly tableRowCount: number };

const gather = defineWasmKernel(
  'FusedGatherRows',
  ({ table, ids }: Operands<'table' | 'ids'>, heap, { tableRowCount }: Table) => {
    const { kernels, address, allocate } = heap;
    const rowCount = ids.shape[0] ?? 0;
    const width = table.shape[1] ?? 0;
    requireRowsOnHeapInRange('gatherRows', 'ids', ids, tableRowCount, heap);
    const rows = allocate(rowCount, width);
    kernels.gatherRows(address(table), address(ids), address(rows), rowCount, width);
    return [rows];
  },
);

const scatterAdd = defineWasmKernel(
  'FusedScatterAddRows',
  ({ rows, ids }: Operands<'rows' | 'ids'>, { kernels, address, allocate }, { tableRowCount }: Table) => {
    const [rowCount = 0, width = 0] = rows.shape;
    const table = allocate(tableRowCount, width);
    kernels.scatterAddRows(address(rows), address(ids), address(table), rowCount, width, tableRowCount);
    return [table];
  },
);

defineGradient('FusedGatherRows', { operands: ['ids'], results: [] }, ({ ids }, dy, table: Table) => ({
  table: scatterAdd({ rows: dy, ids }, table)[0],
}));

/** {@link gatherRows} by the compiled kernel. */
export function fusedGatherRows(table: Tensor2D, ids: Tensor1D): Tensor2D {
  return gather({ table, ids }, { tableRowCount: table.shape[0] })[0] as Tensor2D;
}
