/** Thrown for a backend name that does not exist. */
export class UnknownBackendError extends Error {
  override readonly name = 'UnknownBackendError';

  constructor(
    readonly backend: string,
    readonly valid: readonly string[],
  ) {
    super(`there is no backend "${backend}"; use one of: ${valid.join(', ')}`);
  }
}

/** Thrown when a backend exists but does not run here. */
export class BackendUnavailableError extends Error {
  override readonly name = 'BackendUnavailableError';

  constructor(
    readonly backend: string,
    /** Why it does not run. */
    readonly reason: string,
    /** What turns it on, or undefined if nothing does on this platform. */
    readonly remedy: string | undefined,
  ) {
    super(`backend "${backend}": ${reason}${remedy === undefined ? '' : `; to turn it on: ${remedy}`}`);
  }
}
