import type { Random } from '@pose-rft/random';
import { createParameterStore, tensor, type ParameterStore, type Tensor } from '@pose-rft/tensor';
import { match } from 'ts-pattern';
import { INITIAL_LOG_SCALE } from './contrastive-loss.js';
import { poseFeatureSize } from './pose-features.js';
import type {
  ConvolutionTextConfig,
  PoseEncoderConfig,
  RetrievalConfig,
  TransformerTextConfig,
} from './retrieval-config.js';

interface ParameterPlan {
  readonly shape: readonly number[];
  readonly initial:
    | { readonly kind: 'normal'; readonly standardDeviation: number }
    | { readonly kind: 'constant'; readonly value: number };
}

type Plan = Record<string, ParameterPlan>;

/** The logarithm of the scale of the logits in training. */
export const LOG_SCALE = 'log_scale';
export const TEXT_PROJECTION = 'text.projection';
export const POSE_PROJECTION = 'pose.projection';
/** [F] what is subtracted from a pose's features, and then divided by: measured once, never trained. */
export const FEATURE_MEAN = 'pose.feature_mean';
export const FEATURE_DEVIATION = 'pose.feature_deviation';

/** The rows of a transformer's tables: the shared one of all unknown words, then the vocabulary's. */
export const UNKNOWN_WORD = 0;
/** Tables of what a word adds to its neighbours, as the word before and as the word behind; the last row is "no word". */
export const NEIGHBOUR_TABLES = ['text.embedding_before', 'text.embedding_behind'] as const;

/** Every parameter's name, shape and start; standard deviations are 1/sqrt(in), smaller where layers add up. */
export function planRetrievalParameters(config: RetrievalConfig): Readonly<Record<string, ParameterPlan>> {
  const plan: Plan = { [LOG_SCALE]: constant([], INITIAL_LOG_SCALE) };
  const textSize = match(config.text)
    .with({ kind: 'transformer' }, (text) => planTransformer(plan, text))
    .with({ kind: 'convolution' }, (text) => planConvolution(plan, text))
    .with({ kind: 'sentence-encoder' }, ({ featureSize }) => featureSize)
    .exhaustive();
  planLinear(plan, TEXT_PROJECTION, textSize, config.embeddingSize);
  planPose(plan, config.pose);
  planLinear(plan, POSE_PROJECTION, config.pose.hiddenSize, config.embeddingSize);
  return plan;
}

function planTransformer(plan: Plan, config: TransformerTextConfig): number {
  const { hiddenSize, intermediateSize, layerCount, vocabulary } = config;
  const residualScale = 1 / Math.sqrt(2 * layerCount);
  plan['text.embedding'] = normal([vocabulary.length + 1, hiddenSize], 0.3);
  if (config.neighbours)
    for (const table of NEIGHBOUR_TABLES) plan[table] = normal([vocabulary.length + 2, hiddenSize], 0.3);
  for (let layer = 0; layer < layerCount; layer++) {
    const block = `text.layers.${layer}`;
    plan[`${block}.attention_norm`] = constant([hiddenSize], 1);
    plan[`${block}.qkv`] = normal([hiddenSize, 3 * hiddenSize], 1 / Math.sqrt(hiddenSize));
    plan[`${block}.attended`] = normal([hiddenSize, hiddenSize], residualScale / Math.sqrt(hiddenSize));
    plan[`${block}.gate_norm`] = constant([hiddenSize], 1);
    plan[`${block}.gate_up`] = normal([hiddenSize, 2 * intermediateSize], 1 / Math.sqrt(hiddenSize));
    plan[`${block}.down`] = normal(
      [intermediateSize, hiddenSize],
      residualScale / Math.sqrt(intermediateSize),
    );
  }
  plan['text.norm'] = constant([hiddenSize], 1);
  return hiddenSize;
}

function planConvolution(plan: Plan, config: ConvolutionTextConfig): number {
  const { bucketCount, wordSize, windowSize, filterCount, hiddenSize } = config;
  plan['text.ngrams'] = normal([bucketCount, wordSize], 0.3);
  for (let place = 0; place < windowSize; place++)
    plan[`text.window.${place}`] = normal([wordSize, 2 * filterCount], 6 / Math.sqrt(wordSize * windowSize));
  plan['text.window.bias'] = constant([2 * filterCount], 0);
  plan['text.pooled_norm'] = constant([filterCount], 1);
  planLinear(plan, 'text.hidden', filterCount, 2 * hiddenSize);
  return hiddenSize;
}

function planPose(plan: Plan, { features, hiddenSize, layerCount }: PoseEncoderConfig): void {
  const featureSize = poseFeatureSize(features);
  plan[FEATURE_MEAN] = constant([featureSize], 0);
  plan[FEATURE_DEVIATION] = constant([featureSize], 1);
  planLinear(plan, 'pose.layers.0', featureSize, 2 * hiddenSize);
  for (let layer = 1; layer < layerCount; layer++) {
    plan[`pose.layers.${layer}.norm`] = constant([hiddenSize], 1);
    planLinear(plan, `pose.layers.${layer}`, hiddenSize, 2 * hiddenSize);
    planLinear(plan, `pose.layers.${layer}.residual`, hiddenSize, hiddenSize);
  }
  plan['pose.norm'] = constant([hiddenSize], 1);
}

function planLinear(plan: Plan, name: string, inputSize: number, outputSize: number): void {
  plan[`${name}.weight`] = normal([inputSize, outputSize], 1 / Math.sqrt(inputSize));
  plan[`${name}.bias`] = constant([outputSize], 0);
}

/** Whether weight decay applies: matrices, not norms, biases or the scale. */
export function isDecayed(config: RetrievalConfig): (name: string) => boolean {
  const plan = planRetrievalParameters(config);
  return (name) => (plan[name]?.shape.length ?? 0) > 1;
}

/** Random parameters for a configuration; the caller owns the store. */
export function createRetrievalParameters(config: RetrievalConfig, random: Random): ParameterStore {
  const entries: Record<string, Tensor> = {};
  for (const [name, { shape, initial }] of Object.entries(planRetrievalParameters(config))) {
    const size = shape.reduce((product, length) => product * length, 1);
    const values = new Float32Array(size);
    if (initial.kind === 'constant') values.fill(initial.value);
    // A stream for each name: adding a parameter leaves the others as they were.
    else
      random
        .split(name)
        .fillNormal(values)
        .forEach((value, index) => (values[index] = value * initial.standardDeviation));
    entries[name] = tensor(values, [...shape], 'float32');
  }
  return storeOf(entries);
}

/** A store in which all but the measured statistics of the features are trainable. */
export function storeOf(entries: Readonly<Record<string, Tensor>>): ParameterStore {
  return createParameterStore(entries, {
    trainable: (name) => name !== FEATURE_MEAN && name !== FEATURE_DEVIATION,
  });
}

function normal(shape: readonly number[], standardDeviation: number): ParameterPlan {
  return { shape, initial: { kind: 'normal', standardDeviation } };
}

function constant(shape: readonly number[], value: number): ParameterPlan {
  return { shape, initial: { kind: 'constant', value } };
}
