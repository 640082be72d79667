/** Thrown for a safetensors file that breaks the format, or data that does not fit it. */
export class SafetensorsError extends Error {
  override readonly name = 'SafetensorsError';

  constructor(
    /** The file, or `(bytes)` for data in memory. */
    readonly file: string,
    /** What is wrong: `header length`, `tensor "weight": shape`, ... */
    readonly field: string,
    readonly expected: string,
    readonly found: string,
  ) {
    super(`${file}: ${field}: expected ${expected}, found ${found}`);
  }
}
