import type { ConfigFields } from './config-fields.js';
import type { MllmConfig } from './config.js';
import {
  checkVisionConfig,
  checkVisionFeature,
  defaultFeature,
  featureShape,
} from './vision/vision-config.js';
import type { VisionFeature, VisionTransformerConfig } from './vision/vision-config.js';
import {
  encoderTokenCount,
  planVisionEncoder,
  type EncoderTower,
  type ImageFeatures,
  type VisionEncoderConfig,
} from './vision/vision-encoder.js';

/** What a model sees with: frozen towers, how their features are joined, and the projectors into the language model. */
export type VisionInput = Omit<VisionEncoderConfig, 'outputSize'>;

/** The image slots and feature numbers that follow from what a model sees with. */
export type ImageSizes = Pick<MllmConfig, 'imageTokenCount' | 'imageFeatureSize'> &
  Partial<Pick<MllmConfig, 'vision'>>;

/** The vision encoder's configuration within a model. */
export function visionEncoderConfig(vision: VisionInput, hiddenSize: number): VisionEncoderConfig {
  return { ...vision, outputSize: hiddenSize };
}

/** Reads what a model sees with, with its feature layers named. Throws a `VisionConfigError`. */
export function parseVisionInput(fields: ConfigFields): VisionInput {
  const vision = fields.nested('vision');
  const towers = vision.get('towers');
  if (!Array.isArray(towers)) vision.fail('vision.towers', 'a list of vision towers');
  const parsed = (towers as readonly EncoderTower[]).map((tower): EncoderTower => {
    const config = checkVisionConfig(tower.config satisfies VisionTransformerConfig);
    const feature: VisionFeature = tower.feature ?? defaultFeature(config);
    return Object.freeze({ ...tower, config, feature: checkVisionFeature(config, feature) });
  });
  const input = Object.freeze({
    towers: Object.freeze(parsed),
    fusion: Object.freeze(vision.get('fusion') as VisionInput['fusion']),
    projector: Object.freeze(vision.get('projector') as VisionInput['projector']),
  });
  planVisionEncoder(visionEncoderConfig(input, 1));
  return input;
}

/** Rows that an image takes among the tokens, and numbers in the widest of its feature vectors. */
export function imageSizesOf(vision: VisionInput): {
  readonly imageTokenCount: number;
  readonly imageFeatureSize: number;
} {
  const sizes = vision.towers.map((tower) => towerShape(tower).featureSize);
  return {
    imageTokenCount: encoderTokenCount(visionEncoderConfig(vision, 1)),
    imageFeatureSize:
      vision.fusion.kind === 'channels' ? sizes.reduce((sum, size) => sum + size, 0) : Math.max(...sizes),
  };
}

/** Numbers in all features of one image, of all towers. */
export function imageFeatureCount({ vision, imageTokenCount, imageFeatureSize }: ImageSizes): number {
  if (vision === null || vision === undefined) return imageTokenCount * imageFeatureSize;
  return vision.towers
    .map(towerShape)
    .reduce((sum, { tokenCount, featureSize }) => sum + tokenCount * featureSize, 0);
}

/** The features of images, tower by tower, from one array in which they stand one after the other. */
export function splitImageFeatures(vision: VisionInput, features: Float32Array): ImageFeatures[] {
  const sizes = vision.towers.map(towerShape).map(({ tokenCount, featureSize }) => tokenCount * featureSize);
  const images: ImageFeatures[] = [];
  for (let offset = 0; offset < features.length;)
    images.push(sizes.map((size) => features.subarray(offset, (offset += size))));
  return images;
}

function towerShape({ config, feature = defaultFeature(config) }: EncoderTower): {
  readonly tokenCount: number;
  readonly featureSize: number;
} {
  return featureShape(config, feature);
}
