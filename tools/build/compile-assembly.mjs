// Compiles a folder of AssemblyScript to a WebAssembly module that lives in memory lent by JavaScript, and writes such a
// module as text that any bundler carries. Used by each package's kernels/build.mjs, and by the tests that the checked-in
// modules are up to date.
import { readFile, writeFile } from 'node:fs/promises';
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
 * @param {string} assemblyFolder - with an `index.ts` that exports the kernels
 * @returns {Promise<Uint8Array>} the module: it imports `env.memory`, and has no data of its own
 * @throws if AssemblyScript is not installed, or the sources do not compile
 */
export async function compileAssembly(assemblyFolder) {
  const { default: asc } = await import('assemblyscript/asc');
  /** @type {Uint8Array | undefined} */
  let module;
  const result = await asc.main(['index.ts', '--outFile', 'kernels.wasm', ...OPTIONS], {
    readFile: (name, folder) => readSource(resolve(assemblyFolder, folder, name)),
    writeFile: (_name, contents) => void (module = contents),
  });
  if (result.error) throw new Error(`${result.error.message}\n${result.stderr}`, { cause: result.error });
  if (module === undefined) throw new Error('the AssemblyScript compiler wrote no module');
  return module;
}

/**
 * Writes a module as a TypeScript source that exports `KERNEL_MODULE_BASE64`.
 *
 * @param {Uint8Array} module
 * @param {string} target - path of the source
 */
export async function writeModuleSource(module, target) {
  const lines = Buffer.from(module)
    .toString('base64')
    .match(/.{1,100}/g);
  const source = [
    '// Written by kernels/build.mjs from kernels/assembly: do not edit.',
    '',
    `/** The compiled kernels (${module.length} bytes), in base64. */`,
    'export const KERNEL_MODULE_BASE64 = [',
    ...lines.map((line) => `  '${line}',`),
    "].join('');",
    '',
  ].join('\n');
  await writeFile(target, source);
  console.log(`${target}: ${module.length} bytes`);
}

/** Formatters and the TypeScript compiler refuse decorators on functions, so the sources mark them in a comment. */
async function readSource(path) {
  try {
    return (await readFile(path, 'utf8')).replaceAll('/** @inline */', '@inline');
  } catch {
    return null; // The compiler asks for several names in turn.
  }
}
