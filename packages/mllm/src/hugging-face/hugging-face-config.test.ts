import { describe, expect, it } from 'vitest';
import { MllmConfigError, mllmConfig } from '../config.js';
import { parseHuggingFaceConfig } from './hugging-face-config.js';
import { UnsupportedArchitectureError } from './unsupported-architecture-error.js';

/** What the hub's file of llava-1.5-7b says: the rest of `text_config` is transformers' defaults. */
const LLAVA = {
  model_type: 'llava',
  image_token_index: 32_000,
  pad_token_id: 32_001,
  projector_hidden_act: 'gelu',
  vision_feature_layer: -2,
  vision_feature_select_strategy: 'default',
  text_config: {
    model_type: 'llama',
    max_position_embeddings: 4096,
    rms_norm_eps: 1e-5,
    vocab_size: 32_064,
  },
  vision_config: {
    model_type: 'clip_vision_model',
    hidden_size: 1024,
    image_size: 336,
    patch_size: 14,
    num_hidden_layers: 24,
    num_attention_heads: 16,
    intermediate_size: 4096,
  },
};

describe('parseHuggingFaceConfig', () => {
  it('reads LLaVA-1.5-7B as the preset of that name', () => {
    const { modelType, config, vision } = parseHuggingFaceConfig(LLAVA, { poseTokenId: 32_002 });
    const preset = mllmConfig('llava-1.5-7b');
    expect(modelType).toBe('llava');
    expect({ ...config, tokenIds: preset.tokenIds }).toEqual(preset);
    expect(config.tokenIds).toMatchObject({ endOfSequence: 2, pose: 32_002, image: 32_000 });
    expect(config.tokenIds.unanswerable).toEqual(expect.arrayContaining([32_000, 32_001]));
    expect(vision).toMatchObject({ imageTokenCount: 576, featureSize: 1024 });
    expect(config.vision?.towers[0]?.feature).toMatchObject({ layers: [-2], dropClassToken: true });
  });

  it('reads the same model in the layout of its authors', () => {
    const { config, vision } = parseHuggingFaceConfig(
      {
        model_type: 'llava_llama',
        hidden_size: 4096,
        max_position_embeddings: 4096,
        rms_norm_eps: 1e-5,
        vocab_size: 32_000,
        mm_projector_type: 'mlp2x_gelu',
        mm_hidden_size: 1024,
        mm_vision_select_layer: -2,
        mm_vision_select_feature: 'patch',
        mm_vision_tower: 'openai/clip-vit-large-patch14-336',
      },
      { imageTokenCount: 576 },
    );
    expect(config).toMatchObject({ imageTokenCount: 576, imageFeatureSize: 1024, vocabularySize: 32_001 });
    expect(vision).toMatchObject({ input: null, imageTokenId: 32_000 });
  });

  it('knows the traits of each family', () => {
    const qwen = parseHuggingFaceConfig({
      model_type: 'qwen2',
      hidden_size: 896,
      intermediate_size: 4864,
      num_attention_heads: 14,
      num_key_value_heads: 2,
      num_hidden_layers: 24,
      rope_theta: 1_000_000,
      sliding_window: 32_768,
      tie_word_embeddings: true,
      use_sliding_window: false,
      eos_token_id: [151_645, 151_643],
    });
    expect(qwen.endOfSequenceIds).toEqual([151_645, 151_643]);
    expect(qwen.config).toMatchObject({
      qkvBias: true,
      attentionOutputBias: false,
      tiedEmbeddings: true,
      slidingWindow: null,
      ropeTheta: 1e6,
      headSize: 64,
      imageFeatureSize: 0,
      tokenIds: { image: null, pose: null },
    });
    const mistral = parseHuggingFaceConfig({ model_type: 'mistral', num_hidden_layers: 2 }).config;
    expect(mistral).toMatchObject({ keyValueHeadCount: 8, slidingWindow: { size: 4096, layers: [0, 1] } });
    expect(parseHuggingFaceConfig({ model_type: 'mistral', sliding_window: null }).config.slidingWindow).toBe(
      null,
    );
    const llama = parseHuggingFaceConfig({
      model_type: 'llama',
      rope_scaling: {
        rope_type: 'llama3',
        factor: 8,
        low_freq_factor: 1,
        high_freq_factor: 4,
        original_max_position_embeddings: 8192,
      },
      max_position_embeddings: 131_072,
    });
    expect(llama.config.ropeScaling).toMatchObject({ kind: 'llama3', originalMaxPositions: 8192 });
    expect(parseHuggingFaceConfig({ model_type: 'llama' }, { maxPositions: 512 }).config.maxPositions).toBe(
      512,
    );
  });

  it('makes room for <POSE> behind the vocabulary', () => {
    const { config, storedVocabularySize } = parseHuggingFaceConfig(
      { model_type: 'llama', vocab_size: 100 },
      { poseTokenId: 100 },
    );
    expect([config.vocabularySize, storedVocabularySize]).toEqual([101, 100]);
  });

  it.each<[Record<string, unknown>, string]>([
    [{ model_type: 'gemma2' }, 'model_type is "gemma2"; supported: llama, mistral, qwen2'],
    [{}, 'model_type is missing'],
    [{ model_type: 'llama', hidden_act: 'gelu' }, 'hidden_act is "gelu"; supported: silu'],
    [{ model_type: 'llama', quantization_config: { bits: 4 } }, 'take the unquantised model'],
    [{ model_type: 'llama', rope_scaling: { type: 'dynamic', factor: 2 } }, 'up to its original length'],
    [{ model_type: 'llama', partial_rotary_factor: 0.5 }, 'partial_rotary_factor is 0.5'],
    [{ ...LLAVA, projector_hidden_act: 'relu' }, 'projector_hidden_act is "relu"; supported: gelu'],
    [{ ...LLAVA, vision_config: { model_type: 'dinov2' } }, 'vision_config.model_type is "dinov2"'],
    [{ ...LLAVA, text_config: { model_type: 'mixtral' } }, 'model_type is "mixtral"'],
    [{ model_type: 'llava_llama', mm_projector_type: 'mlp2x_gelu' }, 'give { imageTokenCount }'],
  ])('refuses %j', (json, message) => {
    expect(() => parseHuggingFaceConfig(json)).toThrow(UnsupportedArchitectureError);
    expect(() => parseHuggingFaceConfig(json)).toThrow(message);
  });

  it.each<[unknown, string]>([
    [[], 'expected config.json to be an object'],
    [{ model_type: 'llama', num_attention_heads: 7 }, 'heads of 585.'],
    [{ model_type: 'llama', num_key_value_heads: 5 }, 'no multiple of keyValueHeadCount 5'],
    [{ model_type: 'llama', rope_scaling: { type: 'linear' } }, 'expected factor to be a finite number'],
    [{ model_type: 'llama', eos_token_id: 'end' }, 'expected eos_token_id to be a token id'],
  ])('refuses %j, which makes no sense', (json, message) => {
    expect(() => parseHuggingFaceConfig(json)).toThrow(MllmConfigError);
    expect(() => parseHuggingFaceConfig(json)).toThrow(message);
  });
});
