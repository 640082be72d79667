/** Thrown for a vocabulary, a file or an id that no tokenizer can have. */
export class TokenizerError extends Error {
  override readonly name = 'TokenizerError';
}
