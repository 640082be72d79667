import type { RasterImage } from '@pose-rft/mllm';
import { syntheticBody } from '@pose-rft/smpl';
import { renderBody, type Camera } from '@pose-rft/smpl/render';

/** How much of the body's colour covers the photograph: what is behind it can still be made out. */
const OPACITY = 0.75;
const SURFACE = [0.36, 0.62, 0.86] as const;

/**
 * A posed body drawn over the photograph that it is of.
 *
 * @param pose6d - [144], the root as the camera sees it
 * @param camera - of that photograph, in the pose's axes
 */
export function drawOverPhotograph(
  photograph: RasterImage,
  pose6d: Float32Array,
  camera: Camera,
): RasterImage {
  const { width, height, data: behind } = photograph;
  const { rgb, silhouette } = renderBody(syntheticBody(), pose6d, {
    camera,
    width,
    height,
    backgroundPicture: behind,
    surface: SURFACE,
    ground: 'none',
  });
  const data = Uint8Array.from(behind);
  for (let pixel = 0; pixel < width * height; pixel++) {
    if (silhouette[pixel] === 0) continue;
    for (let at = 3 * pixel; at < 3 * pixel + 3; at++)
      data[at] = Math.round((1 - OPACITY) * (behind[at] as number) + OPACITY * (rgb[at] as number));
  }
  return { width, height, data };
}

/** Pictures of equal height beside each other. */
export function besideEachOther(pictures: readonly RasterImage[]): RasterImage {
  const width = pictures.reduce((sum, picture) => sum + picture.width, 0);
  const height = Math.max(0, ...pictures.map((picture) => picture.height));
  const data = new Uint8Array(3 * width * height).fill(255);
  let left = 0;
  for (const picture of pictures) {
    for (let y = 0; y < picture.height; y++)
      data.set(
        picture.data.subarray(3 * y * picture.width, 3 * (y + 1) * picture.width),
        3 * (y * width + left),
      );
    left += picture.width;
  }
  return { width, height, data };
}
