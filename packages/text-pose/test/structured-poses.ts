import type { Random } from '@pose-rft/random';
import {
  createKinematics,
  JOINT_COUNT,
  jointIndex,
  SYNTHETIC_SKELETON,
  type JointName,
} from '@pose-rft/smpl';

/** Rotations in radians about x, y and z by joint; joints that are not named keep their rest rotation. */
export type JointTurns = Partial<Record<JointName, readonly [number, number, number]>>;

const kinematics = createKinematics(SYNTHETIC_SKELETON);
export const POSE_NUMBERS = 3 * JOINT_COUNT;

/** [24, 3] axis-angle vectors in radians. */
export function axisAngles(turns: JointTurns): Float64Array {
  const angles = new Float64Array(POSE_NUMBERS);
  for (const [name, turn] of Object.entries(turns)) angles.set(turn, 3 * jointIndex(name as JointName));
  return angles;
}

/** [24, 3] joints in the body frame, metres. */
export function jointsOf(angles: Float64Array): Float64Array {
  const joints = new Float64Array(POSE_NUMBERS);
  kinematics.jointsFromAxisAngle(angles, 0, joints, 0, { globalOrientation: 'identity' });
  return joints;
}

/** The body frame's joints for rotations of a few joints; arms hang down unless they are turned. */
export function posed(turns: JointTurns): Float64Array {
  return jointsOf(axisAngles({ ...ARMS_DOWN, ...turns }));
}

export const ARMS_DOWN: JointTurns = { left_shoulder: [0, 0, -1.35], right_shoulder: [0, 0, 1.35] };
export const ARMS_UP: JointTurns = { left_shoulder: [0, 0, 1.2], right_shoulder: [0, 0, -1.2] };
export const HANDS_ON_HIPS: JointTurns = {
  left_shoulder: [0, 0, -0.97],
  right_shoulder: [0, 0, 0.97],
  left_elbow: [0, 0, -1.36],
  right_elbow: [0, 0, 1.36],
};
export const SQUAT: JointTurns = {
  left_hip: [-1.8, 0, 0],
  right_hip: [-1.8, 0, 0],
  left_knee: [2.1, 0, 0],
  right_knee: [2.1, 0, 0],
};
export const SIT: JointTurns = {
  left_hip: [-1.5, 0, 0],
  right_hip: [-1.5, 0, 0],
  left_knee: [1.4, 0, 0],
  right_knee: [1.4, 0, 0],
};
export const KNEEL: JointTurns = { left_knee: [1.6, 0, 0], right_knee: [1.6, 0, 0] };
export const KNEEL_ON_LEFT: JointTurns = {
  left_knee: [1.6, 0, 0],
  right_hip: [-1.5, 0, 0],
  right_knee: [1.55, 0, 0],
};
export const STAND_ON_RIGHT: JointTurns = { left_hip: [-1.4, 0, 0], left_knee: [1.7, 0, 0] };
export const KICK_LEFT: JointTurns = { left_hip: [-1.2, 0, 0] };
export const LUNGE_LEFT: JointTurns = {
  left_hip: [-1.2, 0, 0],
  left_knee: [1.3, 0, 0],
  right_hip: [0.4, 0, 0],
  right_knee: [0.2, 0, 0],
};
export const STRIDE_RIGHT: JointTurns = { right_hip: [-0.45, 0, 0], left_hip: [0.3, 0, 0] };
export const BOW: JointTurns = { spine1: [0.4, 0, 0], spine2: [0.3, 0, 0] };

const LEGS: readonly JointTurns[] = [
  {},
  {},
  SQUAT,
  SIT,
  KNEEL,
  KNEEL_ON_LEFT,
  STAND_ON_RIGHT,
  KICK_LEFT,
  LUNGE_LEFT,
  STRIDE_RIGHT,
];

/** [24, 3] axis-angle vectors: a posture of the legs, free arms, some bend of the torso, and noise everywhere. */
export function randomAxisAngles(random: Random): Float64Array {
  const angles = axisAngles(random.pick(LEGS));
  const add = (name: JointName, ...turn: readonly [number, number, number]): void => {
    turn.forEach((value, axis) => {
      const at = 3 * jointIndex(name) + axis;
      angles[at] = (angles[at] as number) + value;
    });
  };
  const between = (low: number, high: number): number => low + (high - low) * random.uniform();
  for (const [side, sign] of [
    ['left', 1],
    ['right', -1],
  ] as const) {
    if (random.uniform() < 0.7) add(`${side}_shoulder`, 0, 0, sign * between(-1.5, 1.4));
    else add(`${side}_shoulder`, 0, -sign * between(0.2, 1.6), 0);
    add(`${side}_elbow`, 0, -sign * (random.uniform() < 0.5 ? between(0, 0.4) : between(0.8, 2.4)), 0);
  }
  add('spine1', between(-0.2, 0.6), between(-0.5, 0.5), between(-0.3, 0.3));
  add('neck', between(-0.5, 0.7), 0, between(-0.4, 0.4));
  for (let index = 3; index < angles.length; index++)
    angles[index] = (angles[index] as number) + 0.08 * random.normal();
  return angles;
}

/** `count` random poses as [count, 24, 3] joints in the body frame, metres. */
export function randomPoses(random: Random, count: number): Float64Array {
  const joints = new Float64Array(count * POSE_NUMBERS);
  for (let pose = 0; pose < count; pose++)
    joints.set(jointsOf(randomAxisAngles(random)), pose * POSE_NUMBERS);
  return joints;
}
