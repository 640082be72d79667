import { unzlibSync } from 'fflate';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodePng, PngEncodeError } from './png.js';

/** A second, plain reading of the format: checks every CRC and undoes the filters. */
function decode(file: Uint8Array): { width: number; height: number; colourType: number; pixels: Uint8Array } {
  const view = new DataView(file.buffer, file.byteOffset);
  expect(Array.from(file.subarray(0, 8))).toEqual([137, 80, 78, 71, 13, 10, 26, 10]);
  const chunks = new Map<string, Uint8Array>();
  let offset = 8;
  while (offset < file.length) {
    const length = view.getUint32(offset);
    const type = String.fromCharCode(...file.subarray(offset + 4, offset + 8));
    expect(view.getUint32(offset + 8 + length)).toBe(crc(file.subarray(offset + 4, offset + 8 + length)));
    chunks.set(type, file.subarray(offset + 8, offset + 8 + length));
    offset += 12 + length;
  }
  expect([...chunks.keys()]).toEqual(['IHDR', 'IDAT', 'IEND']);
  const header = chunks.get('IHDR') ?? new Uint8Array();
  const headerView = new DataView(header.buffer, header.byteOffset);
  const [width, height, colourType] = [headerView.getUint32(0), headerView.getUint32(4), header[9] ?? -1];
  const channels = ({ 0: 1, 2: 3, 6: 4 } as Record<number, number>)[colourType] ?? 0;
  const raw = unzlibSync(chunks.get('IDAT') ?? new Uint8Array());
  const stride = width * channels;
  expect(raw.length).toBe((stride + 1) * height);
  const pixels = new Uint8Array(stride * height);
  const at = (x: number, y: number): number => (x < 0 || y < 0 ? 0 : (pixels[y * stride + x] as number));
  for (let y = 0; y < height; y++)
    for (let x = 0; x < stride; x++) {
      const [a, b, c] = [at(x - channels, y), at(x, y - 1), x < channels ? 0 : at(x - channels, y - 1)];
      const nearest = [a, b, c].sort(
        (p, q) => Math.abs(a + b - c - p) - Math.abs(a + b - c - q),
      )[0] as number;
      const predictions = [0, a, b, Math.floor((a + b) / 2), nearest];
      pixels[y * stride + x] =
        (raw[y * (stride + 1) + 1 + x] as number) + (predictions[raw[y * (stride + 1)] as number] as number);
    }
  return { width, height, colourType, pixels };
}

function crc(bytes: Uint8Array): number {
  let value = -1;
  for (const byte of bytes) {
    value ^= byte;
    for (let bit = 0; bit < 8; bit++) value = (value >>> 1) ^ (value & 1 ? 0xedb88320 : 0);
  }
  return ~value >>> 0;
}

describe('encodePng', () => {
  it('knows the check sum of the empty end chunk', () => {
    const file = encodePng(new Uint8Array(3), 1, 1);
    expect(Array.from(file.subarray(-4))).toEqual([0xae, 0x42, 0x60, 0x82]);
  });

  it('keeps every pixel of grey, RGB and RGBA pictures', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 17 }),
        fc.integer({ min: 1, max: 9 }),
        fc.constantFrom([1, 0], [3, 2], [4, 6]),
        fc.infiniteStream(fc.integer({ min: 0, max: 255 })),
        (width, height, [channels, colourType], bytes) => {
          const pixels = Uint8Array.from(
            { length: width * height * (channels ?? 0) },
            () => bytes.next().value ?? 0,
          );
          const decoded = decode(encodePng(pixels, width, height));
          expect(decoded).toEqual({ width, height, colourType, pixels });
        },
      ),
    );
  });

  it('keeps 16-bit grey, the high byte first', () => {
    const file = encodePng(Uint16Array.of(0, 1, 256, 65535, 4660, 40000), 3, 2);
    expect(file[24]).toBe(16);
    // Samples of two bytes are filtered like pixels of two channels.
    const view = new DataView(file.buffer, file.byteOffset);
    const raw = unzlibSync(file.subarray(41, 41 + view.getUint32(33)));
    const rows = [raw.subarray(0, 7), raw.subarray(7, 14)];
    const pixels = new Uint8Array(12);
    rows.forEach((row, y) => {
      for (let x = 0; x < 6; x++) {
        const a = x < 2 ? 0 : (pixels[y * 6 + x - 2] as number);
        const b = y === 0 ? 0 : (pixels[x] as number);
        const c = y === 0 || x < 2 ? 0 : (pixels[x - 2] as number);
        const paeth = [a, b, c].sort(
          (p, q) => Math.abs(a + b - c - p) - Math.abs(a + b - c - q),
        )[0] as number;
        const guess = [0, a, b, (a + b) >> 1, paeth][row[0] as number] as number;
        pixels[y * 6 + x] = (row[1 + x] as number) + guess;
      }
    });
    expect(Array.from(pixels)).toEqual([0, 0, 0, 1, 1, 0, 255, 255, 18, 52, 156, 64]);
  });

  it('filters smooth pictures well', () => {
    const ramp = Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => (i % 192) + Math.floor(i / 192));
    const file = encodePng(ramp, 64, 64);
    expect(decode(file).pixels).toEqual(ramp);
    expect(file.length).toBeLessThan(ramp.length / 20);
  });

  it('refuses sizes that the pixels do not have', () => {
    expect(() => encodePng(new Uint8Array(11), 2, 2)).toThrow(PngEncodeError);
    expect(() => encodePng(new Uint8Array(12), 2, 2)).not.toThrow();
    expect(() => encodePng(new Uint8Array(8), 2, 2)).toThrow(/found 8 samples/);
    expect(() => encodePng(new Uint8Array(0), 0, 2)).toThrow(/positive integers, found 0 x 2/);
    expect(() => encodePng(new Uint8Array(3), NaN, 1)).toThrow(PngEncodeError);
  });
});
