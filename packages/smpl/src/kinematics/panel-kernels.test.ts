import { afterEach, describe, expect, it, vi } from 'vitest';
import type * as PanelKernelsModule from './panel-kernels.js';

/** The module as a page would load it whose engine has this `WebAssembly`. */
async function loadWith(webAssembly: unknown): Promise<typeof PanelKernelsModule> {
  vi.stubGlobal('WebAssembly', webAssembly);
  vi.resetModules();
  return import('./panel-kernels.js');
}

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('createPanelKernels', () => {
  it('compiles where it can, and only if wanted', async () => {
    const { createPanelKernels } = await import('./panel-kernels.js');
    expect(createPanelKernels(100, 'compiled').implementation).toBe('compiled');
    expect(createPanelKernels(100, 'compiled').buffer.byteLength).toBe(65536);
    expect(createPanelKernels(100, 'plain').implementation).toBe('plain');
  });

  it('is plain where there is no WebAssembly, none with vectors, or not enough memory for it', async () => {
    const refuse = function (): never {
      throw new RangeError('refused');
    };
    const working = (globalThis as { readonly WebAssembly?: object }).WebAssembly;
    for (const webAssembly of [
      undefined,
      { ...members(working), Module: refuse },
      { ...members(working), Memory: refuse },
    ]) {
      const { createPanelKernels } = await loadWith(webAssembly);
      expect(createPanelKernels(100, 'compiled').implementation).toBe('plain');
    }
  });
});

/** The constructors of the engine's API, which are not enumerable. */
function members(api: object | undefined): object {
  return Object.fromEntries(
    Object.entries(Object.getOwnPropertyDescriptors(api ?? {})).map(([name, { value }]) => [
      name,
      value as unknown,
    ]),
  );
}
