import { assertRange, type RealArray } from '../real-array.js';
import { JOINT_NAMES } from '../skeleton/joints.js';
import { mpjpeMillimetres } from './joint-error.js';
import { assertFiniteJoints } from './non-finite-joints-error.js';
import { paMpjpeMillimetres } from './procrustes.js';

/**
 * Which joints an error was measured on and how they were aligned. Numbers under different protocols are not
 * comparable, so reports carry the protocol beside the number.
 */
export interface EvaluationProtocol {
  readonly name: string;
  /**
   * Where the joints come from: the joints of the kinematic tree, or joints that a linear map regresses from the *posed*
   * vertices. On the same body the two differ by a few millimetres.
   */
  readonly jointSource: 'kinematic tree' | 'regressed from posed vertices';
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

const SIMILARITY = 'similarity, least squares, no reflection';

/** All 24 joints of the skeleton, aligned at the pelvis: what this project's own evaluation uses. */
export const SMPL_24_PROTOCOL: EvaluationProtocol = {
  name: 'SMPL 24 joints, pelvis-aligned',
  jointSource: 'kinematic tree',
  jointCount: 24,
  measuredJoints: JOINT_NAMES.map((_, joint) => joint),
  rootJoints: [0],
  alignment: SIMILARITY,
  unit: 'millimetres',
};

/**
 * The joints that SPIN measures, in its order, by index into the 17 that the Human3.6M regressor of SMPL gives: legs,
 * arms, then neck and head; pelvis (0), spine (7) and nose (9) come last (SPIN, `constants.py`).
 */
const HUMAN36M_ORDER = [6, 5, 4, 1, 2, 3, 16, 15, 14, 11, 12, 13, 8, 10, 0, 7, 9] as const;

/** All 17 joints that the Human3.6M regressor gives, aligned at its pelvis: Human3.6M, protocols 1 and 2. */
export const HUMAN36M_17_PROTOCOL: EvaluationProtocol = {
  name: 'Human3.6M, 17 regressed joints, pelvis-aligned',
  jointSource: 'regressed from posed vertices',
  jointCount: 17,
  measuredJoints: HUMAN36M_ORDER,
  rootJoints: [0],
  alignment: SIMILARITY,
  unit: 'millimetres',
};

/**
 * The 14 common joints of the 17 that the Human3.6M regressor gives, aligned at its pelvis, which itself is not measured:
 * what HMR, SPIN and their descendants report on Human3.6M and 3DPW.
 */
export const HUMAN36M_14_PROTOCOL: EvaluationProtocol = {
  name: 'Human3.6M, 14 of 17 regressed joints, pelvis-aligned',
  jointSource: 'regressed from posed vertices',
  jointCount: 17,
  measuredJoints: HUMAN36M_ORDER.slice(0, 14),
  rootJoints: [0],
  alignment: SIMILARITY,
  unit: 'millimetres',
};

/**
 * The 14 joints (ankles to neck, and the head of Human3.6M) of the 44 that HMR 2.0 regresses from the mesh, aligned at
 * its pelvis: the protocol of HMR 2.0 and ChatPose on 3DPW, and of HMR 2.0 on Human3.6M, protocol 2 (4D-Humans,
 * `hmr2/configs/datasets_eval.yaml`). Beside the data, these two differ there in `USE_HIPS` alone, which is no part of
 * a measurement: it came with ProHMR, where it says whether hip keypoints of the image weigh in fitting a body to them
 * (`prohmr/optimization/keypoint_fitting.py`); its evaluator measures the same joints either way.
 */
export const HMR2_14_PROTOCOL: EvaluationProtocol = {
  name: 'HMR 2.0, 14 of 44 regressed joints, pelvis-aligned',
  jointSource: 'regressed from posed vertices',
  jointCount: 44,
  measuredJoints: [25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 43],
  rootJoints: [39],
  alignment: SIMILARITY,
  unit: 'millimetres',
};

/** All 44 joints of HMR 2.0, aligned at its pelvis. */
export const HMR2_44_PROTOCOL: EvaluationProtocol = {
  name: 'HMR 2.0, 44 regressed joints, pelvis-aligned',
  jointSource: 'regressed from posed vertices',
  jointCount: 44,
  measuredJoints: Array.from({ length: 44 }, (_, joint) => joint),
  rootJoints: [39],
  alignment: SIMILARITY,
  unit: 'millimetres',
};

/** Thrown when a protocol names joints that its arrays do not have, or none. */
export class InvalidProtocolError extends Error {
  override readonly name = 'InvalidProtocolError';
}

/** The two standard errors of one pose, and the protocol that gives them their meaning. */
export interface JointEvaluation {
  readonly mpjpeMillimetres: number;
  readonly paMpjpeMillimetres: number;
  readonly protocol: EvaluationProtocol;
}

/**
 * MPJPE and PA-MPJPE of one pose under a protocol. For many poses, and for the other metrics, see `evaluateMotion`.
 *
 * @param predicted - [protocol.jointCount, 3] joints in metres, from `predictedOffset` on
 * @param target - likewise
 * @throws ArrayRangeError if an array is too short for the protocol
 * @throws InvalidProtocolError if the protocol names no joints, or joints that it does not have
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
  assertValidProtocol(protocol);
  assertRange(predicted, predictedOffset, 3 * protocol.jointCount, 'The predicted joints');
  assertRange(target, targetOffset, 3 * protocol.jointCount, 'The target joints');
  const count = protocol.measuredJoints.length;
  const [measuredPrediction, measuredTarget] = [new Float64Array(3 * count), new Float64Array(3 * count)];
  writeRootAligned(protocol, 'predicted', predicted, predictedOffset, measuredPrediction, 0);
  writeRootAligned(protocol, 'target', target, targetOffset, measuredTarget, 0);
  return {
    mpjpeMillimetres: mpjpeMillimetres(measuredPrediction, 0, measuredTarget, 0, count),
    paMpjpeMillimetres: paMpjpeMillimetres(measuredPrediction, 0, measuredTarget, 0, count),
    protocol,
  };
}

/**
 * Checks that a protocol's joints exist.
 *
 * @throws InvalidProtocolError naming the first that does not
 */
export function assertValidProtocol(
  protocol: Pick<EvaluationProtocol, 'name' | 'jointCount' | 'measuredJoints'> & {
    rootJoints?: readonly number[];
  },
): void {
  const { name, jointCount, measuredJoints, rootJoints } = protocol;
  for (const [what, joints] of Object.entries({ measuredJoints, rootJoints })) {
    if (joints === undefined) continue;
    if (joints.length === 0) {
      throw new InvalidProtocolError(`${what} of the protocol '${name}' is empty. Name at least one joint.`);
    }
    const missing = joints.find((joint) => !(Number.isInteger(joint) && joint >= 0 && joint < jointCount));
    if (missing !== undefined) {
      throw new InvalidProtocolError(
        `${what} of the protocol '${name}' has ${missing}, but there are ${jointCount} joints, counted from 0.`,
      );
    }
  }
}

/** Writes the measured joints [M, 3], relative to the mean of the protocol's roots; refuses those that are not finite. */
export function writeRootAligned(
  protocol: EvaluationProtocol,
  what: 'predicted' | 'target',
  joints: RealArray,
  offset: number,
  measured: RealArray,
  measuredOffset: number,
  pose?: number,
): void {
  const { measuredJoints, rootJoints } = protocol;
  assertFiniteJoints(what, joints, offset, rootJoints, pose);
  assertFiniteJoints(what, joints, offset, measuredJoints, pose);
  for (let axis = 0; axis < 3; axis++) {
    let root = 0;
    for (const joint of rootJoints) root += joints[offset + 3 * joint + axis] as number;
    root /= rootJoints.length;
    for (let index = 0; index < measuredJoints.length; index++) {
      const joint = measuredJoints[index] as number;
      measured[measuredOffset + 3 * index + axis] = (joints[offset + 3 * joint + axis] as number) - root;
    }
  }
}
