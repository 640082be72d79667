// Compiles the AssemblyScript kernels: used by build.mjs, and by the test that the checked-in module is up to date.
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';

const OPTIONS = [
  '--enable',
  'simd',
  '--importMemory',
  '--noExportMemory',
  '--runtime',
  'stub',
  '-O3',
  '--noAssert',
];

/**
 * @returns {Promise<Uint8Array>} the module: it imports `env.memory` and `host.log`, and has no data of its own
 * @throws if AssemblyScript is not installed, or the sources do not compile
 */
export async function compileKernels() {
  const { default: asc } = await import('assemblyscript/asc');
  /** @type {Uint8Array | undefined} */
  let module;
  const result = await asc.main(['index.ts', '--outFile', 'kernels.wasm', ...OPTIONS], {
    readFile: (name, folder) => readSource(resolve(import.meta.dirname, 'assembly', folder, name)),
    writeFile: (_name, contents) => void (module = contents),
  });
  if (result.error) throw new Error(`${result.error.message}\n${result.stderr}`, { cause: result.error });
  if (module === undefined) throw new Error('the AssemblyScript compiler wrote no module');
  return module;
}

/** Formatters and the TypeScript compiler refuse decorators on functions, so the sources mark them in a comment. */
async function readSource(path) {
  try {
    return (await readFile(path, 'utf8')).replaceAll('/** @inline */', '@inline');
  } catch {
    return null; // The compiler asks for several names in turn.
  }
}
