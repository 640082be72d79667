import type { ImagePreprocessing } from '../image/image-preprocessing.js';
import type { PersonBox, PersonCropOptions } from '../image/crop-person.js';
import type { VisionEncoder } from './vision-encoder.js';

/** How a picture was prepared for one tower: anything that changes the numbers which the tower sees. */
export type TowerPreprocessing =
  | { readonly kind: 'whole picture'; readonly preprocessing: ImagePreprocessing }
  | { readonly kind: 'person'; readonly box?: PersonBox | undefined; readonly options?: PersonCropOptions };

/**
 * What a frozen encoder is: SHA-256 of its towers' configurations, features and weights, as 64 hexadecimal digits.
 * Projectors do not count: cached features are those before them. Reads every weight once: compute it once.
 */
export async function fingerprintEncoder(encoder: VisionEncoder): Promise<string> {
  const { createHash } = await import('node:crypto');
  const digest = createHash('sha256');
  for (const { config, feature, prefix, parameters } of encoder.towers) {
    digest.update(JSON.stringify([inOrder(config), inOrder(feature)]));
    const names = parameters.names.filter((name) => name.startsWith(`${prefix}.`)).toSorted();
    for (const name of names) {
      const parameter = parameters.get(name);
      digest.update(JSON.stringify([name.slice(prefix.length), parameter.shape]));
      digest.update(parameter.dataSync<'float32'>());
    }
  }
  return digest.digest('hex');
}

/**
 * The name of a picture's features: SHA-256 of the encoder, the preprocessing and the picture, as 64 hexadecimal digits.
 *
 * @param encoder - from {@link fingerprintEncoder}
 * @param preprocessing - of each tower
 * @param image - the bytes of the picture's file, or of its pixels
 */
export async function featureKey(
  encoder: string,
  preprocessing: readonly TowerPreprocessing[],
  image: Uint8Array,
): Promise<string> {
  const { createHash } = await import('node:crypto');
  const digest = createHash('sha256');
  // The lengths keep apart what would be the same bytes behind each other.
  digest.update(JSON.stringify([encoder, inOrder(preprocessing), image.length]));
  digest.update(image);
  return digest.digest('hex');
}

/** The same data with every object's fields in alphabetical order, so that equal settings have equal text. */
function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== 'object' || value === null) return value;
  const sorted = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(sorted.map(([name, field]) => [name, inOrder(field)]));
}
