import { backend_util, util } from '@tensorflow/tfjs-core';
import type { KernelConfig, KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';

/** Gather on wasm: with a batch axis the stock kernel reads the wrong elements; such rows are copied here instead. */
export function mendGather(stock: KernelConfig): KernelConfig {
  return {
    ...stock,
    kernelFunc: (call) => (call.attrs?.['batchDims'] ? gatherInBatches(call) : stock.kernelFunc(call)),
  };
}

function gatherInBatches({ inputs, attrs, backend }: Parameters<KernelFunc>[0]): TensorInfo {
  const wasm = backend as BackendWasm;
  const { x, indices } = inputs as { x: TensorInfo; indices: TensorInfo };
  const axis = util.parseAxisParam(attrs?.['axis'] as number, x.shape)[0] as number;
  const { collectGatherOpShapeInfo } = backend_util.segment_util;
  const info = collectGatherOpShapeInfo(x, indices, axis, attrs?.['batchDims'] as number);
  const output = wasm.makeOutput(info.outputShape, x.dtype);
  const target = wasm.typedArrayFromHeap(output);
  const source = wasm.typedArrayFromHeap(x);
  const chosen = wasm.typedArrayFromHeap(indices);
  const perBatch = chosen.length / info.batchSize;
  let written = 0;
  for (let batch = 0; batch < info.batchSize; batch++)
    for (let outer = 0; outer < info.outerSize; outer++) {
      const firstRow = (batch * info.outerSize + outer) * info.dimSize;
      for (let position = 0; position < perBatch; position++) {
        const index = chosen[batch * perBatch + position] as number;
        if (!(index >= 0 && index < info.dimSize))
          throw new RangeError(`gather: index ${index} is not in [0, ${info.dimSize}) (axis ${axis})`);
        const start = (firstRow + index) * info.sliceSize;
        target.set(source.subarray(start, start + info.sliceSize), written);
        written += info.sliceSize;
      }
    }
  return output;
}
