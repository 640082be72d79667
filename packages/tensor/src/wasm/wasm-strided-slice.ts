import type { KernelConfig } from '@tensorflow/tfjs-core';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';

/** StridedSlice on wasm: the stock kernel copies int32 elements and then calls them float32. */
export function mendStridedSlice(stock: KernelConfig): KernelConfig {
  return {
    ...stock,
    kernelFunc: (call) => {
      const result = stock.kernelFunc(call);
      const dtype = call.inputs['x']?.dtype;
      if (Array.isArray(result) || dtype !== 'int32' || result.dtype === dtype) return result;
      (call.backend as BackendWasm).dataIdMap.get(result.dataId).dtype = dtype;
      return { ...result, dtype };
    },
  };
}
