import type { RealArray } from '../real-array.js';
import {
  axisAngleToMatrix,
  axisAngleToQuaternion,
  matrixToAxisAngle,
  quaternionToAxisAngle,
} from './axis-angle.js';
import { composeQuaternions, invertQuaternion } from './quaternion-product.js';
import { composeRotations, invertRotation } from './rotation-matrix.js';

const relative = new Float64Array(9);
const axisAngle = new Float64Array(3);

/**
 * Spherical linear interpolation of two row-major rotation matrices: first * exp(fraction * log(first^-1 second)), the
 * point at `fraction` of the shortest way, travelled at constant speed (Shoemake, "Animating rotation with quaternion
 * curves", 1985). Exact for equal rotations and for half turns; where two ways are equally short, the one about the axis
 * that `matrixToAxisAngle` names. Fractions outside [0, 1] go on along the same turn. The target may be either source.
 *
 * @throws ArrayRangeError if an array has fewer than 9 numbers from its offset on
 * @throws NonFiniteRotationError if a number is NaN or infinite
 * @example
 * ```ts
 * import { axisAngleToMatrix, geodesicDistanceRadians, slerpRotations } from '@pose-rft/smpl';
 *
 * const [from, to, between] = [new Float64Array(9), new Float64Array(9), new Float64Array(9)];
 * axisAngleToMatrix(Float64Array.of(0, 0, 0), 0, from, 0);
 * axisAngleToMatrix(Float64Array.of(0, 0, 2), 0, to, 0);
 * slerpRotations(from, 0, to, 0, 0.25, between, 0);
 * console.assert(Math.abs(geodesicDistanceRadians(from, 0, between, 0) - 0.5) < 1e-12);
 * ```
 */
export function slerpRotations(
  first: RealArray,
  firstOffset: number,
  second: RealArray,
  secondOffset: number,
  fraction: number,
  target: RealArray,
  targetOffset: number,
): void {
  invertRotation(first, firstOffset, relative, 0);
  composeRotations(relative, 0, second, secondOffset, relative, 0);
  matrixToAxisAngle(relative, 0, axisAngle, 0);
  for (let axis = 0; axis < 3; axis++) axisAngle[axis] = fraction * (axisAngle[axis] as number);
  axisAngleToMatrix(axisAngle, 0, relative, 0);
  composeRotations(first, firstOffset, relative, 0, target, targetOffset);
}

/**
 * The same for unit quaternions [x, y, z, w]. A quaternion and its negative are one rotation, so the shorter way is
 * taken whatever their signs; the result continues the sign of the first.
 *
 * @throws ArrayRangeError if an array has fewer than 4 numbers from its offset on
 * @throws NonFiniteRotationError if a number is NaN or infinite
 */
export function slerpQuaternions(
  first: RealArray,
  firstOffset: number,
  second: RealArray,
  secondOffset: number,
  fraction: number,
  target: RealArray,
  targetOffset: number,
): void {
  invertQuaternion(first, firstOffset, relative, 0);
  composeQuaternions(relative, 0, second, secondOffset, relative, 0);
  quaternionToAxisAngle(relative, 0, axisAngle, 0);
  for (let axis = 0; axis < 3; axis++) axisAngle[axis] = fraction * (axisAngle[axis] as number);
  axisAngleToQuaternion(axisAngle, 0, relative, 0);
  composeQuaternions(first, firstOffset, relative, 0, target, targetOffset);
}
