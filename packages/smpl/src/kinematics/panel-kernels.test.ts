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

  it('has as much memory as asked for, in whole pages if compiled, and never grows it', async () => {
    const { createPanelKernels } = await import('./panel-kernels.js');
    const bytes = (count: number, wanted: 'compiled' | 'plain'): number =>
      createPanelKernels(count, wanted).buffer.byteLength;
    expect([bytes(65536, 'compiled'), bytes(65537, 'compiled')]).toEqual([65536, 2 * 65536]);
    expect([bytes(0, 'plain'), bytes(101, 'plain')]).toEqual([0, 101]);
  });

  it('compiles once, also where that fails, and only if compiled kernels are wanted', async () => {
    const working = members(globalWebAssembly());
    for (const succeeds of [true, false]) {
      const compile = vi.fn((bytes: Uint8Array): object => {
        if (!succeeds) throw new RangeError('refused');
        return Reflect.construct(working['Module'] as new (bytes: Uint8Array) => object, [bytes]);
      });
      const Module = function (bytes: Uint8Array): object {
        return compile(bytes);
      };
      const reserve = vi.fn();
      const Memory = function (size: object): object {
        reserve(size);
        return Reflect.construct(working['Memory'] as new (size: object) => object, [size]);
      };
      const { createPanelKernels } = await loadWith({ ...working, Module, Memory });
      createPanelKernels(70_000, 'plain');
      expect(compile).not.toHaveBeenCalled();
      for (let time = 0; time < 2; time++)
        expect(createPanelKernels(70_000, 'compiled').implementation).toBe(succeeds ? 'compiled' : 'plain');
      expect(compile).toHaveBeenCalledTimes(1);
      expect(reserve.mock.calls).toEqual(succeeds ? [1, 2].map(() => [{ initial: 2, maximum: 2 }]) : []);
    }
  });

  it('is plain where there is no WebAssembly, none with vectors, or not enough memory for it', async () => {
    const refuse = function (): never {
      throw new RangeError('refused');
    };
    const working = globalWebAssembly();
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

const globalWebAssembly = (): object | undefined =>
  (globalThis as { readonly WebAssembly?: object }).WebAssembly;

/** The constructors of the engine's API, which are not enumerable. */
function members(api: object | undefined): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(Object.getOwnPropertyDescriptors(api ?? {})).map(([name, { value }]) => [
      name,
      value as unknown,
    ]),
  );
}
