import type { Random } from '@pose-rft/random';
import { createKinematics, JOINT_COUNT, SYNTHETIC_SKELETON } from '@pose-rft/smpl';
import { captionPose, captionPoseInDetail, type Caption } from '@pose-rft/text-pose';
import { match } from 'ts-pattern';
import { POSE_SIZE } from './training-poses.ts';

/**
 * - `detailed`: several sentences, as PoseScript's pipeline writes them (`captionPoseInDetail`)
 * - `short`: what the application asks for (`captionPose`, 2 to 4 statements)
 * - `long`: the same with 5 to 9 statements
 */
export type CaptionKind = 'detailed' | 'short' | 'long';

/** How often the other kinds are drawn in training. */
const SHARES: readonly (readonly [CaptionKind, number])[] = [
  ['short', 0.2],
  ['long', 0.2],
];

export type CaptionOf = (pose: number, random: Random) => Caption;

/** Captions of one kind for poses [N, 24, 6], all in the body frame. */
export function captionsOf(poses6d: Float32Array, kind: CaptionKind): CaptionOf {
  const joints = bodyJoints(poses6d);
  return (pose, random) => {
    const offset = 3 * JOINT_COUNT * pose;
    return match(kind)
      .with('detailed', () =>
        captionPoseInDetail(joints, offset, random, {
          rotations: { pose6d: poses6d, poseOffset: POSE_SIZE * pose },
        }),
      )
      .with('short', () => captionPose(joints, offset, random))
      .with('long', () => captionPose(joints, offset, random, { statements: 5 + random.integer(5) }))
      .exhaustive();
  };
}

/** Captions of all kinds, mixed. */
export function mixedCaptionsOf(poses6d: Float32Array): CaptionOf {
  const detailed = captionsOf(poses6d, 'detailed');
  const others = SHARES.map(([kind, share]) => [captionsOf(poses6d, kind), share] as const);
  return (pose, random) => {
    let rest = random.uniform();
    for (const [captionOf, share] of others) {
      rest -= share;
      if (rest < 0) return captionOf(pose, random);
    }
    return detailed(pose, random);
  };
}

/** [N, 24, 3] joints in the body frame, metres. */
export function bodyJoints(poses6d: Float32Array): Float32Array {
  const kinematics = createKinematics(SYNTHETIC_SKELETON);
  const count = poses6d.length / POSE_SIZE;
  const joints = new Float32Array(3 * JOINT_COUNT * count);
  for (let pose = 0; pose < count; pose++)
    kinematics.jointsFromRotation6d(poses6d, POSE_SIZE * pose, joints, 3 * JOINT_COUNT * pose, {
      globalOrientation: 'identity',
    });
  return joints;
}
