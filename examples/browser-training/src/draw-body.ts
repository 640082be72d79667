import { syntheticBody } from '@pose-rft/smpl';
import { renderBody } from '@pose-rft/smpl/render';

const body = syntheticBody();

/** Draws a posed body on a canvas of its size: three-quarter view, soft light. */
export function drawBody(canvas: HTMLCanvasElement, pose6d: Float32Array): void {
  const { rgb, width, height } = renderBody(body, pose6d, { width: canvas.width, height: canvas.height });
  const pixels = new ImageData(width, height);
  for (let pixel = 0; pixel < width * height; pixel++) {
    pixels.data.set(rgb.subarray(3 * pixel, 3 * pixel + 3), 4 * pixel);
    pixels.data[4 * pixel + 3] = 255;
  }
  canvas.getContext('2d')?.putImageData(pixels, 0, 0);
}
