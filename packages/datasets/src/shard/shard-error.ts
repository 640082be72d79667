/** Thrown for a shard that cannot be read: damaged, cut short, or of other scenes than asked for. */
export class ShardError extends Error {
  override readonly name = 'ShardError';
  constructor(
    readonly file: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(`${file}: ${message}`, options);
  }
}
