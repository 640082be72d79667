/** A WebAssembly memory. */
export interface WebAssemblyMemory {
  readonly buffer: ArrayBuffer;
}

/** The part of the WebAssembly API that is used here; the ES2023 library declares none of it, the DOM's all. */
interface WebAssemblyApi {
  readonly Memory: new (size: { readonly initial: number; readonly maximum: number }) => WebAssemblyMemory;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new <Exports>(
    module: object,
    imports: Readonly<Record<string, Readonly<Record<string, object>>>>,
  ) => { readonly exports: Exports };
}

/** The engine's WebAssembly API; undefined where there is none. */
export const webAssembly = (globalThis as { readonly WebAssembly?: WebAssemblyApi }).WebAssembly;
