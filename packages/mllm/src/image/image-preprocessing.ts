import { match } from 'ts-pattern';
import { ImageError } from './image-error.js';
import type { PixelValues } from './pixel-values.js';
import { checkImage, isSize, type BackgroundColour, type RasterImage } from './raster-image.js';
import { resizeImage, type ResampleFilter } from './resize-image.js';

/** Three numbers, of red, green and blue. */
export type ChannelTriple = readonly [number, number, number];

/** The size to which a picture is resized. */
export type ResizeTarget =
  /** The shorter edge gets this length, the longer one in proportion, rounded down. */
  | { readonly kind: 'shortest edge'; readonly pixels: number }
  | { readonly kind: 'exact'; readonly width: number; readonly height: number };

/** How a picture becomes the numbers that a tower takes. The steps run in this order. */
export interface ImagePreprocessing {
  /** Bars that make the picture square, in this colour; undefined: none. */
  readonly padToSquare?: BackgroundColour | undefined;
  readonly resize?: { readonly to: ResizeTarget; readonly filter: ResampleFilter } | undefined;
  /** The middle of the picture; black where it does not reach. */
  readonly centreCrop?: { readonly width: number; readonly height: number } | undefined;
  /** What a sample is multiplied by; 1/255 brings it to [0, 1]. */
  readonly rescaleFactor: number;
  /** Subtracted after rescaling. */
  readonly mean: ChannelTriple;
  /** Divided by afterwards. */
  readonly standardDeviation: ChannelTriple;
}

/** Mean and standard deviation of OpenAI's CLIP. */
export const CLIP_NORMALISATION = {
  mean: [0.48145466, 0.4578275, 0.40821073],
  standardDeviation: [0.26862954, 0.26130258, 0.27577711],
} as const;

/** Mean and standard deviation of ImageNet, which HMR2.0 uses. */
export const IMAGENET_NORMALISATION = {
  mean: [0.485, 0.456, 0.406],
  standardDeviation: [0.229, 0.224, 0.225],
} as const;

/** SigLIP's: [0, 1] becomes [-1, 1]. */
export const SIGLIP_NORMALISATION = {
  mean: [0.5, 0.5, 0.5],
  standardDeviation: [0.5, 0.5, 0.5],
} as const;

/**
 * CLIP's preprocessing for a square tower: the shorter edge to `pixels` (bicubic), the middle, normalised.
 *
 * @param options.padToSquare - LLaVA-1.5's way: nothing is cropped away, bars of the mean colour are added
 */
export function clipPreprocessing(
  pixels: number,
  options: { readonly padToSquare?: boolean } = {},
): ImagePreprocessing {
  return {
    padToSquare: options.padToSquare === true ? meanColour(CLIP_NORMALISATION.mean) : undefined,
    resize: { to: { kind: 'shortest edge', pixels }, filter: 'bicubic' },
    centreCrop: { width: pixels, height: pixels },
    rescaleFactor: 1 / 255,
    ...CLIP_NORMALISATION,
  };
}

/** SigLIP's preprocessing for a square tower: stretched to `pixels` (bicubic), normalised. */
export function siglipPreprocessing(pixels: number): ImagePreprocessing {
  return {
    resize: { to: { kind: 'exact', width: pixels, height: pixels }, filter: 'bicubic' },
    rescaleFactor: 1 / 255,
    ...SIGLIP_NORMALISATION,
  };
}

/** The colour of LLaVA's bars: the mean, as bytes rounded down. */
export function meanColour(mean: ChannelTriple): BackgroundColour {
  const [red, green, blue] = mean;
  return [Math.trunc(red * 255), Math.trunc(green * 255), Math.trunc(blue * 255)];
}

/**
 * Preprocesses a picture: equal to Hugging Face's CLIPImageProcessor, SiglipImageProcessor and LlavaImageProcessor
 * (those on Pillow), float32 operation by operation.
 *
 * @throws ImageError (`invalid`) for a picture whose data do not fit its size, or settings that make no sense
 * @example
 * ```ts
 * import { clipPreprocessing, imageFromPixels, preprocessImage } from '@pose-rft/mllm';
 *
 * const image = imageFromPixels({ data: new Uint8Array(40 * 30).fill(128), width: 40, height: 30, channels: 1 });
 * const pixels = preprocessImage(image, clipPreprocessing(16, { padToSquare: true }));
 * console.assert(pixels.data.length === 3 * 16 * 16);
 * ```
 */
export function preprocessImage(image: RasterImage, preprocessing: ImagePreprocessing): PixelValues {
  checkImage('preprocessImage', image);
  const { padToSquare, resize, centreCrop } = preprocessing;
  let picture = image;
  if (padToSquare !== undefined) picture = squareWithBars(picture, padToSquare);
  if (resize !== undefined) {
    const { width, height } = resizedSize(picture, resize.to);
    picture = resizeImage(picture, width, height, resize.filter);
  }
  if (centreCrop !== undefined) picture = cropCentre(picture, centreCrop.width, centreCrop.height);
  return normaliseImage(picture, preprocessing);
}

/**
 * Adds equal bars above and below, or left and right, until a picture is square; an odd row or column more goes below
 * or to the right.
 */
export function squareWithBars(image: RasterImage, colour: BackgroundColour): RasterImage {
  const { width, height } = image;
  if (width === height) return image;
  const size = Math.max(width, height);
  const left = Math.floor((size - width) / 2);
  const top = Math.floor((size - height) / 2);
  const data = new Uint8Array(3 * size * size);
  for (let index = 0; index < data.length; index++) data[index] = colour[index % 3] as number;
  for (let y = 0; y < height; y++)
    data.set(image.data.subarray(3 * y * width, 3 * (y + 1) * width), 3 * ((top + y) * size + left));
  return { width: size, height: size, data };
}

/** The middle of a picture, black where the picture does not reach. */
export function cropCentre(image: RasterImage, width: number, height: number): RasterImage {
  if (!isSize(width) || !isSize(height))
    throw new ImageError(
      'invalid',
      `cropCentre: expected a width and height of at least 1 pixel, found ${width} x ${height}.`,
    );
  // Hugging Face rounds the first row down whether the picture is larger or, after padding, smaller.
  const left = Math.floor((image.width - width) / 2);
  const top = Math.floor((image.height - height) / 2);
  const data = new Uint8Array(3 * width * height);
  const first = Math.max(left, 0);
  const end = Math.min(left + width, image.width);
  for (let y = Math.max(top, 0); y < Math.min(top + height, image.height); y++)
    data.set(
      image.data.subarray(3 * (y * image.width + first), 3 * (y * image.width + end)),
      3 * ((y - top) * width + first - left),
    );
  return { width, height, data };
}

/** Rescales and normalises bytes: [height, width, 3] becomes float32 [3, height, width]. */
export function normaliseImage(
  image: RasterImage,
  settings: Pick<ImagePreprocessing, 'rescaleFactor' | 'mean' | 'standardDeviation'>,
): PixelValues {
  const { width, height, data } = image;
  const { rescaleFactor, mean, standardDeviation } = settings;
  if (![rescaleFactor, ...mean, ...standardDeviation].every(Number.isFinite) || standardDeviation.includes(0))
    throw new ImageError(
      'invalid',
      `normaliseImage: expected finite numbers and standard deviations other than 0, found factor ${rescaleFactor}, ` +
        `mean [${mean.join(', ')}], standard deviation [${standardDeviation.join(', ')}].`,
    );
  const pixelCount = width * height;
  const values = new Float32Array(3 * pixelCount);
  const table = new Float32Array(256);
  for (let channel = 0; channel < 3; channel++) {
    const centre = Math.fround(mean[channel] as number);
    const spread = Math.fround(standardDeviation[channel] as number);
    for (let byte = 0; byte < 256; byte++)
      table[byte] = Math.fround(Math.fround(byte * rescaleFactor) - centre) / spread;
    for (let pixel = 0; pixel < pixelCount; pixel++)
      values[channel * pixelCount + pixel] = table[data[3 * pixel + channel] as number] as number;
  }
  return { data: values, channelCount: 3, height, width };
}

/** The size that a picture is resized to. */
function resizedSize(
  image: RasterImage,
  target: ResizeTarget,
): { readonly width: number; readonly height: number } {
  return match(target)
    .with({ kind: 'exact' }, ({ width, height }) => ({ width, height }))
    .with({ kind: 'shortest edge' }, ({ pixels }) => {
      const short = Math.min(image.width, image.height);
      const long = Math.max(image.width, image.height);
      const resized = Math.trunc((pixels * long) / short);
      return image.width <= image.height
        ? { width: pixels, height: resized }
        : { width: resized, height: pixels };
    })
    .exhaustive();
}
