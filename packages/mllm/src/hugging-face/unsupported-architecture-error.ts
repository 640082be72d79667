/** Thrown for a Hugging Face configuration of a model that this package does not compute. */
export class UnsupportedArchitectureError extends Error {
  override readonly name = 'UnsupportedArchitectureError';

  constructor(
    /** The field of `config.json`. */
    readonly field: string,
    readonly found: unknown,
    /** What is supported, and the way out. */
    readonly supported: string,
  ) {
    super(`config.json: ${field} is ${JSON.stringify(found) ?? 'missing'}; supported: ${supported}`);
  }
}
