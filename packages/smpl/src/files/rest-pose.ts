import { composeRotations, invertRotation, rotateVector } from '../rotation/rotation-matrix.js';
import { shortestRotation } from '../rotation/shortest-rotation.js';
import type { Vector3 } from '../vector3.js';
import { RetargetError } from './retarget-error.js';
import type { MotionSegment, SegmentMotion } from './segment-motion.js';

/** A motion whose rest pose is the body's pose in one of its own frames: for files that start with a T-pose. */
export function withRestPoseOfFrame(motion: SegmentMotion, frame: number): SegmentMotion {
  if (!Number.isInteger(frame) || frame < 0 || frame >= motion.frameCount)
    throw new RetargetError(
      `restPoseFrame must be one of the motion's ${motion.frameCount} frames, from 0, found ${frame}`,
    );
  const count = motion.segments.length;
  const rest = new Float64Array(count * 9);
  const starts = new Float64Array(count * 3);
  motion.poseFrame(frame, rest, starts);
  const segments = motion.segments.map((segment, index): MotionSegment => {
    const direction = Float64Array.from(segment.direction);
    rotateVector(rest, index * 9, direction, 0, direction, 0);
    return { ...segment, direction: vectorAt(direction, 0), restStartMetres: vectorAt(starts, index * 3) };
  });
  const inverse = new Float64Array(count * 9);
  for (let index = 0; index < count; index++) invertRotation(rest, index * 9, inverse, index * 9);
  return {
    ...motion,
    segments,
    poseFrame: (at, rotations, framesStarts) => {
      motion.poseFrame(at, rotations, framesStarts);
      for (let index = 0; index < count; index++)
        composeRotations(rotations, index * 9, inverse, index * 9, rotations, index * 9);
    },
  };
}

/** The places that tell how a rest pose stands: starts of the thighs and of the upper arms. */
export interface RestLandmarks {
  readonly leftHip: Vector3;
  readonly rightHip: Vector3;
  readonly leftShoulder: Vector3;
  readonly rightShoulder: Vector3;
}

/** How the rest pose stands in the file's world. */
export interface RestFrame {
  /** Its left, up and front as columns: a row-major rotation from the body's axes to the file's. */
  readonly bodyToFile: Float64Array;
  /** From the file's axes to the world with y up. */
  readonly fileToWorld: Float64Array;
}

/** cos 25 degrees: a body that stands leans less. */
const UPRIGHT = 0.9;

/**
 * Finds which way the rest pose faces, and which of the file's axes is up.
 *
 * @param snap - whether the rest pose was made by hand and so faces along an axis, exactly
 * @throws RetargetError if the rest pose does not stand
 */
export function restFrame(landmarks: RestLandmarks, thighs: readonly Vector3[], snap: boolean): RestFrame {
  const { leftHip, rightHip, leftShoulder, rightShoulder } = landmarks;
  const trunk = subtract(middle(leftShoulder, rightShoulder), middle(leftHip, rightHip));
  const up = nearestAxis(trunk);
  if (!(dot(up, unit(trunk)) > UPRIGHT))
    throw new RetargetError(
      `the rest pose does not stand: from hips to shoulders it goes along ${shown(unit(trunk))}, which is no axis. ` +
        'Give restPoseFrame, the frame of a T-pose',
    );
  const downward = Math.max(...thighs.map((direction) => dot(direction, up)));
  if (!(downward < -0.5))
    throw new RetargetError(
      `the rest pose does not stand: up is ${shown(up)}, and a thigh points along ` +
        `${shown(thighs.find((direction) => !(dot(direction, up) < -0.5)) ?? up)}. ` +
        'Give restPoseFrame, the frame of a T-pose',
    );
  const acrossHips = subtract(leftHip, rightHip);
  const across = unit(subtract(acrossHips, scale(up, dot(acrossHips, up))));
  const left = snap ? nearestAxis(across) : across;
  if (!(Math.abs(dot(left, up)) < 1e-6 && dot(left, left) > 0.5))
    throw new RetargetError('the rest pose has both hips in one place');
  const front = cross(left, up);
  const fileToWorld = new Float64Array(9);
  shortestRotation(Float64Array.from(up), 0, Float64Array.of(0, 1, 0), 0, fileToWorld, 0);
  return {
    bodyToFile: Float64Array.from(
      [0, 1, 2].flatMap((row) => [left, up, front].map((axis) => axis[row] as number)),
    ),
    fileToWorld,
  };
}

function nearestAxis(vector: Vector3): Vector3 {
  const sizes = vector.map(Math.abs);
  const largest = sizes.indexOf(Math.max(...sizes));
  const sign = (vector[largest] ?? 0) < 0 ? -1 : 1;
  return [largest === 0 ? sign : 0, largest === 1 ? sign : 0, largest === 2 ? sign : 0];
}

function vectorAt(array: Float64Array, offset: number): Vector3 {
  return [array[offset] as number, array[offset + 1] as number, array[offset + 2] as number];
}

function middle(a: Vector3, b: Vector3): Vector3 {
  return [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2, (a[2] + b[2]) / 2];
}

function subtract(a: Vector3, b: Vector3): Vector3 {
  return [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
}

function scale(a: Vector3, factor: number): Vector3 {
  return [a[0] * factor, a[1] * factor, a[2] * factor];
}

function dot(a: Vector3, b: Vector3): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

function cross(a: Vector3, b: Vector3): Vector3 {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

/** Of length 1; a vector too short to have a direction becomes zero. */
function unit(vector: Vector3): Vector3 {
  const length = Math.hypot(...vector);
  return length > 1e-9 ? scale(vector, 1 / length) : [0, 0, 0];
}

function shown(vector: Vector3): string {
  return `(${vector.map((component) => component.toFixed(2)).join(', ')})`;
}
