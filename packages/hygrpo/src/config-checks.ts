/** Thrown when a config makes no sense. */
export class HyGrpoConfigError extends Error {
  override readonly name = 'HyGrpoConfigError';
  constructor(
    /** Such as `components.pose.weight`. */
    readonly field: string,
    readonly value: unknown,
    /** What would be accepted. */
    readonly allowed: string,
  ) {
    super(`HyGRPO config: ${field} is ${show(value)}; expected ${allowed}`);
  }
}

export function demand(field: string, value: unknown, holds: boolean, allowed: string): void {
  if (!holds) throw new HyGrpoConfigError(field, value, allowed);
}

export function requireInteger(field: string, value: number, least: number): void {
  demand(field, value, Number.isSafeInteger(value) && value >= least, `an integer >= ${least}`);
}

export function requirePositive(field: string, value: number): void {
  demand(field, value, Number.isFinite(value) && value > 0, 'a finite number > 0');
}

export function requireNotNegative(field: string, value: number): void {
  demand(field, value, Number.isFinite(value) && value >= 0, 'a finite number >= 0');
}

export function requireOneOf<Value extends string>(
  field: string,
  value: Value,
  values: readonly Value[],
): void {
  demand(field, value, values.includes(value), values.map((each) => `'${each}'`).join(' or '));
}

function show(value: unknown): string {
  return typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value));
}
