/** Thrown for a retrieval checkpoint that cannot be written, or is not what it should be when read. */
export class RetrievalCheckpointError extends Error {
  override readonly name = 'RetrievalCheckpointError';
  /** The file or folder. */
  readonly file: string;
  /** What in it is wrong: a tensor's name, a field, ... */
  readonly subject: string;
  readonly expected: string;
  readonly found: string;

  constructor(problem: {
    readonly file: string;
    readonly subject: string;
    readonly expected: string;
    readonly found: string;
    /** What to do about it. */
    readonly remedy: string;
    readonly cause?: unknown;
  }) {
    const { file, subject, expected, found, remedy, cause } = problem;
    super(`${file}: ${subject}: expected ${expected}, found ${found}. ${remedy}`, { cause });
    this.file = file;
    this.subject = subject;
    this.expected = expected;
    this.found = found;
  }
}
