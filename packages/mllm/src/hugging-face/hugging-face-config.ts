import { configFields, type ConfigFields } from '../config-fields.js';
import { MLLM_PRESETS, parseMllmConfig, type MllmConfig, type SlidingWindow } from '../config.js';
import { readRopeParameters } from './rope-scaling.js';
import { UnsupportedArchitectureError } from './unsupported-architecture-error.js';
import { readVision, type HuggingFaceVision } from './vision-section.js';

/** A model as its Hugging Face `config.json` describes it. */
export interface HuggingFaceModel {
  /** `llama`, `mistral` or `qwen2` for a language model alone, `llava` for one that sees. */
  readonly modelType: 'llama' | 'mistral' | 'qwen2' | 'llava';
  readonly config: MllmConfig;
  /** What it sees with; undefined for a language model alone. */
  readonly vision: HuggingFaceVision | undefined;
  /** All ids that end an answer; `config.tokenIds.endOfSequence` is the first. */
  readonly endOfSequenceIds: readonly number[];
  /** Rows of the embedding table in the file: at most `config.vocabularySize`. */
  readonly storedVocabularySize: number;
}

/** What a Hugging Face configuration does not say. */
export interface HuggingFaceConfigOptions {
  /**
   * The id of `<POSE>` (default: null, the model answers with text alone). An id beyond the vocabulary makes it grow: the
   * new rows of the embedding table start at the mean of the others.
   */
  readonly poseTokenId?: number | null;
  /** Shortens the model's reach, and with it the tables of its rotary embedding. */
  readonly maxPositions?: number;
  readonly poseHead?: MllmConfig['poseHead'];
  /** Slots that an image fills, where the file does not tell the image's size (LLaVA's original layout). */
  readonly imageTokenCount?: number;
}

/** What transformers assumes where a file is silent, by `model_type`. */
const TEXT_DEFAULTS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  llama: { vocab_size: 32_000, intermediate_size: 11_008, max_position_embeddings: 2048 },
  mistral: {
    vocab_size: 32_000,
    intermediate_size: 14_336,
    max_position_embeddings: 131_072,
    num_key_value_heads: 8,
    sliding_window: 4096,
  },
  qwen2: {
    vocab_size: 151_936,
    intermediate_size: 22_016,
    max_position_embeddings: 32_768,
    num_key_value_heads: 32,
    sliding_window: 4096,
  },
};

const COMMON_DEFAULTS = {
  hidden_size: 4096,
  num_hidden_layers: 32,
  num_attention_heads: 32,
  hidden_act: 'silu',
  rms_norm_eps: 1e-6,
  tie_word_embeddings: false,
  attention_bias: false,
  mlp_bias: false,
  use_sliding_window: false,
  max_window_layers: 28,
};

/**
 * Reads a Hugging Face `config.json`: Llama-family language models (Llama, Vicuna, SmolLM2: `llama`; `mistral`; `qwen2`,
 * which is Qwen2.5 too), and LLaVA with one of them, in the hub's layout or the original one. Fields that the file
 * leaves out have the values that transformers gives them.
 *
 * @param json - the parsed file
 * @throws UnsupportedArchitectureError for models that would be computed wrongly
 * @throws MllmConfigError for fields that make no sense
 * @example
 * ```ts
 * import { parseHuggingFaceConfig } from '@pose-rft/mllm';
 *
 * const { config } = parseHuggingFaceConfig({
 *   model_type: 'llama',
 *   hidden_size: 576,
 *   intermediate_size: 1536,
 *   num_hidden_layers: 30,
 *   num_attention_heads: 9,
 *   num_key_value_heads: 3,
 *   vocab_size: 49152,
 *   tie_word_embeddings: true,
 * });
 * console.assert(config.headSize === 64 && config.keyValueHeadCount === 3 && config.normEpsilon === 1e-6);
 * ```
 */
export function parseHuggingFaceConfig(
  json: unknown,
  options: HuggingFaceConfigOptions = {},
): HuggingFaceModel {
  const root = configFields(json, 'config.json');
  if (root.has('quantization_config'))
    throw new UnsupportedArchitectureError(
      'quantization_config',
      root.get('quantization_config'),
      'weights in float32, float16 or bfloat16: take the unquantised model',
    );
  const modelType = root.get('model_type');
  const isOriginalLlava = root.has('mm_projector_type') || modelType === 'llava_llama';
  const seesImages = isOriginalLlava || modelType === 'llava';
  const text = textFields(
    seesImages && !isOriginalLlava ? (root.get('text_config') ?? {}) : json,
    seesImages ? 'llama' : undefined,
  );
  const family = text.get('model_type') as 'llama' | 'mistral' | 'qwen2';
  const vision = seesImages ? readVision(root, isOriginalLlava, options.imageTokenCount) : undefined;
  const ends = endOfSequenceIds(root, text);
  const layerCount = text.count('num_hidden_layers');
  const headCount = text.count('num_attention_heads');
  const filePositions = text.count('max_position_embeddings');
  const { theta, scaling } = readRopeParameters(text, filePositions);
  const pose = options.poseTokenId ?? null;
  const image = vision?.imageTokenId ?? null;
  const storedVocabularySize = text.count('vocab_size');
  const vocabularySize = Math.max(storedVocabularySize, (pose ?? 0) + 1, (image ?? 0) + 1);
  const config = parseMllmConfig({
    hiddenSize: text.count('hidden_size'),
    layerCount,
    headCount,
    keyValueHeadCount: readKeyValueHeads(text, headCount),
    ...(text.has('head_dim') ? { headSize: text.count('head_dim') } : {}),
    intermediateSize: text.count('intermediate_size'),
    vocabularySize,
    vision: vision?.input ?? null,
    imageTokenCount: vision?.imageTokenCount ?? 0,
    imageFeatureSize: vision?.featureSize ?? 0,
    maxPositions: Math.min(filePositions, options.maxPositions ?? Infinity),
    ropeTheta: theta,
    ropeScaling: scaling,
    slidingWindow: readSlidingWindow(text, family, layerCount),
    qkvBias: family === 'qwen2' || (family === 'llama' && text.flag('attention_bias')),
    attentionOutputBias: family === 'llama' && text.flag('attention_bias'),
    feedForwardBias: family === 'llama' && text.flag('mlp_bias'),
    tiedEmbeddings:
      text.flag('tie_word_embeddings') || (seesImages && root.get('tie_word_embeddings') === true),
    normEpsilon: text.positive('rms_norm_eps'),
    tokenIds: {
      endOfSequence: ends[0],
      pose,
      image,
      unanswerable: [
        ...new Set([...specialIds(root), ...specialIds(text), ...(image === null ? [] : [image])]),
      ].filter((id) => !ends.includes(id) && id < vocabularySize),
    },
    poseHead: options.poseHead ?? MLLM_PRESETS['llava-1.5-7b'].poseHead,
    poseSize: MLLM_PRESETS['llava-1.5-7b'].poseSize,
  });
  return {
    modelType: seesImages ? 'llava' : family,
    config,
    vision,
    endOfSequenceIds: ends,
    storedVocabularySize,
  };
}

function textFields(section: unknown, otherwise: string | undefined): ConfigFields {
  const given = configFields(section, 'the text configuration');
  const named = given.get('model_type') ?? otherwise;
  const family =
    named === 'llava_llama' || (otherwise !== undefined && named === 'llava') ? otherwise : named;
  const defaults = typeof family === 'string' ? TEXT_DEFAULTS[family] : undefined;
  if (defaults === undefined)
    throw new UnsupportedArchitectureError(
      'model_type',
      named,
      'llama, mistral, qwen2, and llava with one of them',
    );
  const text = configFields({ ...(section as object), model_type: family }, 'the text configuration', {
    ...COMMON_DEFAULTS,
    ...defaults,
  });
  if (text.get('hidden_act') !== 'silu')
    throw new UnsupportedArchitectureError('hidden_act', text.get('hidden_act'), 'silu');
  return text;
}

/** A file that says null means as many as heads; one that says nothing means its family's default. */
function readKeyValueHeads(text: ConfigFields, headCount: number): number {
  const isUnsaid = text.raw('num_key_value_heads') === null || !text.has('num_key_value_heads');
  return isUnsaid ? headCount : text.count('num_key_value_heads');
}

function readSlidingWindow(text: ConfigFields, family: string, layerCount: number): SlidingWindow | null {
  const isUsed = family === 'mistral' || (family === 'qwen2' && text.flag('use_sliding_window'));
  // A file that says null means it: the default is for one that says nothing.
  if (!isUsed || text.raw('sliding_window') === null) return null;
  const all = Array.from({ length: layerCount }, (_, layer) => layer);
  const types = text.get('layer_types');
  const layers =
    family === 'mistral'
      ? all
      : Array.isArray(types)
        ? all.filter((layer) => types[layer] === 'sliding_attention')
        : all.filter((layer) => layer >= text.count('max_window_layers', 0));
  return layers.length === 0 ? null : { size: text.count('sliding_window'), layers };
}

function endOfSequenceIds(root: ConfigFields, text: ConfigFields): readonly number[] {
  const given = root.get('eos_token_id') ?? text.get('eos_token_id') ?? 2;
  const ids: readonly unknown[] = Array.isArray(given) ? given : [given];
  if (ids.length === 0 || !ids.every((id): id is number => typeof id === 'number'))
    return root.fail('eos_token_id', 'a token id, or a list of them');
  return ids;
}

/** Beginning of sequence and padding: the model reads them and never writes them. */
function specialIds(fields: ConfigFields): number[] {
  return ['bos_token_id', 'pad_token_id']
    .map((name) => fields.get(name))
    .filter((id): id is number => typeof id === 'number' && id >= 0);
}
