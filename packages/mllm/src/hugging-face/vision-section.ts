import type { ConfigFields } from '../config-fields.js';
import { imageSizesOf, type VisionInput } from '../vision-input.js';
import type { VisionActivation } from '../vision/vision-config.js';
import {
  llavaVisionFeature,
  parseVisionConfig,
  visionConfigToJson,
  visionPreset,
} from '../vision/vision-config-json.js';
import { UnsupportedArchitectureError } from './unsupported-architecture-error.js';

/** How a LLaVA model sees. */
export interface HuggingFaceVision {
  /** Encoder and projector; null where the encoder is a checkpoint of its own (LLaVA's original layout). */
  readonly input: VisionInput | null;
  readonly imageTokenId: number;
  /** Rows of features that one image gives. */
  readonly imageTokenCount: number;
  /** Numbers in a row of features, all layers together. */
  readonly featureSize: number;
}

const ENCODERS: readonly unknown[] = ['clip_vision_model', 'siglip_vision_model'];
const ACTIVATIONS: readonly unknown[] = ['gelu', 'gelu_pytorch_tanh', 'quick_gelu'];

/** @throws UnsupportedArchitectureError, MllmConfigError, VisionConfigError */
export function readVision(
  root: ConfigFields,
  isOriginalLayout: boolean,
  imageTokenCount: number | undefined,
): HuggingFaceVision {
  return isOriginalLayout ? readOriginal(root, imageTokenCount) : readHubLayout(root);
}

function readHubLayout(root: ConfigFields): HuggingFaceVision {
  const activation = root.get('projector_hidden_act') ?? 'gelu';
  if (!ACTIVATIONS.includes(activation))
    throw new UnsupportedArchitectureError('projector_hidden_act', activation, ACTIVATIONS.join(', '));
  const section = root.has('vision_config')
    ? { model_type: 'clip_vision_model', ...root.nested('vision_config').given }
    : visionConfigToJson(visionPreset('clip-vit-large-patch14-336'));
  if (!ENCODERS.includes(section['model_type']))
    throw new UnsupportedArchitectureError(
      'vision_config.model_type',
      section['model_type'],
      ENCODERS.join(', '),
    );
  const config = parseVisionConfig(section);
  const input: VisionInput = {
    towers: [{ config, feature: llavaVisionFeature(root.given, config) }],
    fusion: { kind: 'tokens' },
    projector: {
      depth: 2,
      activation: activation as VisionActivation,
      bias: root.get('multimodal_projector_bias') !== false,
    },
  };
  const imageTokenId = ['image_token_index', 'image_token_id'].find((name) => root.has(name));
  const sizes = imageSizesOf(input);
  return {
    input,
    imageTokenId: imageTokenId === undefined ? 32_000 : root.count(imageTokenId, 0),
    imageTokenCount: sizes.imageTokenCount,
    featureSize: sizes.imageFeatureSize,
  };
}

/** The layout of LLaVA's own code, in which images have no token id: the first id behind the vocabulary becomes theirs. */
function readOriginal(root: ConfigFields, imageTokenCount: number | undefined): HuggingFaceVision {
  requireField(root, 'mm_projector_type', 'mlp2x_gelu', undefined);
  if (imageTokenCount === undefined)
    throw new UnsupportedArchitectureError(
      'mm_vision_tower',
      root.get('mm_vision_tower'),
      'a configuration that tells the size of images. This one is in the original layout of LLaVA, which does not: give ' +
        '{ imageTokenCount }, 576 for CLIP ViT-L/14 at 336 pixels',
    );
  return {
    input: null,
    imageTokenId: root.count('vocab_size'),
    imageTokenCount,
    featureSize: root.count('mm_hidden_size'),
  };
}

function requireField(root: ConfigFields, name: string, expected: unknown, otherwise: unknown): void {
  const found = root.get(name) ?? otherwise;
  if (found !== expected) throw new UnsupportedArchitectureError(name, found, JSON.stringify(expected));
}
