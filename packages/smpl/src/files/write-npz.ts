import { zipSync } from 'fflate';

/** What an array of an `.npz` file can hold: numbers of a shape, or one text. */
export type NpzInput =
  { readonly data: Float64Array | Float32Array | Int32Array; readonly shape: readonly number[] } | string;

/** Thrown when numbers are not as many as their shape says. */
export class NpzShapeError extends Error {
  override readonly name = 'NpzShapeError';
}

/** NumPy aligns the numbers to this many bytes. */
const ALIGNMENT = 64;
/** The first day that zip knows: equal arrays make equal files. In local time, as zip keeps it. */
const DATE = new Date(1980, 0, 1);

/**
 * Writes named arrays as NumPy's `.npz` (a deflated zip archive of `.npy` arrays, version 1.0). Numbers of one element
 * have the shape `[]`.
 *
 * @throws NpzShapeError
 * @example
 * ```ts
 * import { readNpz, writeNpz } from '@pose-rft/smpl';
 *
 * const bytes = writeNpz({ poses: { data: Float64Array.of(1, 2, 3, 4), shape: [2, 2] }, gender: 'female' });
 * const { shape, data } = readNpz(bytes, 'motion.npz').readNumbers('poses');
 * console.assert(shape.join() === '2,2' && data[3] === 4);
 * ```
 */
export function writeNpz(arrays: Readonly<Record<string, NpzInput>>): Uint8Array {
  return zipSync(
    Object.fromEntries(
      Object.entries(arrays).map(([name, array]) => [`${name}.npy`, encodeNpy(name, array)]),
    ),
    { mtime: DATE },
  );
}

function encodeNpy(name: string, array: NpzInput): Uint8Array {
  if (typeof array === 'string') {
    const points = Array.from(array, (character) => character.codePointAt(0) ?? 0);
    const bytes = new Uint8Array(points.length * 4);
    const view = new DataView(bytes.buffer);
    points.forEach((point, i) => {
      view.setUint32(i * 4, point, true);
    });
    return withHeader(`<U${points.length}`, [], bytes);
  }
  const { data, shape } = array;
  const count = shape.reduce((product, length) => product * length, 1);
  if (count !== data.length)
    throw new NpzShapeError(
      `${name}: ${count} numbers make the shape [${shape.join(', ')}], found ${data.length}`,
    );
  const size = data.BYTES_PER_ELEMENT;
  const bytes = new Uint8Array(data.length * size);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < data.length; i++) {
    if (data instanceof Int32Array) view.setInt32(i * size, data[i] as number, true);
    else if (data instanceof Float32Array) view.setFloat32(i * size, data[i] as number, true);
    else view.setFloat64(i * size, data[i] as number, true);
  }
  const dtype = data instanceof Int32Array ? '<i4' : data instanceof Float32Array ? '<f4' : '<f8';
  return withHeader(dtype, shape, bytes);
}

function withHeader(dtype: string, shape: readonly number[], payload: Uint8Array): Uint8Array {
  // A tuple of one needs its comma.
  const tuple = shape.length === 1 ? `${shape[0] ?? 0},` : shape.join(', ');
  const dictionary = `{'descr': '${dtype}', 'fortran_order': False, 'shape': (${tuple}), }`;
  const length = Math.ceil((10 + dictionary.length + 1) / ALIGNMENT) * ALIGNMENT;
  const file = new Uint8Array(length + payload.length);
  file.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0]);
  new DataView(file.buffer).setUint16(8, length - 10, true);
  file.set(new TextEncoder().encode(`${dictionary.padEnd(length - 11)}\n`), 10);
  file.set(payload, length);
  return file;
}
