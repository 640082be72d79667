// Compiles the AssemblyScript kernels: used by build.mjs, and by the test that the checked-in module is up to date.
import { join } from 'node:path';
import { compileAssembly } from '../../../tools/build/compile-assembly.mjs';

/** @returns {Promise<Uint8Array>} the module: it imports `env.memory`, and has no data of its own */
export function compileKernels() {
  return compileAssembly(join(import.meta.dirname, 'assembly'));
}
