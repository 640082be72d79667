import { ImageError } from './image-error.js';

/** A picture: 8-bit sRGB. */
export interface RasterImage {
  readonly width: number;
  readonly height: number;
  /** [height, width, 3], row-major, the top row first: red, green, blue. */
  readonly data: Uint8Array;
}

/** Red, green, blue, 0 to 255. */
export type BackgroundColour = readonly [number, number, number];

export const WHITE: BackgroundColour = [255, 255, 255];

/** Samples of a picture as they come from elsewhere. */
export interface RawPixels {
  /** [height, width, channels]: 8-bit samples, or 16-bit ones in a Uint16Array. */
  readonly data: Uint8Array | Uint8ClampedArray | Uint16Array;
  readonly width: number;
  readonly height: number;
  /** 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA (alpha not premultiplied). */
  readonly channels: 1 | 2 | 3 | 4;
}

/**
 * A picture from raw pixels: grey becomes RGB, 16 bits become 8 (rounded to the nearest), and what is transparent shows
 * the background.
 *
 * @param options.background - behind transparent pixels; default white
 * @throws ImageError (`invalid`) if the sizes do not fit each other
 * @example
 * ```ts
 * import { imageFromPixels } from '@pose-rft/mllm';
 *
 * const grey = imageFromPixels({ data: Uint8Array.of(0, 255), width: 2, height: 1, channels: 1 });
 * console.assert(grey.data.join() === '0,0,0,255,255,255');
 * const clear = imageFromPixels({ data: Uint8Array.of(9, 9, 9, 0), width: 1, height: 1, channels: 4 });
 * console.assert(clear.data.join() === '255,255,255');
 * ```
 */
export function imageFromPixels(
  pixels: RawPixels,
  options: { readonly background?: BackgroundColour } = {},
): RasterImage {
  const { data, width, height, channels } = pixels;
  const { background = WHITE } = options;
  if (!isSize(width) || !isSize(height) || !(channels >= 1 && channels <= 4))
    throw new ImageError(
      'invalid',
      `imageFromPixels: expected width and height above 0 and 1 to 4 channels, found ${width} x ${height} x ${channels}.`,
    );
  if (data.length !== width * height * channels)
    throw new ImageError(
      'invalid',
      `imageFromPixels: ${width} x ${height} pixels of ${channels} channels are ${width * height * channels} samples, ` +
        `found ${data.length}.`,
    );
  if (!background.every((value) => Number.isInteger(value) && value >= 0 && value <= 255))
    throw new ImageError(
      'invalid',
      `imageFromPixels: expected a background of three integers from 0 to 255, found [${background.join(', ')}].`,
    );
  const isGrey = channels < 3;
  const hasAlpha = channels === 2 || channels === 4;
  const largest = data instanceof Uint16Array ? 65_535 : 255;
  const scale = 255 / largest;
  const rgb = new Uint8Array(width * height * 3);
  for (let pixel = 0; pixel < width * height; pixel++) {
    const source = pixel * channels;
    const alpha = hasAlpha ? (data[source + channels - 1] as number) / largest : 1;
    for (let channel = 0; channel < 3; channel++) {
      const sample = (data[source + (isGrey ? 0 : channel)] as number) * scale;
      const behind = background[channel] as number;
      rgb[pixel * 3 + channel] = Math.round(behind + (sample - behind) * alpha);
    }
  }
  return { width, height, data: rgb };
}

/**
 * Checks that a picture's data fit its size.
 *
 * @throws ImageError (`invalid`)
 */
export function checkImage(operation: string, { width, height, data }: RasterImage): void {
  if (isSize(width) && isSize(height) && data.length === 3 * width * height) return;
  throw new ImageError(
    'invalid',
    `${operation}: expected ${width} x ${height} RGB pixels, ${3 * width * height} samples, found ${data.length}.`,
  );
}

export function isSize(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 1;
}
