import type { JointName } from '../skeleton/joints.js';
import type { BoneAxis } from './swing-twist.js';

/** The least and the greatest angle, in radians. */
export type AngleRange = readonly [minimum: number, maximum: number];

/**
 * How far a joint turns, in the angles of `matrixToSwingTwist`: the range at `boneAxis` limits the twist about the bone,
 * the other two the swing.
 */
export interface JointLimits {
  readonly boneAxis: BoneAxis;
  readonly x: AngleRange;
  readonly y: AngleRange;
  readonly z: AngleRange;
}

type Degrees = readonly [minimum: number, maximum: number];

/**
 * In degrees, for the midline and the left side. In the rest pose (arms spread, palms down) of the body frame:
 * - spine, neck and head: +x bends forwards, +y turns to the left, +z leans to the right;
 * - left hip: -x lifts the thigh forwards, +z spreads it, +y turns the toes out;
 * - left knee: +x bends it; left ankle: +x points the toes down; left foot: -x raises the toes;
 * - left collar and shoulder: +z raises, -y brings forwards; left elbow: -y bends it;
 * - left wrist: -z bends towards the palm, -y towards the thumb.
 *
 * The values enclose the active ranges of healthy adults (American Academy of Orthopaedic Surgeons; Kapandji, "The
 * Physiology of the Joints"), widened to what passive flexion in kneeling and squatting (knee 160, ankle 40) and
 * trained kicks (hip flexion 140, abduction 90) reach, because motion capture has all of them. The 24 joints divide
 * what anatomy calls one joint: the trunk over three, the shoulder over collar and shoulder, the forearm's pronation
 * over elbow and wrist. An elbow's z is wide although an elbow is a hinge: the hinge is fixed in the upper arm, whose
 * twist against the rest pose differs between people and between sources of data, so that a bend of 150 degrees about
 * it has a z component of up to 60.
 */
const DEGREES: Readonly<
  Record<
    Exclude<JointName, `right_${string}`>,
    { readonly boneAxis: BoneAxis; readonly x: Degrees; readonly y: Degrees; readonly z: Degrees }
  >
> = {
  pelvis: { boneAxis: 'y', x: [-180, 180], y: [-180, 180], z: [-180, 180] },
  spine1: { boneAxis: 'y', x: [-30, 50], y: [-25, 25], z: [-30, 30] },
  spine2: { boneAxis: 'y', x: [-25, 40], y: [-30, 30], z: [-25, 25] },
  spine3: { boneAxis: 'y', x: [-25, 35], y: [-30, 30], z: [-25, 25] },
  neck: { boneAxis: 'y', x: [-45, 45], y: [-50, 50], z: [-40, 40] },
  head: { boneAxis: 'y', x: [-45, 50], y: [-50, 50], z: [-40, 40] },
  left_hip: { boneAxis: 'y', x: [-140, 35], y: [-45, 60], z: [-40, 90] },
  left_knee: { boneAxis: 'y', x: [-8, 160], y: [-25, 35], z: [-8, 8] },
  left_ankle: { boneAxis: 'y', x: [-40, 60], y: [-40, 40], z: [-35, 30] },
  left_foot: { boneAxis: 'y', x: [-90, 50], y: [-15, 15], z: [-15, 15] },
  left_collar: { boneAxis: 'x', x: [-40, 40], y: [-35, 30], z: [-20, 45] },
  left_shoulder: { boneAxis: 'x', x: [-130, 130], y: [-140, 65], z: [-105, 110] },
  left_elbow: { boneAxis: 'x', x: [-95, 95], y: [-155, 8], z: [-60, 60] },
  left_wrist: { boneAxis: 'x', x: [-80, 80], y: [-45, 55], z: [-85, 85] },
  left_hand: { boneAxis: 'x', x: [-20, 20], y: [-25, 25], z: [-90, 45] },
};

/**
 * The ranges that anatomy allows each joint, in radians, as swing and twist about the axes of the rest pose (see
 * `matrixToSwingTwist`); the right side mirrors the left. The pelvis, which carries the global orientation, is free.
 * Squatting, kneeling, sitting, arms overhead or behind the back and high kicks are inside. The ranges of a joint are
 * independent of each other, so they enclose anatomy rather than equal it.
 */
export const JOINT_LIMITS_RADIANS: Readonly<Record<JointName, JointLimits>> = {
  pelvis: limitsOf('pelvis'),
  left_hip: limitsOf('left_hip'),
  right_hip: mirrored(limitsOf('left_hip')),
  spine1: limitsOf('spine1'),
  left_knee: limitsOf('left_knee'),
  right_knee: mirrored(limitsOf('left_knee')),
  spine2: limitsOf('spine2'),
  left_ankle: limitsOf('left_ankle'),
  right_ankle: mirrored(limitsOf('left_ankle')),
  spine3: limitsOf('spine3'),
  left_foot: limitsOf('left_foot'),
  right_foot: mirrored(limitsOf('left_foot')),
  neck: limitsOf('neck'),
  left_collar: limitsOf('left_collar'),
  right_collar: mirrored(limitsOf('left_collar')),
  head: limitsOf('head'),
  left_shoulder: limitsOf('left_shoulder'),
  right_shoulder: mirrored(limitsOf('left_shoulder')),
  left_elbow: limitsOf('left_elbow'),
  right_elbow: mirrored(limitsOf('left_elbow')),
  left_wrist: limitsOf('left_wrist'),
  right_wrist: mirrored(limitsOf('left_wrist')),
  left_hand: limitsOf('left_hand'),
  right_hand: mirrored(limitsOf('left_hand')),
};

function limitsOf(name: keyof typeof DEGREES): JointLimits {
  const { boneAxis, x, y, z } = DEGREES[name];
  return { boneAxis, x: radians(x), y: radians(y), z: radians(z) };
}

function radians([minimum, maximum]: Degrees): AngleRange {
  return [(minimum * Math.PI) / 180, (maximum * Math.PI) / 180];
}

/** An axis of rotation is a pseudovector: the reflection x -> -x keeps x and turns y and z round. */
function mirrored({ boneAxis, x, y, z }: JointLimits): JointLimits {
  return { boneAxis, x, y: [-y[1], -y[0]], z: [-z[1], -z[0]] };
}
