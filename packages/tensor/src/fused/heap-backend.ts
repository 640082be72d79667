import type { DataType, TensorInfo } from '@tensorflow/tfjs-core';
import { webAssembly, type WebAssemblyMemory } from './web-assembly.js';

/**
 * The part of tfjs's wasm backend that the kernels use. tfjs-backend-wasm declares most of it; `asm` and `wasmMemory`
 * are where its Emscripten modules (single- and multi-threaded) publish their memory.
 */
export interface HeapBackend {
  readonly wasm: {
    readonly asm?: { readonly memory?: unknown };
    readonly wasmMemory?: unknown;
  };
  readonly dataIdMap: { get(dataId: object): { readonly memoryOffset: number } };
  makeOutput(shape: number[], dtype: DataType): TensorInfo;
  disposeData(dataId: object): boolean;
  readSync(dataId: object, start: number, end: number): ArrayLike<unknown>;
}

/** Whether an engine's backend is tfjs's wasm backend, or looks just like it. */
export function isHeapBackend(backend: object): backend is HeapBackend {
  return (
    'wasm' in backend &&
    typeof backend.wasm === 'object' &&
    backend.wasm !== null &&
    'dataIdMap' in backend &&
    'makeOutput' in backend &&
    typeof backend.makeOutput === 'function' &&
    'disposeData' in backend &&
    typeof backend.disposeData === 'function' &&
    'readSync' in backend &&
    typeof backend.readSync === 'function'
  );
}

/** The memory in which the backend's tensors lie, if it publishes it. It may grow at any allocation. */
export function heapMemory(backend: HeapBackend): WebAssemblyMemory | null {
  const memory = backend.wasm.wasmMemory ?? backend.wasm.asm?.memory;
  return memory instanceof webAssembly.Memory ? memory : null;
}
