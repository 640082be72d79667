import { backend, getBackend, type Tensor } from '@tensorflow/tfjs-core';
import { isWebGpuBackend } from '../webgpu/web-gpu-backend.js';

const HOST_MEMORY_BACKENDS: ReadonlySet<string> = new Set(['cpu', 'wasm', 'tensorflow']);

/** Whether the present backend's tensors lie in this process's memory, so that reading one costs at most a copy. */
export function tensorsLieInHostMemory(): boolean {
  return HOST_MEMORY_BACKENDS.has(getBackend());
}

/** An int32 tensor's numbers if reading them costs at most a copy; undefined for one that lies on a card. */
export function valuesAtHand(tensor: Tensor): Int32Array | undefined {
  if (tensorsLieInHostMemory()) return tensor.dataSync<'int32'>();
  const present: object = backend();
  const values = isWebGpuBackend(present) ? present.tensorMap.get(tensor.dataId).values : undefined;
  return values instanceof Int32Array ? values : undefined;
}
