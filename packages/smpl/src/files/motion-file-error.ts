/** Thrown for a motion-capture file that cannot be read: where it stopped, what was expected there, what was found. */
export class MotionFileError extends Error {
  override readonly name = 'MotionFileError';
  constructor(
    /** The file's name, as given to the reader. */
    readonly file: string,
    /** Counted from 1; one past the last line when the file ends too early. */
    readonly line: number,
    /** The entry or bone in question. */
    readonly field: string,
    readonly expected: string,
    readonly found: string,
  ) {
    super(`${file}:${line}: ${field}: expected ${expected}, found ${found}`);
  }
}
