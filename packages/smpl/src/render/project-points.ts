import { assertRange, type RealArray } from '../real-array.js';
import { cameraAxes, type Camera } from './camera.js';

/**
 * Where a camera sees points: 2D key points that fit the pictures of `renderBody` and `renderMesh`.
 *
 * @param points - metres, [N*3] from `pointsOffset`
 * @param pixels - written from `pixelsOffset`, [N*3]: x to the right and y down in pixels, (0, 0) the picture's top left
 * corner and not the first pixel's centre; then the depth along the view, metres. Behind the camera, where the depth is
 * not positive, x and y are NaN.
 * @throws ArrayRangeError, CameraError
 * @example
 * ```ts
 * import { FRONT_VIEW, frameCamera, projectPoints } from '@pose-rft/smpl/render';
 *
 * const points = Float32Array.of(-1, 0, 0, 1, 0, 0);
 * const pixels = new Float32Array(6);
 * projectPoints(points, 0, 2, frameCamera(points, FRONT_VIEW), { width: 100, height: 100 }, pixels, 0);
 * console.assert((pixels[0] ?? 0) < 50 && (pixels[3] ?? 0) > 50);
 * ```
 */
export function projectPoints(
  points: RealArray,
  pointsOffset: number,
  pointCount: number,
  camera: Camera,
  picture: { readonly width: number; readonly height: number },
  pixels: RealArray,
  pixelsOffset: number,
): void {
  assertRange(points, pointsOffset, pointCount * 3, 'The points to project');
  assertRange(pixels, pixelsOffset, pointCount * 3, 'The pixels');
  const { right, up, back } = cameraAxes(camera);
  const { eye } = camera;
  const focalPixels = picture.height / 2 / Math.tan(camera.fieldOfViewRadians / 2);
  for (let point = 0; point < pointCount; point++) {
    const from = pointsOffset + point * 3;
    const to = pixelsOffset + point * 3;
    const x = (points[from] as number) - eye[0];
    const y = (points[from + 1] as number) - eye[1];
    const z = (points[from + 2] as number) - eye[2];
    const depth = -(x * back[0] + y * back[1] + z * back[2]);
    const scale = depth > 0 ? focalPixels / depth : NaN;
    pixels[to] = picture.width / 2 + scale * (x * right[0] + y * right[1] + z * right[2]);
    pixels[to + 1] = picture.height / 2 - scale * (x * up[0] + y * up[1] + z * up[2]);
    pixels[to + 2] = depth;
  }
}
