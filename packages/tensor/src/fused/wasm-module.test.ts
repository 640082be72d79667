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
      expect(compiled === KERNEL_MODULE_BASE64, 'run node packages/tensor/kernels/build.mjs').toBe(true);
    },
  );

  test('own no memory and no data: they live in memory that is not theirs', () => {
    const bytes = Buffer.from(KERNEL_MODULE_BASE64, 'base64');
    const sections = new Set(sectionIds(bytes));
    const [memory, data] = [5, 11];
    expect(sections.has(memory)).toBe(false);
    expect(sections.has(data)).toBe(false);
  });
});

/** The section numbers of a WebAssembly module (core specification, section 5.5.2). */
function sectionIds(bytes: Uint8Array): number[] {
  const ids: number[] = [];
  let offset = 8;
  while (offset < bytes.length) {
    ids.push(bytes[offset++] as number);
    let [size, shift, byte] = [0, 0, 0x80];
    for (; byte & 0x80; shift += 7) {
      byte = bytes[offset++] as number;
      size |= (byte & 0x7f) << shift;
    }
    offset += size;
  }
  return ids;
}
