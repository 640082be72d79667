import { RecordFieldError } from '../reading/dataset-problem.js';

/** Larger than any pixel, angle or place in a real file; keeps what is computed from it finite. */
const LARGEST_NUMBER = 1e7;

type Numbers = ArrayLike<number>;

/**
 * `count` numbers from `offset` on as 32-bit floats.
 *
 * @throws RecordFieldError if one is NaN, infinite or beyond ±10^7, or there are not as many
 */
export function floatsOf(values: Numbers, offset: number, count: number, field: string): Float32Array {
  if (offset + count > values.length)
    throw new RecordFieldError(
      'broken-record',
      `${field} ends early: expected ${count} numbers, found ${Math.max(0, values.length - offset)}`,
    );
  const floats = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const value = values[offset + i] as number;
    if (!(Math.abs(value) <= LARGEST_NUMBER))
      throw new RecordFieldError('not-finite', `${field}[${i}] is ${String(value)}`);
    floats[i] = value;
  }
  return floats;
}

/** As {@link floatsOf}, in double precision. @throws RecordFieldError */
export function doublesOf(values: Numbers, offset: number, count: number, field: string): Float64Array {
  floatsOf(values, offset, count, field);
  return Float64Array.from({ length: count }, (_, i) => values[offset + i] as number);
}

/** One number. @throws RecordFieldError */
export function numberOf(value: unknown, field: string): number {
  if (typeof value !== 'number')
    throw new RecordFieldError('broken-record', `${field} is ${nameOf(value)}, not a number`);
  floatsOf([value], 0, 1, field);
  return value;
}

/**
 * The numbers of nested lists, as JSON has them, of exactly the given shape.
 *
 * @throws RecordFieldError if the shape is another, or a number is none
 */
export function nestedNumbers(value: unknown, shape: readonly number[], field: string): Float32Array {
  const numbers: number[] = [];
  const collect = (part: unknown, axis: number): void => {
    if (axis === shape.length) {
      if (typeof part !== 'number')
        throw new RecordFieldError('broken-record', `${field} holds ${nameOf(part)}, expected numbers`);
      numbers.push(part);
      return;
    }
    if (!Array.isArray(part) || part.length !== shape[axis])
      throw new RecordFieldError(
        Array.isArray(part) ? 'disagreeing-counts' : 'broken-record',
        `${field} is ${nameOf(part)}, expected [${shape.join(', ')}] numbers`,
      );
    for (const item of part) collect(item, axis + 1);
  };
  collect(value, 0);
  return floatsOf(numbers, 0, numbers.length, field);
}

/** A text. @throws RecordFieldError */
export function textField(value: unknown, field: string): string {
  if (typeof value === 'string') return value;
  throw new RecordFieldError('broken-record', `${field} is ${nameOf(value)}, not a text`);
}

/** The fields of a JSON object. @throws RecordFieldError */
export function objectFields(value: unknown, field: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Readonly<Record<string, unknown>>;
  throw new RecordFieldError('broken-record', `${field} is ${nameOf(value)}, not an object`);
}

/** What a value is, for messages. */
export function nameOf(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'string') return `'${value.slice(0, 40)}'`;
  return typeof value === 'object' ? 'an object' : `${typeof value} ${String(value).slice(0, 40)}`;
}
