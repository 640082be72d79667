import { DataFileError } from './data-file-error.js';
import { readNpy, type NpyArray } from './npy.js';
import type { NumericArray } from './numeric-array.js';
import { zipEntries } from './zip-entries.js';

/** The arrays of an `.npz` file, each read only when it is asked for. */
export interface NpzFile {
  readonly file: string;
  /** In the order of the file. */
  readonly names: readonly string[];
  has(name: string): boolean;
  /** @throws DataFileError if there is no such array, or it cannot be read */
  read(name: string): NpyArray;
  /** As {@link NpzFile.read}, for arrays of numbers. @throws DataFileError also if the array holds something else */
  readNumbers(name: string): NumericArray;
}

/**
 * Opens NumPy's `.npz` (a zip archive of `.npy` arrays, packed or not). No code in it ever runs: pickled objects are
 * read by an allow-list.
 *
 * @param bytes - the whole file
 * @param file - its name, for errors
 * @throws DataFileError if the bytes are no zip archive
 * @example
 * ```ts
 * import { DataFileError, readNpz } from '@pose-rft/smpl';
 *
 * try {
 *   const motion = readNpz(new Uint8Array(100), 'walk.npz');
 *   const poses = motion.readNumbers('poses'); // { shape: [frames, 156], data: Float64Array }
 *   console.log(poses.shape);
 * } catch (error) {
 *   console.assert(error instanceof DataFileError && error.field === 'zip directory');
 * }
 * ```
 */
export function readNpz(bytes: Uint8Array, file: string): NpzFile {
  const entries = new Map(
    zipEntries(bytes, file)
      .filter(({ name }) => name.endsWith('.npy'))
      .map(({ name, unpack }) => [name.slice(0, -'.npy'.length), unpack]),
  );
  const names = [...entries.keys()];
  const read = (name: string): NpyArray => {
    const unpack = entries.get(name);
    if (unpack === undefined)
      throw new DataFileError(file, name, 'an array of this name', `only ${names.join(', ') || 'no arrays'}`);
    return readNpy(unpack(), file, name);
  };
  return {
    file,
    names,
    has: (name) => entries.has(name),
    read,
    readNumbers(name) {
      const array = read(name);
      if (array.kind === 'numbers') return array;
      throw new DataFileError(file, name, 'an array of numbers', `an array of ${array.kind}`);
    },
  };
}
