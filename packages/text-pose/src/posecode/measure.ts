import { jointIndex, SYNTHETIC_SKELETON } from '@pose-rft/smpl';
import { match } from 'ts-pattern';
import type { Posecode } from './posecode.js';
import { POSECODES } from './posecodes.js';

/** Joint positions in metres, 3 numbers a joint, 24 joints a pose. */
export type JointPositions = Float32Array | Float64Array;

/** The numbers that one pose takes in a {@link JointPositions} array. */
export const POSE_STRIDE = 72;

const DEGREES = 180 / Math.PI;

/** What `measure` computes; posecode kinds that differ only in their axis share one. */
const enum Operation {
  Angle,
  Distance,
  Difference,
  AbsoluteDifference,
  PitchRoll,
  Height,
  Tilt,
  Twist,
  RelativeTilt,
  Elevation,
  /** Not to be told from the positions of joints. */
  Unseen,
}

/** A posecode flattened to numbers: the operation, the axis of interest, and offsets of the joints in a pose. */
const OPERATIONS = new Uint8Array(POSECODES.length);
const AXES = new Uint8Array(POSECODES.length);
const JOINT_OFFSETS: readonly Int32Array[] = POSECODES.map((posecode) =>
  Int32Array.from(posecode.joints, (name) => 3 * jointIndex(name)),
);

POSECODES.forEach((posecode, index) => {
  const [operation, axis] = operationOf(posecode);
  OPERATIONS[index] = operation;
  AXES[index] = axis;
});

function operationOf(posecode: Posecode): readonly [Operation, axis: number] {
  return match<Posecode['kind'], readonly [Operation, number]>(posecode.kind)
    .with('angle', () => [Operation.Angle, 0])
    .with('distance', () => [Operation.Distance, 0])
    .with('relativeX', () => [Operation.Difference, 0])
    .with('relativeY', () => [Operation.Difference, 1])
    .with('relativeZ', () => [Operation.Difference, 2])
    .with('gapY', () => [Operation.AbsoluteDifference, 1])
    .with('gapZ', () => [Operation.AbsoluteDifference, 2])
    .with('pitchRoll', () => [Operation.PitchRoll, 0])
    .with('onGround', () => [Operation.Height, 1])
    .with('torsoBend', () => [Operation.Tilt, 2])
    .with('torsoLean', () => [Operation.Tilt, 0])
    .with('torsoTwist', () => [Operation.Twist, 0])
    .with('headPitch', () => [Operation.RelativeTilt, 2])
    .with('headTilt', () => [Operation.RelativeTilt, 0])
    .with('chestElevation', () => [Operation.Elevation, 0])
    .with('headTurn', () => [Operation.Unseen, 0])
    .exhaustive();
}

/** The neck is not straight at rest: these angles of the template are what `headPitch` and `headTilt` count from. */
const REST_RELATIVE_TILT_DEGREES: readonly number[] = POSECODES.map((_, index) =>
  OPERATIONS[index] === Operation.RelativeTilt
    ? relativeTilt(SYNTHETIC_SKELETON.restJointsMetres, 0, index)
    : 0,
);

/** Thrown when a number is not the index of a posecode. */
export class UnknownPosecodeError extends Error {
  override readonly name = 'UnknownPosecodeError';
}

/**
 * The value of a posecode on a pose, in degrees or metres (see `Posecode` for what each kind measures). Allocates
 * nothing; some ten to fifty nanoseconds. NaN where one of the measured joints is NaN, and always for `headTurn`: a turn of the head
 * about its own axis moves no joint (`measurePose` reads it from rotations).
 *
 * @param posecodeIndex - index in `POSECODES`
 * @param joints - [..., 24, 3] positions in the body frame (root orientation identity), metres
 * @param offset - where the pose starts in `joints`, in numbers
 * @throws UnknownPosecodeError if there is no posecode of that index
 * @example
 * ```ts
 * import { SYNTHETIC_SKELETON } from '@pose-rft/smpl';
 * import { measure, posecodeIndex } from '@pose-rft/text-pose';
 *
 * const degrees = measure(posecodeIndex('angle:left_elbow'), SYNTHETIC_SKELETON.restJointsMetres, 0);
 * console.assert(degrees > 160, 'the template stretches its arms');
 * ```
 */
export function measure(posecodeIndex: number, joints: JointPositions, offset: number): number {
  const at = JOINT_OFFSETS[posecodeIndex];
  if (at === undefined) {
    throw new UnknownPosecodeError(
      `There is no posecode ${posecodeIndex}; expected an integer in [0, ${POSECODES.length - 1}]. ` +
        'Take indices from posecodeIndex(name).',
    );
  }
  const axis = AXES[posecodeIndex] as number;
  const a = offset + (at[0] as number);
  const b = offset + (at[1] as number);
  switch (OPERATIONS[posecodeIndex] as Operation) {
    case Operation.Angle:
      return angleDegrees(joints, a, b, offset + (at[2] as number));
    case Operation.Distance:
      return distanceMetres(joints, a, b);
    case Operation.Difference:
      return (joints[a + axis] as number) - (joints[b + axis] as number);
    case Operation.AbsoluteDifference:
      return Math.abs((joints[a + axis] as number) - (joints[b + axis] as number));
    case Operation.PitchRoll:
      return pitchRollDegrees(joints, a, b);
    case Operation.Height:
      return heightAboveLowestMetres(joints, offset, at);
    case Operation.Tilt:
      return tiltDegrees(joints, a, b, axis);
    case Operation.Twist:
      return wrapDegrees(
        headingDegrees(joints, a, b) -
          headingDegrees(joints, offset + (at[2] as number), offset + (at[3] as number)),
      );
    case Operation.RelativeTilt:
      return (
        relativeTilt(joints, offset, posecodeIndex) - (REST_RELATIVE_TILT_DEGREES[posecodeIndex] as number)
      );
    case Operation.Elevation:
      return elevationDegrees(joints, a, b, offset + (at[2] as number), offset + (at[3] as number));
    case Operation.Unseen:
      return NaN;
  }
}

function angleDegrees(joints: JointPositions, a: number, vertex: number, c: number): number {
  const vx = joints[vertex] as number;
  const vy = joints[vertex + 1] as number;
  const vz = joints[vertex + 2] as number;
  const ax = (joints[a] as number) - vx;
  const ay = (joints[a + 1] as number) - vy;
  const az = (joints[a + 2] as number) - vz;
  const cx = (joints[c] as number) - vx;
  const cy = (joints[c + 1] as number) - vy;
  const cz = (joints[c + 2] as number) - vz;
  const x = ay * cz - az * cy;
  const y = az * cx - ax * cz;
  const z = ax * cy - ay * cx;
  // atan2 keeps its precision at 0 and 180 degrees, where acos loses it.
  return Math.atan2(Math.sqrt(x * x + y * y + z * z), ax * cx + ay * cy + az * cz) * DEGREES;
}

function distanceMetres(joints: JointPositions, a: number, b: number): number {
  const x = (joints[a] as number) - (joints[b] as number);
  const y = (joints[a + 1] as number) - (joints[b + 1] as number);
  const z = (joints[a + 2] as number) - (joints[b + 2] as number);
  return Math.sqrt(x * x + y * y + z * z);
}

function pitchRollDegrees(joints: JointPositions, from: number, to: number): number {
  const x = (joints[to] as number) - (joints[from] as number);
  const y = (joints[to + 1] as number) - (joints[from + 1] as number);
  const z = (joints[to + 2] as number) - (joints[from + 2] as number);
  return Math.atan2(Math.sqrt(x * x + z * z), Math.abs(y)) * DEGREES;
}

function heightAboveLowestMetres(joints: JointPositions, offset: number, at: Int32Array): number {
  const height = joints[offset + (at[0] as number) + 1] as number;
  let lowest = height;
  for (let index = 1; index < at.length; index++) {
    const other = joints[offset + (at[index] as number) + 1] as number;
    if (other < lowest) lowest = other;
  }
  return height - lowest;
}

/** The angle by which the limb departs from straight up, towards the positive `axis` (0: left, 2: front). */
function tiltDegrees(joints: JointPositions, from: number, to: number, axis: number): number {
  const sideways = (joints[to + axis] as number) - (joints[from + axis] as number);
  const up = (joints[to + 1] as number) - (joints[from + 1] as number);
  return Math.atan2(sideways, up) * DEGREES;
}

function relativeTilt(joints: JointPositions, offset: number, posecodeIndex: number): number {
  const at = JOINT_OFFSETS[posecodeIndex] as Int32Array;
  const axis = AXES[posecodeIndex] as number;
  const spine = offset + (at[0] as number);
  const neck = offset + (at[1] as number);
  const head = offset + (at[2] as number);
  return wrapDegrees(tiltDegrees(joints, neck, head, axis) - tiltDegrees(joints, spine, neck, axis));
}

/** How far above the horizontal the front of a plane faces that is spanned by a line to the left and a line upwards. */
function elevationDegrees(
  joints: JointPositions,
  right: number,
  left: number,
  bottom: number,
  top: number,
): number {
  const lx = (joints[left] as number) - (joints[right] as number);
  const ly = (joints[left + 1] as number) - (joints[right + 1] as number);
  const lz = (joints[left + 2] as number) - (joints[right + 2] as number);
  const ux = (joints[top] as number) - (joints[bottom] as number);
  const uy = (joints[top + 1] as number) - (joints[bottom + 1] as number);
  const uz = (joints[top + 2] as number) - (joints[bottom + 2] as number);
  const x = ly * uz - lz * uy;
  const y = lz * ux - lx * uz;
  const z = lx * uy - ly * ux;
  return Math.atan2(y, Math.sqrt(x * x + z * z)) * DEGREES;
}

/** The heading of a line from the body's right to its left, seen from above; positive when it turns left. */
function headingDegrees(joints: JointPositions, right: number, left: number): number {
  const x = (joints[left] as number) - (joints[right] as number);
  const z = (joints[left + 2] as number) - (joints[right + 2] as number);
  return Math.atan2(-z, x) * DEGREES;
}

function wrapDegrees(degrees: number): number {
  if (degrees > 180) return degrees - 360;
  return degrees <= -180 ? degrees + 360 : degrees;
}
