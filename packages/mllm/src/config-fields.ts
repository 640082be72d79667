/** Thrown for a configuration that describes no model. */
export class MllmConfigError extends Error {
  override readonly name = 'MllmConfigError';
}

/** Reads the fields of an object of unknown origin, each with the check that it needs. */
export interface ConfigFields {
  has(name: string): boolean;
  /** The value, or its default where the field is missing or null. */
  get(name: string): unknown;
  /** All fields as they were given. */
  readonly given: Readonly<Record<string, unknown>>;
  /** The value as it was given. */
  raw(name: string): unknown;
  /** An integer of at least `minimum` (default 1). */
  count(name: string, minimum?: number): number;
  /** A finite number above 0. */
  positive(name: string): number;
  finite(name: string): number;
  flag(name: string): boolean;
  /** The fields of a nested object. */
  nested(name: string): ConfigFields;
  /** Throws for a field: what was expected of it. */
  fail(name: string, expected: string): never;
}

/**
 * @param what - names the object in messages
 * @param defaults - stand in for fields that are missing
 * @throws MllmConfigError if `value` is no object
 */
export function configFields(
  value: unknown,
  what: string,
  defaults: Readonly<Record<string, unknown>> = {},
): ConfigFields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new MllmConfigError(
      `MllmConfig: expected ${what} to be an object, found ${JSON.stringify(value)}.`,
    );
  const given: Readonly<Record<string, unknown>> = { ...value };
  const get = (name: string): unknown => given[name] ?? defaults[name];
  const fail = (name: string, expected: string): never => {
    throw new MllmConfigError(`MllmConfig: expected ${name} to be ${expected}, found ${show(given[name])}.`);
  };
  const fields: ConfigFields = {
    has: (name) => get(name) !== undefined && get(name) !== null,
    get,
    given,
    raw: (name) => given[name],
    count(name, minimum = 1) {
      const found = get(name);
      return typeof found === 'number' && Number.isSafeInteger(found) && found >= minimum
        ? found
        : fail(name, minimum === 1 ? 'an integer above 0' : `an integer of at least ${minimum}`);
    },
    finite(name) {
      const found = get(name);
      return typeof found === 'number' && Number.isFinite(found) ? found : fail(name, 'a finite number');
    },
    positive(name) {
      const found = fields.finite(name);
      return found > 0 ? found : fail(name, 'a number above 0');
    },
    flag(name) {
      const found = get(name);
      return typeof found === 'boolean' ? found : fail(name, 'true or false');
    },
    nested: (name) => configFields(get(name), `"${name}"`),
    fail,
  };
  return fields;
}

function show(value: unknown): string {
  return JSON.stringify(value) ?? String(value);
}
