import { registerKernel, unregisterKernel } from '@tensorflow/tfjs-core';
import { nativeMultinomialKernel } from './native-multinomial.js';

/** Replaces kernels of the native backend, once it is imported. */
export function mendNativeKernels(): void {
  unregisterKernel(nativeMultinomialKernel.kernelName, nativeMultinomialKernel.backendName);
  registerKernel(nativeMultinomialKernel);
}
