import { util } from '@tensorflow/tfjs-core';
import type { WebGpuBackend } from './web-gpu-backend.js';

/** The least that a card binds: one number. */
const SMALLEST_BUFFER = 4;

/**
 * A card binds no buffer without bytes, and drops all work that was submitted with such a binding. So a tensor without
 * numbers gets a buffer of one, which no kernel reads; its values stay on the host, where they are read.
 */
export function bindEmptyTensors(backend: WebGpuBackend): void {
  const { bufferManager } = backend;
  const acquire = bufferManager.acquireBuffer.bind(bufferManager);
  bufferManager.acquireBuffer = (size, ...rest) => acquire(Math.max(SMALLEST_BUFFER, size), ...rest);
  const upload = backend.uploadToGPU.bind(backend);
  backend.uploadToGPU = (dataId) => {
    const data = backend.tensorMap.get(dataId);
    upload(dataId);
    if (util.sizeFromShape(data.shape) === 0)
      data.values = util.getTypedArrayFromDType(data.dtype as 'float32', 0);
  };
}
