/** Thrown for a binary data file (npy, npz, pickle, body model) that cannot be read: where, what was expected, what was found. */
export class DataFileError extends Error {
  override readonly name = 'DataFileError';
  constructor(
    /** The file's name, as given to the reader. */
    readonly file: string,
    /** The array, entry or place in question. */
    readonly field: string,
    readonly expected: string,
    readonly found: string,
    options?: ErrorOptions,
  ) {
    super(`${file}: ${field}: expected ${expected}, found ${found}`, options);
  }
}
