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
  projectedTokenLogProbs,
  recomputeInBackward,
  reshape,
  rmsNorm,
  rotaryEmbedding,
  slice,
  swiGlu,
  tensor1d,
  tensor2d,
  tokenLogProbs,
  type KeyValueCache,
  type ParameterStore,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
} from '@pose-rft/tensor';
import type { Random } from '@pose-rft/random';
import { createAdaptedLinear } from './adapted-linear.js';
import type { MllmConfig } from './config.js';
import { blockLinears, headLinear, layerName, projectorLinears, type BlockLinears } from './linear-layers.js';
import { loraModules } from './lora/lora-modules.js';
import type { PackedSegments } from './packing.js';
import { projectPoses } from './pose-input.js';
import { visionEncoderConfig } from './vision-input.js';
import { createVisionEncoder } from './vision/vision-encoder.js';
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
 * A LLaVA-shaped decoder: image features enter through projectors as rows among the token embeddings;
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
  /** float32 [N, count]: the same of the tokens from `first` on alone, without computing the others. */
  logitsInRange(hidden: Tensor2D, first: number, count: number): Tensor2D;
  /**
   * float32 [N]: log-probabilities of one token a row under {@link Decoder.logits} divided by the temperature. A large
   * vocabulary's logits are computed a chunk of rows at a time: all of them are never in memory.
   */
  tokenLogProbs(hidden: Tensor2D, ids: Int32Array, temperature?: number): Tensor1D;
  /** The distributions over poses given hidden states at `<POSE>`. */
  poses(hidden: Tensor2D): PoseDistribution;
  /** Disposes the decoder's constants; the parameters are their owner's. */
  dispose(): void;
}

const TOKEN_EMBEDDINGS = 'language_model.model.embed_tokens.weight';

/** Far below any logit, and harmless to every kernel's exponential: exp(-10000) is 0 in float32. */
const FORBIDDEN_LOGIT = -1e4;

export interface DecoderOptions {
  readonly config: MllmConfig;
  readonly parameters: ParameterStore;
  /** Ids from here on are padding of the vocabulary and never sampled (default: there are none). */
  readonly answerVocabularySize?: number;
  /**
   * Keeps only the rows between blocks for the backward pass, which computes each block a second time (default: false).
   * Gradients are the same numbers.
   */
  readonly recomputesBlocks?: boolean;
}

/** Makes a decoder; the caller disposes it. */
export function createDecoder(options: DecoderOptions): Decoder {
  const {
    config,
    parameters,
    answerVocabularySize = config.vocabularySize,
    recomputesBlocks = false,
  } = options;
  const { headSize, layerCount, maxPositions, normEpsilon, slidingWindow, vocabularySize } = config;
  const heads = { queryHeads: config.headCount, keyValueHeads: config.keyValueHeadCount };
  const unanswerable = new Set(config.tokenIds.unanswerable);
  const windowedLayers = new Set(slidingWindow?.layers);
  const linear = createAdaptedLinear(config, parameters);
  const projector = projectorLinears(config);
  const visionEncoder =
    config.vision === null
      ? undefined
      : createVisionEncoder({ config: visionEncoderConfig(config.vision, config.hiddenSize), parameters });
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
  const tokenEmbeddings = (): Tensor2D => matrix(TOKEN_EMBEDDINGS);
  const adaptedHead = loraModules(config).some(({ layer }) => layer.name === head?.name);

  function logits(hidden: Tensor2D): Tensor2D {
    const product =
      head === undefined ? matMul<Tensor2D>(hidden, tokenEmbeddings(), false, true) : linear(head, hidden);
    return add(product, answerMask);
  }

  function logitsInRange(hidden: Tensor2D, first: number, count: number): Tensor2D {
    if (head !== undefined && adaptedHead) return slice(logits(hidden), [0, first], [-1, count]);
    const product =
      head === undefined
        ? matMul<Tensor2D>(hidden, slice(tokenEmbeddings(), [first, 0], [count, -1]), false, true)
        : matMul<Tensor2D>(hidden, slice(matrix(`${head.name}.weight`), [0, first], [-1, count]));
    return add(product, slice(answerMask, [first], [count]));
  }

  function canAnswerWith(id: number): boolean {
    return id >= 0 && id < answerVocabularySize && id !== config.poseInput?.tokenId && !unanswerable.has(id);
  }

  /** The rows of images, projected among the token embeddings; undefined without any. */
  function imageRows(
    { imageFeatures, images }: PackedSegments,
    dropout: Random | undefined,
  ): Tensor2D | undefined {
    if (visionEncoder !== undefined && images.length > 0)
      return reshape(visionEncoder.projectFeatures(images), [
        images.length * config.imageTokenCount,
        config.hiddenSize,
      ]);
    const [first, second] = projector;
    if (imageFeatures === undefined || first === undefined || second === undefined) return undefined;
    return linear(second, gelu(linear(first, imageFeatures, dropout)), dropout);
  }

  /** float32 [N, hiddenSize]. Words, images and poses meet as rows: the table of all embeddings is never copied. */
  function embed(packed: PackedSegments, dropout: Random | undefined): Tensor2D {
    const { embeddingRows } = packed;
    const images = imageRows(packed, dropout);
    const poses =
      packed.inputPoses === undefined || config.poseInput === null
        ? undefined
        : projectPoses(parameters, config.poseInput, packed.inputPoses);
    const inserted = [images, poses].filter((rows) => rows !== undefined);
    if (inserted.length === 0) return gatherRows(tokenEmbeddings(), embeddingRows);
    const words = embeddingRows.filter((row) => row < vocabularySize);
    let nextWord = 0;
    const order = embeddingRows.map((row) =>
      row < vocabularySize ? nextWord++ : words.length + row - vocabularySize,
    );
    return gatherRows(concat([gatherRows(tokenEmbeddings(), words), ...inserted], 0), order);
  }

  /** One block; `attend` turns rotated qkv rows into attended values. */
  function block(
    rows: Tensor2D,
    layer: number,
    positions: Tensor1D,
    attend: (qkv: Tensor2D) => Tensor2D,
    dropout?: Random,
  ): Tensor2D {
    const { qkv, attentionOutput, gateUp, down } = linearsOfBlocks[layer] as BlockLinears;
    const name = layerName(layer);
    const attentionInput = rmsNorm(rows, vector(`${name}.input_layernorm.weight`), normEpsilon);
    const rotated = rotaryEmbedding(linear(qkv, attentionInput, dropout), positions, rotaryTables, heads);
    const attended: Tensor2D = add(rows, linear(attentionOutput, attend(rotated), dropout));
    const mlpInput = rmsNorm(attended, vector(`${name}.post_attention_layernorm.weight`), normEpsilon);
    return add(attended, linear(down, swiGlu(linear(gateUp, mlpInput, dropout)), dropout));
  }

  function normalised(rows: Tensor2D): Tensor2D {
    return rmsNorm(rows, vector('language_model.model.norm.weight'), normEpsilon);
  }

  /** The tensors of a block that learn. */
  function learningTensors(layer: number): Tensor[] {
    const prefix = `${layerName(layer)}.`;
    return parameters.names
      .filter((name) => name.startsWith(prefix) && parameters.isTrainable(name))
      .map((name) => parameters.get(name));
  }

  return {
    config,
    parameters,
    canAnswerWith,
    hiddenStates(packed, caches, dropout) {
      const { layout, windowLayout } = packed;
      let rows = embed(packed, dropout);
      for (let layer = 0; layer < layerCount; layer++) {
        const present = windowedLayers.has(layer) ? (windowLayout ?? layout) : layout;
        const cache = caches?.[layer];
        if (recomputesBlocks && cache === undefined) {
          // The layout may be gone when the backward pass comes: its tensors are kept with the block's input.
          rows = recomputeInBackward(
            rows,
            [present.positions, present.ranges],
            learningTensors(layer),
            (input, [positions, ranges]) => {
              const kept = { ...present, positions: positions as Tensor1D, ranges: ranges as Tensor2D };
              return block(input, layer, kept.positions, (qkv) => packedAttention(qkv, kept, heads), dropout);
            },
          );
          continue;
        }
        const attend = (qkv: Tensor2D): Tensor2D => {
          if (cache !== undefined)
            appendToCache(
              qkv,
              cache,
              Int32Array.from({ length: layout.rowCount }, (_, row) => row),
            );
          return packedAttention(qkv, present, heads);
        };
        rows = block(rows, layer, layout.positions, attend, dropout);
      }
      return normalised(rows);
    },
    createCaches: (rowCount) =>
      Array.from({ length: layerCount }, () =>
        createKeyValueCache(rowCount, config.keyValueHeadCount * headSize),
      ),
    nextHiddenStates({ ids, positions, cacheRows, ranges }, caches) {
      let rows = gatherRows(tokenEmbeddings(), ids);
      const positionTensor = tensor1d(positions, 'int32');
      const rangeTensor = tensor2d(ranges, [ids.length, 4], 'int32');
      const windowRanges = slidingWindow === null ? rangeTensor : windowed(ranges, slidingWindow.size);
      caches.forEach((cache, layer) => {
        rows = block(rows, layer, positionTensor, (qkv) => {
          appendToCache(qkv, cache, cacheRows);
          return cachedAttention(qkv, cache, windowedLayers.has(layer) ? windowRanges : rangeTensor, heads);
        });
      });
      return normalised(rows);
    },
    logits,
    logitsInRange,
    tokenLogProbs(hidden, ids, temperature = 1) {
      const name = head === undefined ? TOKEN_EMBEDDINGS : `${head.name}.weight`;
      // Adapters beside the head make its logits a sum of two products.
      if (head !== undefined && adaptedHead) {
        const plain = logits(hidden);
        return tokenLogProbs(temperature === 1 ? plain : mul<Tensor2D>(plain, 1 / temperature), ids);
      }
      return projectedTokenLogProbs(hidden, matrix(name), ids, {
        transposed: head === undefined,
        bias: answerMask,
        temperature,
        weightLearns: parameters.isTrainable(name),
      });
    },
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
