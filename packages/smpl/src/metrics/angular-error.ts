import { assertRange, type RealArray } from '../real-array.js';
import { geodesicDistanceRadians } from '../rotation/geodesic-distance.js';
import { composeRotations } from '../rotation/rotation-matrix.js';
import { JOINT_NAMES } from '../skeleton/joints.js';
import { assertValidProtocol } from './evaluation-protocol.js';

const DEGREES_PER_RADIAN = 180 / Math.PI;

/** Which joints' orientations an angular error was measured on, and relative to what. */
export interface OrientationProtocol {
  readonly name: string;
  /** `world`: each joint's frame relative to the world; `parent`: relative to the parent's frame, as a pose stores it. */
  readonly orientation: 'world' | 'parent';
  /** How many rotations the arrays hold. */
  readonly jointCount: number;
  /** The joints that are measured, by index into the arrays. */
  readonly measuredJoints: readonly number[];
  readonly unit: 'degrees';
}

/** The 3DPW challenge: pelvis, hips, knees, shoulders and elbows in world orientation. */
export const THREEDPW_ORIENTATION_PROTOCOL: OrientationProtocol = {
  name: '3DPW challenge, world orientation of 9 joints',
  orientation: 'world',
  jointCount: 24,
  measuredJoints: [0, 1, 2, 4, 5, 16, 17, 18, 19],
  unit: 'degrees',
};

/** All 24 rotations of a pose, each relative to its parent. */
export const SMPL_24_ORIENTATION_PROTOCOL: OrientationProtocol = {
  name: 'SMPL, 24 rotations relative to the parent',
  orientation: 'parent',
  jointCount: 24,
  measuredJoints: JOINT_NAMES.map((_, joint) => joint),
  unit: 'degrees',
};

/** How orientations are compared. */
export interface AngularErrorOptions {
  /**
   * A row-major rotation that the predicted *world* orientations are turned by first: PA-MPJAE takes that of
   * `fitSimilarity` of the joints.
   */
  readonly turn?: RealArray;
}

const turned = new Float64Array(9);

/**
 * MPJAE: the mean angle in degrees, in [0, 180], between predicted and true orientations of the protocol's joints.
 *
 * @param predicted - [protocol.jointCount, 3, 3] row-major rotation matrices from `predictedOffset` on: world rotations
 *   (`worldRotations` of the kinematics gives them) or those of the pose, as the protocol says
 * @param target - likewise
 * @throws ArrayRangeError if an array is too short for the protocol
 * @throws InvalidProtocolError if the protocol names no joints, or joints that it does not have
 * @throws NonFiniteRotationError if a number is NaN or infinite
 * @example
 * ```ts
 * import { axisAngleToMatrix, mpjaeDegrees } from '@pose-rft/smpl';
 *
 * const protocol = { name: 'one joint', orientation: 'world', jointCount: 1, measuredJoints: [0], unit: 'degrees' } as const;
 * const [predicted, target] = [new Float64Array(9), new Float64Array(9)];
 * axisAngleToMatrix(Float64Array.of(0, 0, 0), 0, target, 0);
 * axisAngleToMatrix(Float64Array.of(0, Math.PI / 6, 0), 0, predicted, 0);
 * console.assert(Math.abs(mpjaeDegrees(protocol, predicted, 0, target, 0) - 30) < 1e-9);
 * ```
 */
export function mpjaeDegrees(
  protocol: OrientationProtocol,
  predicted: RealArray,
  predictedOffset: number,
  target: RealArray,
  targetOffset: number,
  options: AngularErrorOptions = {},
): number {
  assertValidProtocol(protocol);
  assertRange(predicted, predictedOffset, 9 * protocol.jointCount, 'The predicted orientations');
  assertRange(target, targetOffset, 9 * protocol.jointCount, 'The target orientations');
  let sum = 0;
  for (const joint of protocol.measuredJoints) {
    const at = predictedOffset + 9 * joint;
    if (options.turn === undefined) {
      sum += geodesicDistanceRadians(predicted, at, target, targetOffset + 9 * joint);
    } else {
      composeRotations(options.turn, 0, predicted, at, turned, 0);
      sum += geodesicDistanceRadians(turned, 0, target, targetOffset + 9 * joint);
    }
  }
  return (DEGREES_PER_RADIAN * sum) / protocol.measuredJoints.length;
}
