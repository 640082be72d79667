import { util } from '@tensorflow/tfjs-core';
import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { float32View } from './wasm-heap.js';

/** UnsortedSegmentSum, which the wasm backend lacks: row i of x is added to row segmentIds[i]; negative ids are dropped. */
export const segmentSumKernel: KernelConfig = {
  kernelName: 'UnsortedSegmentSum',
  backendName: 'wasm',
  kernelFunc: ({ inputs, attrs, backend }) => {
    const wasm = backend as BackendWasm;
    const { x, segmentIds } = inputs as { x: TensorInfo; segmentIds: TensorInfo };
    const numSegments = attrs?.['numSegments'] as number;
    const rowShape = x.shape.slice(segmentIds.shape.length);
    const rowSize = util.sizeFromShape(rowShape);
    const output = wasm.makeOutput([numSegments, ...rowShape], 'float32');
    const sums = float32View(wasm, output).fill(0);
    const values = float32View(wasm, x);
    const ids = wasm.typedArrayFromHeap(segmentIds);
    for (let row = 0; row < ids.length; row++) {
      const id = ids[row] as number;
      if (id < 0 || id >= numSegments) continue;
      for (let column = 0; column < rowSize; column++) {
        const target = id * rowSize + column;
        sums[target] = (sums[target] as number) + (values[row * rowSize + column] as number);
      }
    }
    return output;
  },
};
