import { sparseRowsFromEntries, type SparseRows } from '../body/sparse-rows.js';
import { DataFileError } from './data-file-error.js';
import { showShape, sizeOfShape, type ArraySource, type NumericArray } from './numeric-array.js';
import {
  kindOf,
  type PickledArray,
  type PickledInstance,
  type PickledObjects,
  type PickleValue,
} from './pickle-value.js';

/** chumpy selects from a variable, rarely from a selection. */
const DEEPEST_SELECTION = 4;

/**
 * The numbers that a pickled value stands for: a NumPy array, or a chumpy variable (its value, or the part of another
 * variable that it selects).
 *
 * @throws DataFileError if it is none of them
 */
export function numbersOf(value: PickleValue | undefined, source: ArraySource): NumericArray {
  return resolve(value, source, 0);
}

function resolve(value: PickleValue | undefined, source: ArraySource, depth: number): NumericArray {
  const fail = (found: string): DataFileError =>
    new DataFileError(source.file, source.field, 'an array of numbers', found);
  switch (kindOf(value)) {
    case 'numbers':
      return value as NumericArray;
    case 'array':
      return resolve((value as PickledArray).content, source, depth);
    case 'objects': {
      const { items } = value as PickledObjects;
      if (items.length !== 1 || depth >= DEEPEST_SELECTION) throw fail(`${items.length} objects`);
      return resolve(items[0], source, depth + 1);
    }
    case 'instance': {
      const { className, state } = value as PickledInstance;
      if (className === 'chumpy.ch Ch') return resolve(arrayIn(state?.get('x')), source, depth);
      if (className === 'chumpy.reordering Select' && depth < DEEPEST_SELECTION)
        return select(
          resolve(state?.get('a'), source, depth + 1),
          resolve(arrayIn(state?.get('idxs')), source, depth + 1),
          state?.get('preferred_shape'),
          source,
        );
      throw fail(`a ${className}`);
    }
    default:
      throw fail(
        value === undefined ? 'nothing' : value === null ? 'None' : `a ${kindOf(value) || typeof value}`,
      );
  }
}

/** What a variable holds is an array: not another variable, and so on without end. */
function arrayIn(value: PickleValue | undefined): PickleValue | undefined {
  return kindOf(value) === 'array' || kindOf(value) === 'numbers' ? value : undefined;
}

function select(
  from: NumericArray,
  indices: NumericArray,
  shape: PickleValue | undefined,
  { file, field }: ArraySource,
): NumericArray {
  const lengths: readonly unknown[] = Array.isArray(shape) ? shape : [indices.data.length];
  const isShape = (numbers: readonly unknown[]): numbers is number[] =>
    numbers.every((number) => typeof number === 'number' && Number.isSafeInteger(number) && number >= 0);
  if (!isShape(lengths) || sizeOfShape(lengths) !== indices.data.length)
    throw new DataFileError(file, field, `a shape of ${indices.data.length} numbers`, 'another');
  const data = new Float64Array(indices.data.length);
  for (let i = 0; i < data.length; i++) {
    const chosen = from.data[indices.data[i] as number];
    if (chosen === undefined)
      throw new DataFileError(
        file,
        field,
        `selected places below ${from.data.length}`,
        String(indices.data[i]),
      );
    data[i] = chosen;
  }
  return { kind: 'numbers', dtype: '<f8', shape: lengths, data };
}

/**
 * The entries of a pickled SciPy sparse matrix (`csc`, `csr` or `coo`) of a given shape; undefined if the value is none.
 *
 * @throws DataFileError if its shape is another, or its parts do not fit each other
 */
export function sparseRowsOf(
  value: PickleValue | undefined,
  rowCount: number,
  columnCount: number,
  source: ArraySource,
): SparseRows | undefined {
  const instance = onlyObject(value);
  if (kindOf(instance) !== 'instance') return undefined;
  const { className, state } = instance as PickledInstance;
  const format = /(csc|csr|coo)_(matrix|array)$/.exec(className)?.[1];
  if (format === undefined) return undefined;
  const { file, field } = source;
  const fail = (expected: string, found: string): DataFileError =>
    new DataFileError(file, field, expected, found);
  const shape = state?.get('_shape') ?? state?.get('shape');
  const [rows, columns] = Array.isArray(shape) ? (shape as PickleValue[]).map(Number) : [];
  if (rows !== rowCount || columns !== columnCount)
    throw fail(
      showShape([rowCount, columnCount]),
      `a sparse matrix of ${showShape([rows ?? NaN, columns ?? NaN])}`,
    );
  const part = (name: string): NumericArray['data'] =>
    numbersOf(arrayIn(state?.get(name)), { file, field: `${field}.${name}` }).data;
  const values = part('data');
  const checked = (indices: NumericArray['data'], limit: number): NumericArray['data'] => {
    if (indices.length !== values.length)
      throw fail(`${values.length} indices, one a value`, String(indices.length));
    const bad = indices.find((index) => !(index >= 0 && index < limit) || !Number.isInteger(index));
    if (bad !== undefined) throw fail(`indices below ${limit}`, String(bad));
    return indices;
  };
  if (format === 'coo')
    return sparseRowsFromEntries(
      checked(part('row'), rowCount),
      checked(part('col'), columnCount),
      values,
      rowCount,
      columnCount,
    );
  const [outer, inner] = format === 'csc' ? [columnCount, rowCount] : [rowCount, columnCount];
  const innerIndices = checked(part('indices'), inner);
  const outerIndices = expandStarts(part('indptr'), outer, values.length);
  if (outerIndices === undefined)
    throw fail(`${outer + 1} ascending starts of ${values.length} values`, 'others');
  return format === 'csc'
    ? sparseRowsFromEntries(innerIndices, outerIndices, values, rowCount, columnCount)
    : sparseRowsFromEntries(outerIndices, innerIndices, values, rowCount, columnCount);
}

/** An array of one object stands for the object: so NumPy saves a sparse matrix in an `.npz`. */
function onlyObject(value: PickleValue | undefined): PickleValue | undefined {
  const content = kindOf(value) === 'array' ? (value as PickledArray).content : value;
  if (kindOf(content) !== 'objects') return content;
  const { items } = content as PickledObjects;
  return items.length === 1 ? items[0] : undefined;
}

/** The outer index of every value, from where each outer index starts; undefined if the starts do not fit. */
function expandStarts(starts: NumericArray['data'], outer: number, count: number): Uint32Array | undefined {
  if (starts.length !== outer + 1 || starts[0] !== 0 || starts[outer] !== count) return undefined;
  const indices = new Uint32Array(count);
  for (let index = 0; index < outer; index++) {
    const start = starts[index] as number;
    const end = starts[index + 1] as number;
    if (!(start <= end) || end > count) return undefined;
    indices.fill(index, start, end);
  }
  return indices;
}
