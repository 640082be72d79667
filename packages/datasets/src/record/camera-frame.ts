import { axisAngleToMatrix, composeRotations, matrixToAxisAngle } from '@pose-rft/smpl';
import { RecordFieldError } from '../reading/dataset-problem.js';
import type { CameraParameters } from './dataset-record.js';

/**
 * A camera from its 3x3 intrinsics and a 4x4 motion from the world to it, both row-major.
 *
 * @throws RecordFieldError unless the focal lengths are positive and the motion turns without scaling
 */
export function cameraParameters(
  intrinsics: ArrayLike<number>,
  worldToCamera: Float64Array,
): CameraParameters {
  const [focalX = NaN, , centreX = NaN, , focalY = NaN, centreY = NaN] = Array.from(intrinsics);
  if (!(focalX > 0 && focalY > 0 && focalX < 1e7 && focalY < 1e7) || !Number.isFinite(centreX + centreY))
    throw new RecordFieldError(
      'broken-record',
      `the camera has focal lengths ${focalX}, ${focalY} and centre (${centreX}, ${centreY})`,
    );
  for (let row = 0; row < 3; row++) {
    const [x = NaN, y = NaN, z = NaN] = worldToCamera.subarray(4 * row, 4 * row + 3);
    if (!(Math.abs(Math.hypot(x, y, z) - 1) < 1e-2))
      throw new RecordFieldError('broken-record', `row ${row} of the camera's rotation has no unit length`);
  }
  return { focalX, focalY, centreX, centreY, worldToCamera };
}

/** Points [J, 3] of the world in the camera's frame. */
export function pointsToCamera(worldToCamera: Float64Array, world: Float32Array): Float32Array {
  const camera = new Float32Array(world.length);
  for (let i = 0; i < world.length; i += 3)
    for (let row = 0; row < 3; row++)
      camera[i + row] =
        (worldToCamera[4 * row] as number) * (world[i] as number) +
        (worldToCamera[4 * row + 1] as number) * (world[i + 1] as number) +
        (worldToCamera[4 * row + 2] as number) * (world[i + 2] as number) +
        (worldToCamera[4 * row + 3] as number);
  return camera;
}

/** An axis-angle orientation in the world as the camera sees it. */
export function orientationToCamera(worldToCamera: Float64Array, axisAngle: Float32Array): Float32Array {
  const rotation = new Float64Array(9);
  for (let row = 0; row < 3; row++) rotation.set(worldToCamera.subarray(4 * row, 4 * row + 3), 3 * row);
  const matrix = new Float64Array(9);
  axisAngleToMatrix(axisAngle, 0, matrix, 0);
  composeRotations(rotation, 0, matrix, 0, matrix, 0);
  const turned = new Float32Array(3);
  matrixToAxisAngle(matrix, 0, turned, 0);
  return turned;
}

/** Where a camera sees points [J, 3] of its own frame, [J, 2] pixels, and 1 for those before it and within the picture. */
export function projectToPicture(
  { focalX, focalY, centreX, centreY }: CameraParameters,
  points: Float32Array,
  widthPixels: number,
  heightPixels: number,
): { readonly pixels: Float32Array; readonly isInside: Float32Array } {
  const count = points.length / 3;
  const pixels = new Float32Array(2 * count);
  const isInside = new Float32Array(count);
  for (let joint = 0; joint < count; joint++) {
    const z = points[3 * joint + 2] as number;
    if (!(z > 0.01)) continue;
    const x = centreX + (focalX * (points[3 * joint] as number)) / z;
    const y = centreY + (focalY * (points[3 * joint + 1] as number)) / z;
    pixels[2 * joint] = x;
    pixels[2 * joint + 1] = y;
    isInside[joint] = x >= 0 && y >= 0 && x < widthPixels && y < heightPixels ? 1 : 0;
  }
  return { pixels, isInside };
}
