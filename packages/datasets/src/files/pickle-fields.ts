import { numbersOf, readPickle, type NumericArray, type PickleKey, type PickleValue } from '@pose-rft/smpl';
import { RecordFieldError, type ProblemKind } from '../reading/dataset-problem.js';
import { nameOf } from '../record/field-numbers.js';
import { readFileBytes } from './dataset-files.js';

/** A dictionary of a pickle, read field by field. */
export interface PickleFields {
  has(field: string): boolean;
  get(field: string): PickleValue | undefined;
  /** @throws RecordFieldError */
  numbers(field: string): NumericArray;
  /** @throws RecordFieldError unless it has exactly this shape; `undefined` in it stands for any length */
  shaped(field: string, ...shape: readonly (number | undefined)[]): NumericArray;
  /** @throws RecordFieldError */
  list(field: string): readonly PickleValue[];
  /** @throws RecordFieldError */
  text(field: string): string;
  /** @throws RecordFieldError */
  fields(field: string): PickleFields;
}

/** Reads a file that pickles one dictionary. @throws DataFileError, FileAccessError, RecordFieldError */
export async function readPickledFields(folder: string, path: string): Promise<PickleFields> {
  return pickleFields(readPickle(await readFileBytes(folder, path), path), path);
}

/** @throws RecordFieldError unless the value is a dictionary */
export function pickleFields(value: PickleValue | undefined, file: string): PickleFields {
  if (!(value instanceof Map))
    throw new RecordFieldError('broken-file', `the pickle holds ${nameOf(value)}, not a dictionary`);
  const map = value as ReadonlyMap<PickleKey, PickleValue>;
  const fields: PickleFields = {
    has: (field) => map.has(field),
    get: (field) => map.get(field),
    numbers: (field) => pickledNumbers(map.get(field), file, field),
    shaped: (field, ...shape) => assertShape(fields.numbers(field), shape, field),
    list(field) {
      const list = map.get(field);
      if (Array.isArray(list)) return list as readonly PickleValue[];
      throw new RecordFieldError('broken-file', `${field} is ${nameOf(list)}, not a list`);
    },
    text: (field) => pickledText(map.get(field), field),
    fields: (field) => pickleFields(map.get(field), file),
  };
  return fields;
}

/** @throws DataFileError unless the value stands for numbers */
export function pickledNumbers(value: PickleValue | undefined, file: string, field: string): NumericArray {
  if (typeof value === 'number' || typeof value === 'boolean')
    return { kind: 'numbers', dtype: '<f8', shape: [], data: Float64Array.of(Number(value)) };
  return numbersOf(value, { file, field });
}

/** Text of Python 2 or 3, or NumPy's. @throws RecordFieldError */
export function pickledText(
  value: PickleValue | undefined,
  field: string,
  kind: ProblemKind = 'broken-file',
): string {
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array) return new TextDecoder('latin1').decode(value.subarray(0, 4096));
  const isTagged = typeof value === 'object' && value !== null && 'kind' in value;
  const content = isTagged && value.kind === 'array' ? value.content : value;
  if (typeof content === 'object' && content !== null && 'kind' in content && content.kind === 'text') {
    const [text] = content.items;
    if (text !== undefined && content.items.length === 1) return text;
  }
  throw new RecordFieldError(kind, `${field} is ${nameOf(value)}, not a text`);
}

/** @throws RecordFieldError */
export function assertShape(
  array: NumericArray,
  shape: readonly (number | undefined)[],
  field: string,
): NumericArray {
  const fits =
    array.shape.length === shape.length &&
    shape.every((length, axis) => length === undefined || length === array.shape[axis]);
  if (fits) return array;
  throw new RecordFieldError(
    'disagreeing-counts',
    `${field} is [${array.shape.join(', ')}], expected [${shape.map((length) => length ?? 'any').join(', ')}]`,
  );
}
