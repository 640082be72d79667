import {
  createKinematics,
  JOINT_COUNT,
  matrixToRotation6d,
  removeHeading,
  rotation6dToMatrix,
  SYNTHETIC_SKELETON,
  type Kinematics,
} from '@pose-rft/smpl';
import type { JointPositions } from './measure.js';

const ROTATIONS = 6 * JOINT_COUNT;
const OWN = createKinematics(SYNTHETIC_SKELETON);

/**
 * The joints of a pose as detailed captions want them: y against gravity, the person turned about it to face z. Only the
 * heading is taken away, so who lies stays lying (`globalOrientation: 'identity'` would stand everybody up).
 *
 * @param pose6d - [..., 24, 6] rotations relative to the parent, layout `columns`, in a world with y up
 * @param poseOffset - where the pose starts in `pose6d`, in numbers
 * @param joints - [..., 24, 3] metres: written
 * @param offset - where the pose starts in `joints`, in numbers
 * @param kinematics - of another body than the synthetic one
 * @throws ArrayRangeError, NonFinitePoseError, NonFiniteRotationError (of `@pose-rft/smpl`)
 * @example
 * ```ts
 * import { axisAngleToRotation6d } from '@pose-rft/smpl';
 * import { uprightJoints } from '@pose-rft/text-pose';
 *
 * const pose6d = Float32Array.from({ length: 144 }, (_, i) => (i % 6 === 0 || i % 6 === 4 ? 1 : 0));
 * axisAngleToRotation6d(Float64Array.of(0, Math.PI / 2, 0), 0, pose6d, 0); // turned to their left
 * const joints = new Float32Array(72);
 * uprightJoints(pose6d, 0, joints, 0);
 * console.assert((joints[3 * 20] ?? 0) > 0.5, 'the left wrist is to the left again');
 * ```
 */
export function uprightJoints(
  pose6d: Float32Array | Float64Array,
  poseOffset: number,
  joints: JointPositions,
  offset: number,
  kinematics: Kinematics = OWN,
): void {
  const root = new Float64Array(9);
  rotation6dToMatrix(pose6d, poseOffset, root, 0);
  removeHeading(root, 0, root, 0);
  const turned = Float64Array.from(pose6d.subarray(poseOffset, poseOffset + ROTATIONS));
  matrixToRotation6d(root, 0, turned, 0);
  kinematics.jointsFromRotation6d(turned, 0, joints, offset);
}
