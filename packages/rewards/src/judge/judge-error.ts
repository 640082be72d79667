/** Why a judge gave no verdict. */
export type JudgeFailure =
  /** The server answered with an error. */
  | 'status'
  /** No whole answer within the time limit. */
  | 'timed-out'
  /** No connection, or one that broke. */
  | 'connection'
  /** More bytes than allowed. */
  | 'too-large'
  /** Not the JSON of a chat completion. */
  | 'malformed'
  /** A completion, but not a verdict in the range. */
  | 'no-verdict';

/** Thrown when a judge gave no verdict. Messages never hold the API key, and at most a short piece of the answer. */
export class JudgeError extends Error {
  override readonly name = 'JudgeError';
  constructor(
    message: string,
    readonly failure: JudgeFailure,
    /** The HTTP status, for `status`. */
    readonly status?: number,
    /** What the server asked to wait before the next attempt. */
    readonly retryAfterSeconds?: number,
  ) {
    super(message);
  }

  /** Whether another attempt may help: the server is busy or broken, or the line is. */
  get isTransient(): boolean {
    if (this.failure === 'status')
      return this.status === 408 || this.status === 429 || (this.status ?? 0) >= 500;
    return this.failure === 'timed-out' || this.failure === 'connection';
  }
}
