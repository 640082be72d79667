import { getBackend } from '@tensorflow/tfjs-core';

const HOST_MEMORY_BACKENDS: ReadonlySet<string> = new Set(['cpu', 'wasm', 'tensorflow']);

/** Whether the present backend's tensors lie in this process's memory, so that reading one costs at most a copy. */
export function tensorsLieInHostMemory(): boolean {
  return HOST_MEMORY_BACKENDS.has(getBackend());
}
