import { composeRotations } from '../rotation/rotation-matrix.js';
import type { Vector3 } from '../vector3.js';
import { isPosition, type BvhJoint, type BvhMotion } from './bvh.js';
import { turnAboutAxis, type RotationAxis } from './turn-about-axis.js';
import type { MotionSegment, SegmentMotion } from './segment-motion.js';

/** Forward kinematics of a BVH skeleton, with its own scratch memory. */
export interface BvhKinematics {
  /**
   * Writes where a frame puts every joint.
   *
   * @param channels - a frame's channels from `channelsOffset`: radians and metres
   * @param rotations - each joint's rotation in the file's axes, row-major, [J*9]
   * @param positions - metres, in the file's axes, [J*3]
   */
  readonly pose: (
    channels: Float64Array,
    channelsOffset: number,
    rotations: Float64Array,
    positions: Float64Array,
  ) => void;
}

/**
 * A joint's rotation relative to its parent is the product of its turns in the order of its channels: R = R1 R2 R3. A
 * position channel takes the place of that component of the joint's offset.
 *
 * @example
 * ```ts
 * import { createBvhKinematics, readBvh, SYNTHETIC_SKELETON, writeBvh } from '@pose-rft/smpl';
 *
 * const tPose = Float32Array.from({ length: 144 }, (_, i) => (i % 6 === 0 || i % 6 === 4 ? 1 : 0));
 * const bvh = readBvh(writeBvh(tPose));
 * const rotations = new Float64Array(24 * 9);
 * const positions = new Float64Array(24 * 3);
 * createBvhKinematics(bvh.joints).pose(bvh.channels, 0, rotations, positions);
 * const order = bvh.joints.findIndex(({ name }) => name === 'left_knee');
 * console.assert(Math.abs((positions[order * 3 + 1] ?? 0) - (SYNTHETIC_SKELETON.restJointsMetres[13] ?? 1)) < 1e-5);
 * ```
 */
export function createBvhKinematics(joints: readonly BvhJoint[]): BvhKinematics {
  const local = new Float64Array(9);
  const place = new Float64Array(3);
  const turns = joints.map(({ channels, firstChannel }) =>
    channels
      .map((channel, i) => ({
        isPosition: isPosition(channel),
        axis: channel.slice(0, 1).toLowerCase() as RotationAxis,
        at: firstChannel + i,
      }))
      // From the right: turns are made about fixed axes, the last of the product first.
      .reverse(),
  );
  const pose: BvhKinematics['pose'] = (channels, channelsOffset, rotations, positions) => {
    for (let index = 0; index < joints.length; index++) {
      const joint = joints[index] as BvhJoint;
      local.fill(0);
      local[0] = 1;
      local[4] = 1;
      local[8] = 1;
      place.set(joint.offsetMetres);
      for (const turn of turns[index] as (typeof turns)[number]) {
        const value = channels[channelsOffset + turn.at] as number;
        if (turn.isPosition) place['xyz'.indexOf(turn.axis)] = value;
        else turnAboutAxis(local, 0, turn.axis, value);
      }
      if (joint.parent < 0) {
        rotations.set(local, index * 9);
        positions.set(place, index * 3);
        continue;
      }
      composeRotations(rotations, joint.parent * 9, local, 0, rotations, index * 9);
      for (let row = 0; row < 3; row++) {
        let sum = positions[joint.parent * 3 + row] as number;
        for (let column = 0; column < 3; column++)
          sum += (rotations[joint.parent * 9 + row * 3 + column] as number) * (place[column] as number);
        positions[index * 3 + row] = sum;
      }
    }
  };
  return { pose };
}

/**
 * A BVH motion as segments, ready for `retargetToSmpl`: each joint with the bone to the child that most of the body hangs
 * on, or to its end site.
 */
export function bvhSegmentMotion(bvh: BvhMotion): SegmentMotion {
  const { joints, channels, channelCount, frameCount, framesPerSecond } = bvh;
  const kinematics = createBvhKinematics(joints);
  const bones = boneVectors(joints);
  const starts = joints.map((): Vector3 => [0, 0, 0]);
  joints.forEach(({ parent, offsetMetres: [x, y, z] }, index) => {
    const [px, py, pz] = starts[parent] ?? [0, 0, 0];
    starts[index] = [px + x, py + y, pz + z];
  });
  return {
    segments: joints.map(({ name }, index): MotionSegment => {
      const [x, y, z] = bones[index] as Vector3;
      const lengthMetres = Math.hypot(x, y, z);
      const isLong = lengthMetres > 1e-6;
      return {
        name,
        direction: isLong ? [x / lengthMetres, y / lengthMetres, z / lengthMetres] : [0, 0, 0],
        lengthMetres: isLong ? lengthMetres : 0,
        restStartMetres: starts[index] as Vector3,
      };
    }),
    frameCount,
    framesPerSecond,
    poseFrame: (frame, rotations, positions) => {
      kinematics.pose(channels, frame * channelCount, rotations, positions);
    },
  };
}

function boneVectors(joints: readonly BvhJoint[]): readonly Vector3[] {
  const hanging = joints.map(() => 1);
  for (let index = joints.length - 1; index > 0; index--) {
    const { parent } = joints[index] as BvhJoint;
    hanging[parent] = (hanging[parent] as number) + (hanging[index] as number);
  }
  const heaviest = joints.map(() => -1);
  joints.forEach(({ parent }, index) => {
    const before = heaviest[parent] ?? -1;
    if (parent >= 0 && (before < 0 || (hanging[index] as number) > (hanging[before] as number)))
      heaviest[parent] = index;
  });
  return joints.map(
    ({ endSiteMetres }, index) =>
      joints[heaviest[index] as number]?.offsetMetres ?? endSiteMetres ?? [0, 0, 0],
  );
}
