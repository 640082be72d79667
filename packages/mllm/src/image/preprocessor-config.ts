import { ImageError } from './image-error.js';
import {
  CLIP_NORMALISATION,
  meanColour,
  SIGLIP_NORMALISATION,
  type ChannelTriple,
  type ImagePreprocessing,
  type ResizeTarget,
} from './image-preprocessing.js';
import type { ResampleFilter } from './resize-image.js';

type Fields = Readonly<Record<string, unknown>>;

/** Pillow's numbers of its filters; 0, nearest, is for labels and not for photographs. */
const FILTERS: Readonly<Record<number, ResampleFilter>> = {
  1: 'lanczos',
  2: 'bilinear',
  3: 'bicubic',
  4: 'box',
  5: 'hamming',
};

const CLIP_DEFAULTS: Fields = {
  size: { shortest_edge: 224 },
  crop_size: { height: 224, width: 224 },
  do_center_crop: true,
  image_mean: CLIP_NORMALISATION.mean,
  image_std: CLIP_NORMALISATION.standardDeviation,
};

/** What Hugging Face assumes where preprocessor_config.json says nothing. */
const DEFAULTS: Readonly<Record<string, Fields>> = {
  CLIPImageProcessor: CLIP_DEFAULTS,
  CLIPFeatureExtractor: CLIP_DEFAULTS,
  LlavaImageProcessor: CLIP_DEFAULTS,
  SiglipImageProcessor: {
    size: { height: 224, width: 224 },
    do_center_crop: false,
    image_mean: SIGLIP_NORMALISATION.mean,
    image_std: SIGLIP_NORMALISATION.standardDeviation,
  },
};

/**
 * Reads Hugging Face's preprocessor_config.json of a CLIP, SigLIP or LLaVA image processor; fields that it leaves out
 * have Hugging Face's defaults. `do_pad` of LLaVA's processor means bars of the mean colour.
 *
 * @throws ImageError (`invalid`) naming the field, what was expected and what was found
 * @example
 * ```ts
 * import { parsePreprocessorConfig } from '@pose-rft/mllm';
 *
 * const preprocessing = parsePreprocessorConfig({ image_processor_type: 'CLIPImageProcessor', size: 336, crop_size: 336 });
 * console.assert(preprocessing.centreCrop?.width === 336 && preprocessing.resize?.filter === 'bicubic');
 * ```
 */
export function parsePreprocessorConfig(value: unknown): ImagePreprocessing {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalid('', 'an object', value);
  const given: Fields = { ...value };
  const type = given['image_processor_type'] ?? given['feature_extractor_type'] ?? 'CLIPImageProcessor';
  // Newer releases write one class for each of their two implementations.
  const defaults = typeof type === 'string' ? DEFAULTS[type.replace(/(Fast|Pil)$/, '')] : undefined;
  if (defaults === undefined) throw invalid('image_processor_type', Object.keys(DEFAULTS).join(', '), type);
  const fields: Fields = {
    do_resize: true,
    do_rescale: true,
    do_normalize: true,
    do_pad: false,
    resample: 3,
    rescale_factor: 1 / 255,
    ...defaults,
    ...Object.fromEntries(Object.entries(given).filter(([, field]) => field !== null)),
  };
  const mean = triple(fields, 'image_mean');
  const isNormalised = flag(fields, 'do_normalize');
  return {
    padToSquare: flag(fields, 'do_pad') ? meanColour(mean) : undefined,
    resize: flag(fields, 'do_resize')
      ? { to: resizeTarget(fields['size']), filter: filterOf(fields['resample']) }
      : undefined,
    centreCrop: flag(fields, 'do_center_crop') ? cropSize(fields['crop_size']) : undefined,
    rescaleFactor: flag(fields, 'do_rescale') ? numberField(fields, 'rescale_factor') : 1,
    mean: isNormalised ? mean : [0, 0, 0],
    standardDeviation: isNormalised ? triple(fields, 'image_std') : [1, 1, 1],
  };
}

function resizeTarget(size: unknown): ResizeTarget {
  if (isPixels(size)) return { kind: 'shortest edge', pixels: size };
  const { shortest_edge: pixels, height, width, ...rest } = recordOf(size);
  if (isPixels(pixels) && height === undefined && width === undefined && rest['longest_edge'] === undefined)
    return { kind: 'shortest edge', pixels };
  if (isPixels(height) && isPixels(width)) return { kind: 'exact', height, width };
  throw invalid('size', 'a number, {"shortest_edge": ...} or {"height": ..., "width": ...}', size);
}

function cropSize(size: unknown): { readonly width: number; readonly height: number } {
  if (isPixels(size)) return { width: size, height: size };
  const { height, width } = recordOf(size);
  if (isPixels(height) && isPixels(width)) return { width, height };
  throw invalid('crop_size', 'a number or {"height": ..., "width": ...}', size);
}

function filterOf(resample: unknown): ResampleFilter {
  const filter = typeof resample === 'number' ? FILTERS[resample] : undefined;
  if (filter === undefined)
    throw invalid('resample', '1 (lanczos), 2 (bilinear), 3 (bicubic), 4 (box) or 5 (hamming)', resample);
  return filter;
}

function triple(fields: Fields, name: string): ChannelTriple {
  const value = fields[name];
  const numbers: readonly unknown[] = Array.isArray(value) ? value : [value, value, value];
  const [red, green, blue] = numbers;
  const areNumbers = typeof red === 'number' && typeof green === 'number' && typeof blue === 'number';
  if (!areNumbers || numbers.length !== 3) throw invalid(name, 'three numbers', value);
  return [red, green, blue];
}

function flag(fields: Fields, name: string): boolean {
  const value = fields[name];
  if (typeof value !== 'boolean') throw invalid(name, 'true or false', value);
  return value;
}

function numberField(fields: Fields, name: string): number {
  const value = fields[name];
  if (typeof value !== 'number') throw invalid(name, 'a number', value);
  return value;
}

function isPixels(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 1;
}

function recordOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function invalid(field: string, expected: string, found: unknown): ImageError {
  const where = field === '' ? 'preprocessor_config.json' : `preprocessor_config.json: ${field}`;
  return new ImageError('invalid', `${where}: expected ${expected}, found ${JSON.stringify(found)}.`);
}
