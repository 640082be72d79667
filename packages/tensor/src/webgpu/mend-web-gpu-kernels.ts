import { getKernel, registerKernel, unregisterKernel, util } from '@tensorflow/tfjs-core';
import type { KernelConfig, KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import { registerFusedOpsOnCard } from './fused-on-card.js';
import { arcCosineKernel } from './web-gpu-arc-cosine.js';
import { cumulativeProductKernel, cumulativeSumKernel } from './web-gpu-cumulative.js';
import type { WebGpuBackend } from './web-gpu-backend.js';

/** Replaces kernels of tfjs's WebGPU backend, once it is imported. */
export function mendWebGpuKernels(): void {
  replaceKernel(cumulativeSumKernel);
  replaceKernel(cumulativeProductKernel);
  replaceKernel(arcCosineKernel);
  registerFusedOpsOnCard();
  for (const [kernelName, neutral] of [
    ['Sum', 0],
    ['Prod', 1],
  ] as const)
    replaceKernel(reducesNothing(getKernel(kernelName, 'webgpu'), neutral));
}

function replaceKernel(kernel: KernelConfig): void {
  unregisterKernel(kernel.kernelName, kernel.backendName);
  registerKernel(kernel);
}

/** tfjs divides by the size of a tensor without numbers; its sum is 0, its product 1, in the reduced shape. */
function reducesNothing(config: KernelConfig, neutral: number): KernelConfig {
  const reduce: KernelFunc = config.kernelFunc;
  return {
    ...config,
    kernelFunc: (call) => {
      const { x } = call.inputs as { x: TensorInfo };
      if (util.sizeFromShape(x.shape) > 0) return reduce(call);
      const { axis, keepDims } = call.attrs as { axis?: number | number[]; keepDims?: boolean };
      const axes = util.parseAxisParam(axis as number | number[], x.shape);
      const shape = x.shape.flatMap((extent, index) =>
        axes.includes(index) ? (keepDims === true ? [1] : []) : [extent],
      );
      const backend = call.backend as WebGpuBackend;
      const dtype = x.dtype === 'bool' ? 'int32' : x.dtype;
      const values = util.getTypedArrayFromDType(dtype as 'float32', util.sizeFromShape(shape)).fill(neutral);
      return backend.makeTensorInfo(shape, dtype, values);
    },
  };
}
