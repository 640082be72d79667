import { createKinematics, SYNTHETIC_SKELETON, type KinematicsOptions } from '@pose-rft/smpl';

/** A pose that should put its joints at given places. */
export interface JointTarget {
  /** [24 * 3] metres, pelvis at the origin. */
  readonly targetJoints: ArrayLike<number>;
  readonly globalOrientation: NonNullable<KinematicsOptions['globalOrientation']>;
}

/** A loss over rows of 6D poses and its gradient, row-major like the poses. */
export interface JointPositionLoss {
  readonly loss: number;
  readonly gradient: Float32Array;
}

const JOINTS = 24;
const POSE_SIZE = 144;
/** Keeps the gradient of a distance finite where the joint already is where it should be, in metres. */
const DISTANCE_FLOOR_METRES = 1e-3;

/**
 * Creates the mean joint distance as a loss, `1/N sum_i 1/24 sum_j ||J_ij(pose_i) - J*_ij||` in metres, with its exact
 * gradient through the kinematics: what a supervised baseline minimises when it is judged by MPJPE.
 *
 * @returns a function of poses [N * 144] (6D columns) and their N targets; a row without a target costs nothing
 * @example
 * ```ts
 * import { SYNTHETIC_SKELETON } from '@pose-rft/smpl';
 * import { createJointPositionLoss } from 'pose-rft';
 *
 * const rest = Float32Array.from({ length: 144 }, (_, index) => (index % 6 === 0 || index % 6 === 4 ? 1 : 0));
 * const target = { targetJoints: SYNTHETIC_SKELETON.restJointsMetres, globalOrientation: 'keep' } as const;
 * const { loss, gradient } = createJointPositionLoss()(rest, [target]);
 * console.assert(loss < 1e-6 && gradient.length === 144);
 * ```
 */
export function createJointPositionLoss(): (
  poses: Float32Array,
  targets: readonly (JointTarget | undefined)[],
) => JointPositionLoss {
  const kinematics = createKinematics(SYNTHETIC_SKELETON);
  const joints = new Float64Array(JOINTS * 3);
  const jointGradient = new Float64Array(JOINTS * 3);

  return (poses, targets) => {
    const gradient = new Float32Array(poses.length);
    const count = targets.reduce((sum, target) => sum + (target === undefined ? 0 : 1), 0);
    let loss = 0;
    targets.forEach((target, row) => {
      if (target === undefined) return;
      const options = { globalOrientation: target.globalOrientation };
      kinematics.jointsFromRotation6d(poses, row * POSE_SIZE, joints, 0, options);
      for (let joint = 0; joint < JOINTS; joint++) {
        const at = 3 * joint;
        const x = (joints[at] as number) - (target.targetJoints[at] as number);
        const y = (joints[at + 1] as number) - (target.targetJoints[at + 1] as number);
        const z = (joints[at + 2] as number) - (target.targetJoints[at + 2] as number);
        const distance = Math.sqrt(x * x + y * y + z * z);
        loss += distance / (JOINTS * count);
        const scale = 1 / (JOINTS * count * (distance + DISTANCE_FLOOR_METRES));
        jointGradient[at] = x * scale;
        jointGradient[at + 1] = y * scale;
        jointGradient[at + 2] = z * scale;
      }
      kinematics.jointGradientToRotation6d(
        poses,
        row * POSE_SIZE,
        jointGradient,
        0,
        gradient,
        row * POSE_SIZE,
        options,
      );
    });
    return { loss, gradient };
  };
}
