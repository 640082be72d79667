import { beforeAll, describe, expect, it } from 'vitest';
import {
  bytesOf,
  floatsOf,
  largestGap,
  readGolden,
  readPhotographs,
  type Photograph,
} from './__golden__/golden-images.js';
import { cropPerson } from './crop-person.js';
import { decodeImage } from './decode-image.js';
import { preprocessImage } from './image-preprocessing.js';
import { parsePreprocessorConfig } from './preprocessor-config.js';
import type { RasterImage } from './raster-image.js';
import { resizeImage, type ResampleFilter } from './resize-image.js';

let photographs: Readonly<Record<Photograph, RasterImage>>;
beforeAll(async () => {
  photographs = await readPhotographs();
});

describe('decodeImage', () => {
  const cases = readGolden('decoding') as readonly {
    readonly name: string;
    readonly file: string;
    readonly data: string;
    readonly width?: number;
    readonly height?: number;
  }[];

  it.each(cases)('reads PNG: $name', async ({ file, data, width = undefined, height = undefined }) => {
    const image = await decodeImage(bytesOf(file), { background: [100, 100, 100] });
    expect(largestGap(image.data, bytesOf(data))).toBe(0);
    if (width !== undefined) expect([image.width, image.height]).toEqual([width, height]);
  });
});

describe('resizeImage', () => {
  const cases = readGolden('resizing') as readonly {
    readonly photograph: Photograph;
    readonly filter: ResampleFilter;
    readonly width: number;
    readonly height: number;
    readonly crc32: number;
    readonly data?: string;
  }[];

  it.each(cases)("$photograph to $width x $height, $filter: Pillow's bytes", (golden) => {
    const { photograph, filter, width, height } = golden;
    const { data } = resizeImage(photographs[photograph], width, height, filter);
    if (golden.data !== undefined) expect(largestGap(data, bytesOf(golden.data))).toBe(0);
    expect(crc32(data)).toBe(golden.crc32);
  });
});

describe('preprocessImage', () => {
  const cases = readGolden('processors') as readonly {
    readonly name: string;
    readonly photograph: Photograph;
    readonly config: Readonly<Record<string, unknown>>;
    readonly shape: readonly number[];
    readonly values: string;
  }[];

  it.each(cases)('$name: as the image processor of the reference', (golden) => {
    const pixels = preprocessImage(photographs[golden.photograph], parsePreprocessorConfig(golden.config));
    expect([pixels.channelCount, pixels.height, pixels.width]).toEqual(golden.shape);
    // Both are float32; 1/255 of the range is 0.015 to 0.02 after normalisation.
    expect(largestGap(pixels.data, floatsOf(golden.values))).toBeLessThan(1e-6);
  });
});

describe('cropPerson', () => {
  const cases = readGolden('person-crops') as readonly {
    readonly name: string;
    readonly photograph: Photograph;
    readonly box: readonly [number, number, number, number];
    readonly pixels: number;
    readonly values: string;
  }[];

  it.each(cases)('$name: as OpenCV 4 and scikit-image', (golden) => {
    const [left, top, right, bottom] = golden.box;
    const { pixels, photograph } = golden;
    const crop = cropPerson(photographs[photograph], { left, top, right, bottom }, { pixels });
    expect(largestGap(crop.data, floatsOf(golden.values))).toBeLessThan(2e-6);
  });
});

/** Of bytes, as zlib.crc32 computes it. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? 0xedb88320 ^ (crc >>> 1) : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}
