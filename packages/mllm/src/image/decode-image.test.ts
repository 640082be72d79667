import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRandom } from '@pose-rft/random';
import { encodePng } from '@pose-rft/smpl/render';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesOf, largestGap, readGolden, readGoldenBytes } from './__golden__/golden-images.js';
import { decodeImage, readImage } from './decode-image.js';
import { ImageError, type ImageProblem } from './image-error.js';
import { readExifOrientation } from './orient-image.js';
import { sharpDecoder } from './sharp-decoder.js';

const pixels = createRandom(1);
const photograph = Uint8Array.from({ length: 20 * 30 * 3 }, () => pixels.integer(256));
const png = encodePng(photograph, 20, 30);

async function problemOf(decoding: Promise<unknown>): Promise<ImageProblem> {
  const error: unknown = await decoding.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  if (!(error instanceof ImageError)) throw new TypeError(`expected an ImageError, found ${String(error)}`);
  return error.problem;
}

/** A header of a PNG of any size, with no pixels worth mentioning. */
function bomb(width: number, height: number): Uint8Array {
  const file = encodePng(Uint8Array.of(0), 1, 1);
  const view = new DataView(file.buffer);
  view.setUint32(16, width);
  view.setUint32(20, height);
  view.setUint32(29, crc32(file.subarray(12, 29)));
  return file;
}

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? 0xedb88320 ^ (crc >>> 1) : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}

describe('decodeImage of PNG', () => {
  it('gives back what encodePng of @pose-rft/smpl wrote', async () => {
    const image = await decodeImage(png);
    expect([image.width, image.height]).toEqual([20, 30]);
    expect(image.data).toEqual(photograph);
  });

  it('refuses too many pixels before it decompresses them', async () => {
    expect(await problemOf(decodeImage(bomb(100_000, 100_000)))).toBe('too large');
    await expect(decodeImage(png, { maxPixels: 599 })).rejects.toThrow(/20 x 30 pixels, more than 599/);
    await expect(decodeImage(png, { maxPixels: 600 })).resolves.toBeDefined();
    expect(await problemOf(decodeImage(png, { maxPixels: NaN }))).toBe('invalid');
  });

  it('says that a file is truncated, wherever it ends', async () => {
    for (let length = 8; length < png.length; length += 97)
      expect(await problemOf(decodeImage(png.subarray(0, length))), `${length}`).toBe('corrupt');
    expect(await problemOf(decodeImage(new Uint8Array()))).toBe('corrupt');
    // The header promises more than the pixels hold.
    await expect(decodeImage(bomb(50, 50))).rejects.toThrow(/2550 bytes, only 2 are there/);
  });

  it('never gives a picture for damaged bytes without saying so', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: png.length - 9 }),
        fc.integer({ min: 1, max: 255 }),
        async (at, change) => {
          const damaged = png.slice();
          damaged[8 + at] = (damaged[8 + at] as number) ^ change;
          expect(await problemOf(decodeImage(damaged))).toBe('corrupt');
        },
      ),
      { numRuns: 60 },
    );
  });

  it('refuses headers that describe nothing', async () => {
    const header = (at: number, value: number): Uint8Array => {
      const file = bomb(1, 1);
      file[at] = value;
      new DataView(file.buffer).setUint32(29, crc32(file.subarray(12, 29)));
      return file;
    };
    await expect(decodeImage(header(24, 3))).rejects.toThrow(/colour type 0 with 3 bits/);
    await expect(decodeImage(header(25, 5))).rejects.toThrow(/colour type 5/);
    await expect(decodeImage(header(28, 2))).rejects.toThrow(/interlacing 2/);
    await expect(decodeImage(bomb(0, 1))).rejects.toThrow(/size is 0 x 1/);
    await expect(decodeImage(header(25, 3))).rejects.toThrow(/no palette/);
  });
});

describe('readExifOrientation', () => {
  it('reads both byte orders, and refuses damaged blocks', () => {
    const exif = (order: 'II' | 'MM', value: number): Uint8Array => {
      const bytes = new Uint8Array(26);
      const view = new DataView(bytes.buffer);
      const isLittle = order === 'II';
      bytes.set([order.charCodeAt(0), order.charCodeAt(1)]);
      view.setUint16(2, 42, isLittle);
      view.setUint32(4, 8, isLittle);
      view.setUint16(8, 1, isLittle);
      view.setUint16(10, 0x0112, isLittle);
      view.setUint16(12, 3, isLittle);
      view.setUint32(14, 1, isLittle);
      view.setUint16(18, value, isLittle);
      return bytes;
    };
    expect(readExifOrientation(exif('II', 6))).toBe(6);
    expect(readExifOrientation(exif('MM', 8))).toBe(8);
    expect(readExifOrientation(exif('MM', 9))).toBe(1);
    expect(() => readExifOrientation(exif('II', 6).subarray(0, 15))).toThrow(ImageError);
    expect(() => readExifOrientation(new Uint8Array(8))).toThrow(/EXIF data that are damaged/);
  });
});

const hasSharp = await import('sharp').then(
  () => true,
  () => false,
);

describe('decodeImage of other formats', () => {
  it('says how to get a decoder', async () => {
    const decoder = sharpDecoder(() => Promise.reject(new Error('Cannot find package')));
    const jpeg = readGoldenBytes('sideways.jpg');
    expect(await problemOf(decodeImage(jpeg, { decoder }))).toBe('unreadable format');
    await expect(decodeImage(jpeg, { decoder })).rejects.toThrow(/npm install sharp@/);
  });

  it('takes a decoder of the caller', async () => {
    const image = { width: 1, height: 1, data: Uint8Array.of(1, 2, 3) };
    const decoder = (): Promise<typeof image> => Promise.resolve(image);
    expect(await decodeImage(Uint8Array.of(9), { decoder })).toBe(image);
  });

  describe.skipIf(!hasSharp)('by sharp (skipped where it is not installed)', () => {
    it('reads a JPEG upright, as Pillow does to 2/255', async () => {
      const golden = readGolden('sideways') as { width: number; height: number; data: string };
      const image = await decodeImage(readGoldenBytes('sideways.jpg'));
      expect([image.width, image.height]).toEqual([golden.width, golden.height]);
      expect(largestGap(image.data, bytesOf(golden.data))).toBeLessThanOrEqual(2);
    });

    it('shows the background through transparent pixels, and makes grey RGB', async () => {
      const { default: sharp } = await import('sharp');
      const clear = await sharp(Buffer.from([10, 20, 30, 0, 10, 20, 30, 255]), {
        raw: { width: 2, height: 1, channels: 4 },
      })
        .webp({ lossless: true, exact: true })
        .toBuffer();
      const image = await decodeImage(clear, { background: [1, 2, 3] });
      expect([...image.data]).toEqual([1, 2, 3, 10, 20, 30]);
      const grey = await sharp(Buffer.from([7, 200]), { raw: { width: 2, height: 1, channels: 1 } })
        .tiff({ compression: 'none' })
        .toBuffer();
      expect([...(await decodeImage(grey)).data]).toEqual([7, 7, 7, 200, 200, 200]);
    });

    it('refuses truncated, foreign and too large files', async () => {
      const jpeg = readGoldenBytes('sideways.jpg');
      expect(await problemOf(decodeImage(jpeg.subarray(0, jpeg.length / 2)))).toBe('corrupt');
      expect(await problemOf(decodeImage(jpeg, { maxPixels: 100 }))).toBe('too large');
      expect(await problemOf(decodeImage(new TextEncoder().encode('no picture')))).toBe('unreadable format');
    });
  });
});

describe('readImage', () => {
  it('reads a file, and names it when it cannot', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'images-'));
    try {
      const path = join(folder, 'a.png');
      await writeFile(path, png);
      expect((await readImage(path)).data).toEqual(photograph);
      await writeFile(path, png.subarray(0, 50));
      await expect(readImage(path)).rejects.toThrow(/a\.png: the PNG file is damaged/);
      expect(await problemOf(readImage(join(folder, 'none.png')))).toBe('unreadable format');
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
