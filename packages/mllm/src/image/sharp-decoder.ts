import { ImageError } from './image-error.js';
import { tooLarge } from './png-chunks.js';
import { imageFromPixels, type BackgroundColour, type RasterImage } from './raster-image.js';

/** What a decoder must keep to. */
export interface DecodeLimits {
  /** More pixels are refused before they are decoded. */
  readonly maxPixels: number;
  /** Behind transparent pixels. */
  readonly background: BackgroundColour;
}

/** Turns a file's bytes into a picture, upright and opaque; throws an {@link ImageError}. */
export type ImageDecoder = (bytes: Uint8Array, limits: DecodeLimits) => Promise<RasterImage>;

/** The version that this package is tested with. */
const SHARP_VERSION = '0.35.5';

/** As much of `sharp` as is used here. */
type Sharp = (bytes: Uint8Array, options: SharpOptions) => SharpPipeline;

interface SharpOptions {
  readonly limitInputPixels: number | false;
  readonly failOn?: 'error';
  readonly ignoreIcc?: boolean;
}

interface SharpPipeline {
  metadata(): Promise<{
    readonly width: number;
    readonly height: number;
    readonly space?: string;
    readonly hasAlpha?: boolean;
  }>;
  autoOrient(): SharpPipeline;
  flatten(options: {
    readonly background: { readonly r: number; readonly g: number; readonly b: number };
  }): SharpPipeline;
  toColourspace(name: 'srgb'): SharpPipeline;
  raw(options: { readonly depth: 'uchar' }): SharpPipeline;
  toBuffer(options: { readonly resolveWithObject: true }): Promise<{
    readonly data: Uint8Array;
    readonly info: { readonly width: number; readonly height: number; readonly channels: 1 | 2 | 3 | 4 };
  }>;
}

/**
 * A decoder of JPEG, WebP, AVIF, GIF, TIFF and what else libvips reads, by the optional package `sharp`. Turns pictures
 * upright by EXIF; of animations the first frame counts; embedded colour profiles are ignored, as in the training of
 * the vision towers (except those of CMYK pictures, which have no colours without them).
 *
 * @param load - imports the package; to be replaced in tests
 */
export function sharpDecoder(
  load: () => Promise<{ readonly default: Sharp }> = () => import('sharp'),
): ImageDecoder {
  return async (bytes, { maxPixels, background }) => {
    const { default: sharp } = await load().catch((cause: unknown) => {
      throw new ImageError(
        'unreadable format',
        `only PNG files can be read without the optional package sharp: npm install sharp@${SHARP_VERSION}, or give ` +
          'raw pixels (imageFromPixels).',
        { cause },
      );
    });
    // The limit is checked below, with a message of ours.
    const described = await sharp(bytes, { limitInputPixels: false })
      .metadata()
      .catch((cause: unknown) => {
        throw new ImageError(
          'unreadable format',
          `the bytes are of no picture format that sharp reads (${reason(cause)}).`,
          { cause },
        );
      });
    const { width, height, space, hasAlpha } = described;
    if (width * height > maxPixels) throw tooLarge(width, height, maxPixels);
    try {
      const upright = sharp(bytes, {
        limitInputPixels: maxPixels,
        failOn: 'error',
        ignoreIcc: space !== 'cmyk',
      }).autoOrient();
      const [r, g, b] = background;
      const opaque = hasAlpha === true ? upright.flatten({ background: { r, g, b } }) : upright;
      const { data, info } = await opaque
        .toColourspace('srgb')
        .raw({ depth: 'uchar' })
        .toBuffer({ resolveWithObject: true });
      return imageFromPixels({ data, width: info.width, height: info.height, channels: info.channels });
    } catch (cause) {
      if (cause instanceof ImageError) throw cause;
      throw new ImageError('corrupt', `the picture is damaged (${reason(cause)}). Get it again.`, { cause });
    }
  };
}

function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
