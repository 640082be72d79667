import { match } from 'ts-pattern';
import { ImageError } from './image-error.js';
import { checkImage, isSize, type RasterImage } from './raster-image.js';

/** An interpolation filter, under Pillow's name. */
export type ResampleFilter = 'box' | 'bilinear' | 'hamming' | 'bicubic' | 'lanczos';

/** Bits behind the binary point of a weight: 8 are for the sample, 2 for sums that overshoot. */
const PRECISION_BITS = 32 - 8 - 2;

/**
 * Resizes a picture as Pillow's `Image.resize` does, to the bit: when it shrinks, the filter is widened by the factor,
 * so that every source pixel counts (antialiasing); weights are fixed-point numbers of 22 bits, and the samples are
 * rounded to 8 bits after the first pass and again after the second one. The horizontal pass comes first, unless the
 * height loses more than twice the pixels that the width does: so since Pillow 13, before it always came first.
 *
 * @param width - of the result, in pixels
 * @param height - of the result, in pixels
 * @throws ImageError (`invalid`) for sizes that are not positive integers
 * @example
 * ```ts
 * import { imageFromPixels, resizeImage } from '@pose-rft/mllm';
 *
 * const image = imageFromPixels({ data: Uint8Array.of(0, 0, 200, 200), width: 2, height: 2, channels: 1 });
 * console.assert(resizeImage(image, 1, 1, 'bilinear').data.join() === '100,100,100');
 * ```
 */
export function resizeImage(
  image: RasterImage,
  width: number,
  height: number,
  filter: ResampleFilter,
): RasterImage {
  checkImage('resizeImage', image);
  if (!isSize(width) || !isSize(height))
    throw new ImageError(
      'invalid',
      `resizeImage: expected a width and height of at least 1 pixel, found ${width} x ${height}.`,
    );
  const rows = (picture: RasterImage): RasterImage =>
    width === picture.width ? picture : resizeRows(picture, width, filter);
  const columns = (picture: RasterImage): RasterImage =>
    height === picture.height ? picture : resizeColumns(picture, height, filter);
  const isVerticalFirst = height < image.height && image.height - height > 2 * (image.width - width);
  return isVerticalFirst ? rows(columns(image)) : columns(rows(image));
}

function resizeRows(image: RasterImage, width: number, filter: ResampleFilter): RasterImage {
  const { starts, counts, weights, stride } = filterWeights(image.width, width, filter);
  const { height, data } = image;
  const resized = new Uint8Array(3 * width * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const count = counts[x] as number;
      let source = 3 * (y * image.width + (starts[x] as number));
      let red = 1 << (PRECISION_BITS - 1);
      let green = red;
      let blue = red;
      for (let tap = x * stride; tap < x * stride + count; tap++, source += 3) {
        const weight = weights[tap] as number;
        red += (data[source] as number) * weight;
        green += (data[source + 1] as number) * weight;
        blue += (data[source + 2] as number) * weight;
      }
      const target = 3 * (y * width + x);
      resized[target] = toByte(red);
      resized[target + 1] = toByte(green);
      resized[target + 2] = toByte(blue);
    }
  return { width, height, data: resized };
}

function resizeColumns(image: RasterImage, height: number, filter: ResampleFilter): RasterImage {
  const { starts, counts, weights, stride } = filterWeights(image.height, height, filter);
  const { width, data } = image;
  const rowLength = 3 * width;
  const resized = new Uint8Array(rowLength * height);
  const sums = new Int32Array(rowLength);
  for (let y = 0; y < height; y++) {
    sums.fill(1 << (PRECISION_BITS - 1));
    const count = counts[y] as number;
    for (let tap = 0; tap < count; tap++) {
      const weight = weights[y * stride + tap] as number;
      const source = ((starts[y] as number) + tap) * rowLength;
      for (let x = 0; x < rowLength; x++)
        sums[x] = (sums[x] as number) + (data[source + x] as number) * weight;
    }
    for (let x = 0; x < rowLength; x++) resized[y * rowLength + x] = toByte(sums[x] as number);
  }
  return { width, height, data: resized };
}

/** The integer part of a fixed-point number, within 0 to 255. */
function toByte(fixedPoint: number): number {
  const value = fixedPoint >> PRECISION_BITS;
  return value < 0 ? 0 : value > 255 ? 255 : value;
}

/** For every target position, the source positions that count and their fixed-point weights. */
interface FilterWeights {
  readonly starts: Int32Array;
  readonly counts: Int32Array;
  /** [to, stride] */
  readonly weights: Int32Array;
  readonly stride: number;
}

function filterWeights(from: number, to: number, filter: ResampleFilter): FilterWeights {
  const { support: filterSupport, weightAt } = filterShape(filter);
  const scale = from / to;
  const widening = Math.max(scale, 1);
  const support = filterSupport * widening;
  const stride = Math.ceil(support) * 2 + 1;
  const starts = new Int32Array(to);
  const counts = new Int32Array(to);
  const weights = new Int32Array(to * stride);
  const exact = new Float64Array(stride);
  for (let target = 0; target < to; target++) {
    const centre = (target + 0.5) * scale;
    const start = Math.max(Math.trunc(centre - support + 0.5), 0);
    const count = Math.min(Math.trunc(centre + support + 0.5), from) - start;
    let total = 0;
    for (let tap = 0; tap < count; tap++) {
      const weight = weightAt((tap + start - centre + 0.5) / widening);
      exact[tap] = weight;
      total += weight;
    }
    for (let tap = 0; tap < count; tap++) {
      const share = total === 0 ? (exact[tap] as number) : (exact[tap] as number) / total;
      weights[target * stride + tap] = Math.trunc(share * 2 ** PRECISION_BITS + (share < 0 ? -0.5 : 0.5));
    }
    starts[target] = start;
    counts[target] = count;
  }
  return { starts, counts, weights, stride };
}

interface FilterShape {
  /** Distance from the centre at which the filter ends, in pixels. */
  readonly support: number;
  /** Not normalised. */
  readonly weightAt: (distance: number) => number;
}

function filterShape(filter: ResampleFilter): FilterShape {
  return match<ResampleFilter, FilterShape>(filter)
    .with('box', () => ({ support: 0.5, weightAt: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) }))
    .with('bilinear', () => ({ support: 1, weightAt: (x) => Math.max(1 - Math.abs(x), 0) }))
    .with('hamming', () => ({ support: 1, weightAt: hamming }))
    .with('bicubic', () => ({ support: 2, weightAt: cubic }))
    .with('lanczos', () => ({ support: 3, weightAt: (x) => (x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0) }))
    .exhaustive();
}

function hamming(distance: number): number {
  const x = Math.abs(distance);
  if (x >= 1) return 0;
  return sinc(x) * (0.54 + 0.46 * Math.cos(x * Math.PI));
}

/** R. G. Keys' cubic convolution (1981) with a = -0.5. */
function cubic(distance: number): number {
  const a = -0.5;
  const x = Math.abs(distance);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * a;
  return 0;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI);
}
