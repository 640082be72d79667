// What one core of this machine does at most in WebAssembly: the floor that a kernel's time is held against.
import { join } from 'node:path';
import { compileAssembly } from '../build/compile-assembly.mjs';

export interface MachineFloors {
  /** Reading 17 MB again and again: SMPL's pose directions. */
  readonly readGigabytesPerSecond: number;
  /** Single-precision products and sums in vectors of four, both counted. */
  readonly gigaflops: number;
}

interface Memory {
  readonly buffer: ArrayBuffer;
}
interface FloorKernels {
  readonly readAll: (address: number, length: number) => number;
  readonly multiplyAdd: (rounds: number, factor: number) => number;
}
interface WebAssemblyApi {
  readonly Memory: new (size: { readonly initial: number }) => Memory;
  readonly instantiate: (
    module: Uint8Array,
    imports: { readonly env: { readonly memory: Memory } },
  ) => Promise<{ readonly instance: { readonly exports: FloorKernels } }>;
}

const BYTES = 4 * 207 * 20670 - ((4 * 207 * 20670) % 128);
const ROUNDS = 2_000_000;

const api = (globalThis as { readonly WebAssembly?: WebAssemblyApi }).WebAssembly as WebAssemblyApi;
const memory = new api.Memory({ initial: Math.ceil(BYTES / 65536) });
new Float32Array(memory.buffer).fill(1);
const module = await compileAssembly(join(import.meta.dirname, 'floors', 'assembly'));
const { readAll, multiplyAdd } = (await api.instantiate(module, { env: { memory } })).instance.exports;

/** Of several runs the fastest. */
export function measureFloors(): MachineFloors {
  return {
    readGigabytesPerSecond: BYTES / 1e9 / fastest(() => readAll(0, BYTES), 200),
    gigaflops: (ROUNDS * 8 * 4 * 2) / 1e9 / fastest(() => multiplyAdd(ROUNDS, 1e-3), 40),
  };
}

function fastest(task: () => unknown, runs: number): number {
  let best = Infinity;
  for (let run = 0; run < runs; run++) {
    const start = performance.now();
    task();
    best = Math.min(best, (performance.now() - start) / 1000);
  }
  return best;
}
