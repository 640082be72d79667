import { assertRange, type RealArray } from '../real-array.js';

/** A pinhole camera's intrinsics, in pixels; square pixels, no skew. */
export interface Intrinsics {
  readonly focalPixels: number;
  /** [x, y] of the principal point. */
  readonly centrePixels: readonly [number, number];
}

/** Thrown when a camera's numbers make no camera, or a point lies behind it. */
export class ProjectionError extends Error {
  override readonly name = 'ProjectionError';
}

/**
 * Projects `count` points in the frame `opencv-camera` (metres; x right, y down, z into the scene) to pixels.
 *
 * @param pixels - receives [count, 2]: x to the right, y down
 * @throws ArrayRangeError if an array is too short
 * @throws ProjectionError if the focal length is not positive, or a point is not in front of the camera
 * @example
 * ```ts
 * import { projectPinhole } from '@pose-rft/smpl';
 *
 * const pixels = new Float64Array(2);
 * projectPinhole(Float64Array.of(0.5, -0.25, 2), 0, 1, { focalPixels: 400, centrePixels: [128, 128] }, pixels, 0);
 * console.assert(pixels.join() === '228,78');
 * ```
 */
export function projectPinhole(
  points: RealArray,
  pointsOffset: number,
  count: number,
  intrinsics: Intrinsics,
  pixels: RealArray,
  pixelsOffset: number,
): void {
  const { focalPixels, centrePixels } = intrinsics;
  assertRange(points, pointsOffset, 3 * count, 'The points');
  assertRange(pixels, pixelsOffset, 2 * count, 'The pixels');
  assertPositive(focalPixels, 'focalPixels');
  for (let index = 0; index < count; index++) {
    const at = pointsOffset + 3 * index;
    const depth = points[at + 2] as number;
    if (!(depth > 0)) {
      throw new ProjectionError(
        `Point ${index} has depth z = ${depth}. In the frame opencv-camera, z is positive in front of the camera: change ` +
          'the frame, or move the body away from the camera.',
      );
    }
    const out = pixelsOffset + 2 * index;
    pixels[out] = centrePixels[0] + (focalPixels * (points[at] as number)) / depth;
    pixels[out + 1] = centrePixels[1] + (focalPixels * (points[at + 1] as number)) / depth;
  }
}

/**
 * The translation [x, y, z] in metres, in the frame `opencv-camera`, that a weak-perspective camera (s, tx, ty) of HMR and
 * its descendants stands for: x = tx, y = ty, z = 2 f / (s * size), for an image crop of `cropPixels` on a side in which
 * [-1, 1] spans the crop.
 *
 * @throws ProjectionError if the scale, the focal length or the crop's size is not positive
 */
export function weakPerspectiveToTranslation(
  scale: number,
  shiftX: number,
  shiftY: number,
  focalPixels: number,
  cropPixels: number,
): readonly [number, number, number] {
  assertPositive(scale, 'scale');
  assertPositive(focalPixels, 'focalPixels');
  assertPositive(cropPixels, 'cropPixels');
  return [shiftX, shiftY, (2 * focalPixels) / (scale * cropPixels)];
}

function assertPositive(value: number, what: string): void {
  if (value > 0 && value < Infinity) return;
  throw new ProjectionError(`${what} is ${value}. It must be a positive number.`);
}
