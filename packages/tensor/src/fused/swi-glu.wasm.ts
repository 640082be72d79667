import type { Tensor2D } from '@tensorflow/tfjs-core';
import { defineGradient, defineWasmKernel, type Operands } from './wasm-kernel.js';

const forward = defineWasmKernel('FusedSwiGlu', ({ gateUp }: Operands<'gateUp'>, heap) => {
  const [rowCount = 0, width = 0] = gateUp.shape;
  const y = heap.allocate(rowCount, width / 2);
  heap.kernels.swiGluForward(heap.address(gateUp), heap.address(y), rowCount, width / 2);
  return [y];
});

const backward = defineWasmKernel(
  'FusedSwiGluGradient',
  ({ gateUp, dy }: Operands<'gateUp' | 'dy'>, { kernels, address, allocate }) => {
    const [rowCount = 0, width = 0] = gateUp.shape;
    const dGateUp = allocate(rowCount, width);
    kernels.swiGluBackward(address(gateUp), address(dy), address(dGateUp), rowCount, width / 2);
    return [dGateUp];
  },
);

defineGradient('FusedSwiGlu', { operands: ['gateUp'], results: [] }, ({ gateUp }, dy) => ({
  gateUp: backward({ gateUp, dy }, {})[0],
}));

/** {@link swiGlu} by the compiled kernel. */
export function fusedSwiGlu(gateUp: Tensor2D): Tensor2D {
  return forward({ gateUp }, {})[0] as Tensor2D;
}
