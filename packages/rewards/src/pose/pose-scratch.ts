import {
  createKinematics,
  JOINT_COUNT,
  SYNTHETIC_SKELETON,
  type KinematicsOptions,
  type Skeleton,
} from '@pose-rft/smpl';
import { RewardInputError } from '../reward-input-error.js';

/** The numbers of a pose: 24 rotations of 6. */
export const POSE_6D_NUMBERS = 6 * JOINT_COUNT;
/** The numbers of a set of joints: 24 positions of 3. */
export const JOINT_NUMBERS = 3 * JOINT_COUNT;

/** What a reward of poses needs to see of a row. */
export interface PoseAccess<Action> {
  /** [24 * 6] rotations in layout `columns`, or undefined where the action has no pose: the reward then declines. */
  readonly pose6d: (action: Action) => Float32Array | undefined;
  /** The body whose joints are compared, of SMPL's 24 joints. Default: the synthetic one. */
  readonly skeleton?: Skeleton;
}

/** Which frame joints are in: the world's, with the root's rotation, or the body's, without it. */
export type JointFrame = 'world' | 'body';

/** Forward kinematics into one array that is used again for every row. */
export function createPoseScratch(
  skeleton: Skeleton | undefined,
  frame: JointFrame,
): (pose6d: Float32Array, row: number) => Float32Array {
  const kinematics = createKinematics(skeleton ?? SYNTHETIC_SKELETON);
  const joints = new Float32Array(JOINT_NUMBERS);
  const options: KinematicsOptions = { globalOrientation: frame === 'world' ? 'keep' : 'identity' };
  return (pose6d, row) => {
    requireLength(pose6d, POSE_6D_NUMBERS, 'the pose', row);
    kinematics.jointsFromRotation6d(pose6d, 0, joints, 0, options);
    return joints;
  };
}

/** Throws unless `numbers` has exactly the expected length. */
export function requireLength(numbers: Float32Array, expected: number, what: string, row: number): void {
  if (numbers.length === expected) return;
  throw new RewardInputError(
    `${what} of row ${row} has ${numbers.length} numbers; expected ${expected}. ` +
      'Let the accessor return one pose (24 x 6) or one set of joints (24 x 3), or undefined to decline.',
  );
}

/** Throws if a score came out as NaN, which would read as "declines": some coordinate of the target was none. */
export function requireFiniteTarget(score: number, row: number): void {
  if (!Number.isNaN(score)) return;
  throw new RewardInputError(
    `the target of row ${row} holds NaN or an infinity; expected ${JOINT_NUMBERS} finite coordinates in metres. ` +
      'Let the accessor return undefined where there is no target.',
  );
}
