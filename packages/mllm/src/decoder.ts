import {
  add,
  appendToCache,
  cachedAttention,
  concat,
  createKeyValueCache,
  createRotaryTables,
  erf,
  gatherRows,
  keep,
  matMul,
  mul,
  narrowToWindow,
  packedAttention,
  rmsNorm,
  rotaryEmbedding,
  swiGlu,
  tensor1d,
  tensor2d,
  type KeyValueCache,
  type ParameterStore,
  type Tensor1D,
  type Tensor2D,
} from '@pose-rft/tensor';
import type { Random } from '@pose-rft/random';
import { createAdaptedLinear } from './adapted-linear.js';
import type { MllmConfig } from './config.js';
import { blockLinears, headLinear, layerName, projectorLinears } from './linear-layers.js';
import type { PackedSegments } from './packing.js';
import { projectPoses } from './pose-input.js';
import { poseDistribution, type PoseDistribution } from './pose-head.js';

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
 * Llama blocks follow, in the variants that the configuration names, then a language-model head and a pose head. It owns its constants, not the parameters, and
 * reads those anew in every call, so an optimiser may replace them.
 */
export interface Decoder {
  readonly config: MllmConfig;
  readonly parameters: ParameterStore;
  /** Whether an answer may hold an id: not those that the configuration calls unanswerable, nor padding of the vocabulary. */
  canAnswerWith(id: number): boolean;
  /**
   * float32 [N, hiddenSize]: the normalised hidden state of every packed row. Differentiable.
   *
   * @param caches - one a layer, as `createCaches` makes them; they receive the keys and values of row i as their row i
   * @param dropout - for training: draws which inputs of the adapters are dropped; without it none are
   */
  hiddenStates(packed: PackedSegments, caches?: readonly KeyValueCache[], dropout?: Random): Tensor2D;
  /** Caches for `rowCount` rows, one a layer; the caller disposes them. */
  createCaches(rowCount: number): KeyValueCache[];
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
  const { headSize, layerCount, maxPositions, normEpsilon, slidingWindow, vocabularySize } = config;
  const heads = { queryHeads: config.headCount, keyValueHeads: config.keyValueHeadCount };
  const unanswerable = new Set(config.tokenIds.unanswerable);
  const windowedLayers = new Set(slidingWindow?.layers);
  const linear = createAdaptedLinear(config, parameters);
  const projector = projectorLinears(config);
  const linearsOfBlocks = Array.from({ length: layerCount }, (_, layer) => blockLinears(config, layer));
  const head = headLinear(config);
  const rotaryTables = createRotaryTables({
    headSize,
    maxPositions,
    theta: config.ropeTheta,
    scaling: config.ropeScaling,
  });
  const answerMask = keep(
    tensor1d(
      Float32Array.from({ length: vocabularySize }, (_, id) => (canAnswerWith(id) ? 0 : FORBIDDEN_LOGIT)),
    ),
  );
  const matrix = (name: string): Tensor2D => parameters.get(name) as Tensor2D;
  const vector = (name: string): Tensor1D => parameters.get(name) as Tensor1D;
  const tokenEmbeddings = (): Tensor2D => matrix('language_model.model.embed_tokens.weight');

  function canAnswerWith(id: number): boolean {
    return id >= 0 && id < answerVocabularySize && id !== config.poseInput?.tokenId && !unanswerable.has(id);
  }

  function embeddingTable(
    { imageFeatures, inputPoses }: PackedSegments,
    dropout: Random | undefined,
  ): Tensor2D {
    const [first, second] = projector;
    const tables = [tokenEmbeddings()];
    if (imageFeatures !== undefined && first !== undefined && second !== undefined)
      tables.push(linear(second, gelu(linear(first, imageFeatures, dropout)), dropout));
    if (inputPoses !== undefined && config.poseInput !== null)
      tables.push(projectPoses(parameters, config.poseInput, inputPoses));
    return tables.length === 1 ? tokenEmbeddings() : concat(tables, 0);
  }

  /** The blocks; `attend` turns a layer's rotated qkv rows into attended values. */
  function blocks(
    embedded: Tensor2D,
    positions: Tensor1D,
    attend: (qkv: Tensor2D, layer: number) => Tensor2D,
    dropout?: Random,
  ): Tensor2D {
    let rows = embedded;
    linearsOfBlocks.forEach(({ qkv, attentionOutput, gateUp, down }, layer) => {
      const block = layerName(layer);
      const attentionInput = rmsNorm(rows, vector(`${block}.input_layernorm.weight`), normEpsilon);
      const rotated = rotaryEmbedding(linear(qkv, attentionInput, dropout), positions, rotaryTables, heads);
      rows = add(rows, linear(attentionOutput, attend(rotated, layer), dropout));
      const mlpInput = rmsNorm(rows, vector(`${block}.post_attention_layernorm.weight`), normEpsilon);
      rows = add(rows, linear(down, swiGlu(linear(gateUp, mlpInput, dropout)), dropout));
    });
    return rmsNorm(rows, vector('language_model.model.norm.weight'), normEpsilon);
  }

  return {
    config,
    parameters,
    canAnswerWith,
    hiddenStates(packed, caches, dropout) {
      const { layout, windowLayout, embeddingRows } = packed;
      const embedded = gatherRows(embeddingTable(packed, dropout), embeddingRows);
      const attend = (qkv: Tensor2D, layer: number): Tensor2D => {
        const cache = caches?.[layer];
        if (cache !== undefined)
          appendToCache(
            qkv,
            cache,
            Int32Array.from({ length: layout.rowCount }, (_, row) => row),
          );
        return packedAttention(qkv, windowedLayers.has(layer) ? (windowLayout ?? layout) : layout, heads);
      };
      return blocks(embedded, layout.positions, attend, dropout);
    },
    createCaches: (rowCount) =>
      Array.from({ length: layerCount }, () =>
        createKeyValueCache(rowCount, config.keyValueHeadCount * headSize),
      ),
    nextHiddenStates({ ids, positions, cacheRows, ranges }, caches) {
      const embedded = gatherRows(tokenEmbeddings(), ids);
      const rangeTensor = tensor2d(ranges, [ids.length, 4], 'int32');
      const windowRanges = slidingWindow === null ? rangeTensor : windowed(ranges, slidingWindow.size);
      return blocks(embedded, tensor1d(positions, 'int32'), (qkv, layer) => {
        const cache = caches[layer] as KeyValueCache;
        appendToCache(qkv, cache, cacheRows);
        return cachedAttention(qkv, cache, windowedLayers.has(layer) ? windowRanges : rangeTensor, heads);
      });
    },
    logits: (hidden) =>
      add(
        head === undefined ? matMul(hidden, tokenEmbeddings(), false, true) : linear(head, hidden),
        answerMask,
      ),
    poses: (hidden) => poseDistribution(parameters, config.poseHead, hidden),
    dispose() {
      rotaryTables.dispose();
      answerMask.dispose();
    },
  };
}

/** A copy of the ranges, narrowed to the window. */
function windowed(ranges: Int32Array, size: number): Tensor2D {
  const narrowed = ranges.slice();
  narrowToWindow(narrowed, size);
  return tensor2d(narrowed, [ranges.length / 4, 4], 'int32');
}

/** The exact GELU, as LLaVA's projector has it: x times the normal distribution function at x. */
function gelu(x: Tensor2D): Tensor2D {
  return mul(mul(x, 0.5), add(erf(mul(x, Math.SQRT1_2)), 1));
}
