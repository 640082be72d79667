import { backend, getBackend } from '@tensorflow/tfjs-core';
import { heapMemory, isHeapBackend } from './heap-backend.js';
import { KERNEL_MODULE_BASE64 } from './wasm-module.generated.js';
import { webAssembly } from './web-assembly.js';

type Kernel = (...operands: number[]) => number;

/** The compiled kernels, by name; `kernels/assembly` says what their operands are (addresses, counts, factors). */
export interface FusedKernels {
  readonly attentionBackward: Kernel;
  readonly attentionForward: Kernel;
  readonly gaussianLogProbsBackward: Kernel;
  readonly gaussianLogProbsForward: Kernel;
  readonly longestRange: Kernel;
  readonly rmsNormBackward: Kernel;
  readonly rmsNormForward: Kernel;
  readonly rotaryEmbedding: Kernel;
  readonly appendToCache: Kernel;
  readonly firstIndexOutside: Kernel;
  readonly gatherRows: Kernel;
  readonly scatterAddRows: Kernel;
  readonly swiGluBackward: Kernel;
  readonly swiGluForward: Kernel;
  readonly tokenLogProbsBackward: Kernel;
  readonly tokenLogProbsForward: Kernel;
}

/** Whether the fused ops run as compiled kernels on the present backend; if not, why they are composed of stock ops. */
export type FusedKernelStatus =
  { readonly active: true } | { readonly active: false; readonly reason: string };

type LoadedKernels =
  | { readonly active: true; readonly kernels: FusedKernels }
  | Extract<FusedKernelStatus, { readonly active: false }>;

const loadedKernelsByBackend = new WeakMap<object, LoadedKernels>();

/** Says whether the fused ops run as compiled kernels on the present backend, and if not, why. */
export function fusedKernelStatus(): FusedKernelStatus {
  const loaded = loadedKernels();
  return loaded.active ? { active: true } : loaded;
}

/** The kernels of the present backend, loaded into its own memory when first asked for. */
export function loadedKernels(): LoadedKernels {
  const name = getBackend();
  if (name !== 'wasm')
    return {
      active: false,
      reason: `the kernels are for the wasm backend; the present one is ${name || 'none'}`,
    };
  const present = backend();
  const known = loadedKernelsByBackend.get(present);
  if (known !== undefined) return known;
  const loaded = loadKernels(present);
  loadedKernelsByBackend.set(present, loaded);
  return loaded;
}

/**
 * Whether the fused ops run as compiled kernels on the present backend.
 *
 * @example
 * ```ts
 * import { fusedKernelsActive, useBackend } from '@pose-rft/tensor';
 *
 * await useBackend('wasm');
 * console.assert(fusedKernelsActive());
 * await useBackend('cpu');
 * console.assert(!fusedKernelsActive());
 * ```
 */
export function fusedKernelsActive(): boolean {
  return loadedKernels().active;
}

function loadKernels(present: object): LoadedKernels {
  if (!isHeapBackend(present))
    return { active: false, reason: 'this wasm backend does not have the fields of tfjs-backend-wasm 4.22' };
  const memory = heapMemory(present);
  if (memory === null) return { active: false, reason: "the wasm backend's memory is not to be found" };
  try {
    const bytes = Uint8Array.from(atob(KERNEL_MODULE_BASE64), (character) => character.charCodeAt(0));
    const module = new webAssembly.Module(bytes);
    const instance = new webAssembly.Instance<FusedKernels>(module, {
      env: { memory },
      host: { log: Math.log },
    });
    return { active: true, kernels: instance.exports };
  } catch (cause) {
    // No SIMD; a shared memory (multi-threaded build); a page that forbids compiling on its main thread.
    return { active: false, reason: `the kernel module does not load: ${String(cause)}` };
  }
}
