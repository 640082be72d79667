import { zipSync } from 'fflate';
import { sizeOfShape } from './numeric-array.js';

/** An array to be written: in C order. */
export interface ArrayToWrite {
  readonly shape: readonly number[];
  readonly data: Float64Array | Float32Array | Int32Array | Uint32Array | Uint8Array;
}

/** Thrown for an array that cannot be written. */
export class ArrayShapeError extends Error {
  override readonly name = 'ArrayShapeError';
}

/** The first day that zip knows, in local time, as zip keeps it. */
const DATE = new Date(1980, 0, 1);

const DTYPES: Readonly<Record<string, string>> = {
  Float64Array: '<f8',
  Float32Array: '<f4',
  Int32Array: '<i4',
  Uint32Array: '<u4',
  Uint8Array: '|u1',
};

/**
 * Writes arrays as NumPy's `.npz`, which `numpy.load` and {@link readNpz} read: numbers, or a text each.
 * Equal arrays give equal bytes.
 *
 * @param arrays - by name
 * @throws ArrayShapeError if an array has not as many numbers as its shape says
 * @example
 * ```ts
 * import { readNpz, writeNpz } from '@pose-rft/smpl';
 *
 * const bytes = writeNpz({ betas: { shape: [1, 2], data: Float64Array.of(0.5, -1) } });
 * console.assert(readNpz(bytes, 'shape.npz').readNumbers('betas').data[1] === -1);
 * ```
 */
export function writeNpz(arrays: Readonly<Record<string, ArrayToWrite | string>>): Uint8Array {
  const files = Object.entries(arrays).map(([name, array]) => [`${name}.npy`, npyOf(name, array)] as const);
  return zipSync(Object.fromEntries(files), { level: 6, mtime: DATE });
}

function npyOf(name: string, array: ArrayToWrite | string): Uint8Array {
  if (typeof array === 'string') {
    const points = Uint32Array.from(array, (character) => character.codePointAt(0) ?? 0);
    return npyFile(`<U${points.length}`, [], points);
  }
  const { shape, data } = array;
  if (sizeOfShape(shape) !== data.length)
    throw new ArrayShapeError(`'${name}' has ${data.length} numbers, but shape [${shape.join(', ')}].`);
  return npyFile(DTYPES[data.constructor.name] ?? '|u1', shape, data);
}

function npyFile(dtype: string, shape: readonly number[], data: ArrayToWrite['data']): Uint8Array {
  const tuple = shape.length === 1 ? `${shape.join()},` : shape.join(', ');
  const dictionary = `{'descr': '${dtype}', 'fortran_order': False, 'shape': (${tuple}), }`;
  // Magic, version and length take 10 bytes; the array starts at a multiple of 64.
  const headerLength = 64 * Math.ceil((10 + dictionary.length + 1) / 64) - 10;
  const header = `${dictionary.padEnd(headerLength - 1)}\n`;
  const bytes = new Uint8Array(10 + headerLength + data.byteLength);
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, headerLength & 255, headerLength >> 8]);
  bytes.set(new TextEncoder().encode(header), 10);
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), 10 + headerLength);
  return bytes;
}
