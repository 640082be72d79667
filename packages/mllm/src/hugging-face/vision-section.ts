import { configFields, type ConfigFields } from '../config-fields.js';
import { UnsupportedArchitectureError } from './unsupported-architecture-error.js';

/** How a LLaVA model sees: its encoder, and which of the encoder's states become features. */
export interface HuggingFaceVision {
  /** The `vision_config` as it stands in the file; undefined where the encoder is a checkpoint of its own. */
  readonly encoder: Readonly<Record<string, unknown>> | undefined;
  /**
   * Which hidden states of the encoder are features: 0 is its input, -1 its last block's output; several are
   * concatenated along the feature's numbers.
   */
  readonly featureLayers: readonly number[];
  /** Whether the first row (CLIP's class token) is left out. */
  readonly dropsFirstRow: boolean;
  readonly imageTokenId: number;
  /** Rows of features that one image gives. */
  readonly imageTokenCount: number;
  /** Numbers in a row of features, all layers together. */
  readonly featureSize: number;
}

/** What transformers assumes where a file is silent, by the encoder's `model_type`. */
const ENCODER_DEFAULTS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  clip_vision_model: { hidden_size: 768, image_size: 224, patch_size: 32 },
  siglip_vision_model: { hidden_size: 768, image_size: 224, patch_size: 16 },
};

/** The encoder of a LLaVA configuration that names none. */
const LLAVA_ENCODER = {
  model_type: 'clip_vision_model',
  hidden_size: 1024,
  intermediate_size: 4096,
  num_hidden_layers: 24,
  num_attention_heads: 16,
  patch_size: 14,
  image_size: 336,
  projection_dim: 768,
};

/** @throws UnsupportedArchitectureError, MllmConfigError */
export function readVision(
  root: ConfigFields,
  isOriginalLayout: boolean,
  imageTokenCount: number | undefined,
): HuggingFaceVision {
  return isOriginalLayout ? readOriginal(root, imageTokenCount) : readHubLayout(root);
}

function readHubLayout(root: ConfigFields): HuggingFaceVision {
  requireField(root, 'projector_hidden_act', 'gelu', 'gelu');
  requireField(root, 'multimodal_projector_bias', true, true);
  const encoder = configFields(root.get('vision_config') ?? LLAVA_ENCODER, '"vision_config"');
  const modelType = encoder.get('model_type') ?? 'clip_vision_model';
  const defaults = typeof modelType === 'string' ? ENCODER_DEFAULTS[modelType] : undefined;
  if (defaults === undefined)
    throw new UnsupportedArchitectureError(
      'vision_config.model_type',
      modelType,
      Object.keys(ENCODER_DEFAULTS).join(', '),
    );
  const section = { ...(root.get('vision_config') ?? LLAVA_ENCODER), model_type: modelType };
  const sizes = configFields(section, '"vision_config"', defaults);
  const featureLayers = readFeatureLayers(
    root.get('vision_feature_layer') ?? -2,
    root,
    'vision_feature_layer',
  );
  const selection = root.get('vision_feature_select_strategy') ?? 'default';
  if (selection !== 'default' && selection !== 'full')
    throw new UnsupportedArchitectureError('vision_feature_select_strategy', selection, 'default, full');
  const dropsFirstRow = selection === 'default';
  const patches = Math.floor(sizes.count('image_size') / sizes.count('patch_size')) ** 2;
  const rows = patches + (modelType === 'clip_vision_model' ? 1 : 0);
  return {
    encoder: section,
    featureLayers,
    dropsFirstRow,
    imageTokenId: root.has('image_token_index')
      ? root.count('image_token_index', 0)
      : root.has('image_token_id')
        ? root.count('image_token_id', 0)
        : 32_000,
    imageTokenCount: rows - (dropsFirstRow ? 1 : 0),
    featureSize: sizes.count('hidden_size') * featureLayers.length,
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
    encoder: undefined,
    featureLayers: readFeatureLayers(root.get('mm_vision_select_layer'), root, 'mm_vision_select_layer'),
    dropsFirstRow: (root.get('mm_vision_select_feature') ?? 'patch') === 'patch',
    imageTokenId: root.count('vocab_size'),
    imageTokenCount,
    featureSize: root.count('mm_hidden_size'),
  };
}

function readFeatureLayers(value: unknown, root: ConfigFields, field: string): readonly number[] {
  const layers: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (layers.length === 0 || !layers.every((layer): layer is number => Number.isSafeInteger(layer)))
    return root.fail(field, 'the index of a layer, or a list of them');
  return layers;
}

function requireField(root: ConfigFields, name: string, expected: unknown, otherwise: unknown): void {
  const found = root.get(name) ?? otherwise;
  if (found !== expected) throw new UnsupportedArchitectureError(name, found, JSON.stringify(expected));
}
