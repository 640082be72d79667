import { DataFileError } from './data-file-error.js';
import { readNpz, type NpzFile } from './npz.js';
import { showShape } from './numeric-array.js';

export type Gender = 'female' | 'male' | 'neutral';

/** The models that AMASS's files are for, by the number of their joints. */
export type AmassModel = 'smpl' | 'smplh' | 'smplx';

/** A motion of the AMASS archive (Mahmood et al. 2019), as its file has it: z up. */
export interface AmassMotion {
  readonly model: AmassModel;
  /** J: 24 for SMPL, 52 for SMPL-H, 55 for SMPL-X. */
  readonly jointCount: number;
  readonly frameCount: number;
  readonly framesPerSecond: number;
  /** Radians, relative to the parent, the first the global orientation in a world with z up, [F*J*3]. */
  readonly axisAngles: Float64Array;
  /** What is added to the posed body, metres, z up, [F*3]. */
  readonly translationsMetres: Float64Array;
  /** Shape coefficients, as many as the file has. */
  readonly betas: Float64Array;
  readonly gender: Gender;
}

const MODEL_OF_NUMBERS: ReadonlyMap<number, { readonly model: AmassModel; readonly jointCount: number }> =
  new Map([
    [72, { model: 'smpl', jointCount: 24 }],
    [156, { model: 'smplh', jointCount: 52 }],
    [165, { model: 'smplx', jointCount: 55 }],
  ]);

/** Its two spellings: SMPL-H files have the first, SMPL-X files the second. */
const FRAME_RATES = ['mocap_framerate', 'mocap_frame_rate'] as const;
/** Larger than any angle or place in a real file; keeps what is computed from it finite. */
const LARGEST_NUMBER = 1e6;

/**
 * Reads a motion of the AMASS archive (`.npz`): SMPL-H with 156 numbers a pose, SMPL-X with 165, SMPL with 72. Bring it
 * to SMPL's 24 joints and to y up by `amassToSmpl`.
 *
 * @param bytes - the whole file
 * @param file - its name, for errors
 * @throws DataFileError naming file, array, expected and found
 * @example
 * ```ts
 * import { amassToSmpl, readAmass, writeAmass } from '@pose-rft/smpl';
 *
 * const file = writeAmass({
 *   model: 'smplh',
 *   jointCount: 52,
 *   frameCount: 2,
 *   framesPerSecond: 120,
 *   axisAngles: new Float64Array(2 * 156),
 *   translationsMetres: Float64Array.of(0, 0, 0.9, 0, 0, 0.91),
 *   betas: new Float64Array(16),
 *   gender: 'neutral',
 * });
 * const { pose6d, rootPositionsMetres } = amassToSmpl(readAmass(file, 'stand.npz'));
 * console.assert(pose6d.length === 2 * 144 && Math.abs((rootPositionsMetres[1] ?? 0) - 0.9) < 1e-6);
 * ```
 */
export function readAmass(bytes: Uint8Array, file = 'motion.npz'): AmassMotion {
  const npz = readNpz(bytes, file);
  const { shape, data: poses } = numbers(npz, 'poses');
  const [frameCount = 0, size = 0] = shape;
  const known = MODEL_OF_NUMBERS.get(size);
  if (shape.length !== 2 || known === undefined || frameCount < 1)
    throw new DataFileError(
      file,
      'poses',
      `[frames, ${[...MODEL_OF_NUMBERS.keys()].join(' or ')}] numbers`,
      showShape(shape),
    );
  assertReasonable(poses, size, file, 'poses');
  const trans = numbers(npz, 'trans');
  if (trans.shape.length !== 2 || trans.shape[0] !== frameCount || trans.shape[1] !== 3)
    throw new DataFileError(
      file,
      'trans',
      `${showShape([frameCount, 3])}, as many frames as poses`,
      showShape(trans.shape),
    );
  assertReasonable(trans.data, 3, file, 'trans');
  const betas = npz.has('betas') ? numbers(npz, 'betas').data : new Float64Array();
  assertReasonable(betas, betas.length, file, 'betas');
  return {
    ...known,
    frameCount,
    framesPerSecond: frameRate(npz),
    axisAngles: poses,
    translationsMetres: trans.data,
    betas,
    gender: genderOf(npz),
  };
}

function numbers(npz: NpzFile, name: string): { shape: readonly number[]; data: Float64Array } {
  const { shape, data } = npz.readNumbers(name);
  return { shape, data: data instanceof Float64Array ? data : Float64Array.from(data) };
}

function frameRate(npz: NpzFile): number {
  const name = FRAME_RATES.find((spelling) => npz.has(spelling));
  if (name === undefined)
    throw new DataFileError(npz.file, FRAME_RATES.join(' or '), 'the frames a second', 'neither array');
  const { data } = npz.readNumbers(name);
  const [rate = NaN] = data;
  if (data.length !== 1 || !(rate > 0 && rate <= LARGEST_NUMBER))
    throw new DataFileError(
      npz.file,
      name,
      `one number in (0, ${LARGEST_NUMBER}]`,
      data.length === 1 ? String(rate) : `${data.length} numbers`,
    );
  return rate;
}

/** Absent means neutral. Some files hold what Python makes of bytes: `b'female'`. */
function genderOf(npz: NpzFile): Gender {
  if (!npz.has('gender')) return 'neutral';
  const array = npz.read('gender');
  const text = array.kind === 'text' && array.items.length === 1 ? (array.items[0] ?? '') : undefined;
  const gender = text?.replace(/^b'(.*)'$/, '$1').toLowerCase();
  if (gender === 'female' || gender === 'male' || gender === 'neutral') return gender;
  throw new DataFileError(
    npz.file,
    'gender',
    "one text: 'female', 'male' or 'neutral'",
    text === undefined ? `${showShape(array.shape)} ${array.kind}` : `'${text.slice(0, 40)}'`,
  );
}

function assertReasonable(data: Float64Array, rowSize: number, file: string, field: string): void {
  const index = data.findIndex((value) => !(Math.abs(value) <= LARGEST_NUMBER));
  if (index >= 0)
    throw new DataFileError(
      file,
      field,
      `numbers within +-${LARGEST_NUMBER}`,
      `${String(data[index])} at number ${index % rowSize} of frame ${Math.floor(index / rowSize)}`,
    );
}
