import { assertRange, type RealArray } from '../real-array.js';
import { rotateVector } from '../rotation/rotation-matrix.js';

/**
 * The right-handed frames in use, by where their axes point for someone who stands upright and looks at a camera, or for
 * a camera that looks at them:
 * - `smpl`: x to the body's left, y up, z to the front. Also glTF's and three.js's world.
 * - `z-up`: x to the body's left, y to the back, z up: AMASS's world, Blender's.
 * - `opengl-camera`: x to the image's right, y up, z from the scene to the viewer. Also three.js's camera.
 * - `opencv-camera`: x to the image's right, y down, z into the scene: HMR, PyTorch-style and most vision code.
 */
export type CoordinateFrame = 'smpl' | 'z-up' | 'opengl-camera' | 'opencv-camera';

/** Thrown when a text is not the name of a {@link CoordinateFrame}. */
export class UnknownFrameError extends Error {
  override readonly name = 'UnknownFrameError';
}

/** Row-major rotations that take coordinates in a frame to `smpl`, of a camera that the body faces. */
const TO_SMPL: Readonly<Record<CoordinateFrame, readonly number[]>> = {
  smpl: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  'z-up': [1, 0, 0, 0, 0, 1, 0, -1, 0],
  // The camera looks along -z of smpl's frame at the body's front; its right is the body's left.
  'opengl-camera': [1, 0, 0, 0, 1, 0, 0, 0, 1],
  'opencv-camera': [1, 0, 0, 0, -1, 0, 0, 0, -1],
};

/**
 * The row-major rotation that takes coordinates in one frame to coordinates in another. Of world and camera frames it
 * assumes the camera level and in front of the body; a real camera's orientation comes on top (see `moveRoot`). In
 * particular smpl to opencv-camera is the half turn about x that predictions of HMR and its descendants contain.
 *
 * @throws UnknownFrameError if a name, coming from outside the type system, is not a {@link CoordinateFrame}
 * @example
 * ```ts
 * import { frameChange, rotateVector } from '@pose-rft/smpl';
 *
 * const up = Float64Array.of(0, 1, 0);
 * rotateVector(frameChange('smpl', 'z-up'), 0, up, 0, up, 0);
 * console.assert(up.join() === '0,0,1');
 * ```
 */
export function frameChange(from: CoordinateFrame, to: CoordinateFrame): Float64Array {
  const [source, target] = [matrixOf(from), matrixOf(to)];
  const change = new Float64Array(9);
  for (let row = 0; row < 3; row++) {
    for (let column = 0; column < 3; column++) {
      let sum = 0;
      for (let k = 0; k < 3; k++) {
        sum += (target[3 * k + row] as number) * (source[3 * k + column] as number);
      }
      change[3 * row + column] = sum;
    }
  }
  return change;
}

/**
 * Takes `count` points (joints, vertices) from one frame to another. The target may be the source.
 *
 * @throws ArrayRangeError if an array has fewer than 3 * count numbers from its offset on
 * @throws UnknownFrameError if a name, coming from outside the type system, is not a {@link CoordinateFrame}
 */
export function changeFrameOfPoints(
  points: RealArray,
  pointsOffset: number,
  count: number,
  from: CoordinateFrame,
  to: CoordinateFrame,
  target: RealArray,
  targetOffset: number,
): void {
  assertRange(points, pointsOffset, 3 * count, 'The points');
  assertRange(target, targetOffset, 3 * count, 'The points in the other frame');
  const change = frameChange(from, to);
  // Backwards if the target lies beyond the source in one array, so that nothing is overwritten before it is read.
  const isBackwards = points.buffer === target.buffer && targetOffset > pointsOffset;
  for (let index = 0; index < count; index++) {
    const at = 3 * (isBackwards ? count - 1 - index : index);
    rotateVector(change, 0, points, pointsOffset + at, target, targetOffset + at);
  }
}

function matrixOf(frame: CoordinateFrame): readonly number[] {
  const matrix = Object.hasOwn(TO_SMPL, frame) ? TO_SMPL[frame] : undefined;
  if (matrix !== undefined) return matrix;
  throw new UnknownFrameError(
    `'${String(frame)}' is not a frame. Use one of: ${Object.keys(TO_SMPL).join(', ')}.`,
  );
}
