import { assertRange, type RealArray } from '../real-array.js';
import { nonFiniteRotation } from '../rotation/non-finite-rotation-error.js';
import { axisAngleToMatrix } from '../rotation/axis-angle.js';
import { composeRotations } from '../rotation/rotation-matrix.js';

const turn = new Float64Array(9);
const axisAngle = new Float64Array(3);

/**
 * The direction that a body faces, as an angle in radians about the vertical y axis: 0 to the front (z), a quarter turn to
 * its left (x), in (-pi, pi]. It is the twist of the global orientation about y, so it is defined for lying and leaning
 * bodies too; only for a body turned upside down it is not, and counts as 0.
 *
 * @param rotation - the global orientation, row-major 3x3 in the frame `smpl`
 * @throws ArrayRangeError if the array has fewer than 9 numbers from the offset on
 * @throws NonFiniteRotationError if a number is NaN or infinite
 * @example
 * ```ts
 * import { axisAngleToMatrix, headingRadians } from '@pose-rft/smpl';
 *
 * const rotation = new Float64Array(9);
 * axisAngleToMatrix(Float64Array.of(0, 0.5, 0), 0, rotation, 0);
 * console.assert(Math.abs(headingRadians(rotation, 0) - 0.5) < 1e-12);
 * ```
 */
export function headingRadians(rotation: RealArray, rotationOffset: number): number {
  assertRange(rotation, rotationOffset, 9, "The root's rotation");
  // Of the quaternion (x, y, z, w): 4 w y and 2 (w^2 - y^2), the sine and cosine of the twist times 2 (w^2 + y^2).
  const sine = (rotation[rotationOffset + 2] as number) - (rotation[rotationOffset + 6] as number);
  const cosine = (rotation[rotationOffset] as number) + (rotation[rotationOffset + 8] as number);
  if (!Number.isFinite(sine + cosine)) throw nonFiniteRotation('matrix', rotation, rotationOffset, 9);
  return Math.atan2(sine, cosine);
}

/**
 * Writes a global orientation turned about the vertical so that the body faces front: what remains is how it leans. The
 * target may be the source.
 *
 * @returns the heading that was taken away, in radians
 * @throws ArrayRangeError if an array has fewer than 9 numbers from its offset on
 * @throws NonFiniteRotationError if a number is NaN or infinite
 */
export function removeHeading(
  rotation: RealArray,
  rotationOffset: number,
  target: RealArray,
  targetOffset: number,
): number {
  const heading = headingRadians(rotation, rotationOffset);
  axisAngle.fill(0);
  axisAngle[1] = -heading;
  axisAngleToMatrix(axisAngle, 0, turn, 0);
  composeRotations(turn, 0, rotation, rotationOffset, target, targetOffset);
  return heading;
}
