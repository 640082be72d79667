import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { KERNEL_MODULE_BASE64 } from './wasm-module.generated.js';

const folder = join(import.meta.dirname, '..', '..', 'kernels');

function compilerIsInstalled(): boolean {
  try {
    createRequire(import.meta.url).resolve('assemblyscript/asc');
    return true;
  } catch {
    return false;
  }
}

const skipped = !compilerIsInstalled();

describe('the compiled kernels', () => {
  test.skipIf(skipped)(
    skipped
      ? 'are not compared with their sources: assemblyscript is not installed'
      : 'are what the sources give',
    async () => {
      const { compileKernels } = (await import(join(folder, 'compile.mjs'))) as {
        compileKernels: () => Promise<Uint8Array>;
      };
      const compiled = Buffer.from(await compileKernels()).toString('base64');
      expect(compiled === KERNEL_MODULE_BASE64, 'run node packages/smpl/kernels/build.mjs').toBe(true);
    },
  );

  test('are below 4 kB: browsers compile no more at once on their main thread', () => {
    expect(Buffer.from(KERNEL_MODULE_BASE64, 'base64').length).toBeLessThan(4096);
  });
});
