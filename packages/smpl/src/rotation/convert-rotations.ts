import { ArrayRangeError, assertRange, type RealArray } from '../real-array.js';
import {
  axisAngleToMatrix,
  axisAngleToQuaternion,
  matrixToAxisAngle,
  quaternionToAxisAngle,
} from './axis-angle.js';
import { EULER_CONVENTIONS, eulerToQuaternion, quaternionToEuler, type EulerConvention } from './euler.js';
import { assertRotationMatrix, nearestRotation } from './nearest-rotation.js';
import { matrixToQuaternion, quaternionToMatrix } from './quaternion.js';
import { matrixToRotation6d, rotation6dToMatrix, type Rotation6dLayout } from './rotation6d.js';

/**
 * How a rotation is written down, and in which order its numbers lie in memory:
 * - `axis-angle`: 3 numbers, axis times angle in radians;
 * - `matrix`: 9, row-major;
 * - `quaternion-xyzw` (glTF, three.js, SciPy) and `quaternion-wxyz` (PyTorch3D, Blender, Eigen's constructor): 4;
 * - `rotation6d-columns`, `rotation6d-interleaved`, `rotation6d-rows`: 6, see {@link Rotation6dLayout};
 * - `euler-intrinsic-xyz` ... `euler-extrinsic-zyz`: 3 angles in radians, see {@link EulerConvention}.
 */
export type RotationFormat =
  | 'axis-angle'
  | 'matrix'
  | `quaternion-${'xyzw' | 'wxyz'}`
  | `rotation6d-${Rotation6dLayout}`
  | `euler-${EulerConvention}`;

/** Thrown when a text is not the name of a {@link RotationFormat}. */
export class UnknownRotationFormatError extends Error {
  override readonly name = 'UnknownRotationFormatError';
}

/** How a batch is converted. */
export interface ConvertRotationsOptions {
  /**
   * What to do with matrices read: `trust` (the default) takes them as rotations; `check` throws `NotARotationError` at
   * the first that is none; `nearest` replaces each by the nearest rotation.
   */
  readonly matrices?: 'trust' | 'check' | 'nearest';
}

type Conversion = (source: RealArray, sourceOffset: number, target: RealArray, targetOffset: number) => void;

interface Codec {
  /** How many numbers a rotation has. */
  readonly size: number;
  readonly toMatrix: Conversion;
  readonly fromMatrix: Conversion;
  /** The shorter way, where a format has one: by the quaternion [x, y, z, w]. */
  readonly quaternion?: { readonly read: Conversion; readonly write: Conversion };
}

const scratchMatrix = new Float64Array(9);
const scratchQuaternion = new Float64Array(4);

const CODECS: ReadonlyMap<string, Codec> = new Map<RotationFormat, Codec>([
  [
    'axis-angle',
    {
      size: 3,
      toMatrix: axisAngleToMatrix,
      fromMatrix: matrixToAxisAngle,
      quaternion: { read: axisAngleToQuaternion, write: quaternionToAxisAngle },
    },
  ],
  ['matrix', { size: 9, toMatrix: copyNine, fromMatrix: copyNine }],
  ['quaternion-xyzw', quaternionLike(4, copyFour, copyFour)],
  ['quaternion-wxyz', quaternionLike(4, moveScalarLast, moveScalarFirst)],
  ...(['columns', 'interleaved', 'rows'] as const).map((layout): [RotationFormat, Codec] => [
    `rotation6d-${layout}`,
    {
      size: 6,
      toMatrix(source, sourceOffset, target, targetOffset) {
        rotation6dToMatrix(source, sourceOffset, target, targetOffset, layout);
      },
      fromMatrix(source, sourceOffset, target, targetOffset) {
        matrixToRotation6d(source, sourceOffset, target, targetOffset, layout);
      },
    },
  ]),
  ...EULER_CONVENTIONS.map((convention): [RotationFormat, Codec] => [
    `euler-${convention}`,
    quaternionLike(
      3,
      (source, sourceOffset, target, targetOffset) => {
        eulerToQuaternion(source, sourceOffset, target, targetOffset, convention);
      },
      (source, sourceOffset, target, targetOffset) => {
        quaternionToEuler(source, sourceOffset, target, targetOffset, convention);
      },
    ),
  ]),
]);

/** The names of all formats. */
export const ROTATION_FORMATS: readonly RotationFormat[] = [...CODECS.keys()] as RotationFormat[];

/**
 * How many numbers a rotation has in a format.
 *
 * @throws UnknownRotationFormatError if `format`, coming from outside the type system, is not a {@link RotationFormat}
 */
export function rotationSize(format: RotationFormat): number {
  return codecOf(format).size;
}

/**
 * Converts `count` rotations, packed one after another, from one format to another. Source and target may be one array,
 * at the same or at overlapping offsets: the batch is then walked in the order in which nothing is overwritten before it
 * is read (from a copy, where neither order has that).
 *
 * @throws ArrayRangeError if an array is too short, or count is not a whole number
 * @throws NonFiniteRotationError if a number is NaN or infinite, in conversions that compute
 * @throws NotARotationError with `matrices: 'check'`, naming the offset of the first matrix that is no rotation
 * @throws UnknownRotationFormatError if a format, coming from outside the type system, is not a {@link RotationFormat}
 * @example
 * ```ts
 * import { convertRotations } from '@pose-rft/smpl';
 *
 * const amassPose = new Float32Array(24 * 3).fill(0.1); // 24 axis-angle vectors
 * const pose6d = new Float32Array(24 * 6);
 * convertRotations(24, 'axis-angle', amassPose, 0, 'rotation6d-columns', pose6d, 0);
 * convertRotations(24, 'rotation6d-columns', pose6d, 0, 'euler-intrinsic-zxy', pose6d, 0); // in place
 * ```
 */
export function convertRotations(
  count: number,
  from: RotationFormat,
  source: RealArray,
  sourceOffset: number,
  to: RotationFormat,
  target: RealArray,
  targetOffset: number,
  options: ConvertRotationsOptions = {},
): void {
  const reader = codecOf(from);
  const writer = codecOf(to);
  if (!(Number.isInteger(count) && count >= 0)) {
    throw new ArrayRangeError(`count is ${count}. It is how many rotations to convert, a whole number.`);
  }
  assertRange(source, sourceOffset, reader.size * count, `The rotations (${from})`);
  assertRange(target, targetOffset, writer.size * count, `The converted rotations (${to})`);
  const { matrices = 'trust' } = options;
  if (from === to && (from !== 'matrix' || matrices === 'trust')) {
    target.set(source.subarray(sourceOffset, sourceOffset + reader.size * count), targetOffset);
    return;
  }
  const convert = conversionBetween(from, reader, to, writer, matrices);
  const order = walkingOrder(count, reader.size, source, sourceOffset, writer.size, target, targetOffset);
  if (order === 'backwards') {
    for (let index = count - 1; index >= 0; index--) {
      convert(source, sourceOffset + reader.size * index, target, targetOffset + writer.size * index);
    }
    return;
  }
  const isCopied = order === 'from a copy';
  const input = isCopied ? source.slice(sourceOffset, sourceOffset + reader.size * count) : source;
  const inputOffset = isCopied ? 0 : sourceOffset;
  for (let index = 0; index < count; index++) {
    convert(input, inputOffset + reader.size * index, target, targetOffset + writer.size * index);
  }
}

function conversionBetween(
  from: RotationFormat,
  reader: Codec,
  to: RotationFormat,
  writer: Codec,
  matrices: 'trust' | 'check' | 'nearest',
): Conversion {
  if (from === 'matrix' && matrices !== 'trust') {
    const repair: Conversion =
      matrices === 'nearest'
        ? nearestRotation
        : (source, sourceOffset, target, targetOffset) => {
            assertRotationMatrix(source, sourceOffset);
            copyNine(source, sourceOffset, target, targetOffset);
          };
    return through(scratchMatrix, repair, writer.fromMatrix);
  }
  if (from === 'matrix') return writer.fromMatrix;
  if (to === 'matrix') return reader.toMatrix;
  if (reader.quaternion !== undefined && writer.quaternion !== undefined) {
    return through(scratchQuaternion, reader.quaternion.read, writer.quaternion.write);
  }
  return through(scratchMatrix, reader.toMatrix, writer.fromMatrix);
}

/** One conversion, then another, by way of scratch memory. */
function through(scratch: Float64Array, first: Conversion, second: Conversion): Conversion {
  return (source, sourceOffset, target, targetOffset) => {
    first(source, sourceOffset, scratch, 0);
    second(scratch, 0, target, targetOffset);
  };
}

type WalkingOrder = 'forwards' | 'backwards' | 'from a copy';

/** The order in which no rotation is overwritten before it is read. */
function walkingOrder(
  count: number,
  sourceSize: number,
  source: RealArray,
  sourceOffset: number,
  targetSize: number,
  target: RealArray,
  targetOffset: number,
): WalkingOrder {
  if (source.buffer !== target.buffer || count < 2) return 'forwards';
  const read = source.byteOffset + sourceOffset * source.BYTES_PER_ELEMENT;
  const readStep = sourceSize * source.BYTES_PER_ELEMENT;
  const written = target.byteOffset + targetOffset * target.BYTES_PER_ELEMENT;
  const writtenStep = targetSize * target.BYTES_PER_ELEMENT;
  if (written + count * writtenStep <= read || read + count * readStep <= written) return 'forwards';
  // By how many bytes the end of what is written lies beyond the end of what was read, at the first and the last step
  // that has a successor; between them it changes linearly.
  const excess = (index: number): number => written + writtenStep * index - (read + readStep * index);
  if (excess(1) <= 0 && excess(count - 1) <= 0) return 'forwards';
  return excess(1) >= 0 && excess(count - 1) >= 0 ? 'backwards' : 'from a copy';
}

function codecOf(format: RotationFormat): Codec {
  const codec = CODECS.get(format);
  if (codec !== undefined) return codec;
  throw new UnknownRotationFormatError(
    `'${String(format)}' is not a format of rotations. Use one of: ${ROTATION_FORMATS.join(', ')}.`,
  );
}

function quaternionLike(size: number, read: Conversion, write: Conversion): Codec {
  return {
    size,
    toMatrix: through(scratchQuaternion, read, quaternionToMatrix),
    fromMatrix: through(scratchQuaternion, matrixToQuaternion, write),
    quaternion: { read, write },
  };
}

function copyNine(source: RealArray, sourceOffset: number, target: RealArray, targetOffset: number): void {
  for (let entry = 0; entry < 9; entry++)
    target[targetOffset + entry] = source[sourceOffset + entry] as number;
}

function copyFour(source: RealArray, sourceOffset: number, target: RealArray, targetOffset: number): void {
  for (let entry = 0; entry < 4; entry++)
    target[targetOffset + entry] = source[sourceOffset + entry] as number;
}

/** [w, x, y, z] -> [x, y, z, w]. */
function moveScalarLast(
  source: RealArray,
  sourceOffset: number,
  target: RealArray,
  targetOffset: number,
): void {
  for (let entry = 0; entry < 4; entry++)
    target[targetOffset + entry] = source[sourceOffset + ((entry + 1) % 4)] as number;
}

/** [x, y, z, w] -> [w, x, y, z]. */
function moveScalarFirst(
  source: RealArray,
  sourceOffset: number,
  target: RealArray,
  targetOffset: number,
): void {
  for (let entry = 0; entry < 4; entry++)
    target[targetOffset + entry] = source[sourceOffset + ((entry + 3) % 4)] as number;
}
