import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { defineGradient, defineWasmKernel, type Operands } from './wasm-kernel.js';

const forward = defineWasmKernel(
  'FusedRmsNorm',
  ({ x, gain }: Operands<'x' | 'gain'>, heap, { epsilon }: { readonly epsilon: number }) => {
    const { kernels, address, allocate } = heap;
    const [rowCount = 0, width = 0] = x.shape;
    const y = allocate(rowCount, width);
    const inverseRms = allocate(rowCount);
    kernels.rmsNormForward(
      address(x),
      address(gain),
      address(y),
      address(inverseRms),
      rowCount,
      width,
      epsilon,
    );
    return [y, inverseRms];
  },
);

const backward = defineWasmKernel(
  'FusedRmsNormGradient',
  ({ x, gain, inverseRms, dy }: Operands<'x' | 'gain' | 'inverseRms' | 'dy'>, heap) => {
    const { kernels, address, allocate } = heap;
    const [rowCount = 0, width = 0] = x.shape;
    const dx = allocate(rowCount, width);
    const dGain = allocate(width);
    kernels.rmsNormBackward(
      address(x),
      address(gain),
      address(inverseRms),
      address(dy),
      address(dx),
      address(dGain),
      rowCount,
      width,
    );
    return [dx, dGain];
  },
);

defineGradient(
  'FusedRmsNorm',
  { operands: ['x', 'gain'], results: [null, 'inverseRms'] },
  ({ x, gain, inverseRms }, dy) => {
    const [dx, dGain] = backward({ x, gain, inverseRms, dy }, {});
    return { x: dx, gain: dGain };
  },
);

/** {@link rmsNorm} by the compiled kernel. */
export function fusedRmsNorm(x: Tensor2D, gain: Tensor1D, epsilon: number): Tensor2D {
  const [y, inverseRms] = forward({ x, gain }, { epsilon });
  inverseRms.dispose();
  return y as Tensor2D;
}
