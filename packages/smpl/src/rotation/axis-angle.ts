import { assertRange, type RealArray } from '../real-array.js';
import { nonFiniteRotation } from './non-finite-rotation-error.js';
import { matrixToQuaternion } from './quaternion.js';

/** Below it sin(a) / a equals 1 - a^2 / 6 to the last bit of a double. */
const SMALL_ANGLE_SQUARED = 1e-8;

const quaternion = new Float64Array(4);

/**
 * Writes the row-major 3x3 matrix of an axis-angle vector (axis times angle in radians, of any size), by Rodrigues'
 * formula R = I + a W + b W^2 with a = sin t / t and b = (1 - cos t) / t^2 = (sin(t/2) / (t/2))^2 / 2. The second form
 * of b does not cancel, so small angles keep their full precision.
 *
 * @throws ArrayRangeError if the source has fewer than 3 or the target fewer than 9 numbers from its offset on
 * @throws NonFiniteRotationError if a number is NaN or infinite
 */
export function axisAngleToMatrix(
  source: RealArray,
  sourceOffset: number,
  target: RealArray,
  targetOffset: number,
): void {
  assertRange(source, sourceOffset, 3, 'The axis-angle vector');
  assertRange(target, targetOffset, 9, 'The matrix');
  const x = source[sourceOffset] as number;
  const y = source[sourceOffset + 1] as number;
  const z = source[sourceOffset + 2] as number;
  const angleSquared = x * x + y * y + z * z;
  if (!(angleSquared < Infinity)) throw nonFiniteRotation('axis-angle vector', source, sourceOffset, 3);
  const angle = Math.sqrt(angleSquared);
  const a = angleSquared < SMALL_ANGLE_SQUARED ? 1 - angleSquared / 6 : Math.sin(angle) / angle;
  const half = angleSquared < SMALL_ANGLE_SQUARED ? 1 - angleSquared / 24 : Math.sin(angle / 2) / (angle / 2);
  const b = (half * half) / 2;
  target[targetOffset] = 1 - b * (y * y + z * z);
  target[targetOffset + 1] = b * x * y - a * z;
  target[targetOffset + 2] = b * x * z + a * y;
  target[targetOffset + 3] = b * x * y + a * z;
  target[targetOffset + 4] = 1 - b * (x * x + z * z);
  target[targetOffset + 5] = b * y * z - a * x;
  target[targetOffset + 6] = b * x * z - a * y;
  target[targetOffset + 7] = b * y * z + a * x;
  target[targetOffset + 8] = 1 - b * (x * x + y * y);
}

/**
 * Writes the axis-angle vector of a row-major rotation matrix: the shortest one, of length at most pi. It goes through
 * the quaternion and atan2, so it is accurate near the identity and near half turns alike. A half turn about an axis is
 * also one about the opposite axis: of the two, the one whose first non-zero number is positive is written.
 *
 * @throws ArrayRangeError if the source has fewer than 9 or the target fewer than 3 numbers from its offset on
 * @throws NonFiniteRotationError if a number is NaN or infinite
 */
export function matrixToAxisAngle(
  source: RealArray,
  sourceOffset: number,
  target: RealArray,
  targetOffset: number,
): void {
  matrixToQuaternion(source, sourceOffset, quaternion, 0);
  quaternionToAxisAngle(quaternion, 0, target, targetOffset);
}

/**
 * Writes the axis-angle vector, of length at most pi, of a quaternion [x, y, z, w] of any length but zero; the zero
 * quaternion counts as the identity.
 *
 * @throws ArrayRangeError if the source has fewer than 4 or the target fewer than 3 numbers from its offset on
 * @throws NonFiniteRotationError if a number is NaN or infinite
 */
export function quaternionToAxisAngle(
  source: RealArray,
  sourceOffset: number,
  target: RealArray,
  targetOffset: number,
): void {
  assertRange(source, sourceOffset, 4, 'The quaternion');
  assertRange(target, targetOffset, 3, 'The axis-angle vector');
  const x = source[sourceOffset] as number;
  const y = source[sourceOffset + 1] as number;
  const z = source[sourceOffset + 2] as number;
  const w = source[sourceOffset + 3] as number;
  const vectorLength = Math.hypot(x, y, z);
  if (!(vectorLength + Math.abs(w) < Infinity))
    throw nonFiniteRotation('quaternion', source, sourceOffset, 4);
  const sign = w < 0 ? -1 : 1;
  // The angle over the vector's length.
  const scale = vectorLength > 0 ? (2 * Math.atan2(vectorLength, Math.abs(w))) / vectorLength : 0;
  target[targetOffset] = sign * scale * x;
  target[targetOffset + 1] = sign * scale * y;
  target[targetOffset + 2] = sign * scale * z;
}

/**
 * Writes the unit quaternion [x, y, z, w] of an axis-angle vector (axis times angle in radians).
 *
 * @throws ArrayRangeError if the source has fewer than 3 or the target fewer than 4 numbers from its offset on
 * @throws NonFiniteRotationError if a number is NaN or infinite
 */
export function axisAngleToQuaternion(
  source: RealArray,
  sourceOffset: number,
  target: RealArray,
  targetOffset: number,
): void {
  assertRange(source, sourceOffset, 3, 'The axis-angle vector');
  assertRange(target, targetOffset, 4, 'The quaternion');
  const x = source[sourceOffset] as number;
  const y = source[sourceOffset + 1] as number;
  const z = source[sourceOffset + 2] as number;
  const angleSquared = x * x + y * y + z * z;
  if (!(angleSquared < Infinity)) throw nonFiniteRotation('axis-angle vector', source, sourceOffset, 3);
  const angle = Math.sqrt(angleSquared);
  const scale = angleSquared < SMALL_ANGLE_SQUARED ? 0.5 - angleSquared / 48 : Math.sin(angle / 2) / angle;
  target[targetOffset] = scale * x;
  target[targetOffset + 1] = scale * y;
  target[targetOffset + 2] = scale * z;
  target[targetOffset + 3] = Math.cos(angle / 2);
}
