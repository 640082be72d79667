import type { BodyModel } from '../body/body-model.js';
import { bodyModelFromFields, type BodyModelOptions, type ModelFields } from './body-model-fields.js';
import { DataFileError } from './data-file-error.js';
import { readNpz } from './npz.js';
import { readPickle } from './pickle.js';

const ZIP_MAGIC = [0x50, 0x4b] as const;

/**
 * Reads a body model from the file that its authors distribute, `.npz` or `.pkl`: SMPL (24 joints), SMPL-H (52),
 * SMPL-X (55), and models of the same structure with other joints (which are then named `joint_0`, `joint_1`, ...). Any
 * number of shape coefficients, pose directions as [V, 3, P] or [P, 3 V], regressors dense or sparse. The files
 * themselves are licensed by their authors and are not part of this package.
 *
 * A pickle is data here: nothing in it runs, and any class but NumPy's, SciPy's sparse matrices and chumpy's variables is
 * refused.
 *
 * @param bytes - the whole file
 * @param file - its name; for errors, and, without its ending, the model's name
 * @throws DataFileError naming the file and the field if something is missing, of another shape or type, or not finite
 * @example
 * ```ts
 * import { DataFileError, readBodyModel } from '@pose-rft/smpl';
 *
 * const load = (bytes: Uint8Array) => readBodyModel(bytes, 'SMPL_NEUTRAL.pkl', { shapeCount: 10 });
 * try {
 *   const body = load(new Uint8Array([0x80, 2]));
 *   console.log(body.skeleton.names.length); // 24
 * } catch (error) {
 *   console.assert(error instanceof DataFileError && error.file === 'SMPL_NEUTRAL.pkl');
 * }
 * ```
 */
export function readBodyModel(bytes: Uint8Array, file: string, options: BodyModelOptions = {}): BodyModel {
  const isZip = ZIP_MAGIC.every((byte, i) => bytes[i] === byte);
  return bodyModelFromFields(isZip ? fieldsOfNpz(bytes, file) : fieldsOfPickle(bytes, file), options);
}

function fieldsOfNpz(bytes: Uint8Array, file: string): ModelFields {
  const npz = readNpz(bytes, file);
  return { file, names: npz.names, read: (name) => (npz.has(name) ? npz.read(name) : undefined) };
}

function fieldsOfPickle(bytes: Uint8Array, file: string): ModelFields {
  const value = readPickle(bytes, file);
  if (!(value instanceof Map))
    throw new DataFileError(file, 'pickle', 'a dictionary of arrays', 'another value');
  return { file, names: [...value.keys()].map(String), read: (name) => value.get(name) };
}
