import { assertRange, type RealArray } from '../real-array.js';
import { JOINT_COUNT, MIRROR_JOINTS } from '../skeleton/joints.js';

/** What the reflection x -> -x does to each number of a rotation: the matrix becomes diag(-1,1,1) R diag(-1,1,1). */
const ROTATION_6D_SIGNS = [1, -1, -1, -1, 1, 1] as const;
/** An axis of rotation is a pseudovector: the reflection keeps x and turns y and z round. */
const AXIS_ANGLE_SIGNS = [1, -1, -1] as const;
const POSITION_SIGNS = [-1, 1, 1] as const;

/**
 * The pose of a mirror image, 24 rotations in 6D (layout `columns`): left and right swap. Mirroring twice gives back
 * the same bits. The target may be the source.
 *
 * @throws ArrayRangeError if an array has fewer than 144 numbers from its offset on
 * @example
 * ```ts
 * import { jointIndex, mirrorPose } from '@pose-rft/smpl';
 *
 * const pose6d = new Float32Array(144);
 * pose6d.set([0, 1, 0, -1, 0, 0], 6 * jointIndex('left_shoulder')); // raised
 * mirrorPose(pose6d, 0, pose6d, 0);
 * const right = 6 * jointIndex('right_shoulder');
 * console.assert(pose6d[right + 1] === -1 && pose6d[right + 3] === 1, 'raised by turning the other way');
 * ```
 */
export function mirrorPose(
  pose6d: RealArray,
  poseOffset: number,
  target: RealArray,
  targetOffset: number,
): void {
  mirror(pose6d, poseOffset, target, targetOffset, ROTATION_6D_SIGNS, 'pose (6D)');
}

/**
 * The pose of a mirror image, 24 axis-angle vectors. The target may be the source.
 *
 * @throws ArrayRangeError if an array has fewer than 72 numbers from its offset on
 */
export function mirrorAxisAnglePose(
  axisAngles: RealArray,
  axisAnglesOffset: number,
  target: RealArray,
  targetOffset: number,
): void {
  mirror(axisAngles, axisAnglesOffset, target, targetOffset, AXIS_ANGLE_SIGNS, 'pose (axis-angle)');
}

/**
 * The mirror image, in the plane x = 0, of 24 joints' positions: what the mirrored pose of a symmetric skeleton gives.
 * The target may be the source.
 *
 * @throws ArrayRangeError if an array has fewer than 72 numbers from its offset on
 */
export function mirrorJoints(
  joints: RealArray,
  jointsOffset: number,
  target: RealArray,
  targetOffset: number,
): void {
  mirror(joints, jointsOffset, target, targetOffset, POSITION_SIGNS, 'joints');
}

function mirror(
  source: RealArray,
  sourceOffset: number,
  target: RealArray,
  targetOffset: number,
  signs: readonly (1 | -1)[],
  what: string,
): void {
  const width = signs.length;
  assertRange(source, sourceOffset, width * JOINT_COUNT, `The ${what}`);
  assertRange(target, targetOffset, width * JOINT_COUNT, `The mirrored ${what}`);
  for (let joint = 0; joint < JOINT_COUNT; joint++) {
    const other = MIRROR_JOINTS[joint] as number;
    if (other < joint) continue;
    for (let number = 0; number < width; number++) {
      const sign = signs[number] as number;
      const here = source[sourceOffset + width * joint + number] as number;
      const there = source[sourceOffset + width * other + number] as number;
      target[targetOffset + width * joint + number] = sign * there;
      target[targetOffset + width * other + number] = sign * here;
    }
  }
}
