import {
  addLora,
  createHuggingFaceTokenizer,
  createMllmParameters,
  createTokenizer,
  createVisionEncoder,
  createVisionParameters,
  loadHuggingFaceModel,
  mllmConfig,
  parseHuggingFaceConfig,
  parseLoraConfig,
  parseMllmConfig,
  planVisionTower,
  promptWithImages,
  SPECIAL_TOKEN_IDS,
  visionEncoderConfig,
  visionPreset,
  type EncoderTower,
  type ImageFeatures,
  type MllmConfig,
  type MllmPrompt,
  type Tokenizer,
  type VisionEncoder,
  type VisionInput,
} from '@pose-rft/mllm';
import type { Random } from '@pose-rft/random';
import type { ParameterStore } from '@pose-rft/tensor';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A language model with adapters, and what it sees with. */
export interface Model {
  readonly config: MllmConfig;
  readonly parameters: ParameterStore;
  readonly encoder: VisionEncoder;
  readonly tower: EncoderTower;
  readonly visionParameters: ParameterStore;
  readonly tokenizer: Tokenizer;
  /** The question for a picture's pose, with the picture's features in it. */
  readonly askAbout: (features: ImageFeatures) => MllmPrompt;
}

/** VLM-R1's adapters: rank 64, alpha 128, dropout 0.05, every linear layer of the language model. */
export const LORA = parseLoraConfig({ rank: 64, alpha: 128, dropout: 0.05 });

/** What `config.json` says of SmolLM2-135M. */
const SMOLLM2_135M = {
  model_type: 'llama',
  hidden_size: 576,
  intermediate_size: 1536,
  num_hidden_layers: 30,
  num_attention_heads: 9,
  num_key_value_heads: 3,
  max_position_embeddings: 8192,
  rms_norm_eps: 1e-5,
  rope_theta: 100_000,
  tie_word_embeddings: true,
  vocab_size: 49_152,
};

const VISION: VisionInput = {
  towers: [{ config: visionPreset('small-clip') }],
  fusion: { kind: 'tokens' },
  projector: { depth: 2, activation: 'gelu', bias: true },
};

export const PRESETS = ['tiny', 'small', 'smollm2-135m'] as const;
export type Preset = (typeof PRESETS)[number];

/** A model of random weights: it knows nothing, but costs what a trained one of its shape costs. */
export function createRandomModel(preset: Preset, random: Random): Model {
  const tokenizer = createTokenizer('show the pose of this person here it is : .'.split(' '));
  const config =
    preset !== 'smollm2-135m'
      ? mllmConfig(preset, { vision: VISION })
      : parseMllmConfig({
          ...parseHuggingFaceConfig(SMOLLM2_135M, { maxPositions: 1024 }).config,
          vision: VISION,
          tokenIds: undefined,
        });
  const base = { config, parameters: createMllmParameters({ config, random: random.split('parameters') }) };
  const adapted = addLora(base, LORA, random.split('adapters'));
  const tower = VISION.towers[0] as EncoderTower;
  const visionParameters = createVisionParameters(planVisionTower(tower.config), random.split('vision'));
  const ids = [SPECIAL_TOKEN_IDS.image, ...tokenizer.encode('show the pose of this person').ids];
  return {
    ...seeing(adapted, tower, visionParameters),
    tokenizer,
    askAbout: (features) => promptWithImages(ids, [features], adapted.config),
  };
}

/**
 * The real model, from a folder of the Hugging Face hub such as `llava-hf/llava-1.5-7b-hf`: configuration, safetensors
 * and tokenizer. `<POSE>` becomes the first token behind the tokenizer's.
 */
export async function loadModel(folder: string, random: Random): Promise<Model> {
  const tokenizer = createHuggingFaceTokenizer({
    tokenizerJson: await readJson(join(folder, 'tokenizer.json')),
    tokenizerConfig: await readJson(join(folder, 'tokenizer_config.json')),
    addedSpecialTokens: ['<POSE>'],
  });
  const poseTokenId = tokenizer.idOf('<POSE>') ?? null;
  const loaded = await loadHuggingFaceModel(folder, { random, poseTokenId, lora: LORA, maxPositions: 1024 });
  const { config, visionParameters } = loaded;
  const tower = config.vision?.towers[0];
  if (tower === undefined || visionParameters === undefined)
    throw new TypeError(`${folder} holds no LLaVA model with its vision tower`);
  const question = `USER: <image>\nWhat is the pose of this person? ASSISTANT:`;
  const beginning = tokenizer.idOf('<s>');
  const ids = [...(beginning === undefined ? [] : [beginning]), ...tokenizer.encode(question).ids];
  return {
    ...seeing(loaded, tower, visionParameters),
    tokenizer,
    askAbout: (features) => promptWithImages(ids, [features], config),
  };
}

async function readJson(path: string): Promise<unknown> {
  return JSON.parse(await readFile(path, 'utf8')) as unknown;
}

function seeing(
  { config, parameters }: Pick<Model, 'config' | 'parameters'>,
  tower: EncoderTower,
  visionParameters: ParameterStore,
): Omit<Model, 'tokenizer' | 'askAbout'> {
  const encoder = createVisionEncoder({
    config: visionEncoderConfig(config.vision ?? VISION, config.hiddenSize),
    parameters: visionParameters,
  });
  return { config, parameters, encoder, tower, visionParameters };
}
