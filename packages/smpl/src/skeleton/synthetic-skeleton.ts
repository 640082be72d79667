import { JOINT_NAMES, PARENTS, type JointName } from './joints.js';
import type { Skeleton } from './skeleton.js';

type Offset = readonly [xMetres: number, yMetres: number, zMetres: number];

/** From the parent to the joint, at rest. The right side is the mirror image of the left. */
const BONE_OFFSETS: Readonly<Record<Exclude<JointName, `right_${string}`>, Offset>> = {
  pelvis: [0, 0, 0],
  spine1: [0, 0.112, -0.022],
  spine2: [0, 0.134, 0.024],
  spine3: [0, 0.058, 0.008],
  neck: [0, 0.212, -0.036],
  head: [0, 0.092, 0.05],
  left_hip: [0.072, -0.088, -0.004],
  left_knee: [0.03, -0.384, 0.002],
  left_ankle: [-0.012, -0.402, -0.032],
  left_foot: [0.026, -0.058, 0.122],
  left_collar: [0.08, 0.118, -0.024],
  left_shoulder: [0.104, 0.036, -0.012],
  left_elbow: [0.258, -0.012, -0.022],
  left_wrist: [0.252, 0.008, -0.002],
  left_hand: [0.086, -0.008, -0.01],
};

/**
 * An adult of about 1.73 m in SMPL's rest pose: arms spread level, palms down, pelvis at the origin. The measures are
 * this project's own, close to an average body, and symmetric; no data of a licensed body model went into them.
 */
export const SYNTHETIC_SKELETON: Skeleton = {
  names: JOINT_NAMES,
  parents: Int32Array.from(PARENTS),
  restJointsMetres: accumulateOffsets(),
};

function accumulateOffsets(): Float64Array {
  const rest = new Float64Array(3 * JOINT_NAMES.length);
  JOINT_NAMES.forEach((name, joint) => {
    const parent = PARENTS[joint] ?? -1;
    boneOffset(name).forEach((component, axis) => {
      rest[3 * joint + axis] = (parent < 0 ? 0 : (rest[3 * parent + axis] as number)) + component;
    });
  });
  return rest;
}

function boneOffset(name: JointName): Offset {
  const left = name.replace('right_', 'left_');
  const [x, y, z] = BONE_OFFSETS[left as keyof typeof BONE_OFFSETS];
  return left === name ? [x, y, z] : [-x, y, z];
}
