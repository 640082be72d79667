import type { RotaryScaling } from '@pose-rft/tensor';
import { match } from 'ts-pattern';
import { CheckpointError } from '../checkpoint-error.js';
import type { MllmConfig } from '../config.js';

/**
 * The `config.json` that transformers reads a model by.
 *
 * @param source - the `config.json` of the LLaVA model that this one was made of: only its text changes
 * @throws CheckpointError if none of transformers' classes computes this model
 */
export function huggingFaceConfig(
  config: MllmConfig,
  folder: string,
  source: unknown,
): Readonly<Record<string, unknown>> {
  const text = textConfig(config, folder);
  if (source === undefined) return { ...text, tie_word_embeddings: config.tiedEmbeddings };
  return {
    ...(source as object),
    architectures: ['LlavaForConditionalGeneration'],
    model_type: 'llava',
    text_config: text,
  };
}

function textConfig(config: MllmConfig, folder: string): Record<string, unknown> {
  const { slidingWindow, layerCount, qkvBias, attentionOutputBias, feedForwardBias } = config;
  const family = familyOf(config, folder);
  return {
    architectures: [
      { llama: 'LlamaForCausalLM', mistral: 'MistralForCausalLM', qwen2: 'Qwen2ForCausalLM' }[family],
    ],
    model_type: family,
    bos_token_id: null,
    eos_token_id: config.tokenIds.endOfSequence,
    head_dim: config.headSize,
    hidden_act: 'silu',
    hidden_size: config.hiddenSize,
    intermediate_size: config.intermediateSize,
    max_position_embeddings: config.maxPositions,
    num_attention_heads: config.headCount,
    num_hidden_layers: layerCount,
    num_key_value_heads: config.keyValueHeadCount,
    rms_norm_eps: config.normEpsilon,
    rope_theta: config.ropeTheta,
    rope_scaling: ropeScaling(config.ropeScaling),
    tie_word_embeddings: config.tiedEmbeddings,
    vocab_size: config.vocabularySize,
    ...(family === 'llama'
      ? { attention_bias: qkvBias && attentionOutputBias, mlp_bias: feedForwardBias }
      : {}),
    ...(family === 'mistral' ? { sliding_window: slidingWindow?.size ?? null } : {}),
    ...(family === 'qwen2' && slidingWindow !== null
      ? {
          use_sliding_window: true,
          sliding_window: slidingWindow.size,
          layer_types: Array.from({ length: layerCount }, (_, layer) =>
            slidingWindow.layers.includes(layer) ? 'sliding_attention' : 'full_attention',
          ),
        }
      : {}),
  };
}

function familyOf(config: MllmConfig, folder: string): 'llama' | 'mistral' | 'qwen2' {
  const { slidingWindow, layerCount, qkvBias, attentionOutputBias, feedForwardBias } = config;
  const hasBias = qkvBias || attentionOutputBias || feedForwardBias;
  if (slidingWindow === null && qkvBias === attentionOutputBias) return 'llama';
  if (qkvBias && !attentionOutputBias && !feedForwardBias) return 'qwen2';
  if (slidingWindow?.layers.length === layerCount && !hasBias) return 'mistral';
  throw new CheckpointError({
    file: folder,
    subject: 'saving',
    expected:
      'the traits of a Llama (biases on all of the attention or none), a Qwen2 (biases on queries, keys and ' +
      'values) or a Mistral (a window in every layer)',
    found: JSON.stringify({ slidingWindow, qkvBias, attentionOutputBias, feedForwardBias }),
    remedy: 'Save it as a checkpoint of this package (saveCheckpoint).',
  });
}

function ropeScaling(scaling: RotaryScaling): Readonly<Record<string, unknown>> | null {
  return match(scaling)
    .with({ kind: 'none' }, () => null)
    .with({ kind: 'linear' }, ({ factor }) => ({ rope_type: 'linear', factor }))
    .with({ kind: 'llama3' }, (llama3) => ({
      rope_type: 'llama3',
      factor: llama3.factor,
      low_freq_factor: llama3.lowFrequencyFactor,
      high_freq_factor: llama3.highFrequencyFactor,
      original_max_position_embeddings: llama3.originalMaxPositions,
    }))
    .with({ kind: 'yarn' }, (yarn) => ({
      rope_type: 'yarn',
      factor: yarn.factor,
      beta_fast: yarn.betaFast,
      beta_slow: yarn.betaSlow,
      attention_factor: yarn.attentionFactor,
      original_max_position_embeddings: yarn.originalMaxPositions,
    }))
    .exhaustive();
}
