/** Thrown when rewards cannot be composed as asked. */
export class CompositionError extends Error {
  override readonly name = 'CompositionError';
}
