import { ImageError } from './image-error.js';

/** What a PNG file says about its pixels, and its compressed data. */
export interface PngContents {
  readonly width: number;
  readonly height: number;
  /** Bits of a sample. */
  readonly depth: 1 | 2 | 4 | 8 | 16;
  readonly colourType: PngColourType;
  readonly isInterlaced: boolean;
  /** [entries * 3] */
  readonly palette: Uint8Array | undefined;
  /** The chunk tRNS as it is: a colour, or the palette's alphas. */
  readonly transparency: Uint8Array | undefined;
  readonly exif: Uint8Array | undefined;
  /** The parts of the zlib stream. */
  readonly data: readonly Uint8Array[];
}

/** 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGBA. */
export type PngColourType = 0 | 2 | 3 | 4 | 6;

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** The depths that each colour type may have (ISO/IEC 15948, table 11.1). */
const DEPTHS: Readonly<Record<PngColourType, readonly number[]>> = {
  0: [1, 2, 4, 8, 16],
  2: [8, 16],
  3: [1, 2, 4, 8],
  4: [8, 16],
  6: [8, 16],
};

/** Whether bytes begin as a PNG file does. */
export function isPng(bytes: Uint8Array): boolean {
  return SIGNATURE.every((byte, index) => bytes[index] === byte);
}

/**
 * Takes a PNG file apart: chunks and their checksums, and the header; pixels are not decompressed yet.
 *
 * @throws ImageError (`corrupt`, or `too large` for more than `maxPixels` pixels)
 */
export function readPngChunks(bytes: Uint8Array, maxPixels: number): PngContents {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts = new Map<string, Uint8Array>();
  const data: Uint8Array[] = [];
  let hasEnd = false;
  for (let offset = SIGNATURE.length; !hasEnd;) {
    if (offset + 12 > bytes.length) throw corrupt(`it ends at byte ${bytes.length}, within a chunk`);
    const length = view.getUint32(offset);
    const end = offset + 12 + length;
    const type = String.fromCharCode(...bytes.subarray(offset + 4, offset + 8));
    if (end > bytes.length)
      throw corrupt(`chunk ${JSON.stringify(type)} wants ${length} bytes, the file ends after fewer`);
    if (crc32(bytes.subarray(offset + 4, end - 4)) !== view.getUint32(end - 4))
      throw corrupt(`the checksum of chunk ${JSON.stringify(type)} at byte ${offset} is wrong`);
    const content = bytes.subarray(offset + 8, end - 4);
    if (type === 'IDAT') data.push(content);
    else if (!parts.has(type)) parts.set(type, content);
    // Before anything is kept of a picture that is too large.
    if (type === 'IHDR') checkSize(content, maxPixels);
    hasEnd = type === 'IEND';
    offset = end;
  }
  const header = parts.get('IHDR');
  if (header === undefined) throw corrupt('it has no header');
  if (data.length === 0) throw corrupt('it has no pixels');
  return { ...readHeader(header), ...optional(parts), data };
}

function optional(
  parts: ReadonlyMap<string, Uint8Array>,
): Pick<PngContents, 'palette' | 'transparency' | 'exif'> {
  return { palette: parts.get('PLTE'), transparency: parts.get('tRNS'), exif: parts.get('eXIf') };
}

function checkSize(header: Uint8Array, maxPixels: number): void {
  const { width, height } = readHeader(header);
  if (width * height > maxPixels) throw tooLarge(width, height, maxPixels);
}

function readHeader(
  header: Uint8Array,
): Pick<PngContents, 'width' | 'height' | 'depth' | 'colourType' | 'isInterlaced'> {
  if (header.length !== 13) throw corrupt(`its header has ${header.length} bytes, not 13`);
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  const width = view.getUint32(0);
  const height = view.getUint32(4);
  const [depth = 0, colourType = 0, compression, filter, interlace = 0] = header.subarray(8);
  if (width === 0 || height === 0) throw corrupt(`its size is ${width} x ${height}`);
  if (!isColourType(colourType) || !isDepthOf(colourType, depth))
    throw corrupt(`colour type ${colourType} with ${depth} bits does not exist`);
  if (compression !== 0 || filter !== 0 || interlace > 1)
    throw corrupt(`compression ${compression}, filter ${filter}, interlacing ${interlace} do not exist`);
  return { width, height, depth, colourType, isInterlaced: interlace === 1 };
}

function isColourType(value: number): value is PngColourType {
  return value in DEPTHS;
}

function isDepthOf(colourType: PngColourType, value: number): value is PngContents['depth'] {
  return DEPTHS[colourType].includes(value);
}

/** The error for a PNG that breaks its format. */
export function corrupt(what: string, cause?: unknown): ImageError {
  return new ImageError('corrupt', `the PNG file is damaged: ${what}. Get it again.`, { cause });
}

/** The error for a picture of more pixels than allowed. */
export function tooLarge(width: number, height: number, maxPixels: number): ImageError {
  return new ImageError(
    'too large',
    `the picture has ${width} x ${height} pixels, more than ${maxPixels}; raise maxPixels if you trust where it comes ` +
      'from, or shrink it.',
  );
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (let index = 0; index < bytes.length; index++)
    crc = (CRC_TABLE[(crc ^ (bytes[index] as number)) & 255] as number) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}
