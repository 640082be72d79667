import {
  add,
  appendToCache,
  cachedAttention,
  concat,
  createRotaryTables,
  erf,
  gatherRows,
  keep,
  matMul,
  mul,
  packedAttention,
  rmsNorm,
  rotaryEmbedding,
  swiGlu,
  tensor1d,
  type KeyValueCache,
  type ParameterStore,
  type Tensor1D,
  type Tensor2D,
} from '@pose-rft/tensor';
import type { MllmConfig } from './config.js';
import type { PackedSegments } from './packing.js';
import { layerName } from './parameters.js';
import { poseDistribution, type PoseDistribution } from './pose-head.js';
import { SPECIAL_TOKENS, SPECIAL_TOKEN_IDS } from './tokenizer.js';

/** New rows of several sequences, each behind rows that the caches already hold. */
export interface NextRows {
  /** [B] token ids. */
  readonly ids: Int32Array;
  /** [B] their positions in their sequences. */
  readonly positions: Int32Array;
  /** [B] the cache rows that take their keys and values. */
  readonly cacheRows: Int32Array;
  /** [B, 4] the cache rows that each attends to: its prompt's, and its own answer's up to itself. */
  readonly ranges: Int32Array;
}

/**
 * A LLaVA-shaped decoder: image features enter through a two-layer projector as rows among the token embeddings;
 * Llama blocks follow, then a language-model head and a pose head. It owns its constants, not the parameters, and
 * reads those anew in every call, so an optimiser may replace them.
 */
export interface Decoder {
  readonly config: MllmConfig;
  readonly parameters: ParameterStore;
  /** The ids that an answer may hold: `<eos>`, `<POSE>` and the ordinary words. */
  canAnswerWith(id: number): boolean;
  /**
   * float32 [N, hiddenSize]: the normalised hidden state of every packed row. Differentiable.
   *
   * @param caches - one a layer; they receive the keys and values of row i as their row i
   */
  hiddenStates(packed: PackedSegments, caches?: readonly KeyValueCache[]): Tensor2D;
  /** float32 [B, hiddenSize] of rows that continue what the caches hold. Not differentiable. */
  nextHiddenStates(rows: NextRows, caches: readonly KeyValueCache[]): Tensor2D;
  /**
   * float32 [N, vocabularySize]: logits of the next token. Those of tokens that an answer may not hold are so low
   * that their probability is exactly 0, in training as in sampling.
   */
  logits(hidden: Tensor2D): Tensor2D;
  /** The distributions over poses given hidden states at `<POSE>`. */
  poses(hidden: Tensor2D): PoseDistribution;
  /** Disposes the decoder's constants; the parameters are their owner's. */
  dispose(): void;
}

/** Far below any logit, and harmless to every kernel's exponential: exp(-10000) is 0 in float32. */
const FORBIDDEN_LOGIT = -1e4;

/**
 * @param options.answerVocabularySize - ids from here on are padding of the vocabulary and never sampled; default:
 *   there are none
 */
export function createDecoder(options: {
  readonly config: MllmConfig;
  readonly parameters: ParameterStore;
  readonly answerVocabularySize?: number;
}): Decoder {
  const { config, parameters, answerVocabularySize = config.vocabularySize } = options;
  const { headCount, hiddenSize, layerCount, maxPositions, normEpsilon, ropeTheta, vocabularySize } = config;
  const rotaryTables = createRotaryTables({
    headSize: hiddenSize / headCount,
    maxPositions,
    theta: ropeTheta,
  });
  const answerMask = keep(
    tensor1d(
      Float32Array.from({ length: vocabularySize }, (_, id) => (canAnswerWith(id) ? 0 : FORBIDDEN_LOGIT)),
    ),
  );
  const matrix = (name: string): Tensor2D => parameters.get(name) as Tensor2D;
  const vector = (name: string): Tensor1D => parameters.get(name) as Tensor1D;

  function canAnswerWith(id: number): boolean {
    if (id < SPECIAL_TOKENS.length)
      return id === SPECIAL_TOKEN_IDS.endOfSequence || id === SPECIAL_TOKEN_IDS.pose;
    return id < answerVocabularySize;
  }

  function embeddingTable(imageFeatures: Tensor2D | undefined): Tensor2D {
    const tokens = matrix('language_model.model.embed_tokens.weight');
    if (imageFeatures === undefined) return tokens;
    const linear = (input: Tensor2D, layer: string): Tensor2D =>
      add(
        matMul(input, matrix(`multi_modal_projector.${layer}.weight`)),
        vector(`multi_modal_projector.${layer}.bias`),
      );
    return concat([tokens, linear(gelu(linear(imageFeatures, 'linear_1')), 'linear_2')], 0);
  }

  /** The blocks; `attend` turns a layer's rotated qkv rows into attended values. */
  function blocks(
    embedded: Tensor2D,
    positions: Tensor1D,
    attend: (qkv: Tensor2D, layer: number) => Tensor2D,
  ): Tensor2D {
    let rows = embedded;
    for (let layer = 0; layer < layerCount; layer++) {
      const block = layerName(layer);
      const attentionInput = rmsNorm(rows, vector(`${block}.input_layernorm.weight`), normEpsilon);
      const qkv = rotaryEmbedding(
        matMul(attentionInput, matrix(`${block}.self_attn.qkv_proj.weight`)),
        positions,
        rotaryTables,
        headCount,
      );
      rows = add(rows, matMul(attend(qkv, layer), matrix(`${block}.self_attn.o_proj.weight`)));
      const mlpInput = rmsNorm(rows, vector(`${block}.post_attention_layernorm.weight`), normEpsilon);
      const gated = swiGlu(matMul(mlpInput, matrix(`${block}.mlp.gate_up_proj.weight`)));
      rows = add(rows, matMul(gated, matrix(`${block}.mlp.down_proj.weight`)));
    }
    return rmsNorm(rows, vector('language_model.model.norm.weight'), normEpsilon);
  }

  return {
    config,
    parameters,
    canAnswerWith,
    hiddenStates(packed, caches) {
      const { layout, embeddingRows, imageFeatures } = packed;
      const embedded = gatherRows(embeddingTable(imageFeatures), embeddingRows);
      return blocks(embedded, layout.positions, (qkv, layer) => {
        const cache = caches?.[layer];
        if (cache !== undefined)
          appendToCache(
            qkv,
            cache,
            Int32Array.from({ length: layout.rowCount }, (_, row) => row),
          );
        return packedAttention(qkv, layout, headCount);
      });
    },
    nextHiddenStates({ ids, positions, cacheRows, ranges }, caches) {
      const embedded = gatherRows(matrix('language_model.model.embed_tokens.weight'), ids);
      return blocks(embedded, tensor1d(positions, 'int32'), (qkv, layer) => {
        const cache = caches[layer] as KeyValueCache;
        appendToCache(qkv, cache, cacheRows);
        return cachedAttention(qkv, cache, ranges, headCount);
      });
    },
    logits: (hidden) => add(matMul(hidden, matrix('language_model.lm_head.weight')), answerMask),
    poses: (hidden) => poseDistribution(parameters, config.poseHead, hidden),
    dispose() {
      rotaryTables.dispose();
      answerMask.dispose();
    },
  };
}

/** The exact GELU, as LLaVA's projector has it: x times the normal distribution function at x. */
function gelu(x: Tensor2D): Tensor2D {
  return mul(mul(x, 0.5), add(erf(mul(x, Math.SQRT1_2)), 1));
}
