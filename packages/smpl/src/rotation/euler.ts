import { assertRange, type RealArray } from '../real-array.js';
import { nonFiniteRotation } from './non-finite-rotation-error.js';
import { matrixToQuaternion, quaternionToMatrix } from './quaternion.js';

/** Three axes, of which neighbours differ: six with three different axes (Tait-Bryan), six with the first again last. */
export const EULER_AXES = [
  'xyz',
  'xzy',
  'yxz',
  'yzx',
  'zxy',
  'zyx',
  'xyx',
  'xzx',
  'yxy',
  'yzy',
  'zxz',
  'zyz',
] as const;

export type EulerAxes = (typeof EULER_AXES)[number];

/**
 * What three Euler angles mean. The axes stand in the order in which the turns are made, and the angles in the order of
 * the axes.
 * - `intrinsic-xyz`: about x, then about the new y, then about the newest z: R = Rx(a) Ry(b) Rz(c). SciPy's 'XYZ',
 *   three.js's 'XYZ'.
 * - `extrinsic-xyz`: about the fixed x, then the fixed y, then the fixed z: R = Rz(c) Ry(b) Rx(a). SciPy's 'xyz'.
 */
export type EulerConvention = `${'intrinsic' | 'extrinsic'}-${EulerAxes}`;

/** All 24. */
export const EULER_CONVENTIONS: readonly EulerConvention[] = (['intrinsic', 'extrinsic'] as const).flatMap(
  (frame) => EULER_AXES.map((axes): EulerConvention => `${frame}-${axes}`),
);

/** Thrown when a text is not one of the 24 conventions. */
export class UnknownEulerConventionError extends Error {
  override readonly name = 'UnknownEulerConventionError';
}

/**
 * Nearer than this to gimbal lock, in radians, the third angle is taken as zero: there the first and third turn about
 * one line, and the matrix tells only their sum or difference. SciPy's own bound.
 */
const GIMBAL_LOCK_RADIANS = 1e-7;

interface Turns {
  readonly isIntrinsic: boolean;
  readonly axes: readonly [first: number, second: number, third: number];
}

const AXIS_OF_LETTER: Readonly<Record<string, number>> = { x: 0, y: 1, z: 2 };

const TURNS: ReadonlyMap<string, Turns> = new Map(
  EULER_CONVENTIONS.map((convention) => {
    const letters = Array.from(convention.slice(-3), (letter) => AXIS_OF_LETTER[letter] ?? 0);
    const [first = 0, second = 0, third = 0] = letters;
    return [convention, { isIntrinsic: convention.startsWith('intrinsic'), axes: [first, second, third] }];
  }),
);

const quaternion = new Float64Array(4);
const product = new Float64Array(4);

/**
 * Writes the row-major 3x3 matrix of three Euler angles in radians, of any size.
 *
 * @throws ArrayRangeError if the source has fewer than 3 or the target fewer than 9 numbers from its offset on
 * @throws NonFiniteRotationError if an angle is NaN or infinite
 * @throws UnknownEulerConventionError if `convention`, coming from outside the type system, is not one of the 24
 * @example
 * ```ts
 * import { eulerToMatrix, rotateVector } from '@pose-rft/smpl';
 *
 * const matrix = new Float64Array(9);
 * eulerToMatrix(Float64Array.of(Math.PI / 2, 0, Math.PI / 2), 0, matrix, 0, 'extrinsic-xyz');
 * const vector = Float64Array.of(0, 1, 0);
 * rotateVector(matrix, 0, vector, 0, vector, 0); // about x: y goes to z; then about z: z stays
 * console.assert(Math.abs((vector[2] ?? 0) - 1) < 1e-12);
 * ```
 */
export function eulerToMatrix(
  source: RealArray,
  sourceOffset: number,
  target: RealArray,
  targetOffset: number,
  convention: EulerConvention,
): void {
  eulerToQuaternion(source, sourceOffset, quaternion, 0, convention);
  quaternionToMatrix(quaternion, 0, target, targetOffset);
}

/**
 * Writes the Euler angles in radians of a row-major rotation matrix; see {@link quaternionToEuler}.
 *
 * @throws ArrayRangeError if the source has fewer than 9 or the target fewer than 3 numbers from its offset on
 * @throws NonFiniteRotationError if a number is NaN or infinite
 * @throws UnknownEulerConventionError if `convention`, coming from outside the type system, is not one of the 24
 * @example
 * ```ts
 * import { axisAngleToMatrix, matrixToEuler } from '@pose-rft/smpl';
 *
 * const matrix = new Float64Array(9);
 * axisAngleToMatrix(Float64Array.of(0, 0.3, 0), 0, matrix, 0);
 * const angles = new Float64Array(3);
 * matrixToEuler(matrix, 0, angles, 0, 'intrinsic-yxz');
 * console.assert(Math.abs((angles[0] ?? 0) - 0.3) < 1e-12, 'the first angle turns about y');
 * ```
 */
export function matrixToEuler(
  source: RealArray,
  sourceOffset: number,
  target: RealArray,
  targetOffset: number,
  convention: EulerConvention,
): void {
  matrixToQuaternion(source, sourceOffset, quaternion, 0);
  quaternionToEuler(quaternion, 0, target, targetOffset, convention);
}

/**
 * Writes the unit quaternion [x, y, z, w] of three Euler angles in radians: the product of the three turns.
 *
 * @throws ArrayRangeError if the source has fewer than 3 or the target fewer than 4 numbers from its offset on
 * @throws NonFiniteRotationError if an angle is NaN or infinite
 * @throws UnknownEulerConventionError if `convention`, coming from outside the type system, is not one of the 24
 */
export function eulerToQuaternion(
  source: RealArray,
  sourceOffset: number,
  target: RealArray,
  targetOffset: number,
  convention: EulerConvention,
): void {
  const { isIntrinsic, axes } = turnsOf(convention);
  assertRange(source, sourceOffset, 3, 'The Euler angles');
  assertRange(target, targetOffset, 4, 'The quaternion');
  const a = source[sourceOffset] as number;
  const b = source[sourceOffset + 1] as number;
  const c = source[sourceOffset + 2] as number;
  if (!(Math.abs(a) + Math.abs(b) + Math.abs(c) < Infinity)) {
    throw nonFiniteRotation('triple of Euler angles', source, sourceOffset, 3);
  }
  product.fill(0);
  product[3] = 1;
  for (let turn = 0; turn < 3; turn++) {
    // Intrinsic turns multiply from the right; extrinsic ones from the left, which is the reverse order.
    const place = isIntrinsic ? turn : 2 - turn;
    const half = (place === 0 ? a : place === 1 ? b : c) / 2;
    multiplyByTurn(product, axes[place] as number, Math.cos(half), Math.sin(half));
  }
  for (let index = 0; index < 4; index++) target[targetOffset + index] = product[index] as number;
}

/**
 * Writes the Euler angles in radians of a quaternion [x, y, z, w] of any length but zero; the zero quaternion counts as
 * the identity. The first and third angle lie in [-pi, pi]; the second in [-pi/2, pi/2] for three different axes, in
 * [0, pi] otherwise. At gimbal lock (within 1e-7 radians of an end of the second's range) the third is zero, as in SciPy.
 *
 * Source: Bernardes and Viollet, "Quaternion to Euler angles conversion: A direct, general and computationally efficient
 * method" (2022).
 *
 * @throws ArrayRangeError if the source has fewer than 4 or the target fewer than 3 numbers from its offset on
 * @throws NonFiniteRotationError if a number is NaN or infinite
 * @throws UnknownEulerConventionError if `convention`, coming from outside the type system, is not one of the 24
 */
export function quaternionToEuler(
  source: RealArray,
  sourceOffset: number,
  target: RealArray,
  targetOffset: number,
  convention: EulerConvention,
): void {
  const { isIntrinsic, axes } = turnsOf(convention);
  assertRange(source, sourceOffset, 4, 'The quaternion');
  assertRange(target, targetOffset, 3, 'The Euler angles');
  // Intrinsic turns are the extrinsic ones in reverse.
  const i = isIntrinsic ? axes[2] : axes[0];
  const j = axes[1];
  const last = isIntrinsic ? axes[0] : axes[2];
  const isProper = i === last;
  const k = 3 - i - j;
  const handedness = ((i - j) * (j - k) * (k - i)) / 2;
  const qi = source[sourceOffset + i] as number;
  const qj = source[sourceOffset + j] as number;
  const qk = handedness * (source[sourceOffset + k] as number);
  const w = source[sourceOffset + 3] as number;
  const size = Math.abs(qi) + Math.abs(qj) + Math.abs(qk) + Math.abs(w);
  if (!(size < Infinity)) throw nonFiniteRotation('quaternion', source, sourceOffset, 4);
  const isZero = size === 0;
  const a = isZero ? 1 : isProper ? w : w - qj;
  const b = isProper ? qi : qi + qk;
  const c = isZero && !isProper ? 1 : isProper ? qj : qj + w;
  const d = isProper ? qk : qk - qi;
  const second = 2 * Math.atan2(Math.hypot(c, d), Math.hypot(a, b));
  const halfSum = Math.atan2(b, a);
  const halfDifference = Math.atan2(d, c);
  let first: number;
  let third: number;
  if (second < GIMBAL_LOCK_RADIANS) {
    first = 2 * halfSum;
    third = 0;
  } else if (second > Math.PI - GIMBAL_LOCK_RADIANS) {
    first = isIntrinsic ? 2 * halfDifference : -2 * halfDifference;
    third = 0;
  } else {
    first = isIntrinsic ? halfSum + halfDifference : halfSum - halfDifference;
    third = isIntrinsic ? halfSum - halfDifference : halfSum + halfDifference;
  }
  if (!isProper) {
    if (isIntrinsic) first *= handedness;
    else third *= handedness;
  }
  target[targetOffset] = wrapped(first);
  target[targetOffset + 1] = isProper ? second : second - Math.PI / 2;
  target[targetOffset + 2] = wrapped(third);
}

/** Multiplies a quaternion from the right by a turn about a coordinate axis. */
function multiplyByTurn(product: Float64Array, axis: number, cosine: number, sine: number): void {
  const next = (axis + 1) % 3;
  const last = (axis + 2) % 3;
  const along = product[axis] as number;
  const w = product[3] as number;
  const atNext = product[next] as number;
  const atLast = product[last] as number;
  product[axis] = along * cosine + w * sine;
  product[3] = w * cosine - along * sine;
  product[next] = atNext * cosine + atLast * sine;
  product[last] = atLast * cosine - atNext * sine;
}

/** Into [-pi, pi]; minus zero becomes zero. */
function wrapped(angle: number): number {
  if (angle > Math.PI) return angle - 2 * Math.PI;
  return angle < -Math.PI ? angle + 2 * Math.PI : angle + 0;
}

function turnsOf(convention: EulerConvention): Turns {
  const turns = TURNS.get(convention);
  if (turns !== undefined) return turns;
  throw new UnknownEulerConventionError(
    `'${String(convention)}' is not a convention of Euler angles. Use one of: ${EULER_CONVENTIONS.join(', ')}.`,
  );
}
