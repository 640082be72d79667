/** Thrown when a file or folder of a data set cannot be read. */
export class FileAccessError extends Error {
  override readonly name = 'FileAccessError';
  constructor(
    message: string,
    /** Whether it is not there at all. */
    readonly isMissing: boolean,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
