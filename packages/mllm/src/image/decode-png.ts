import { orientImage, readExifOrientation } from './orient-image.js';
import { corrupt, readPngChunks, type PngContents } from './png-chunks.js';
import { imageFromPixels, type BackgroundColour, type RasterImage, type RawPixels } from './raster-image.js';

/**
 * Decodes a PNG file (ISO/IEC 15948) of any colour type and depth, interlaced or not; grey becomes RGB, 16 bits become
 * 8, the background shows through transparent pixels, and EXIF data turn it upright.
 *
 * @throws ImageError (`corrupt`, or `too large` before anything is decompressed)
 */
export async function decodePng(
  bytes: Uint8Array,
  options: { readonly maxPixels: number; readonly background: BackgroundColour },
): Promise<RasterImage> {
  const contents = readPngChunks(bytes, options.maxPixels);
  const passes = interlacePasses(contents);
  const length = passes.reduce((sum, { rowBytes, rows }) => sum + (rowBytes + 1) * rows, 0);
  const scanlines = await inflate(contents.data, length);
  const samples = readSamples(contents, passes, scanlines);
  const image = imageFromPixels(withColours(contents, samples), options);
  return contents.exif === undefined ? image : orientImage(image, readExifOrientation(contents.exif));
}

/** Samples of each pixel in the file. */
const CHANNELS = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 } as const satisfies Record<
  PngContents['colourType'],
  number
>;

/** A subset of the pixels, with its first pixel and steps: all of them, or one of Adam7's seven passes. */
interface Pass {
  readonly x: number;
  readonly y: number;
  readonly stepX: number;
  readonly stepY: number;
  readonly columns: number;
  readonly rows: number;
  readonly rowBytes: number;
}

const ADAM7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

function interlacePasses({ width, height, depth, colourType, isInterlaced }: PngContents): readonly Pass[] {
  const bits = depth * CHANNELS[colourType];
  return (isInterlaced ? ADAM7 : [[0, 0, 1, 1] as const]).flatMap(([x, y, stepX, stepY]) => {
    const columns = Math.max(0, Math.ceil((width - x) / stepX));
    const rows = Math.max(0, Math.ceil((height - y) / stepY));
    // An empty pass has no scanlines, not even their filter bytes.
    if (columns === 0 || rows === 0) return [];
    return [{ x, y, stepX, stepY, columns, rows, rowBytes: Math.ceil((columns * bits) / 8) }];
  });
}

/** Decompresses a zlib stream that must hold `length` bytes; never more are kept. */
async function inflate(parts: readonly Uint8Array[], length: number): Promise<Uint8Array> {
  const inflated = new Uint8Array(length);
  let filled = 0;
  const source = new Blob(parts.map((part) => Uint8Array.from(part)));
  const reader = source.stream().pipeThrough(new DecompressionStream('deflate')).getReader();
  try {
    for (let step = await reader.read(); !step.done && filled < length; step = await reader.read()) {
      const chunk: Uint8Array = step.value;
      inflated.set(chunk.subarray(0, length - filled), filled);
      filled += Math.min(chunk.length, length - filled);
    }
  } catch (cause) {
    throw corrupt('its compressed data cannot be read', cause);
  } finally {
    // What may follow the pixels is of no interest; a stream that failed has nothing left to cancel.
    await reader.cancel().catch(() => undefined);
  }
  if (filled < length) throw corrupt(`its pixels are ${length} bytes, only ${filled} are there`);
  return inflated;
}

/** [height * width * channels] as they stand in the file: not scaled, palette indices not looked up. */
function readSamples(
  contents: PngContents,
  passes: readonly Pass[],
  scanlines: Uint8Array,
): Uint8Array | Uint16Array {
  const { width, height, depth, colourType } = contents;
  const channels = CHANNELS[colourType];
  const samples =
    depth === 16 ? new Uint16Array(width * height * channels) : new Uint8Array(width * height * channels);
  const pixelBytes = Math.max(1, (channels * depth) / 8);
  let offset = 0;
  for (const pass of passes) {
    let above: Uint8Array = new Uint8Array(pass.rowBytes);
    for (let row = 0; row < pass.rows; row++) {
      const line = scanlines.subarray(offset + 1, offset + 1 + pass.rowBytes);
      unfilter(scanlines[offset] as number, line, above, pixelBytes);
      const start = (pass.y + row * pass.stepY) * width + pass.x;
      for (let column = 0; column < pass.columns; column++)
        for (let channel = 0; channel < channels; channel++)
          samples[(start + column * pass.stepX) * channels + channel] = sampleAt(
            line,
            column * channels + channel,
            depth,
          );
      above = line;
      offset += pass.rowBytes + 1;
    }
  }
  return samples;
}

function sampleAt(line: Uint8Array, index: number, depth: number): number {
  if (depth === 8) return line[index] as number;
  if (depth === 16) return ((line[2 * index] as number) << 8) | (line[2 * index + 1] as number);
  const bit = index * depth;
  return ((line[bit >> 3] as number) >> (8 - depth - (bit & 7))) & ((1 << depth) - 1);
}

/** Undoes a scanline's filter in place (ISO/IEC 15948, clause 9). */
function unfilter(filter: number, line: Uint8Array, above: Uint8Array, pixelBytes: number): void {
  if (filter > 4) throw corrupt(`scanline filter ${filter} does not exist`);
  if (filter === 0) return;
  for (let index = 0; index < line.length; index++) {
    const left = index < pixelBytes ? 0 : (line[index - pixelBytes] as number);
    const up = above[index] as number;
    const upLeft = index < pixelBytes ? 0 : (above[index - pixelBytes] as number);
    line[index] = (line[index] as number) + prediction(filter, left, up, upLeft);
  }
}

function prediction(filter: number, left: number, up: number, upLeft: number): number {
  if (filter === 1) return left;
  if (filter === 2) return up;
  if (filter === 3) return (left + up) >> 1;
  const toLeft = Math.abs(up - upLeft);
  const toUp = Math.abs(left - upLeft);
  const toUpLeft = Math.abs(left + up - 2 * upLeft);
  if (toLeft <= toUp && toLeft <= toUpLeft) return left;
  return toUp <= toUpLeft ? up : upLeft;
}

/** Samples of 8 or 16 bits: palette entries looked up, small depths scaled up, a transparent colour as alpha. */
function withColours(contents: PngContents, samples: Uint8Array | Uint16Array): RawPixels {
  const { width, height, depth, colourType, palette, transparency } = contents;
  if (colourType === 3)
    return { data: fromPalette(samples, palette, transparency), width, height, channels: 4 };
  const channels = CHANNELS[colourType];
  const scale = depth < 8 ? 255 / (2 ** depth - 1) : 1;
  if (transparency === undefined || colourType === 4 || colourType === 6)
    return { data: scale === 1 ? samples : samples.map((value) => value * scale), width, height, channels };

  // One colour is transparent, compared before scaling.
  const key = new DataView(transparency.buffer, transparency.byteOffset, transparency.byteLength);
  if (transparency.length < 2 * channels) throw corrupt('its transparent colour is incomplete');
  const opaque = depth === 16 ? 65_535 : 255;
  const pixelCount = width * height;
  const size = pixelCount * (channels + 1);
  const data = depth === 16 ? new Uint16Array(size) : new Uint8Array(size);
  for (let pixel = 0; pixel < pixelCount; pixel++) {
    let isKey = true;
    for (let channel = 0; channel < channels; channel++) {
      const sample = samples[pixel * channels + channel] as number;
      data[pixel * (channels + 1) + channel] = sample * scale;
      isKey &&= sample === key.getUint16(2 * channel);
    }
    data[pixel * (channels + 1) + channels] = isKey ? 0 : opaque;
  }
  return { data, width, height, channels: channels === 1 ? 2 : 4 };
}

function fromPalette(
  indices: Uint8Array | Uint16Array,
  palette: Uint8Array | undefined,
  alphas: Uint8Array | undefined,
): Uint8Array {
  if (palette === undefined) throw corrupt('it has palette indices and no palette');
  const data = new Uint8Array(4 * indices.length);
  indices.forEach((index, pixel) => {
    if (3 * index + 2 >= palette.length)
      throw corrupt(`a pixel has colour ${index}, which the palette lacks`);
    data.set(palette.subarray(3 * index, 3 * index + 3), 4 * pixel);
    data[4 * pixel + 3] = alphas?.[index] ?? 255;
  });
  return data;
}
