/** Thrown for JSON that cannot be streamed: it ends too early, or is not the list that was expected. */
export class JsonStreamError extends Error {
  override readonly name = 'JsonStreamError';
  constructor(
    readonly file: string,
    /** How many bytes were read before it. */
    readonly byte: number,
    message: string,
  ) {
    super(`${file}: byte ${byte}: ${message}`);
  }
}
