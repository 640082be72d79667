import { DataFileError } from './data-file-error.js';
import { decodeArray, elementSize, sizeOfShape, type NumericArray, type TextArray } from './numeric-array.js';
import { readPickle } from './pickle.js';
import type { PickleValue } from './pickle-value.js';

/** An array of Python objects, pickled; read by {@link readPickle}, so nothing of it runs. */
export interface ObjectArray {
  readonly kind: 'objects';
  readonly shape: readonly number[];
  readonly items: readonly PickleValue[];
}

export type NpyArray = NumericArray | TextArray | ObjectArray;

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59] as const;
const HEADER =
  /^\s*\{\s*'descr'\s*:\s*'([^']{1,40})'\s*,\s*'fortran_order'\s*:\s*(True|False)\s*,\s*'shape'\s*:\s*\(([\d,\sL]*)\)\s*,?\s*\}\s*$/;

/**
 * Reads an array of NumPy's `.npy` format (versions 1 to 3), in either memory order and either endianness, as numbers
 * in C order.
 *
 * @param bytes - the whole file
 * @param file - its name, for errors
 * @param field - what the array is called, for errors
 * @throws DataFileError if it is no such file, is cut short or too long, or holds another type
 * @example
 * ```ts
 * import { readNpy } from '@pose-rft/smpl';
 *
 * const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }".padEnd(117) + '\n';
 * const bytes = Uint8Array.from([0x93, ...new TextEncoder().encode('NUMPY'), 1, 0, 118, 0,
 *   ...new TextEncoder().encode(header), ...new Uint8Array(Float32Array.of(1.5, -2).buffer)]);
 * const array = readNpy(bytes, 'two.npy');
 * console.assert(array.kind === 'numbers' && array.data.join() === '1.5,-2');
 * ```
 */
export function readNpy(bytes: Uint8Array, file: string, field = 'array'): NpyArray {
  const source = { file, field };
  const fail = (expected: string, found: string): DataFileError =>
    new DataFileError(file, field, expected, found);
  if (bytes.length < 10 || MAGIC.some((byte, i) => bytes[i] !== byte))
    throw fail('an .npy array', `${bytes.length} bytes that do not begin as one`);
  const version = bytes[6] as number;
  if (version < 1 || version > 3) throw fail('version 1, 2 or 3 of .npy', `version ${version}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const begin = version === 1 ? 10 : 12;
  if (bytes.length < begin) throw fail('a header', 'the end of the array');
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > bytes.length - begin || length > 65535)
    throw fail(`a header within the array's ${bytes.length} bytes`, `a header of ${length} bytes`);
  const header = new TextDecoder('latin1').decode(bytes.subarray(begin, begin + length));
  const match = HEADER.exec(header);
  if (match === null) throw fail('a header of descr, fortran_order and shape', `'${header.slice(0, 120)}'`);
  const [, dtype = '', fortran, lengths = ''] = match;
  const shape = lengths
    .split(',')
    .map((text) => text.replace('L', '').trim())
    .filter((text) => text !== '')
    .map(Number);
  if (shape.length > 32 || shape.some((axis) => !Number.isSafeInteger(axis)))
    throw fail('at most 32 dimensions', `shape (${lengths.slice(0, 120)})`);
  const payload = bytes.subarray(begin + length);
  if (dtype === '|O' || dtype === 'O') return readObjects(payload, shape, file, field);
  const size = sizeOfShape(shape) * elementSize(dtype, source);
  if (payload.length < size)
    throw fail(`${size} bytes for shape (${lengths}) of ${dtype}`, `${payload.length} bytes`);
  return decodeArray(payload.subarray(0, size), dtype, shape, fortran === 'True', source);
}

function readObjects(
  payload: Uint8Array,
  shape: readonly number[],
  file: string,
  field: string,
): ObjectArray {
  const value = readPickle(payload, file, field);
  if (typeof value !== 'object' || value === null || !('kind' in value) || value.kind !== 'objects')
    throw new DataFileError(file, field, 'a pickled array of objects', 'another pickled value');
  return { kind: 'objects', shape, items: value.items };
}
