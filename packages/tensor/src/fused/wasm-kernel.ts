import {
  engine,
  getGradient,
  getKernel,
  registerGradient,
  registerKernel,
  unregisterGradient,
  unregisterKernel,
  type Tensor,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { isHeapBackend } from './heap-backend.js';
import { loadedKernels, type FusedKernels } from './kernel-instance.js';

/** What an op's kernel works with: the compiled functions and the heap on which tensors lie. */
export interface WasmHeap {
  readonly kernels: FusedKernels;
  /** Address of a tensor's first number. It stays the same when the memory grows. */
  address(tensor: TensorInfo): number;
  /** Room for a float32 result; its contents are whatever lay there before. */
  allocate(...shape: number[]): TensorInfo;
  /** Numbers [start, end) of a tensor, for a message. */
  read(tensor: TensorInfo, start: number, end: number): string;
  /** Runs `use` with room for `count` numbers that is freed afterwards. */
  withScratch(count: number, use: (address: number) => void): void;
}

/** A kernel's tensors, by name. */
export type Operands<Name extends string> = Readonly<Record<Name, TensorInfo>>;

/** A kernel's numbers, by name. */
type Settings = Readonly<Record<string, number>>;

/** The op of a kernel: records itself for autodiff like any op of tfjs. */
type KernelOp<Name extends string, Numbers extends Settings, Results extends readonly TensorInfo[]> = (
  operands: Readonly<Record<Name, Tensor>>,
  settings: Numbers,
) => ResultTensors<Results>;

type ResultTensors<Results extends readonly TensorInfo[]> = { [Index in keyof Results]: Tensor };

/**
 * Registers a kernel for tfjs's wasm backend and returns the op that runs it. A kernel of the same name, from another
 * copy of this package, is replaced.
 */
export function defineWasmKernel<
  Name extends string,
  Numbers extends Settings,
  Results extends readonly [TensorInfo, ...TensorInfo[]],
>(
  kernelName: string,
  run: (operands: Operands<Name>, heap: WasmHeap, settings: Numbers) => Results,
): KernelOp<Name, Numbers, Results> {
  if (getKernel(kernelName, 'wasm') !== undefined) unregisterKernel(kernelName, 'wasm');
  registerKernel({
    kernelName,
    backendName: 'wasm',
    kernelFunc: ({ inputs, backend, attrs }) => [
      ...run(inputs as Operands<Name>, heapOf(backend), attrs as Numbers & typeof attrs),
    ],
  });
  return (operands, settings) =>
    engine().runKernel<Tensor[]>(kernelName, { ...operands }, settings) as ResultTensors<Results>;
}

/**
 * Registers the gradient of a kernel whose first result alone is differentiable; the others are kept for the gradient.
 *
 * @param kernelName - as given to {@link defineWasmKernel}
 * @param saves - what the gradient needs: operands by name, and names for the kernel's results, null for unneeded ones
 * @param gradient - from the saved tensors and the gradient of the first result to the gradients of operands
 */
export function defineGradient<Saved extends string, Numbers extends Settings>(
  kernelName: string,
  saves: { readonly operands: readonly Saved[]; readonly results: readonly (Saved | null)[] },
  gradient: (
    saved: Readonly<Record<Saved, Tensor>>,
    dy: Tensor,
    settings: Numbers,
  ) => Readonly<Record<string, Tensor>>,
): void {
  const names = [...saves.operands, ...saves.results.filter((name) => name !== null)];
  if (getGradient(kernelName) !== undefined) unregisterGradient(kernelName);
  registerGradient({
    kernelName,
    inputsToSave: [...saves.operands],
    outputsToSave: saves.results.map((name) => name !== null),
    gradFunc: (dys, savedTensors, attributes) => {
      const dy = Array.isArray(dys) ? (dys[0] as Tensor) : dys;
      const saved = Object.fromEntries(names.map((name, index) => [name, savedTensors[index]]));
      const gradients = gradient(
        saved as Record<Saved, Tensor>,
        dy,
        attributes as Numbers & typeof attributes,
      );
      return Object.fromEntries(Object.entries(gradients).map(([name, tensor]) => [name, () => tensor]));
    },
  });
}

const heaps = new WeakMap<object, WasmHeap>();

function heapOf(backend: object): WasmHeap {
  const known = heaps.get(backend);
  if (known !== undefined) return known;
  const loaded = loadedKernels();
  if (!isHeapBackend(backend) || !loaded.active)
    throw new Error('a fused kernel was called without the wasm backend that it is for');
  const heap: WasmHeap = {
    kernels: loaded.kernels,
    address: ({ dataId }) => backend.dataIdMap.get(dataId).memoryOffset,
    allocate: (...shape) => backend.makeOutput(shape, 'float32'),
    read: ({ dataId }, start, end) => Array.from(backend.readSync(dataId, start, end)).join(', '),
    withScratch(count, use) {
      const { dataId } = backend.makeOutput([count], 'float32');
      use(backend.dataIdMap.get(dataId).memoryOffset);
      backend.disposeData(dataId);
    },
  };
  heaps.set(backend, heap);
  return heap;
}
