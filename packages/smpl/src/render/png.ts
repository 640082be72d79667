import { zlibSync } from 'fflate';
import { crc32 } from '../files/crc32.js';

/** Thrown when pixels do not fit the size they are said to have. */
export class PngEncodeError extends Error {
  override readonly name = 'PngEncodeError';
}

/** How hard to compress: 0 stores, 9 is smallest and slowest. */
export interface PngOptions {
  readonly level?: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9;
}

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const COLOUR_TYPES: Readonly<Record<number, number>> = { 1: 0, 3: 2, 4: 6 };

/**
 * Encodes pixels of 8 or 16 bits as a PNG file (ISO/IEC 15948). The colour type follows from the number of channels a
 * pixel: 1 is grey, 3 RGB, 4 RGBA. Each row takes whichever of PNG's five filters has the smallest sum of absolute
 * residuals.
 *
 * @param pixels - [height, width, channels] row-major, top row first; 16-bit samples in a Uint16Array
 * @param width - pixels, at least 1
 * @param height - pixels, at least 1
 * @throws PngEncodeError if `pixels.length` is not width * height * 1, 3 or 4
 * @example
 * ```ts
 * import { encodePng } from '@pose-rft/smpl/render';
 *
 * const red = encodePng(new Uint8Array([255, 0, 0]), 1, 1);
 * console.assert(String.fromCharCode(...red.subarray(1, 4)) === 'PNG');
 * ```
 */
export function encodePng(
  pixels: Uint8Array | Uint16Array,
  width: number,
  height: number,
  options: PngOptions = {},
): Uint8Array {
  if (!Number.isInteger(width) || !Number.isInteger(height) || width < 1 || height < 1)
    throw new PngEncodeError(
      `encodePng: width and height must be positive integers, found ${width} x ${height}`,
    );
  const channels = pixels.length / (width * height);
  const colourType = COLOUR_TYPES[channels];
  if (colourType === undefined)
    throw new PngEncodeError(
      `encodePng: ${width} x ${height} pixels need ${width * height} samples times 1 (grey), 3 (RGB) or 4 (RGBA) ` +
        `channels, found ${pixels.length} samples`,
    );
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header[8] = pixels.BYTES_PER_ELEMENT * 8;
  header[9] = colourType;
  const bytes = pixels instanceof Uint16Array ? bigEndian(pixels) : pixels;
  const pixelBytes = channels * pixels.BYTES_PER_ELEMENT;
  const data = zlibSync(filterRows(bytes, width * pixelBytes, height, pixelBytes), {
    level: options.level ?? 6,
  });
  const chunks = [chunk('IHDR', header), chunk('IDAT', data), chunk('IEND', new Uint8Array(0))];
  const file = new Uint8Array(chunks.reduce((sum, part) => sum + part.length, SIGNATURE.length));
  file.set(SIGNATURE);
  let offset = SIGNATURE.length;
  for (const part of chunks) {
    file.set(part, offset);
    offset += part.length;
  }
  return file;
}

/** PNG stores the high byte of a sample first. */
function bigEndian(samples: Uint16Array): Uint8Array {
  const bytes = new Uint8Array(samples.length * 2);
  samples.forEach((sample, i) => {
    bytes[i * 2] = sample >> 8;
    bytes[i * 2 + 1] = sample & 255;
  });
  return bytes;
}

/** Prefixes every row with its filter type (0 none, 1 sub, 2 up, 3 average, 4 Paeth) and the filtered bytes. */
function filterRows(pixels: Uint8Array, stride: number, height: number, pixelBytes: number): Uint8Array {
  const filtered = new Uint8Array(height * (stride + 1));
  // Each row is read with a row of zeros above the first and a pixel of zeros to the left.
  const row = new Uint8Array(pixelBytes + stride);
  const above = new Uint8Array(pixelBytes + stride);
  for (let y = 0; y < height; y++) {
    row.set(pixels.subarray(y * stride, (y + 1) * stride), pixelBytes);
    const filter = bestFilter(row, above, pixelBytes);
    const start = y * (stride + 1);
    filtered[start] = filter;
    for (let i = 0; i < stride; i++)
      filtered[start + 1 + i] =
        (row[pixelBytes + i] as number) -
        predict(filter, row[i] as number, above[pixelBytes + i] as number, above[i] as number);
    above.set(row);
  }
  return filtered;
}

/** The filter with the smallest sum of residuals, each taken as a signed byte. */
function bestFilter(row: Uint8Array, above: Uint8Array, pixelBytes: number): number {
  let none = 0;
  let sub = 0;
  let up = 0;
  let average = 0;
  let paeth = 0;
  for (let i = pixelBytes; i < row.length; i++) {
    const value = row[i] as number;
    const a = row[i - pixelBytes] as number;
    const b = above[i] as number;
    none += Math.abs((value << 24) >> 24);
    sub += Math.abs(((value - a) << 24) >> 24);
    up += Math.abs(((value - b) << 24) >> 24);
    average += Math.abs(((value - ((a + b) >> 1)) << 24) >> 24);
    paeth += Math.abs(((value - paethPredictor(a, b, above[i - pixelBytes] as number)) << 24) >> 24);
  }
  const sums = [none, sub, up, average, paeth];
  return sums.indexOf(Math.min(...sums));
}

function predict(filter: number, a: number, b: number, c: number): number {
  if (filter === 0) return 0;
  if (filter === 1) return a;
  if (filter === 2) return b;
  if (filter === 3) return (a + b) >> 1;
  return paethPredictor(a, b, c);
}

/** Of left, above and above left, the one nearest to left + above - above left. */
function paethPredictor(a: number, b: number, c: number): number {
  const fromA = Math.abs(b - c);
  const fromB = Math.abs(a - c);
  const fromC = Math.abs(a + b - c - c);
  if (fromA <= fromB && fromA <= fromC) return a;
  return fromB <= fromC ? b : c;
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  for (let i = 0; i < 4; i++) bytes[4 + i] = type.charCodeAt(i);
  bytes.set(data, 8);
  view.setUint32(8 + data.length, crc32(bytes.subarray(4, 8 + data.length)));
  return bytes;
}
