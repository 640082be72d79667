import { JOINT_NAMES } from './joints.js';

/** The joints that SMPL, SMPL-H and SMPL-X share: SMPL's without its two hands. */
const BODY_JOINT_NAMES = JOINT_NAMES.slice(0, 22);

const FINGERS = ['index', 'middle', 'pinky', 'ring', 'thumb'] as const;

/** 15 joints of each hand, left first: three a finger, from the knuckle to the tip. */
const HAND_JOINT_NAMES = (['left', 'right'] as const).flatMap((side) =>
  FINGERS.flatMap((finger) => [1, 2, 3].map((segment) => `${side}_${finger}${segment}`)),
);

/** The 52 joints of SMPL-H, in the model's order (Romero et al. 2017). */
export const SMPLH_JOINT_NAMES: readonly string[] = [...BODY_JOINT_NAMES, ...HAND_JOINT_NAMES];

/** The 55 joints of SMPL-X, in the model's order (Pavlakos et al. 2019). */
export const SMPLX_JOINT_NAMES: readonly string[] = [
  ...BODY_JOINT_NAMES,
  'jaw',
  'left_eye',
  'right_eye',
  ...HAND_JOINT_NAMES,
];

/** Joints of one hand. */
export const HAND_JOINT_COUNT = FINGERS.length * 3;
