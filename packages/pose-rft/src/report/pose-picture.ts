import { syntheticBody } from '@pose-rft/smpl';
import { encodePng, renderBody } from '@pose-rft/smpl/render';

/** A portrait of a posed body as a PNG file: three-quarter view, soft light, a shadow on the ground. */
export function posePicture(
  pose6d: Float32Array,
  size: { readonly width: number; readonly height: number } = { width: 300, height: 400 },
): Uint8Array {
  const { rgb, width, height } = renderBody(syntheticBody(), pose6d, size);
  return encodePng(rgb, width, height);
}

/** The pose with its root upright and facing the camera: how a pose without a viewpoint is shown. */
export function inBodyFrame(pose6d: Float32Array): Float32Array {
  const upright = Float32Array.from(pose6d);
  upright.set([1, 0, 0, 0, 1, 0]);
  return upright;
}
