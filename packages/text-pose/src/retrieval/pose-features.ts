import {
  createKinematics,
  JOINT_COUNT,
  matrixToRotation6d,
  rotation6dToMatrix,
  SYNTHETIC_SKELETON,
} from '@pose-rft/smpl';
import { match } from 'ts-pattern';

/**
 * What a pose encoder sees of a pose, always in the body frame (the pelvis's own rotation is ignored, as by posecodes),
 * and always of true rotations: the 6D numbers are made orthonormal first, so no policy gains by stretching them.
 *
 * | kind | numbers | |
 * |---|---|---|
 * | local-rotations | 21 x 6 | rotations relative to the parent, as SMPL has them |
 * | body-rotations | 21 x 6 | rotations of the joints' frames relative to the pelvis |
 * | joint-positions | 23 x 3 | where the joints are from the pelvis, metres, of the synthetic skeleton |
 *
 * The rotations of the hands move no joint and are left out.
 */
export type PoseFeatureKind = 'local-rotations' | 'body-rotations' | 'joint-positions';

export const POSE_FEATURE_KINDS: readonly PoseFeatureKind[] = [
  'local-rotations',
  'body-rotations',
  'joint-positions',
];

/** Numbers of one pose: 24 rotations in 6D. */
export const POSE_6D_SIZE = 6 * JOINT_COUNT;

/** The joints whose rotation moves another joint: all but the pelvis, whose orientation is ignored, and the hands. */
const ROTATED_JOINTS = Array.from({ length: JOINT_COUNT - 3 }, (_, index) => index + 1);

/** Thrown when an array of poses does not hold whole, finite poses. */
export class PoseBatchError extends Error {
  override readonly name = 'PoseBatchError';
}

export function isPoseFeatureKind(value: unknown): value is PoseFeatureKind {
  return POSE_FEATURE_KINDS.some((kind) => kind === value);
}

/** Numbers that a kind of features gives for a pose. */
export function poseFeatureSize(kind: PoseFeatureKind): number {
  return match(kind)
    .with('local-rotations', 'body-rotations', () => 6 * ROTATED_JOINTS.length)
    .with('joint-positions', () => 3 * (JOINT_COUNT - 1))
    .exhaustive();
}

/** The number of poses in [N, 24, 6]. @throws PoseBatchError if it is not whole */
export function countPoses(poses6d: Float32Array): number {
  const count = poses6d.length / POSE_6D_SIZE;
  if (!Number.isInteger(count))
    throw new PoseBatchError(
      `Expected poses as [N, 24, 6] rotations, ${POSE_6D_SIZE} numbers each, found ${poses6d.length} numbers. ` +
        'Put whole poses one after the other.',
    );
  return count;
}

/**
 * Computes features of many poses; it holds scratch memory, so use one per worker.
 *
 * @returns a function from [N, 24, 6] (layout `columns`) to [N, {@link poseFeatureSize}]; it throws PoseBatchError for
 *   an array that does not hold whole poses of finite numbers
 */
export function createPoseFeatures(kind: PoseFeatureKind): (poses6d: Float32Array) => Float32Array {
  const size = poseFeatureSize(kind);
  const write = featureWriter(kind);
  return (poses6d) => {
    const count = countPoses(poses6d);
    requireFinite(poses6d);
    const features = new Float32Array(count * size);
    for (let pose = 0; pose < count; pose++) write(poses6d, pose * POSE_6D_SIZE, features, pose * size);
    return features;
  };
}

function requireFinite(poses6d: Float32Array): void {
  const broken = poses6d.findIndex((value) => !Number.isFinite(value));
  if (broken < 0) return;
  throw new PoseBatchError(
    `Expected finite rotations, found ${poses6d[broken]} in pose ${Math.floor(broken / POSE_6D_SIZE)}, number ` +
      `${broken % POSE_6D_SIZE}. Leave broken poses out.`,
  );
}

type FeatureWriter = (poses6d: Float32Array, offset: number, target: Float32Array, at: number) => void;

function featureWriter(kind: PoseFeatureKind): FeatureWriter {
  const kinematics = createKinematics(SYNTHETIC_SKELETON);
  const matrices = new Float32Array(9 * JOINT_COUNT);
  const joints = new Float32Array(3 * JOINT_COUNT);
  const inBodyFrame = { globalOrientation: 'identity' } as const;
  const writeRotations = (target: Float32Array, at: number): void => {
    for (const joint of ROTATED_JOINTS)
      matrixToRotation6d(matrices, 9 * joint, target, at + 6 * (joint - 1), 'columns');
  };
  return match<PoseFeatureKind, FeatureWriter>(kind)
    .with('local-rotations', () => (poses6d, offset, target, at) => {
      for (const joint of ROTATED_JOINTS)
        rotation6dToMatrix(poses6d, offset + 6 * joint, matrices, 9 * joint, 'columns');
      writeRotations(target, at);
    })
    .with('body-rotations', () => (poses6d, offset, target, at) => {
      kinematics.worldRotations(poses6d, offset, matrices, 0, inBodyFrame);
      writeRotations(target, at);
    })
    .with('joint-positions', () => (poses6d, offset, target, at) => {
      kinematics.jointsFromRotation6d(poses6d, offset, joints, 0, inBodyFrame);
      target.set(joints.subarray(3), at);
    })
    .exhaustive();
}
