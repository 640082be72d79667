import { assertRange, type RealArray } from '../real-array.js';
import { JOINT_NAMES } from '../skeleton/joints.js';
import { mpjpeMillimetres } from './joint-error.js';
import { paMpjpeMillimetres } from './procrustes.js';

/**
 * Which joints an error was measured on and how they were aligned. Numbers under different protocols are not
 * comparable, so reports carry the protocol beside the number.
 */
export interface EvaluationProtocol {
  readonly name: string;
  /** How many joints the arrays hold. */
  readonly jointCount: number;
  /** The joints that are measured, by index into the arrays. */
  readonly measuredJoints: readonly number[];
  /** MPJPE is taken after the mean of these joints has been moved to the origin, in both poses. */
  readonly rootJoints: readonly number[];
  /** PA-MPJPE is taken after this alignment, found on the measured joints alone. */
  readonly alignment: 'similarity, least squares, no reflection';
  readonly unit: 'millimetres';
}

/** All 24 joints of the skeleton, aligned at the pelvis: what this project's own evaluation uses. */
export const SMPL_24_PROTOCOL: EvaluationProtocol = {
  name: 'SMPL 24 joints, pelvis-aligned',
  jointCount: 24,
  measuredJoints: JOINT_NAMES.map((_, joint) => joint),
  rootJoints: [0],
  alignment: 'similarity, least squares, no reflection',
  unit: 'millimetres',
};

/**
 * The 14 joints (ankles to neck, and the head of Human3.6M) of the 44 that HMR 2.0 regresses from the mesh, aligned at
 * its pelvis: the protocol of HMR 2.0 and ChatPose on 3DPW (4D-Humans, `hmr2/configs/datasets_eval.yaml`).
 */
export const HMR2_14_PROTOCOL: EvaluationProtocol = {
  name: 'HMR 2.0, 14 of 44 regressed joints, pelvis-aligned',
  jointCount: 44,
  measuredJoints: [25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 43],
  rootJoints: [39],
  alignment: 'similarity, least squares, no reflection',
  unit: 'millimetres',
};

/** The two standard errors of one pose, and the protocol that gives them their meaning. */
export interface JointEvaluation {
  readonly mpjpeMillimetres: number;
  readonly paMpjpeMillimetres: number;
  readonly protocol: EvaluationProtocol;
}

/**
 * MPJPE and PA-MPJPE of one pose under a protocol.
 *
 * @param predicted - [protocol.jointCount, 3] joints in metres, from `predictedOffset` on
 * @param target - likewise
 * @throws ArrayRangeError if an array is too short for the protocol
 * @throws NonFiniteJointsError if a measured coordinate is NaN or infinite
 * @example
 * ```ts
 * import { evaluateJoints, SMPL_24_PROTOCOL, SYNTHETIC_SKELETON } from '@pose-rft/smpl';
 *
 * const rest = SYNTHETIC_SKELETON.restJointsMetres;
 * const shifted = rest.map((coordinate) => coordinate + 0.5);
 * console.assert(evaluateJoints(SMPL_24_PROTOCOL, shifted, 0, rest, 0).mpjpeMillimetres < 1e-9);
 * ```
 */
export function evaluateJoints(
  protocol: EvaluationProtocol,
  predicted: RealArray,
  predictedOffset: number,
  target: RealArray,
  targetOffset: number,
): JointEvaluation {
  assertRange(predicted, predictedOffset, 3 * protocol.jointCount, 'The predicted joints');
  assertRange(target, targetOffset, 3 * protocol.jointCount, 'The target joints');
  const measuredPrediction = rootAligned(protocol, predicted, predictedOffset);
  const measuredTarget = rootAligned(protocol, target, targetOffset);
  const count = protocol.measuredJoints.length;
  return {
    mpjpeMillimetres: mpjpeMillimetres(measuredPrediction, 0, measuredTarget, 0, count),
    paMpjpeMillimetres: paMpjpeMillimetres(measuredPrediction, 0, measuredTarget, 0, count),
    protocol,
  };
}

/** The measured joints, relative to the mean of the protocol's roots. */
function rootAligned(protocol: EvaluationProtocol, joints: RealArray, offset: number): Float64Array {
  const measured = new Float64Array(3 * protocol.measuredJoints.length);
  for (let axis = 0; axis < 3; axis++) {
    const coordinate = (joint: number): number => joints[offset + 3 * joint + axis] as number;
    const root =
      protocol.rootJoints.reduce((sum, joint) => sum + coordinate(joint), 0) / protocol.rootJoints.length;
    protocol.measuredJoints.forEach((joint, index) => {
      measured[3 * index + axis] = coordinate(joint) - root;
    });
  }
  return measured;
}
