import { getKernel, registerKernel, unregisterKernel } from '@tensorflow/tfjs-core';
import type { KernelConfig } from '@tensorflow/tfjs-core';
import { convolutionFilterGradientKernel } from './wasm-convolution-gradient.js';
import { mendGather } from './wasm-gather.js';
import { mendIdentity } from './wasm-identity.js';
import { matMulKernel } from './wasm-mat-mul.js';
import { segmentSumKernel } from './wasm-segment-sum.js';
import { mendStridedSlice } from './wasm-strided-slice.js';

/**
 * Replaces or adds kernels of the wasm backend. Call it between importing the backend and initialising it, so that
 * the engine runs the set-up functions.
 */
export function mendWasmKernels(): void {
  replaceKernel(mendGather(getKernel('GatherV2', 'wasm')));
  replaceKernel(mendStridedSlice(getKernel('StridedSlice', 'wasm')));
  replaceKernel(mendIdentity(getKernel('Identity', 'wasm')));
  replaceKernel(matMulKernel);
  registerKernel(segmentSumKernel);
  registerKernel(convolutionFilterGradientKernel);
}

function replaceKernel(kernel: KernelConfig): void {
  unregisterKernel(kernel.kernelName, kernel.backendName);
  registerKernel(kernel);
}
