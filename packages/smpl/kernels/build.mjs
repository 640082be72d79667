// node packages/smpl/kernels/build.mjs
// Compiles the kernels and writes them, as text that any bundler carries, to src/kinematics/wasm-module.generated.ts.
import { join } from 'node:path';
import { writeModuleSource } from '../../../tools/build/compile-assembly.mjs';
import { compileKernels } from './compile.mjs';

await writeModuleSource(
  await compileKernels(),
  join(import.meta.dirname, '..', 'src', 'kinematics', 'wasm-module.generated.ts'),
);
