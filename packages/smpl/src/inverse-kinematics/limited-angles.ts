import { JOINT_LIMITS_RADIANS } from '../limits/joint-limits.js';
import { matrixToSwingTwist } from '../limits/swing-twist.js';
import { axisAngleToMatrix } from '../rotation/axis-angle.js';
import { composeRotations, rotateVector } from '../rotation/rotation-matrix.js';
import { rotation6dToMatrix } from '../rotation/rotation6d.js';
import { JOINT_NAMES, jointIndex } from '../skeleton/joints.js';

const LIMITS = JOINT_NAMES.map((name) => JOINT_LIMITS_RADIANS[name]);
const PELVIS = jointIndex('pelvis');
const AXES = ['x', 'y', 'z'] as const;
/** The step of the forward differences. */
const STEP_RADIANS = 1e-6;

const angles = new Float64Array(3);
const moved = new Float64Array(3);
const matrix = new Float64Array(9);
const turned = new Float64Array(9);
const vector = new Float64Array(3);

/** The swing and twist angles of one joint, with their limits, and how they change with its rotation. */
export interface LimitedAngles {
  /** Where the joint's three unknowns begin. */
  readonly unknown: number;
  readonly angles: Float64Array;
  readonly minima: Float64Array;
  readonly maxima: Float64Array;
  /** Row-major [3, 3]: by row the angle, by column a small rotation about an axis of the world. */
  readonly derivative: Float64Array;
}

/** The limited angles of all joints that may move; the pelvis is free. */
export function limitedAnglesOf(
  pose6d: Float64Array,
  world: Float64Array,
  parents: Int32Array,
  unknownOf: readonly number[],
): readonly LimitedAngles[] {
  return LIMITS.flatMap((limits, joint) => {
    const unknown = unknownOf[joint] as number;
    if (unknown < 0 || joint === PELVIS) return [];
    rotation6dToMatrix(pose6d, 6 * joint, matrix, 0);
    matrixToSwingTwist(matrix, 0, limits.boneAxis, angles, 0);
    const derivative = new Float64Array(9);
    for (let column = 0; column < 3; column++) {
      vector.fill(0);
      vector[column] = STEP_RADIANS;
      axisAngleToMatrix(vector, 0, turned, 0);
      composeRotations(turned, 0, matrix, 0, turned, 0);
      matrixToSwingTwist(turned, 0, limits.boneAxis, moved, 0);
      for (let row = 0; row < 3; row++) {
        const change = (moved[row] as number) - (angles[row] as number);
        // A twist of pi is one of -pi.
        derivative[3 * row + column] = Math.abs(change) < 1 ? change / STEP_RADIANS : 0;
      }
    }
    // From the frame of the joint's parent to the world.
    for (let row = 0; row < 9; row += 3) {
      rotateVector(world, 9 * (parents[joint] as number), derivative, row, derivative, row);
    }
    const bound = (end: 0 | 1): Float64Array => Float64Array.from(AXES, (axis) => limits[axis][end]);
    return [{ unknown, angles: angles.slice(), minima: bound(0), maxima: bound(1), derivative }];
  });
}

/** By how much each angle, after a change, is outside its limits: 0 within, signed beyond. */
export function excessOf(
  { angles: at, minima, maxima }: LimitedAngles,
  angle: number,
  change: number,
): number {
  const value = (at[angle] as number) + change;
  if (value > (maxima[angle] as number)) return value - (maxima[angle] as number);
  return value < (minima[angle] as number) ? value - (minima[angle] as number) : 0;
}
