import {
  axisAngleToMatrix,
  composeRotations,
  JOINT_COUNT,
  jointIndex,
  matrixToRotation6d,
  type JointName,
} from '@pose-rft/smpl';

export type Side = 'left' | 'right';

/** A part of the body that exists on both sides. */
export type SidedJoint = 'collar' | 'shoulder' | 'elbow' | 'wrist' | 'hip' | 'knee' | 'ankle' | 'foot';

/** A direction in the frame of the parent joint: x outward (away from the body's midline), y up, z to the front. */
export type Direction = readonly [outward: number, up: number, front: number];

/** A pose under construction: one rotation a joint, relative to its parent; row-major matrices, [24, 3, 3]. */
export type PoseDraft = Float64Array;

const IDENTITY = [1, 0, 0, 0, 1, 0, 0, 0, 1];
/** A shorter component across the upper arm says nothing about the plane in which the elbow bends. */
const SHORTEST_ACROSS = 1e-3;

const turnVector = new Float64Array(3);
const turnMatrix = new Float64Array(9);

/** The rest pose: arms spread level, legs straight down. */
export function restDraft(): PoseDraft {
  const draft = new Float64Array(9 * JOINT_COUNT);
  for (let joint = 0; joint < JOINT_COUNT; joint++) draft.set(IDENTITY, 9 * joint);
  return draft;
}

/**
 * Turns a joint, after the turns that it already has, by an axis-angle vector in its parent's frame (x to the body's
 * left, y up, z to the front; radians).
 */
export function turn(draft: PoseDraft, joint: number, x: number, y: number, z: number): void {
  turnVector[0] = x;
  turnVector[1] = y;
  turnVector[2] = z;
  axisAngleToMatrix(turnVector, 0, turnMatrix, 0);
  composeRotations(turnMatrix, 0, draft, 9 * joint, draft, 9 * joint);
}

/** Turns a joint of the spine or the head; see {@link turn}. */
export function turnMidline(draft: PoseDraft, name: JointName, x: number, y: number, z: number): void {
  turn(draft, jointIndex(name), x, y, z);
}

/**
 * Turns a joint of one side by an angle vector written for the left side: the right side gets its mirror image. For
 * limbs that hang down, positive x swings back, positive z outward; positive y turns outward.
 */
export function turnSided(
  draft: PoseDraft,
  side: Side,
  part: SidedJoint,
  x: number,
  y: number,
  z: number,
): void {
  const mirrored = side === 'left' ? 1 : -1;
  turn(draft, sidedJoint(side, part), x, mirrored * y, mirrored * z);
}

/**
 * Points the upper arm along `upperArm` and bends the elbow by `flexionRadians` so that the forearm swings towards
 * `bendTowards`. The elbow is a hinge (about -y of the left arm at rest); the plane of its bend comes from a turn of
 * the upper arm about itself, as in a living arm.
 */
export function poseArm(
  draft: PoseDraft,
  side: Side,
  upperArm: Direction,
  bendTowards: Direction,
  flexionRadians: number,
): void {
  const along = normalised(upperArm);
  const forearm = normalised(rejected(bendTowards, along));
  // In the left arm's rest frame x runs along the arm and z is where the forearm goes when the elbow flexes.
  const across = cross(forearm, along);
  const mirrored = side === 'left' ? 1 : -1;
  for (let row = 0; row < 3; row++) {
    // Mirroring a rotation in the plane x = 0 changes the sign of the entries that have exactly one index 0.
    const rowSign = row === 0 ? mirrored : 1;
    turnMatrix[3 * row] = rowSign * mirrored * (along[row] as number);
    turnMatrix[3 * row + 1] = rowSign * (across[row] as number);
    turnMatrix[3 * row + 2] = rowSign * (forearm[row] as number);
  }
  const shoulder = 9 * sidedJoint(side, 'shoulder');
  composeRotations(turnMatrix, 0, draft, shoulder, draft, shoulder);
  turnSided(draft, side, 'elbow', 0, -flexionRadians, 0);
}

/** [24, 6] rotations in layout `columns`. */
export function draftToRotation6d(draft: PoseDraft): Float32Array {
  const pose6d = new Float32Array(6 * JOINT_COUNT);
  for (let joint = 0; joint < JOINT_COUNT; joint++) matrixToRotation6d(draft, 9 * joint, pose6d, 6 * joint);
  return pose6d;
}

const SIDED_JOINTS = new Map<string, number>();

function sidedJoint(side: Side, part: SidedJoint): number {
  const name = `${side}_${part}` as const;
  const known = SIDED_JOINTS.get(name);
  if (known !== undefined) return known;
  const joint = jointIndex(name);
  SIDED_JOINTS.set(name, joint);
  return joint;
}

function normalised([x, y, z]: Direction): Direction {
  const length = Math.hypot(x, y, z);
  return [x / length, y / length, z / length];
}

/** The part of `direction` that is perpendicular to the unit vector `axis`; any perpendicular if there is none. */
function rejected(direction: Direction, axis: Direction): Direction {
  const along = direction[0] * axis[0] + direction[1] * axis[1] + direction[2] * axis[2];
  const rest: Direction = [
    direction[0] - along * axis[0],
    direction[1] - along * axis[1],
    direction[2] - along * axis[2],
  ];
  if (Math.hypot(...rest) > SHORTEST_ACROSS) return rest;
  return cross(axis, Math.abs(axis[0]) < 0.9 ? [1, 0, 0] : [0, 1, 0]);
}

function cross(first: Direction, second: Direction): Direction {
  return [
    first[1] * second[2] - first[2] * second[1],
    first[2] * second[0] - first[0] * second[2],
    first[0] * second[1] - first[1] * second[0],
  ];
}
