import { IMAGENET_NORMALISATION, type PixelValues, type RasterImage } from '@pose-rft/mllm';
import { CROP_PIXELS } from './crop-size.js';

const PIXELS = CROP_PIXELS * CROP_PIXELS;
const { mean: MEAN, standardDeviation: STANDARD_DEVIATION } = IMAGENET_NORMALISATION;

/** A crop's bytes before they were normalised, [3, 128, 128]: a quarter of the memory, and exact for crops without blur. */
export function pixelsToBytes({ data }: PixelValues): Uint8Array {
  const bytes = new Uint8Array(data.length);
  for (let index = 0; index < data.length; index++) {
    const channel = Math.floor(index / PIXELS);
    const share =
      (data[index] as number) * (STANDARD_DEVIATION[channel] as number) + (MEAN[channel] as number);
    bytes[index] = Math.round(255 * share);
  }
  return bytes;
}

/** What happens to the colours of a crop in training: a gain and an offset, in shares of full brightness, a channel. */
export interface ColourShift {
  readonly gains: readonly [number, number, number];
  readonly offsets: readonly [number, number, number];
}

const UNCHANGED: ColourShift = { gains: [1, 1, 1], offsets: [0, 0, 0] };

/** A crop as a tower takes it, normalised by ImageNet's mean and deviation; mirrored and recoloured if asked. */
export function bytesToPixels(
  bytes: Uint8Array,
  options: { readonly isMirrored?: boolean; readonly colours?: ColourShift } = {},
): PixelValues {
  const { isMirrored = false, colours = UNCHANGED } = options;
  const data = new Float32Array(3 * PIXELS);
  for (let channel = 0; channel < 3; channel++) {
    const deviation = STANDARD_DEVIATION[channel] as number;
    const factor = (colours.gains[channel] as number) / (255 * deviation);
    const offset = ((colours.offsets[channel] as number) - (MEAN[channel] as number)) / deviation;
    for (let y = 0; y < CROP_PIXELS; y++) {
      const row = (channel * CROP_PIXELS + y) * CROP_PIXELS;
      for (let x = 0; x < CROP_PIXELS; x++)
        data[row + x] = factor * (bytes[row + (isMirrored ? CROP_PIXELS - 1 - x : x)] as number) + offset;
    }
  }
  return { data, channelCount: 3, height: CROP_PIXELS, width: CROP_PIXELS };
}

/** A crop as a picture: rows of pixels instead of three planes. */
export function bytesToImage(bytes: Uint8Array): RasterImage {
  const data = new Uint8Array(3 * PIXELS);
  for (let pixel = 0; pixel < PIXELS; pixel++)
    for (let channel = 0; channel < 3; channel++)
      data[3 * pixel + channel] = bytes[channel * PIXELS + pixel] as number;
  return { width: CROP_PIXELS, height: CROP_PIXELS, data };
}
