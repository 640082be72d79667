/** A WebAssembly memory. Its `buffer` is another object after the memory has grown. */
export interface WebAssemblyMemory {
  readonly buffer: ArrayBuffer;
}

/** The part of the WebAssembly API that is used here; the ES2023 library declares none of it, the DOM's all. */
interface WebAssemblyApi {
  readonly Memory: new (size: { readonly initial: number }) => WebAssemblyMemory;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new <Exports>(
    module: object,
    imports: Readonly<Record<string, Readonly<Record<string, object>>>>,
  ) => { readonly exports: Exports };
}

/** The engine's WebAssembly API. */
export const webAssembly: WebAssemblyApi = (globalThis as { readonly WebAssembly?: unknown })
  .WebAssembly as WebAssemblyApi;
