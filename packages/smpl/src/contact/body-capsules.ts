import { jointIndex, type JointName } from '../skeleton/joints.js';

/** A piece of body: all points within a radius of the segment between two joints. */
export interface BodyCapsule {
  readonly name: string;
  /** The joint where the segment starts, by index. */
  readonly from: number;
  /** The joint where it ends. */
  readonly to: number;
  readonly radiusMetres: number;
  /** How far the segment goes on beyond `to`: hands, feet and the head reach further than their joints. */
  readonly extensionMetres: number;
}

function capsule(
  name: string,
  from: JointName,
  to: JointName,
  radiusMetres: number,
  extensionMetres = 0,
): BodyCapsule {
  return { name, from: jointIndex(from), to: jointIndex(to), radiusMetres, extensionMetres };
}

function limbs(side: 'left' | 'right'): readonly BodyCapsule[] {
  return [
    capsule(`${side} thigh`, `${side}_hip`, `${side}_knee`, 0.068),
    capsule(`${side} shin`, `${side}_knee`, `${side}_ankle`, 0.048),
    capsule(`${side} foot`, `${side}_ankle`, `${side}_foot`, 0.036, 0.05),
    capsule(`${side} upper arm`, `${side}_shoulder`, `${side}_elbow`, 0.044),
    capsule(`${side} forearm`, `${side}_elbow`, `${side}_wrist`, 0.034),
    capsule(`${side} hand`, `${side}_wrist`, `${side}_hand`, 0.024, 0.08),
  ];
}

/**
 * An adult body of 1.73 m as 17 capsules between SMPL's joints: trunk, hips, shoulders, head and the six pieces of each
 * pair of limbs. The radii are those of this package's synthetic body.
 */
export const SMPL_CAPSULES: readonly BodyCapsule[] = [
  capsule('hips', 'left_hip', 'right_hip', 0.095),
  capsule('belly', 'pelvis', 'spine2', 0.105),
  capsule('chest', 'spine2', 'spine3', 0.11, 0.1),
  capsule('shoulders', 'left_shoulder', 'right_shoulder', 0.06),
  capsule('head', 'neck', 'head', 0.08, 0.07),
  ...limbs('left'),
  ...limbs('right'),
];
