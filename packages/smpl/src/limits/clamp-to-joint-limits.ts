import { nonFinitePose } from '../kinematics/non-finite-pose-error.js';
import { assertRange, type RealArray } from '../real-array.js';
import { orthonormaliseColumns } from '../rotation/gram-schmidt.js';
import { matrixToRotation6d } from '../rotation/rotation6d.js';
import { JOINT_COUNT, JOINT_NAMES, jointIndex, type JointName } from '../skeleton/joints.js';
import { JOINT_LIMITS_RADIANS, type AngleRange, type JointLimits } from './joint-limits.js';
import { matrixToSwingTwist, swingTwistToMatrix } from './swing-twist.js';

/** An excess up to this counts as none (0.006 degrees): what storing a limit in single precision can add. */
const TOLERANCE_RADIANS = 1e-4;

const AXES = ['x', 'y', 'z'] as const;
const LIMITS: readonly JointLimits[] = JOINT_NAMES.map((name) => JOINT_LIMITS_RADIANS[name]);
const FREE_JOINT = jointIndex('pelvis');

const matrix = new Float64Array(9);
const angles = new Float64Array(3);

/** One angle that a joint cannot take. */
export interface JointLimitViolation {
  readonly joint: JointName;
  /** The axis of the rest pose: the joint's `boneAxis` means the twist. */
  readonly axis: 'x' | 'y' | 'z';
  readonly angleRadians: number;
  readonly range: AngleRange;
}

/**
 * Copies a pose, [24, 6] in layout `columns`, and brings every joint within {@link JOINT_LIMITS_RADIANS} by clamping its
 * swing and twist. Joints that are within keep their bits; so clamping twice is clamping once. The pelvis is free. The
 * target may be the source.
 *
 * @returns how many joints were changed
 * @throws ArrayRangeError if an array has fewer than 144 numbers from its offset on
 * @throws NonFinitePoseError if a number is NaN or infinite
 * @example
 * ```ts
 * import { axisAngleToRotation6d, clampToJointLimits, isWithinJointLimits, jointIndex } from '@pose-rft/smpl';
 *
 * const pose6d = new Float32Array(144);
 * for (let joint = 0; joint < 24; joint++) pose6d.set([1, 0, 0, 0, 1, 0], 6 * joint);
 * axisAngleToRotation6d(Float64Array.of(-1, 0, 0), 0, pose6d, 6 * jointIndex('left_knee')); // bent the wrong way
 * console.assert(!isWithinJointLimits(pose6d, 0));
 * console.assert(clampToJointLimits(pose6d, 0, pose6d, 0) === 1);
 * console.assert(isWithinJointLimits(pose6d, 0));
 * ```
 */
export function clampToJointLimits(
  pose6d: RealArray,
  poseOffset: number,
  target: RealArray,
  targetOffset: number,
): number {
  assertRange(pose6d, poseOffset, 6 * JOINT_COUNT, 'The pose (6D)');
  assertRange(target, targetOffset, 6 * JOINT_COUNT, 'The clamped pose');
  let changed = 0;
  for (let joint = 0; joint < JOINT_COUNT; joint++) {
    const from = poseOffset + 6 * joint;
    const to = targetOffset + 6 * joint;
    readAngles(pose6d, from, joint);
    const limits = LIMITS[joint] as JointLimits;
    if (isWithin(limits, joint)) {
      for (let number = 0; number < 6; number++) target[to + number] = pose6d[from + number] as number;
      continue;
    }
    for (let axis = 0; axis < 3; axis++) {
      const [minimum, maximum] = limits[AXES[axis] as 'x' | 'y' | 'z'];
      angles[axis] = Math.min(Math.max(angles[axis] as number, minimum), maximum);
    }
    swingTwistToMatrix(angles, 0, limits.boneAxis, matrix, 0);
    matrixToRotation6d(matrix, 0, target, to);
    changed++;
  }
  return changed;
}

/**
 * Whether every joint of a pose, [24, 6] in layout `columns`, is within {@link JOINT_LIMITS_RADIANS}, up to a tolerance
 * of 1e-4 radians for rounding. The pelvis is free.
 *
 * @throws ArrayRangeError if the array has fewer than 144 numbers from the offset on
 * @throws NonFinitePoseError if a number is NaN or infinite
 */
export function isWithinJointLimits(pose6d: RealArray, poseOffset: number): boolean {
  assertRange(pose6d, poseOffset, 6 * JOINT_COUNT, 'The pose (6D)');
  for (let joint = 0; joint < JOINT_COUNT; joint++) {
    readAngles(pose6d, poseOffset + 6 * joint, joint);
    if (!isWithin(LIMITS[joint] as JointLimits, joint)) return false;
  }
  return true;
}

/**
 * Every angle of a pose that is outside {@link JOINT_LIMITS_RADIANS}: what {@link isWithinJointLimits} objects to.
 *
 * @throws ArrayRangeError if the array has fewer than 144 numbers from the offset on
 * @throws NonFinitePoseError if a number is NaN or infinite
 */
export function jointLimitViolations(pose6d: RealArray, poseOffset: number): readonly JointLimitViolation[] {
  assertRange(pose6d, poseOffset, 6 * JOINT_COUNT, 'The pose (6D)');
  return JOINT_NAMES.flatMap((joint, index) => {
    readAngles(pose6d, poseOffset + 6 * index, index);
    if (index === FREE_JOINT) return [];
    return AXES.flatMap((axis, position) => {
      const range = JOINT_LIMITS_RADIANS[joint][axis];
      const angleRadians = angles[position] as number;
      return isInRange(angleRadians, range) ? [] : [{ joint, axis, angleRadians, range }];
    });
  });
}

/** Fills `angles` with the swing and twist of one joint. */
function readAngles(pose6d: RealArray, offset: number, joint: number): void {
  const isFinite = orthonormaliseColumns(
    pose6d[offset] as number,
    pose6d[offset + 1] as number,
    pose6d[offset + 2] as number,
    pose6d[offset + 3] as number,
    pose6d[offset + 4] as number,
    pose6d[offset + 5] as number,
    matrix,
    0,
  );
  if (!isFinite) throw nonFinitePose(joint, JOINT_NAMES[joint], pose6d, offset, 6);
  matrixToSwingTwist(matrix, 0, (LIMITS[joint] as JointLimits).boneAxis, angles, 0);
}

/** Whether `angles` are within the limits of a joint. */
function isWithin(limits: JointLimits, joint: number): boolean {
  if (joint === FREE_JOINT) return true;
  return (
    isInRange(angles[0] as number, limits.x) &&
    isInRange(angles[1] as number, limits.y) &&
    isInRange(angles[2] as number, limits.z)
  );
}

function isInRange(angle: number, [minimum, maximum]: AngleRange): boolean {
  return angle >= minimum - TOLERANCE_RADIANS && angle <= maximum + TOLERANCE_RADIANS;
}
