import type { PixelValues } from '../image/pixel-values.js';
import { patchGrid, type VisionTransformerConfig } from './vision-config.js';

/** Thrown for pictures that a tower cannot take. */
export class VisionInputError extends Error {
  override readonly name = 'VisionInputError';
}

/** Numbers in one patch. */
export function patchLength(config: VisionTransformerConfig): number {
  return config.channelCount * config.patchSize * config.patchSize;
}

/**
 * Cuts pictures into the patches that a convolution of the tower's patch size, stride and padding sees, so that the
 * patch embedding is one matrix product (whose gradients every backend has).
 *
 * @param images - each of the configured size; side columns that the tower leaves out are left out here
 * @returns [images * rows * columns, channels * patchSize * patchSize] row-major: the numbers of a patch in the order
 *   of a convolution's weights, (channel, row, column); zeros where a patch reaches over the edge
 * @throws VisionInputError if a picture has another size
 */
export function cutPatches(config: VisionTransformerConfig, images: readonly PixelValues[]): Float32Array {
  const { patchSize, patchPaddingPixels, sideCropPixels, channelCount } = config;
  const { rows, columns } = patchGrid(config);
  const { imageHeight, imageWidth } = config;
  const patches = new Float32Array(images.length * rows * columns * patchLength(config));
  // The columns of the picture that patches may see.
  const firstColumn = sideCropPixels;
  const endColumn = imageWidth - sideCropPixels;
  let target = 0;
  images.forEach((image, index) => {
    checkSize(config, image, index);
    const { data } = image;
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++) {
        const top = row * patchSize - patchPaddingPixels;
        const left = firstColumn + column * patchSize - patchPaddingPixels;
        const from = Math.max(left, firstColumn);
        const end = Math.min(left + patchSize, endColumn);
        for (let channel = 0; channel < channelCount; channel++)
          for (let y = top; y < top + patchSize; y++, target += patchSize) {
            if (y < 0 || y >= imageHeight) continue;
            const start = (channel * imageHeight + y) * imageWidth;
            for (let x = from; x < end; x++) patches[target + x - left] = data[start + x] as number;
          }
      }
  });
  return patches;
}

function checkSize(config: VisionTransformerConfig, image: PixelValues, index: number): void {
  const { channelCount, imageHeight, imageWidth } = config;
  const { channelCount: channels, height, width, data } = image;
  const fits =
    channels === channelCount &&
    height === imageHeight &&
    width === imageWidth &&
    data.length === channelCount * imageHeight * imageWidth;
  if (!fits)
    throw new VisionInputError(
      `vision tower: expected picture ${index} to be [${channelCount}, ${imageHeight}, ${imageWidth}], found ` +
        `[${channels}, ${height}, ${width}] with ${data.length} numbers; preprocess it for this tower.`,
    );
}
