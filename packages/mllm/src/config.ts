import type { RotaryScaling } from '@pose-rft/tensor';
import { configFields, MllmConfigError, type ConfigFields } from './config-fields.js';
import { parseLoraConfig, type LoraConfig } from './lora/lora-config.js';
import { parsePoseHeadConfig, type PoseHeadConfig } from './pose-head-config.js';
import { parsePoseInputConfig, type PoseInputConfig } from './pose-input.js';
import { ROTATION_SIZE } from './rotation-size.js';
import { SPECIAL_TOKEN_IDS } from './tokenizer.js';
import { imageSizesOf, parseVisionInput, type VisionInput } from './vision-input.js';
import { visionPreset } from './vision/vision-config-json.js';

/** The shape of the model: everything that fixes its parameters' names and shapes, and the forward pass. */
export interface MllmConfig {
  /** Width of the residual stream. */
  readonly hiddenSize: number;
  readonly layerCount: number;
  /** Attention heads of queries. */
  readonly headCount: number;
  /** Heads of keys and values, each shared by `headCount / keyValueHeadCount` query heads (grouped-query attention). */
  readonly keyValueHeadCount: number;
  /** Numbers in a head: even, since the rotary embedding turns pairs. */
  readonly headSize: number;
  /** Width of the gated feed-forward layer. */
  readonly intermediateSize: number;
  /** Rows of the embedding table; at least the tokenizer's size. */
  readonly vocabularySize: number;
  /**
   * What the model sees with; null if features come from elsewhere, one vector of `imageFeatureSize` numbers a slot, and
   * go through one projector of two layers. The sizes below follow from it.
   */
  readonly vision: VisionInput | null;
  /** `<image>` slots that one image fills; 0 in a model without a projector. */
  readonly imageTokenCount: number;
  /** Numbers in the feature vector of one slot (the widest, if there are several); 0 in a model without a projector. */
  readonly imageFeatureSize: number;
  /** Longest prompt plus answer, in tokens. */
  readonly maxPositions: number;
  /** Base of the rotary embedding's frequencies. */
  readonly ropeTheta: number;
  readonly ropeScaling: RotaryScaling;
  readonly slidingWindow: SlidingWindow | null;
  /** Whether the queries', keys' and values' projections add a bias (Qwen2). */
  readonly qkvBias: boolean;
  /** Whether the attention's output projection adds a bias. */
  readonly attentionOutputBias: boolean;
  readonly feedForwardBias: boolean;
  /** Whether the language-model head is the embedding table. */
  readonly tiedEmbeddings: boolean;
  /** Epsilon of RMSNorm. */
  readonly normEpsilon: number;
  readonly tokenIds: ModelTokenIds;
  /** Low-rank adapters beside the linear layers; null without any. */
  readonly lora: LoraConfig | null;
  readonly poseHead: PoseHeadConfig;
  /** How a pose in a question becomes tokens; null in a model that reads none. */
  readonly poseInput: PoseInputConfig | null;
  /** Numbers of a pose: 6 for each of the 24 joints. */
  readonly poseSize: number;
}

/** Layers whose rows attend to the last `size` rows only, themselves included. */
export interface SlidingWindow {
  readonly size: number;
  /** Ascending indices of the layers. */
  readonly layers: readonly number[];
}

/** The ids that mean something to the model itself, whatever its tokenizer. */
export interface ModelTokenIds {
  /** Ends an answer. */
  readonly endOfSequence: number;
  /** The pose head reads the hidden state at it; null in a model that answers with text alone. */
  readonly pose: number | null;
  /** A slot for one image feature vector; null in a model that sees none. */
  readonly image: number | null;
  /** Ids that no answer may hold: padding, image slots, turn marks, ... */
  readonly unanswerable: readonly number[];
}

/** Traits that a configuration need not name; without them it is a plain Llama with this project's tokenizer. */
type OptionalTrait =
  | 'keyValueHeadCount'
  | 'headSize'
  | 'ropeScaling'
  | 'slidingWindow'
  | 'qkvBias'
  | 'attentionOutputBias'
  | 'feedForwardBias'
  | 'tiedEmbeddings'
  | 'tokenIds'
  | 'vision'
  | 'lora'
  | 'poseInput';

/** What {@link parseMllmConfig} completes: by default as many key-value heads as heads, `hiddenSize / headCount` numbers each. */
export type MllmConfigInput = Omit<MllmConfig, OptionalTrait> & Partial<Pick<MllmConfig, OptionalTrait>>;

/** The ids of this project's own tokenizer. */
export const DEFAULT_TOKEN_IDS: ModelTokenIds = Object.freeze({
  endOfSequence: SPECIAL_TOKEN_IDS.endOfSequence,
  pose: SPECIAL_TOKEN_IDS.pose,
  image: SPECIAL_TOKEN_IDS.image,
  unanswerable: Object.freeze([
    SPECIAL_TOKEN_IDS.pad,
    SPECIAL_TOKEN_IDS.image,
    SPECIAL_TOKEN_IDS.user,
    SPECIAL_TOKEN_IDS.assistant,
    SPECIAL_TOKEN_IDS.unknown,
  ]),
});

export type MllmPreset = keyof typeof MLLM_PRESETS;

/**
 * Shapes worth naming. `tiny` (0.2 M parameters) trains on one CPU core; `small` (14 M) on a laptop, with grouped-query
 * attention and tied embeddings; `llava-1.5-7b` is the shape of the real model, whose feature vectors are CLIP
 * ViT-L/14-336's.
 */
export const MLLM_PRESETS = {
  tiny: {
    hiddenSize: 64,
    layerCount: 2,
    headCount: 4,
    intermediateSize: 176,
    vocabularySize: 512,
    imageTokenCount: 12,
    imageFeatureSize: 128,
    maxPositions: 256,
    ropeTheta: 10_000,
    normEpsilon: 1e-5,
    poseHead: { hiddenSize: 256, logStdMin: -4, logStdMax: -2.5 },
    poseSize: 144,
  },
  small: {
    hiddenSize: 384,
    layerCount: 8,
    headCount: 6,
    keyValueHeadCount: 2,
    intermediateSize: 1024,
    vocabularySize: 4096,
    imageTokenCount: 64,
    imageFeatureSize: 192,
    maxPositions: 1024,
    ropeTheta: 10_000,
    tiedEmbeddings: true,
    normEpsilon: 1e-5,
    poseHead: { hiddenSize: 512, logStdMin: -4, logStdMax: -2.5 },
    poseSize: 144,
  },
  'llava-1.5-7b': {
    hiddenSize: 4096,
    layerCount: 32,
    headCount: 32,
    intermediateSize: 11_008,
    vocabularySize: 32_064,
    vision: {
      towers: [{ config: visionPreset('clip-vit-large-patch14-336') }],
      fusion: { kind: 'tokens' },
      projector: { depth: 2, activation: 'gelu', bias: true },
    },
    imageTokenCount: 576,
    imageFeatureSize: 1024,
    maxPositions: 4096,
    ropeTheta: 10_000,
    normEpsilon: 1e-5,
    // Vicuna's </s>; <image> and <pad> as the hub's conversion adds them; <POSE> takes the next of the padding rows.
    tokenIds: { endOfSequence: 2, pose: 32_002, image: 32_000, unanswerable: [0, 1, 32_000, 32_001] },
    poseHead: { hiddenSize: 1024, logStdMin: -4, logStdMax: -2.5 },
    poseSize: 144,
  },
} as const satisfies Record<string, MllmConfigInput>;

/**
 * A preset with changes.
 *
 * @throws MllmConfigError if the result describes no model
 * @example
 * ```ts
 * import { mllmConfig } from '@pose-rft/mllm';
 *
 * const config = mllmConfig('tiny', { vocabularySize: 300 });
 * console.assert(config.hiddenSize === 64 && config.vocabularySize === 300);
 * ```
 */
export function mllmConfig(preset: MllmPreset, changes: Partial<MllmConfig> = {}): MllmConfig {
  return parseMllmConfig({ ...MLLM_PRESETS[preset], ...changes });
}

/**
 * Checks a configuration that was read from a file or written by hand, and returns a frozen copy of its known fields,
 * completed by the defaults of {@link MllmConfigInput}.
 *
 * @throws MllmConfigError naming the field, what was expected and what was found
 */
export function parseMllmConfig(value: unknown): MllmConfig {
  const fields = configFields(value, 'the configuration', {
    ropeScaling: { kind: 'none' },
    qkvBias: false,
    attentionOutputBias: false,
    feedForwardBias: false,
    tiedEmbeddings: false,
    tokenIds: DEFAULT_TOKEN_IDS,
  });
  const head = fields.nested('poseHead');
  const layerCount = fields.count('layerCount');
  const hiddenSize = fields.count('hiddenSize');
  const headCount = fields.count('headCount');
  const vocabularySize = fields.count('vocabularySize');
  const vision = fields.has('vision') ? parseVisionInput(fields) : null;
  const config: MllmConfig = Object.freeze({
    hiddenSize,
    layerCount,
    headCount,
    keyValueHeadCount: fields.has('keyValueHeadCount') ? fields.count('keyValueHeadCount') : headCount,
    headSize: fields.has('headSize') ? fields.count('headSize') : hiddenSize / headCount,
    intermediateSize: fields.count('intermediateSize'),
    vocabularySize,
    vision,
    imageTokenCount: vision === null ? fields.count('imageTokenCount', 0) : 0,
    imageFeatureSize: vision === null ? fields.count('imageFeatureSize', 0) : 0,
    ...(vision === null ? {} : imageSizesOf(vision)),
    maxPositions: fields.count('maxPositions'),
    ropeTheta: fields.positive('ropeTheta'),
    ropeScaling: parseRopeScaling(fields),
    slidingWindow: fields.has('slidingWindow')
      ? parseSlidingWindow(fields.nested('slidingWindow'), layerCount)
      : null,
    qkvBias: fields.flag('qkvBias'),
    attentionOutputBias: fields.flag('attentionOutputBias'),
    feedForwardBias: fields.flag('feedForwardBias'),
    tiedEmbeddings: fields.flag('tiedEmbeddings'),
    normEpsilon: fields.positive('normEpsilon'),
    tokenIds: parseTokenIds(fields.nested('tokenIds'), vocabularySize),
    lora: fields.has('lora') ? parseLoraConfig(fields.get('lora')) : null,
    poseHead: parsePoseHeadConfig(head),
    poseInput: fields.has('poseInput')
      ? parsePoseInputConfig(fields.nested('poseInput'), vocabularySize)
      : null,
    poseSize: fields.count('poseSize'),
  });
  checkHeads(config);
  if (config.imageTokenCount > 0 && config.imageFeatureSize === 0)
    fields.fail('imageFeatureSize', `an integer above 0, as there are ${config.imageTokenCount} image slots`);
  if (config.poseSize % ROTATION_SIZE !== 0)
    throw new MllmConfigError(
      `MllmConfig: poseSize ${config.poseSize} is no multiple of ${ROTATION_SIZE}, the numbers of one joint; ` +
        'expected 144 for the 24 joints of SMPL.',
    );
  return config;
}

function checkHeads(config: MllmConfig): void {
  const { hiddenSize, headCount, keyValueHeadCount, headSize } = config;
  if (!Number.isInteger(headSize) || headSize % 2 !== 0)
    throw new MllmConfigError(
      `MllmConfig: hiddenSize ${hiddenSize} over headCount ${headCount} gives heads of ${headSize} ` +
        'numbers; expected an even integer. Change either of them, or give headSize.',
    );
  if (headCount % keyValueHeadCount !== 0)
    throw new MllmConfigError(
      `MllmConfig: headCount ${headCount} is no multiple of keyValueHeadCount ${keyValueHeadCount}; each head of ` +
        'keys and values serves the same number of query heads.',
    );
}

/** The numbers of each kind of scaling. */
const SCALING_NUMBERS: Readonly<Record<RotaryScaling['kind'], readonly string[]>> = {
  none: [],
  linear: ['factor'],
  llama3: ['factor', 'lowFrequencyFactor', 'highFrequencyFactor', 'originalMaxPositions'],
  yarn: ['factor', 'betaFast', 'betaSlow', 'attentionFactor', 'originalMaxPositions'],
};

function parseRopeScaling(fields: ConfigFields): RotaryScaling {
  const scaling = fields.nested('ropeScaling');
  const kind = scaling.get('kind');
  if (typeof kind !== 'string' || !Object.hasOwn(SCALING_NUMBERS, kind))
    fields.fail('ropeScaling', `of a kind among ${Object.keys(SCALING_NUMBERS).join(', ')}`);
  const names = SCALING_NUMBERS[kind as RotaryScaling['kind']];
  const numbers = Object.fromEntries(names.map((name) => [name, scaling.positive(name)]));
  return Object.freeze({ kind, ...numbers }) as RotaryScaling;
}

function parseSlidingWindow(window: ConfigFields, layerCount: number): SlidingWindow {
  const layers = window.get('layers');
  const isLayer = (layer: unknown, place: number, all: readonly unknown[]): boolean =>
    Number.isSafeInteger(layer) &&
    (layer as number) > (place === 0 ? -1 : (all[place - 1] as number)) &&
    (layer as number) < layerCount;
  if (!Array.isArray(layers) || !layers.every(isLayer))
    window.fail('layers', `ascending layer indices below ${layerCount}`);
  return Object.freeze({
    size: window.count('size'),
    layers: Object.freeze([...(layers as readonly number[])]),
  });
}

function parseTokenIds(ids: ConfigFields, vocabularySize: number): ModelTokenIds {
  const isId = (id: unknown): id is number =>
    typeof id === 'number' && Number.isSafeInteger(id) && id >= 0 && id < vocabularySize;
  const expected = `in [0, ${vocabularySize})`;
  const id = (name: string): number => {
    const found = ids.get(name);
    return isId(found) ? found : ids.fail(`tokenIds.${name}`, `a token id ${expected}`);
  };
  const idOrNull = (name: string): number | null => (ids.has(name) ? id(name) : null);
  const unanswerable = ids.get('unanswerable');
  if (!Array.isArray(unanswerable) || !unanswerable.every(isId))
    ids.fail('tokenIds.unanswerable', `token ids ${expected}`);
  return Object.freeze({
    endOfSequence: id('endOfSequence'),
    pose: idOrNull('pose'),
    image: idOrNull('image'),
    unanswerable: Object.freeze([...(unanswerable as readonly number[])]),
  });
}

export { MllmConfigError, ROTATION_SIZE };
export type { PoseHeadConfig };
