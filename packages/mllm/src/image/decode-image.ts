import { decodePng } from './decode-png.js';
import { ImageError } from './image-error.js';
import { isPng } from './png-chunks.js';
import { WHITE, type BackgroundColour, type RasterImage } from './raster-image.js';
import { sharpDecoder, type ImageDecoder } from './sharp-decoder.js';

export interface DecodeImageOptions {
  /**
   * Pictures of more pixels are refused before they are decoded: a file of a few kB can hold billions. Default 2^26,
   * 8192 x 8192.
   */
  readonly maxPixels?: number;
  /** Behind transparent pixels; default white. */
  readonly background?: BackgroundColour;
  /** Decodes what is no PNG; default: the optional package `sharp`. */
  readonly decoder?: ImageDecoder;
}

/** Pixels of the largest picture that is decoded by default. */
export const DEFAULT_MAX_PIXELS = 2 ** 26;

/**
 * Decodes a picture file: PNG by itself, other formats (JPEG, WebP, ...) by `sharp` where it is installed, or by a
 * decoder of yours. The picture is upright (EXIF), opaque, 8-bit RGB.
 *
 * @throws ImageError with `problem` `corrupt`, `too large`, `unreadable format` or `invalid` (options)
 * @example
 * ```ts
 * import { decodeImage } from '@pose-rft/mllm';
 * import { encodePng } from '@pose-rft/smpl/render';
 *
 * const image = await decodeImage(encodePng(Uint8Array.of(255, 0, 0), 1, 1));
 * console.assert(image.data.join() === '255,0,0');
 * ```
 */
export async function decodeImage(bytes: Uint8Array, options: DecodeImageOptions = {}): Promise<RasterImage> {
  const { maxPixels = DEFAULT_MAX_PIXELS, background = WHITE, decoder = sharpDecoder() } = options;
  if (!(maxPixels >= 1))
    throw new ImageError('invalid', `decodeImage: expected maxPixels of at least 1, found ${maxPixels}.`);
  if (bytes.length === 0) throw new ImageError('corrupt', 'the picture has no bytes at all.');
  return isPng(bytes)
    ? await decodePng(bytes, { maxPixels, background })
    : await decoder(bytes, { maxPixels, background });
}

/**
 * Reads and decodes a picture file; see {@link decodeImage}. Node only.
 *
 * @throws ImageError as {@link decodeImage}, with the path in its message
 */
export async function readImage(path: string, options: DecodeImageOptions = {}): Promise<RasterImage> {
  const { readFile } = await import('node:fs/promises');
  const bytes = await readFile(path).catch((cause: unknown) => {
    const found = cause instanceof Error ? cause.message : String(cause);
    throw new ImageError('unreadable format', `${path}: expected a readable file, found: ${found}.`, {
      cause,
    });
  });
  try {
    return await decodeImage(bytes, options);
  } catch (cause) {
    if (!(cause instanceof ImageError)) throw cause;
    throw new ImageError(cause.problem, `${path}: ${cause.message}`, { cause });
  }
}
