/** What is wrong with a picture or with what is asked of it. */
export type ImageProblem =
  /** The bytes are of no format that can be read, or of none without an optional package. */
  | 'unreadable format'
  /** The bytes end too early, or break their format. */
  | 'corrupt'
  /** More pixels than allowed. */
  | 'too large'
  /** Sizes, boxes or settings that make no sense. */
  | 'invalid';

/** Thrown for a picture that cannot be used: says what was found, what was expected and what to do. */
export class ImageError extends Error {
  override readonly name = 'ImageError';

  constructor(
    readonly problem: ImageProblem,
    message: string,
    options: { readonly cause?: unknown } = {},
  ) {
    super(message, options);
  }
}
