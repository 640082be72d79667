import { ImageError } from './image-error.js';
import { checkImage, type RasterImage } from './raster-image.js';

/**
 * How a camera's picture must be turned, by EXIF's Orientation: 1 as it is, 2 mirrored left to right, 3 turned by half,
 * 4 mirrored top to bottom, 5 mirrored along the diagonal from the top left, 6 turned a quarter clockwise, 7 mirrored
 * along the other diagonal, 8 turned a quarter anticlockwise.
 */
export type ExifOrientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

/** For each orientation: whether rows and columns are swapped, and which way source columns and rows are then read. */
const TURNS: Readonly<
  Record<ExifOrientation, readonly [swapped: boolean, fromRight: boolean, fromBelow: boolean]>
> = {
  1: [false, false, false],
  2: [false, true, false],
  3: [false, true, true],
  4: [false, false, true],
  5: [true, false, false],
  6: [true, false, true],
  7: [true, true, true],
  8: [true, true, false],
};

/**
 * Turns a picture upright by its EXIF orientation.
 *
 * @throws ImageError (`invalid`) if the picture's data do not fit its size
 */
export function orientImage(image: RasterImage, orientation: ExifOrientation): RasterImage {
  checkImage('orientImage', image);
  if (orientation === 1) return image;
  const [swapped, fromRight, fromBelow] = TURNS[orientation];
  const { data } = image;
  const width = swapped ? image.height : image.width;
  const height = swapped ? image.width : image.height;
  const turned = new Uint8Array(data.length);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const column = swapped ? y : x;
      const row = swapped ? x : y;
      const sourceX = fromRight ? image.width - 1 - column : column;
      const sourceY = fromBelow ? image.height - 1 - row : row;
      const source = 3 * (sourceY * image.width + sourceX);
      const target = 3 * (y * width + x);
      turned[target] = data[source] as number;
      turned[target + 1] = data[source + 1] as number;
      turned[target + 2] = data[source + 2] as number;
    }
  return { width, height, data: turned };
}

const ORIENTATION_TAG = 0x0112;
const ENTRY_BYTES = 12;

/**
 * The orientation that a block of EXIF data states (a TIFF header, then the first directory).
 *
 * @returns 1 if it states none, or one that does not exist
 * @throws ImageError (`corrupt`) if the block is no TIFF, or ends too early
 */
export function readExifOrientation(exif: Uint8Array): ExifOrientation {
  const view = new DataView(exif.buffer, exif.byteOffset, exif.byteLength);
  try {
    const order = view.getUint16(0);
    if (order !== 0x4949 && order !== 0x4d4d) throw new RangeError('no byte order');
    const isLittle = order === 0x4949;
    const directory = view.getUint32(4, isLittle);
    const count = view.getUint16(directory, isLittle);
    for (let index = 0; index < count; index++) {
      const entry = directory + 2 + index * ENTRY_BYTES;
      if (view.getUint16(entry, isLittle) !== ORIENTATION_TAG) continue;
      const value = view.getUint16(entry + 8, isLittle);
      return value in TURNS ? (value as ExifOrientation) : 1;
    }
    return 1;
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new ImageError(
      'corrupt',
      'the picture holds EXIF data that are damaged: save it again without them.',
      {
        cause,
      },
    );
  }
}
