/**
 * The 24 joints of SMPL, in the model's order (Loper et al. 2015; names as in the `smplx` package). Left and right are
 * the body's own.
 */
export const JOINT_NAMES = [
  'pelvis',
  'left_hip',
  'right_hip',
  'spine1',
  'left_knee',
  'right_knee',
  'spine2',
  'left_ankle',
  'right_ankle',
  'spine3',
  'left_foot',
  'right_foot',
  'neck',
  'left_collar',
  'right_collar',
  'head',
  'left_shoulder',
  'right_shoulder',
  'left_elbow',
  'right_elbow',
  'left_wrist',
  'right_wrist',
  'left_hand',
  'right_hand',
] as const;

/** One of SMPL's joints. */
export type JointName = (typeof JOINT_NAMES)[number];

/** 24: the pelvis, which carries the global orientation, and 23 body joints. */
export const JOINT_COUNT = JOINT_NAMES.length;

/** The joint that each joint hangs on, by index; -1 for the pelvis. A parent always precedes its children. */
export const PARENTS: readonly number[] = [
  -1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19, 20, 21,
];

/** The joint on the other side of the body, by index; joints of the midline are their own mirror images. */
export const MIRROR_JOINTS: readonly number[] = JOINT_NAMES.map((name) =>
  (JOINT_NAMES as readonly string[]).indexOf(mirrorName(name)),
);

/** Thrown when a text is not the name of one of SMPL's joints. */
export class UnknownJointError extends Error {
  override readonly name = 'UnknownJointError';
}

const INDEX_OF_NAME: ReadonlyMap<string, number> = new Map(JOINT_NAMES.map((name, index) => [name, index]));

/**
 * The index of a joint in every array of this package.
 *
 * @throws UnknownJointError if `name`, coming from outside the type system, is not one of {@link JOINT_NAMES}
 * @example
 * ```ts
 * import { jointIndex, PARENTS } from '@pose-rft/smpl';
 *
 * console.assert(PARENTS[jointIndex('left_wrist')] === jointIndex('left_elbow'));
 * ```
 */
export function jointIndex(name: JointName): number {
  const index = INDEX_OF_NAME.get(name);
  if (index === undefined) {
    throw new UnknownJointError(
      `'${String(name)}' is not a joint of SMPL. Use one of: ${JOINT_NAMES.join(', ')}.`,
    );
  }
  return index;
}

/** Whether a text names one of SMPL's joints. */
export function isJointName(text: string): text is JointName {
  return INDEX_OF_NAME.has(text);
}

function mirrorName(name: string): string {
  if (name.startsWith('left_')) return name.replace('left_', 'right_');
  return name.replace('right_', 'left_');
}
