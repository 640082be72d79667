import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';

/** A float32 tensor's elements where they lie. Any allocation may move the heap: take views after the last one. */
export function float32View(backend: BackendWasm, tensor: TensorInfo): Float32Array {
  const view = backend.typedArrayFromHeap(tensor);
  if (!(view instanceof Float32Array)) throw new TypeError(`expected float32, found ${tensor.dtype}`);
  return view;
}

/** The id under which the WebAssembly side knows a tensor. */
export function nativeId(backend: BackendWasm, tensor: TensorInfo): number {
  return backend.dataIdMap.get(tensor.dataId).id;
}

/** A second name, with its own native id, for memory that a tensor owns; end it with `releaseView`. */
export function createView(
  backend: BackendWasm,
  owner: TensorInfo,
  firstElement: number,
  shape: readonly number[],
): TensorInfo {
  const start = backend.dataIdMap.get(owner.dataId).memoryOffset + 4 * firstElement;
  return backend.makeOutput([...shape], 'float32', start);
}

/** Forgets a view; the memory stays its owner's. */
export function releaseView(backend: BackendWasm, view: TensorInfo): void {
  backend.wasm.tfjs.disposeData(nativeId(backend, view));
  backend.dataIdMap.delete(view.dataId);
}
