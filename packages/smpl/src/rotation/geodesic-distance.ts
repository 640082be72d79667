import type { RealArray } from '../real-array.js';
import { matrixToQuaternion } from './quaternion.js';
import { composeRotations, invertRotation } from './rotation-matrix.js';

const relative = new Float64Array(9);
const quaternion = new Float64Array(4);

/**
 * The angle in radians, in [0, pi], of the shortest rotation that takes one row-major rotation matrix to the other: the
 * metric of SO(3). Accurate at 0 and at pi, where the usual arc cosine of the trace loses half the digits.
 *
 * @throws ArrayRangeError if an array has fewer than 9 numbers from its offset on
 * @throws NonFiniteRotationError if a number is NaN or infinite
 * @example
 * ```ts
 * import { axisAngleToMatrix, geodesicDistanceRadians } from '@pose-rft/smpl';
 *
 * const matrices = new Float64Array(18);
 * axisAngleToMatrix(Float64Array.of(0, 0, 0), 0, matrices, 0);
 * axisAngleToMatrix(Float64Array.of(0, 0.4, 0), 0, matrices, 9);
 * console.assert(Math.abs(geodesicDistanceRadians(matrices, 0, matrices, 9) - 0.4) < 1e-12);
 * ```
 */
export function geodesicDistanceRadians(
  first: RealArray,
  firstOffset: number,
  second: RealArray,
  secondOffset: number,
): number {
  invertRotation(first, firstOffset, relative, 0);
  composeRotations(relative, 0, second, secondOffset, relative, 0);
  matrixToQuaternion(relative, 0, quaternion, 0);
  const sineOfHalf = Math.hypot(quaternion[0] as number, quaternion[1] as number, quaternion[2] as number);
  return 2 * Math.atan2(sineOfHalf, quaternion[3] as number);
}
