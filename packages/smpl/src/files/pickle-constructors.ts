import { DataFileError } from './data-file-error.js';
import { decodeArray, sizeOfShape, type ArraySource } from './numeric-array.js';
import {
  kindOf,
  type PickledArray,
  type PickledDtype,
  type PickledGlobal,
  type PickledInstance,
  type PickleKey,
  type PickleValue,
} from './pickle-value.js';

type Constructor = (args: readonly PickleValue[], source: ArraySource) => PickleValue;

const emptyArray = (): PickledArray => ({ kind: 'array', content: undefined });

/**
 * All that a pickle may name, and what becomes of it: data. NumPy, SciPy and Python moved some of them over the years,
 * hence the several names of one thing. Nothing else is accepted, and none of it is Python code.
 */
const CONSTRUCTORS: ReadonlyMap<string, Constructor> = new Map<string, Constructor>([
  ...['numpy.core.multiarray', 'numpy._core.multiarray'].flatMap((module): [string, Constructor][] => [
    [`${module} _reconstruct`, emptyArray],
    [`${module} scalar`, scalar],
  ]),
  ...['numpy.core.numeric', 'numpy._core.numeric'].map((module): [string, Constructor] => [
    `${module} _frombuffer`,
    ([bytes, dtype, shape, order], source) => {
      const array = emptyArray();
      fillArray(array, [1, shape ?? null, dtype ?? null, order === 'F', bytes ?? null], source);
      return array;
    },
  ]),
  ['numpy ndarray', emptyArray],
  [
    'numpy dtype',
    ([name], source): PickledDtype => ({
      kind: 'dtype',
      name: textOf(name, source, 'a type name'),
      order: '',
    }),
  ],
  ['_codecs encode', encode],
  ['copy_reg _reconstructor', reconstruct],
  ['copyreg _reconstructor', reconstruct],
  ['collections OrderedDict', () => new Map<PickleKey, PickleValue>()],
  ['__builtin__ set', ([items]) => items ?? []],
  ['builtins set', ([items]) => items ?? []],
  ...['csc', 'csr', 'coo'].flatMap((format) =>
    [`scipy.sparse.${format} ${format}_matrix`, `scipy.sparse._${format} ${format}_matrix`].map(instanceOf),
  ),
  ...['csc', 'csr', 'coo'].map((format) => instanceOf(`scipy.sparse._${format} ${format}_array`)),
  instanceOf('chumpy.ch Ch'),
  instanceOf('chumpy.reordering Select'),
]);

/** May be named, as a base class is, and not called. */
const NAMES_ONLY: ReadonlySet<string> = new Set(['__builtin__ object', 'builtins object']);

function instanceOf(className: string): [string, Constructor] {
  return [className, (): PickledInstance => ({ kind: 'instance', className, state: undefined })];
}

/** The reference for `module` and `name`. @throws DataFileError unless it is on the list */
export function allowedGlobal(module: string, name: string, { file, field }: ArraySource): PickledGlobal {
  const full = `${module} ${name}`;
  if (CONSTRUCTORS.has(full) || NAMES_ONLY.has(full)) return { kind: 'global', name: full };
  throw new DataFileError(
    file,
    field,
    'only NumPy arrays, SciPy sparse matrices and chumpy variables',
    `a reference to '${full.slice(0, 120)}', which is refused (nothing was run)`,
  );
}

/** What calling an allowed name gives. */
export function construct(target: PickleValue, args: PickleValue, source: ArraySource): PickleValue {
  const constructor =
    kindOf(target) === 'global' ? CONSTRUCTORS.get((target as PickledGlobal).name) : undefined;
  if (constructor === undefined)
    throw new DataFileError(
      source.file,
      source.field,
      'a call of an allowed class',
      'a call of something else',
    );
  return constructor(Array.isArray(args) ? (args as PickleValue[]) : [], source);
}

/** Gives an object the state that follows it. */
export function setState(target: PickleValue, state: PickleValue, source: ArraySource): void {
  const { file, field } = source;
  switch (kindOf(target)) {
    case 'array':
      fillArray(target as PickledArray, state, source);
      return;
    case 'dtype': {
      const order = Array.isArray(state) ? (state[1] as PickleValue) : null;
      (target as PickledDtype).order = textOf(order, source, 'a byte order');
      return;
    }
    case 'instance':
      if (!(state instanceof Map)) break;
      (target as PickledInstance).state = state as ReadonlyMap<PickleKey, PickleValue>;
      return;
  }
  throw new DataFileError(file, field, 'a state that belongs to its object', 'another');
}

/** NumPy's state of an array: version, shape, type, whether in Fortran's order, the elements. */
function fillArray(array: PickledArray, state: PickleValue, source: ArraySource): void {
  const [, shape, dtype, isFortranOrder, elements] = Array.isArray(state) ? (state as PickleValue[]) : [];
  const lengths = shapeOf(shape, source);
  if (kindOf(dtype) !== 'dtype')
    throw new DataFileError(source.file, source.field, 'an array with a type', 'one without');
  const { name, order } = dtype as PickledDtype;
  if (elements instanceof Uint8Array) {
    array.content = decodeArray(
      elements,
      (order === '>' ? '>' : '') + name,
      lengths,
      isFortranOrder === true || isFortranOrder === 1,
      source,
    );
    return;
  }
  if (name !== 'O8' && name !== 'O4' && name !== 'O')
    throw new DataFileError(source.file, source.field, 'the bytes of an array', 'none');
  const items = Array.isArray(elements) ? (elements as PickleValue[]) : [];
  if (items.length !== sizeOfShape(lengths))
    throw new DataFileError(source.file, source.field, `${sizeOfShape(lengths)} objects`, `${items.length}`);
  array.content = { kind: 'objects', shape: lengths, items };
}

/** A single number of NumPy's, as an array without dimensions. */
function scalar([dtype, bytes]: readonly PickleValue[], source: ArraySource): PickledArray {
  const array = emptyArray();
  fillArray(array, [1, [], dtype ?? null, false, bytes ?? null], source);
  return array;
}

/** Python 3 writes bytes in the old protocols as text to be encoded in Latin-1. */
function encode([text, encoding]: readonly PickleValue[], { file, field }: ArraySource): Uint8Array {
  if (typeof text !== 'string' || (encoding !== 'latin1' && encoding !== 'latin-1'))
    throw new DataFileError(file, field, "text and 'latin1'", 'another encoding');
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

function reconstruct([target]: readonly PickleValue[], source: ArraySource): PickleValue {
  return construct(target ?? null, [], source);
}

/** Text that may have been written as bytes. @throws DataFileError for anything else */
export function textOf(value: PickleValue | undefined, { file, field }: ArraySource, what: string): string {
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array && value.length <= 4096) return new TextDecoder('latin1').decode(value);
  throw new DataFileError(file, field, what, `a ${value === null ? 'None' : typeof value}`);
}

function shapeOf(value: PickleValue | undefined, source: ArraySource): number[] {
  const lengths: readonly unknown[] = Array.isArray(value) ? value : [undefined];
  const shape = lengths.map((length) =>
    kindOf(length) === 'array' ? NaN : typeof length === 'bigint' ? Number(length) : length,
  );
  const isShape = (numbers: readonly unknown[]): numbers is number[] =>
    numbers.length <= 32 && numbers.every((number) => Number.isSafeInteger(number) && Number(number) >= 0);
  if (isShape(shape)) return shape;
  throw new DataFileError(source.file, source.field, 'the shape of an array', 'another value');
}
