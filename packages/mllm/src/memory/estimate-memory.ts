import type { MllmConfig } from '../config.js';
import { blockLinears, headLinear, linearLayers, type LinearLayer } from '../linear-layers.js';
import { loraModules } from '../lora/lora-modules.js';
import { learnsBesideAdapters, planMllmParameters } from '../parameters.js';

/** What is differentiated at a time: prompts, and answers that share them. */
export interface MemoryBatch {
  readonly promptCount: number;
  /** Tokens of a prompt, its image slots included. */
  readonly promptTokens: number;
  readonly candidatesPerPrompt: number;
  /** Tokens of an answer, its end included. */
  readonly answerTokens: number;
  /** Images in a prompt (default 0). */
  readonly imagesPerPrompt?: number;
}

export interface MemoryOptions {
  /** Whether blocks are computed a second time in the backward pass (default false). */
  readonly recomputesBlocks?: boolean;
  /** Which parameters learn (default: all, or with adapters what learns beside them). */
  readonly trainable?: (name: string) => boolean;
}

/** Bytes, by what they are for. */
export interface MemoryEstimate {
  readonly parameters: number;
  /** Intermediate results that the backward pass needs. */
  readonly activations: number;
  /** Gradients of intermediate results, which stay until the backward pass ends. */
  readonly activationGradients: number;
  readonly parameterGradients: number;
  /** The largest scratch of a single operation. */
  readonly scratch: number;
  /** The most that is alive at a time, which is less than the sum of the above. */
  readonly peak: number;
  /** Adam's two moments, outside the backend's memory. */
  readonly optimizer: number;
}

const FLOAT_BYTES = 4;

/**
 * Plans the memory of a training step: the most bytes of tensors alive while the loss of a batch of answers and its
 * gradients are computed, from the shapes of everything that the pass keeps. Within 15 % of what the wasm backend
 * measures as its buffers, which the tests hold.
 *
 * Not in it: the backend's packed copies of weight matrices (XNNPACK keeps one for each that a product has read: up to
 * `parameters` again), and JavaScript's own memory.
 *
 * @example
 * ```ts
 * import { estimateMemory, mllmConfig, parseLoraConfig } from '@pose-rft/mllm';
 *
 * const lora = parseLoraConfig({ rank: 64, alpha: 128 });
 * const batch = { promptCount: 1, promptTokens: 640, candidatesPerPrompt: 8, answerTokens: 24, imagesPerPrompt: 1 };
 * const { peak } = estimateMemory(mllmConfig('llava-1.5-7b', { lora }), batch, { recomputesBlocks: true });
 * console.assert(peak / 2 ** 30 > 25 && peak / 2 ** 30 < 40);
 * ```
 */
export function estimateMemory(
  config: MllmConfig,
  batch: MemoryBatch,
  options: MemoryOptions = {},
): MemoryEstimate {
  const learns = options.trainable ?? (config.lora === null ? () => true : learnsBesideAdapters);
  const sizes = Object.entries(planMllmParameters(config)).map(
    ([name, { shape }]) => [name, shape.reduce((product, length) => product * length, 1)] as const,
  );
  const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
  const parameterCount = sum(sizes.map(([, size]) => size));
  const learningCount = sum(sizes.filter(([name]) => learns(name)).map(([, size]) => size));

  const answerCount = batch.promptCount * batch.candidatesPerPrompt;
  // Nothing follows an answer's last token: it has no row.
  const rows = batch.promptCount * batch.promptTokens + answerCount * (batch.answerTokens - 1);
  const block = blockNumbers(config, rows);
  const layers = Array.from({ length: config.layerCount }, (_, layer) => block(layer));
  const head = headNumbers(config, answerCount * batch.answerTokens, learns);
  const images = imageNumbers(config, batch, rows);

  const outsideBlocks = 2 * rows * config.hiddenSize + head.kept + images.kept;
  const outsideGradients = 2 * rows * config.hiddenSize + head.gradients + images.gradients;
  const recomputes = options.recomputesBlocks === true;
  const one = layers[0] ?? { forward: 0, kept: 0, gradients: 0 };
  // A recomputed block keeps its input; while its gradient is taken, its insides are there once.
  const blockKept = recomputes
    ? rows * config.hiddenSize * config.layerCount
    : sum(layers.map(({ kept }) => kept));
  const blockGradients = recomputes
    ? rows * config.hiddenSize * config.layerCount
    : sum(layers.map(({ gradients }) => gradients));
  const inside = recomputes ? one.forward + one.gradients : 0;

  const activations = outsideBlocks + blockKept;
  const activationGradients = outsideGradients + blockGradients + inside;
  const transposition = largestTransposition(config, rows, learns);
  const forward =
    outsideBlocks + (recomputes ? blockKept + one.forward : sum(layers.map((each) => each.forward)));
  // The three times at which most is alive: when the forward pass ends, when the head's gradient is taken, which is the
  // first, and when the backward pass ends.
  const alive = [
    forward + head.forwardScratch,
    activations + head.backwardScratch,
    activations + activationGradients + learningCount + transposition,
  ];
  const bytes = (numbers: number): number => Math.round(FLOAT_BYTES * numbers);
  return {
    parameters: bytes(parameterCount),
    activations: bytes(activations),
    activationGradients: bytes(activationGradients),
    parameterGradients: bytes(learningCount),
    scratch: bytes(Math.max(head.forwardScratch, head.backwardScratch, transposition)),
    peak: bytes(parameterCount + Math.max(...alive)),
    optimizer: bytes(2 * learningCount),
  };
}

interface BlockNumbers {
  /** All results of the forward pass. */
  readonly forward: number;
  /** Those that the backward pass reads. */
  readonly kept: number;
  readonly gradients: number;
}

/** The numbers in the intermediate results of one block. */
function blockNumbers(config: MllmConfig, rows: number): (layer: number) => BlockNumbers {
  const { hiddenSize, headCount, headSize, intermediateSize } = config;
  const adapted = new Set(loraModules(config).map(({ name }) => name));
  const rank = config.lora?.rank ?? 0;
  return (layer) => {
    const { qkv, attentionOutput, gateUp, down } = blockLinears(config, layer);
    const linears = [qkv, attentionOutput, gateUp, down];
    const products = sumOf(linears, ({ outputSize, hasBias }) => outputSize * (hasBias ? 2 : 1));
    // Two normalised inputs, rotated qkv, attended values and their sums, the gated rows, two residual sums.
    const others = 4 * hiddenSize + qkv.outputSize + headCount * headSize + headCount + intermediateSize;
    const adapters = sumOf(linears, (linear) => adapterNumbers(linear, adapted, rank, 'forward'));
    const forward = rows * (products + others + adapters);
    // The rotation's gradient needs no input.
    const kept = forward - rows * qkv.outputSize;
    // Of qkv before and after rotation, attended values, gate and up, the gated rows; of the two normalised inputs; and
    // of the residual stream twice: a branch's part, and the sum.
    const gradients =
      rows *
      (2 * qkv.outputSize +
        headCount * headSize +
        3 * intermediateSize +
        6 * hiddenSize +
        sumOf(linears, (linear) => adapterNumbers(linear, adapted, rank, 'backward')));
    return { forward, kept, gradients };
  };
}

/** Numbers a row in the adapters beside a layer, or in their gradients. */
function adapterNumbers(
  { modules, inputSize, outputSize }: LinearLayer,
  adapted: ReadonlySet<string>,
  rank: number,
  pass: 'forward' | 'backward',
): number {
  const count = modules.filter(({ name }) => adapted.has(name)).length;
  if (count === 0) return 0;
  const isJoined = modules.length > 1;
  const narrow = 2 * rank * count;
  // Forward: the updates, side by side if there are several, and the sum. Backward: the updates' parts, and the input's.
  return pass === 'forward'
    ? narrow + outputSize + (isJoined ? outputSize : 0) + outputSize
    : narrow + (isJoined ? outputSize : 0) + count * inputSize;
}

/** 16 MB of logits at a time: see `projectedTokenLogProbs`. */
const CHUNK_LOGITS = 2 ** 22;

interface HeadNumbers {
  readonly kept: number;
  readonly gradients: number;
  readonly forwardScratch: number;
  readonly backwardScratch: number;
}

function headNumbers(config: MllmConfig, tokenCount: number, learns: (name: string) => boolean): HeadNumbers {
  const { hiddenSize, vocabularySize } = config;
  const linear = headLinear(config);
  const weight = linear === undefined ? 'language_model.model.embed_tokens.weight' : `${linear.name}.weight`;
  const table = vocabularySize * hiddenSize;
  const logits = tokenCount * vocabularySize;
  const states = tokenCount * hiddenSize;
  // A tied table gets gradients from both ends, and their sum.
  const tied = linear === undefined && learns(weight) ? 2 * table : 0;
  if (logits <= CHUNK_LOGITS)
    return {
      kept: states + 2 * logits,
      gradients: states + logits + tied,
      forwardScratch: linear === undefined ? table : 0,
      backwardScratch: table,
    };
  return {
    kept: states,
    gradients: states + tied,
    // Logits before and after the mask, and their gradients; the transposed table; the gradient that grows.
    forwardScratch: 2 * CHUNK_LOGITS + (linear === undefined ? table : 0),
    backwardScratch: 3 * CHUNK_LOGITS + table + (learns(weight) ? 2 * table : 0),
  };
}

function imageNumbers(
  config: MllmConfig,
  batch: MemoryBatch,
  rows: number,
): { readonly kept: number; readonly gradients: number } {
  const slots = batch.promptCount * (batch.imagesPerPrompt ?? 0) * config.imageTokenCount;
  if (slots === 0) return { kept: 0, gradients: 0 };
  const { hiddenSize, imageFeatureSize } = config;
  // Two layers with biases, and the five steps of the GELU between; the words' rows, and both side by side.
  const projected = slots * hiddenSize;
  const meeting = 2 * rows * hiddenSize - projected;
  return {
    kept: slots * imageFeatureSize + 9 * projected + meeting,
    gradients: 7 * projected + rows * hiddenSize,
  };
}

/** The backend transposes an operand of a product in the backward pass: a weight, or the rows that went in. */
function largestTransposition(config: MllmConfig, rows: number, learns: (name: string) => boolean): number {
  return linearLayers(config).reduce((largest, { name, inputSize, outputSize }) => {
    const ofRows = learns(`${name}.weight`) ? rows * inputSize : 0;
    return Math.max(largest, inputSize * outputSize, ofRows);
  }, 0);
}

function sumOf<Item>(items: readonly Item[], numberOf: (item: Item) => number): number {
  return items.reduce((total, item) => total + numberOf(item), 0);
}
