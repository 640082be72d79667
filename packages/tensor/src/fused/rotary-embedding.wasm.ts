import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import type { QkvHeads } from './attention-heads.js';
import type { RotaryTables } from './rotary-embedding.js';
import { requireRowsOnHeapInRange } from './row-index-check.wasm.js';
import { defineGradient, defineWasmKernel, type Operands } from './wasm-kernel.js';

/** The gradient turns the other way. */
const FORTH = 1;

type Rotation = {
  readonly headCount: number;
  readonly rotatedHeads: number;
  readonly direction: number;
};

const rotate = defineWasmKernel(
  'FusedRotaryEmbedding',
  (
    { qkv, positions, cos, sin }: Operands<'qkv' | 'positions' | 'cos' | 'sin'>,
    heap,
    { headCount, rotatedHeads, direction }: Rotation,
  ) => {
    const { kernels, address, allocate } = heap;
    const [rowCount = 0, width = 0] = qkv.shape;
    requireRowsOnHeapInRange('rotaryEmbedding', 'positions', positions, cos.shape[0] ?? 0, heap);
    const rotated = allocate(rowCount, width);
    kernels.rotaryEmbedding(
      address(qkv),
      address(rotated),
      address(positions),
      address(cos),
      address(sin),
      rowCount,
      headCount,
      rotatedHeads,
      width / headCount,
      direction,
    );
    return [rotated];
  },
);

defineGradient(
  'FusedRotaryEmbedding',
  { operands: ['positions', 'cos', 'sin'], results: [] },
  ({ positions, cos, sin }, dy, { direction, ...heads }: Rotation) => ({
    qkv: rotate({ qkv: dy, positions, cos, sin }, { ...heads, direction: -direction })[0],
  }),
);

/** {@link rotaryEmbedding} by the compiled kernel. */
export function fusedRotaryEmbedding(
  qkv: Tensor2D,
  positions: Tensor1D,
  tables: RotaryTables,
  { queryHeads, keyValueHeads }: QkvHeads,
): Tensor2D {
  const rotatedHeads = queryHeads + keyValueHeads;
  const headCount = rotatedHeads + keyValueHeads;
  const operands = { qkv, positions, cos: tables.cos, sin: tables.sin };
  return rotate(operands, { headCount, rotatedHeads, direction: FORTH })[0] as Tensor2D;
}
