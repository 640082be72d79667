import { assertRange, type RealArray } from '../real-array.js';
import { axisAngleToMatrix } from '../rotation/axis-angle.js';
import { matrixToQuaternion } from '../rotation/quaternion.js';
import { composeRotations } from '../rotation/rotation-matrix.js';

/**
 * The coordinate axis that a joint's twist is about: the one along its bone at rest (for the feet, along the shank).
 */
export type BoneAxis = 'x' | 'y';

const quaternion = new Float64Array(4);
const vector = new Float64Array(3);
const swing = new Float64Array(9);
const twist = new Float64Array(9);

/**
 * Splits a rotation R = S T into its twist T about the bone and its swing S about an axis perpendicular to the bone:
 * S alone says where the bone points, T how it is turned about itself. Writes three angles in radians, one for each
 * axis x, y, z of the rest pose: at `boneAxis` the twist, in [-pi, pi]; at the other two the components of the swing's
 * axis-angle vector, of length at most pi. Unlike Euler angles it has no gimbal lock; the one singularity is a bone
 * folded back onto itself (a swing of pi), where the twist is taken as zero.
 *
 * Source: F. S. Grassia, "Practical Parameterization of Rotations Using the Exponential Map" (1998), section 5.
 *
 * @param matrix - a row-major rotation, 9 numbers from `matrixOffset` on
 * @throws ArrayRangeError if an array is too short
 * @throws NonFiniteRotationError if a number is NaN or infinite
 * @example
 * ```ts
 * import { axisAngleToMatrix, matrixToSwingTwist } from '@pose-rft/smpl';
 *
 * const matrix = new Float64Array(9);
 * axisAngleToMatrix(Float64Array.of(0, 0.3, 0), 0, matrix, 0);
 * const angles = new Float64Array(3);
 * matrixToSwingTwist(matrix, 0, 'y', angles, 0);
 * console.assert(Math.abs((angles[1] ?? 0) - 0.3) < 1e-12, 'a pure twist about y');
 * ```
 */
export function matrixToSwingTwist(
  matrix: RealArray,
  matrixOffset: number,
  boneAxis: BoneAxis,
  angles: RealArray,
  anglesOffset: number,
): void {
  assertRange(angles, anglesOffset, 3, 'The swing and twist');
  matrixToQuaternion(matrix, matrixOffset, quaternion, 0);
  const along = boneAxis === 'x' ? 0 : 1;
  const across = 1 - along;
  const p = quaternion[along] as number;
  const q = quaternion[across] as number;
  const z = quaternion[2] as number;
  const w = quaternion[3] as number;
  const cosineOfHalfSwing = Math.sqrt(p * p + w * w);
  // The twist's quaternion: (p, w) normalised.
  const isSingular = cosineOfHalfSwing < 1e-12;
  const twistSine = isSingular ? 0 : p / cosineOfHalfSwing;
  const twistCosine = isSingular ? 1 : w / cosineOfHalfSwing;
  // The swing's quaternion, quaternion * conjugate(twist): no component along the bone.
  const handedness = boneAxis === 'x' ? 1 : -1;
  const swingAcross = q * twistCosine - handedness * z * twistSine;
  const swingZ = z * twistCosine + handedness * q * twistSine;
  const sineOfHalfSwing = Math.sqrt(swingAcross * swingAcross + swingZ * swingZ);
  const scale =
    sineOfHalfSwing > 0 ? (2 * Math.atan2(sineOfHalfSwing, cosineOfHalfSwing)) / sineOfHalfSwing : 0;
  angles[anglesOffset + along] = 2 * Math.atan2(twistSine, twistCosine);
  angles[anglesOffset + across] = scale * swingAcross;
  angles[anglesOffset + 2] = scale * swingZ;
}

/**
 * The inverse of {@link matrixToSwingTwist}: writes the row-major rotation of three swing and twist angles in radians.
 *
 * @throws ArrayRangeError if an array is too short
 * @throws NonFiniteRotationError if an angle is NaN or infinite
 */
export function swingTwistToMatrix(
  angles: RealArray,
  anglesOffset: number,
  boneAxis: BoneAxis,
  matrix: RealArray,
  matrixOffset: number,
): void {
  assertRange(angles, anglesOffset, 3, 'The swing and twist');
  const along = boneAxis === 'x' ? 0 : 1;
  for (let axis = 0; axis < 3; axis++)
    vector[axis] = axis === along ? 0 : (angles[anglesOffset + axis] as number);
  axisAngleToMatrix(vector, 0, swing, 0);
  vector.fill(0);
  vector[along] = angles[anglesOffset + along] as number;
  axisAngleToMatrix(vector, 0, twist, 0);
  composeRotations(swing, 0, twist, 0, matrix, matrixOffset);
}
