// node packages/tensor/kernels/build.mjs
// Compiles the kernels and writes them, as text that any bundler carries, to src/fused/wasm-module.generated.ts.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compileKernels } from './compile.mjs';

const module = await compileKernels();
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
const target = join(import.meta.dirname, '..', 'src', 'fused', 'wasm-module.generated.ts');
await writeFile(target, source);
console.log(`${target}: ${module.length} bytes`);
