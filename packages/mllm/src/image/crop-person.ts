import { IMAGENET_NORMALISATION } from './image-preprocessing.js';
import { ImageError } from './image-error.js';
import type { PixelValues } from './pixel-values.js';
import { checkImage, isSize, type RasterImage } from './raster-image.js';

/** A box in pixels: left and top edge, right and bottom edge. */
export interface PersonBox {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export interface PersonCropOptions {
  /** Height and width of the crop; HMR2.0 takes 256. */
  readonly pixels?: number;
  /** Width over height that the box is widened or heightened to before it becomes a square; HMR2.0's 192 / 256. */
  readonly aspectRatio?: number;
}

/** Shrinking by less is done without a blur. */
const SHARP_SHRINKING = 1.1;

/**
 * The square around a person that HMR2.0's vision transformer takes: the box is grown to 3 : 4 about its middle, then
 * to a square of its longer edge, which is sampled bilinearly (black outside the picture) and normalised by ImageNet's
 * mean and standard deviation. A picture that shrinks to less than 1 / 2.2 is blurred before (Gaussian, standard
 * deviation (shrinking / 2 - 1) / 2 pixels, cut off at 4 of them; edges repeated). Source coordinates are rounded to
 * 1/32 pixel as OpenCV 4 rounds them, with which HMR2.0 was trained (OpenCV 5 does not any more).
 *
 * @param box - by default the whole picture
 * @throws ImageError (`invalid`) for a box without area or options that make no sense
 * @example
 * ```ts
 * import { cropPerson, imageFromPixels } from '@pose-rft/mllm';
 *
 * const image = imageFromPixels({ data: new Uint8Array(300 * 400 * 3), width: 300, height: 400, channels: 3 });
 * const crop = cropPerson(image, { left: 100, top: 50, right: 200, bottom: 350 });
 * console.assert(crop.width === 256 && crop.height === 256);
 * ```
 */
export function cropPerson(
  image: RasterImage,
  box: PersonBox = { left: 0, top: 0, right: image.width, bottom: image.height },
  options: PersonCropOptions = {},
): PixelValues {
  checkImage('cropPerson', image);
  const { pixels = 256, aspectRatio = 192 / 256 } = options;
  const boxWidth = box.right - box.left;
  const boxHeight = box.bottom - box.top;
  const isBox = boxWidth > 0 && boxHeight > 0 && Number.isFinite(boxWidth) && Number.isFinite(boxHeight);
  if (!isBox || !isSize(pixels) || !(aspectRatio > 0 && aspectRatio < Infinity))
    throw new ImageError(
      'invalid',
      `cropPerson: expected a box with left < right and top < bottom, pixels and an aspect ratio above 0, found ` +
        `${JSON.stringify(box)}, ${pixels} pixels, aspect ratio ${aspectRatio}.`,
    );
  const edge = Math.max(
    boxWidth,
    boxHeight,
    boxWidth / boxHeight > aspectRatio ? boxWidth / aspectRatio : boxHeight * aspectRatio,
  );
  const scale = edge / pixels;
  // Source coordinates of the first target pixel, in pixel indices.
  const firstX = (box.left + box.right) / 2 - edge / 2;
  const firstY = (box.top + box.bottom) / 2 - edge / 2;
  const isBlurred = scale / 2 > SHARP_SHRINKING;
  const source = isBlurred
    ? blurredWindow(image, (scale / 2 - 1) / 2, { firstX, firstY, edge })
    : { left: 0, top: 0, width: image.width, height: image.height, data: image.data };
  const { mean, standardDeviation } = IMAGENET_NORMALISATION;
  const values = new Float32Array(3 * pixels * pixels);
  const rgb = new Float64Array(3);
  for (let y = 0; y < pixels; y++) {
    const sourceY = sourceCoordinate(firstY, scale, y) - source.top;
    for (let x = 0; x < pixels; x++) {
      sampleBilinear(source, sourceCoordinate(firstX, scale, x) - source.left, sourceY, rgb);
      for (let channel = 0; channel < 3; channel++) {
        const sampled = rgb[channel] as number;
        // As the reference: samples of a sharp picture are bytes.
        const sample = isBlurred ? sampled : Math.round(sampled);
        values[(channel * pixels + y) * pixels + x] =
          (sample - 255 * (mean[channel] as number)) / (255 * (standardDeviation[channel] as number));
      }
    }
  }
  return { data: values, channelCount: 3, height: pixels, width: pixels };
}

/** Where a target pixel comes from: fixed-point numbers of 10 bits, added and cut to 5. */
function sourceCoordinate(first: number, scale: number, target: number): number {
  return Math.floor((Math.round(first * 1024) + Math.round(scale * target * 1024) + 16) / 32) / 32;
}

/** A part of a picture: interleaved RGB samples of any kind. */
interface Samples {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array | Float64Array;
}

/** Between the four samples around a place, for each channel; 0 outside. */
function sampleBilinear({ width, height, data }: Samples, x: number, y: number, rgb: Float64Array): void {
  const column = Math.floor(x);
  const row = Math.floor(y);
  const right = x - column;
  const below = y - row;
  const hasLeft = column >= 0 && column < width;
  const hasRight = column >= -1 && column < width - 1;
  const hasUpper = row >= 0 && row < height;
  const hasLower = row >= -1 && row < height - 1;
  const first = 3 * (row * width + column);
  const second = first + 3 * width;
  for (let channel = 0; channel < 3; channel++) {
    const upperLeft = hasUpper && hasLeft ? (data[first + channel] as number) : 0;
    const upperRight = hasUpper && hasRight ? (data[first + 3 + channel] as number) : 0;
    const lowerLeft = hasLower && hasLeft ? (data[second + channel] as number) : 0;
    const lowerRight = hasLower && hasRight ? (data[second + 3 + channel] as number) : 0;
    const upper = upperLeft * (1 - right) + upperRight * right;
    const lower = lowerLeft * (1 - right) + lowerRight * right;
    rgb[channel] = upper * (1 - below) + lower * below;
  }
}

/** The part of a picture that a crop samples, blurred: first along columns, then along rows. */
function blurredWindow(
  image: RasterImage,
  standardDeviation: number,
  crop: { readonly firstX: number; readonly firstY: number; readonly edge: number },
): Samples {
  const radius = Math.floor(4 * standardDeviation + 0.5);
  const weights = gaussianWeights(standardDeviation, radius);
  const within = (value: number, limit: number): number => Math.min(Math.max(value, 0), limit);
  const left = within(Math.floor(crop.firstX), image.width);
  const right = within(Math.ceil(crop.firstX + crop.edge) + 1, image.width);
  const top = within(Math.floor(crop.firstY), image.height);
  const bottom = within(Math.ceil(crop.firstY + crop.edge) + 1, image.height);
  const width = Math.max(right - left, 0);
  const height = Math.max(bottom - top, 0);
  // Blurred vertically, with the columns to either side that the horizontal blur needs.
  const firstColumn = left - radius;
  const columnCount = width + 2 * radius;
  const vertical = new Float64Array(3 * columnCount * height);
  for (let y = 0; y < height; y++)
    for (let tap = -radius; tap <= radius; tap++) {
      const weight = weights[tap + radius] as number;
      const row = 3 * image.width * within(top + y + tap, image.height - 1);
      for (let x = 0; x < columnCount; x++) {
        const source = row + 3 * within(firstColumn + x, image.width - 1);
        const target = 3 * (y * columnCount + x);
        for (let channel = 0; channel < 3; channel++)
          vertical[target + channel] =
            (vertical[target + channel] as number) + weight * (image.data[source + channel] as number);
      }
    }
  const data = new Float64Array(3 * width * height);
  for (let y = 0; y < height; y++)
    for (let index = 0; index < 3 * width; index++) {
      let sum = 0;
      for (let tap = 0; tap < weights.length; tap++)
        sum += (weights[tap] as number) * (vertical[3 * y * columnCount + index + 3 * tap] as number);
      data[3 * y * width + index] = sum;
    }
  return { left, top, width, height, data };
}

/** [2 * radius + 1], summing to 1. */
function gaussianWeights(standardDeviation: number, radius: number): Float64Array {
  const weights = Float64Array.from({ length: 2 * radius + 1 }, (_, index) =>
    Math.exp(-0.5 * ((index - radius) / standardDeviation) ** 2),
  );
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}
