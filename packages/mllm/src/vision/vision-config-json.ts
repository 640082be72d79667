import { match } from 'ts-pattern';
import {
  checkVisionConfig,
  checkVisionFeature,
  VisionConfigError,
  type VisionActivation,
  type VisionFamily,
  type VisionFeature,
  type VisionTransformerConfig,
} from './vision-config.js';

/** A `vision_config` as Hugging Face's config.json holds it, or HMR2.0's in the same manner. */
export type VisionConfigJson = Readonly<Record<string, unknown>>;

/** What a family's towers have in common, and no configuration file says. */
type FamilyTraits = Pick<VisionTransformerConfig, 'classToken' | 'patchBias' | 'preNorm'>;

const TRAITS: Readonly<Record<VisionFamily, FamilyTraits>> = {
  clip: { classToken: 'prepended', patchBias: false, preNorm: true },
  siglip: { classToken: 'none', patchBias: true, preNorm: false },
  hmr2: { classToken: 'position', patchBias: true, preNorm: false },
};

/** What Hugging Face assumes where a file says nothing (a saved config.json leaves such fields out); HMR2.0's own. */
const DEFAULTS: Readonly<Record<VisionFamily, VisionConfigJson>> = {
  clip: {
    hidden_size: 768,
    intermediate_size: 3072,
    num_hidden_layers: 12,
    num_attention_heads: 12,
    num_channels: 3,
    image_size: 224,
    patch_size: 32,
    hidden_act: 'quick_gelu',
    layer_norm_eps: 1e-5,
  },
  siglip: {
    hidden_size: 768,
    intermediate_size: 3072,
    num_hidden_layers: 12,
    num_attention_heads: 12,
    num_channels: 3,
    image_size: 224,
    patch_size: 16,
    hidden_act: 'gelu_pytorch_tanh',
    layer_norm_eps: 1e-6,
  },
  hmr2: {
    hidden_size: 1280,
    intermediate_size: 5120,
    num_hidden_layers: 32,
    num_attention_heads: 16,
    num_channels: 3,
    image_size: 256,
    patch_size: 16,
    hidden_act: 'gelu',
    layer_norm_eps: 1e-6,
    side_crop: 32,
    patch_padding: 2,
  },
};

const MODEL_TYPES: Readonly<Record<VisionFamily, string>> = {
  clip: 'clip_vision_model',
  siglip: 'siglip_vision_model',
  hmr2: 'hmr2_vision_model',
};

/**
 * Reads a `vision_config` of Hugging Face's config.json (`clip_vision_model`, `siglip_vision_model`), or one of
 * `model_type` `hmr2_vision_model` in the same manner with `side_crop` and `patch_padding` (pixels). Fields that the
 * file leaves out have Hugging Face's defaults, and HMR2.0's those of its ViT-H.
 *
 * @throws VisionConfigError naming the field, what was expected and what was found
 * @example
 * ```ts
 * import { parseVisionConfig, visionTokenCount } from '@pose-rft/mllm';
 *
 * const config = parseVisionConfig({ model_type: 'clip_vision_model', image_size: 336, patch_size: 14 });
 * console.assert(visionTokenCount(config) === 577 && config.activation === 'quick_gelu');
 * ```
 */
export function parseVisionConfig(value: unknown): VisionTransformerConfig {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new VisionConfigError(`vision_config: expected an object, found ${show(value)}.`);
  const given: VisionConfigJson = { ...value };
  const family = familyOf(given['model_type']);
  const fields: VisionConfigJson = { ...DEFAULTS[family], ...given };
  const [imageHeight, imageWidth] = pixelPair(fields, 'image_size');
  const [patchSize, patchWidth] = pixelPair(fields, 'patch_size');
  if (patchSize !== patchWidth)
    throw new VisionConfigError(
      `vision_config: expected patch_size to be square, found ${show(fields['patch_size'])}.`,
    );
  return checkVisionConfig({
    family,
    imageHeight,
    imageWidth,
    channelCount: numberField(fields, 'num_channels'),
    sideCropPixels: family === 'hmr2' ? numberField(fields, 'side_crop') : 0,
    patchSize,
    patchPaddingPixels: family === 'hmr2' ? numberField(fields, 'patch_padding') : 0,
    hiddenSize: numberField(fields, 'hidden_size'),
    intermediateSize: numberField(fields, 'intermediate_size'),
    layerCount: numberField(fields, 'num_hidden_layers'),
    headCount: numberField(fields, 'num_attention_heads'),
    activation: activationOf(fields['hidden_act']),
    normEpsilon: numberField(fields, 'layer_norm_eps'),
    ...TRAITS[family],
  });
}

/** The `vision_config` that {@link parseVisionConfig} reads back as the same configuration. */
export function visionConfigToJson(config: VisionTransformerConfig): VisionConfigJson {
  const square = config.imageHeight === config.imageWidth;
  return {
    model_type: MODEL_TYPES[config.family],
    hidden_size: config.hiddenSize,
    intermediate_size: config.intermediateSize,
    num_hidden_layers: config.layerCount,
    num_attention_heads: config.headCount,
    num_channels: config.channelCount,
    image_size: square ? config.imageHeight : [config.imageHeight, config.imageWidth],
    patch_size: config.patchSize,
    hidden_act: config.activation,
    layer_norm_eps: config.normEpsilon,
    ...(config.family === 'hmr2'
      ? { side_crop: config.sideCropPixels, patch_padding: config.patchPaddingPixels }
      : {}),
  };
}

/**
 * The features that a LLaVA's config.json asks for: `vision_feature_layer` (a number or a list; -2 if absent) and
 * `vision_feature_select_strategy` (`default` leaves the class token out, `full` does not; `default` if absent).
 *
 * @throws VisionConfigError for other values, or `default` for a tower without class token: Hugging Face would leave
 *   out the first patch there
 */
export function llavaVisionFeature(json: VisionConfigJson, config: VisionTransformerConfig): VisionFeature {
  const layer = json['vision_feature_layer'] ?? -2;
  const layers: readonly unknown[] = Array.isArray(layer) ? layer : [layer];
  const strategy = json['vision_feature_select_strategy'] ?? 'default';
  if (strategy !== 'default' && strategy !== 'full')
    throw new VisionConfigError(
      `vision_feature_select_strategy: expected "default" or "full", found ${show(strategy)}.`,
    );
  return checkVisionFeature(config, {
    layers: layers.map((index) => {
      if (typeof index !== 'number')
        throw new VisionConfigError(`vision_feature_layer: expected numbers, found ${show(layer)}.`);
      return index;
    }),
    dropClassToken: strategy === 'default',
    finalNorm: false,
  });
}

/** Vision towers worth naming; the two `small` ones are of a size that trains on one CPU core. */
export const VISION_PRESETS = {
  'clip-vit-large-patch14-336': {
    model_type: 'clip_vision_model',
    hidden_size: 1024,
    intermediate_size: 4096,
    num_hidden_layers: 24,
    num_attention_heads: 16,
    image_size: 336,
    patch_size: 14,
  },
  'siglip-so400m-patch14-384': {
    model_type: 'siglip_vision_model',
    hidden_size: 1152,
    intermediate_size: 4304,
    num_hidden_layers: 27,
    num_attention_heads: 16,
    image_size: 384,
    patch_size: 14,
  },
  'hmr2-vit-huge': { model_type: 'hmr2_vision_model' },
  /** CLIP's kind: 64 x 64 pixels, 8 x 8 patches and the class token, 0.2 M parameters. */
  'small-clip': {
    model_type: 'clip_vision_model',
    hidden_size: 64,
    intermediate_size: 256,
    num_hidden_layers: 4,
    num_attention_heads: 4,
    image_size: 64,
    patch_size: 8,
  },
  /** HMR2.0's kind: 128 x 128 pixels cropped to 128 x 96, 8 x 6 patches, 0.25 M parameters. */
  'small-hmr2': {
    model_type: 'hmr2_vision_model',
    hidden_size: 64,
    intermediate_size: 256,
    num_hidden_layers: 4,
    num_attention_heads: 4,
    image_size: 128,
    side_crop: 16,
  },
} as const satisfies Record<string, VisionConfigJson>;

export type VisionPreset = keyof typeof VISION_PRESETS;

/** A named tower's configuration. */
export function visionPreset(preset: VisionPreset): VisionTransformerConfig {
  return parseVisionConfig(VISION_PRESETS[preset]);
}

function familyOf(modelType: unknown): VisionFamily {
  const found = (Object.keys(MODEL_TYPES) as VisionFamily[]).find(
    (family) => MODEL_TYPES[family] === modelType,
  );
  if (found === undefined)
    throw new VisionConfigError(
      `vision_config: expected model_type to be one of ${Object.values(MODEL_TYPES).join(', ')}, found ` +
        `${show(modelType)}.`,
    );
  return found;
}

function activationOf(name: unknown): VisionActivation {
  return match(name)
    .with('quick_gelu', 'gelu', 'gelu_pytorch_tanh', (activation) => activation)
    .with('gelu_new', () => 'gelu_pytorch_tanh' as const)
    .otherwise(() => {
      throw new VisionConfigError(
        `vision_config: expected hidden_act to be quick_gelu, gelu or gelu_pytorch_tanh, found ${show(name)}.`,
      );
    });
}

function numberField(fields: VisionConfigJson, name: string): number {
  const value = fields[name];
  if (typeof value !== 'number')
    throw new VisionConfigError(`vision_config: expected ${name} to be a number, found ${show(value)}.`);
  return value;
}

/** One number for both, or [height, width]. */
function pixelPair(fields: VisionConfigJson, name: string): readonly [number, number] {
  const value = fields[name];
  const pair: readonly unknown[] = Array.isArray(value) ? value : [value, value];
  const [height, width] = pair;
  if (pair.length !== 2 || typeof height !== 'number' || typeof width !== 'number')
    throw new VisionConfigError(
      `vision_config: expected ${name} to be a number or [height, width], found ${show(value)}.`,
    );
  return [height, width];
}

function show(value: unknown): string {
  return JSON.stringify(value) ?? String(value);
}
