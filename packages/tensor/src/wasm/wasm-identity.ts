import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';

/**
 * A copy of a tensor on the wasm backend shares its memory, as on every other backend. The stock kernel copies the
 * numbers; and since a tape saves copies of what gradients need, all weights and activations were there twice.
 *
 * @param stock - for strings, which lie elsewhere
 */
export function mendIdentity(stock: KernelConfig | undefined): KernelConfig {
  if (stock === undefined)
    throw new TypeError('the wasm backend has no Identity kernel: not the tfjs release this is for');
  return {
    ...stock,
    kernelFunc: (call) => {
      const { x } = call.inputs as { x: TensorInfo };
      if (x.dtype === 'string') return stock.kernelFunc(call);
      (call.backend as BackendWasm).incRef(x.dataId);
      return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
    },
  };
}
