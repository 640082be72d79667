/** Thrown when native TensorFlow cannot be built; says what is missing or which step failed. */
export class NativeBuildError extends Error {
  override readonly name = 'NativeBuildError';
}
