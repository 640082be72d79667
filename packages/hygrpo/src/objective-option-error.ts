/** Thrown when an option of an objective makes no sense, or does not go with another. */
export class ObjectiveOptionError extends Error {
  override readonly name = 'ObjectiveOptionError';
  constructor(
    /** Such as `clipEpsilon.low`. */
    readonly field: string,
    readonly value: unknown,
    /** What would be accepted. */
    readonly allowed: string,
  ) {
    super(
      `${field} is ${typeof value === 'number' ? String(value) : JSON.stringify(value)}; expected ${allowed}`,
    );
  }
}
