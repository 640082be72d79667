import { createParameterStore, tensor, type ParameterStore, type Tensor } from '@pose-rft/tensor';
import type { Random } from '@pose-rft/random';
import { match } from 'ts-pattern';
import { MllmConfigError, ROTATION_SIZE, type MllmConfig } from './config.js';
import { blockLinears, headLinear, layerName, projectorLinears, type LinearLayer } from './linear-layers.js';
import { isPoseInputParameter, planPoseInput } from './pose-input.js';
import { planPoseHead } from './pose-head-parameters.js';
import { isLoraParameter, loraModules, loraParameterNames } from './lora/lora-modules.js';

/** How a parameter starts. */
export type Initialisation =
  | { readonly kind: 'normal'; readonly standardDeviation: number }
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'values'; readonly values: Float32Array };

export interface ParameterPlan {
  readonly shape: readonly number[];
  readonly initial: Initialisation;
}

export interface MllmParameterOptions {
  readonly config: MllmConfig;
  readonly random: Random;
  /**
   * [poseSize] where the pose head starts: best the mean of the training poses, whose distance to any pose is the
   * smallest. Default: every joint unrotated.
   */
  readonly meanPose6d?: Float32Array | undefined;
}

/**
 * Every parameter's name, shape and start.
 *
 * Names are those of LLaVA-1.5 in the Hugging Face layout, with two differences that spare a transposition or a
 * product in every layer: matrices are stored `[in, out]` (theirs: `[out, in]`), and `qkv_proj` = q | k | v and
 * `gate_up_proj` = gate | up hold side by side what stands there under names of its own. A model without images has no
 * projector, one with tied embeddings no `lm_head`; adapters come last.
 *
 * The standard deviations follow Glorot's 1/sqrt(in) with the two projections that write to the residual stream scaled
 * down by 1/sqrt(2 layers) (Radford et al., "Language models are unsupervised multitask learners", section 2.3).
 */
export function planMllmParameters(
  config: MllmConfig,
  meanPose6d: Float32Array = unrotatedPose(config.poseSize),
): Readonly<Record<string, ParameterPlan>> {
  const { hiddenSize, layerCount, vocabularySize, poseSize } = config;
  const residualScale = 1 / Math.sqrt(2 * layerCount);
  const plan: Record<string, ParameterPlan> = {};
  const linear = ({ name, inputSize, outputSize, hasBias }: LinearLayer, gain: number): void => {
    plan[`${name}.weight`] = normal([inputSize, outputSize], gain / Math.sqrt(inputSize));
    if (hasBias) plan[`${name}.bias`] = constant([outputSize], 0);
  };
  // A wide start: image features are sparse, so the GELU would stay in its linear part, and the rows that hold an
  // image should outweigh what the layers add to them. It halves the steps to a given pose error.
  for (const projection of projectorLinears(config)) linear(projection, 2.8);
  plan['language_model.model.embed_tokens.weight'] = normal([vocabularySize, hiddenSize], 0.02);
  for (let layer = 0; layer < layerCount; layer++) {
    const block = layerName(layer);
    const { qkv, attentionOutput, gateUp, down } = blockLinears(config, layer);
    plan[`${block}.input_layernorm.weight`] = constant([hiddenSize], 1);
    linear(qkv, 1);
    linear(attentionOutput, 0.7 * residualScale);
    plan[`${block}.post_attention_layernorm.weight`] = constant([hiddenSize], 1);
    linear(gateUp, 1);
    linear(down, residualScale);
  }
  plan['language_model.model.norm.weight'] = constant([hiddenSize], 1);
  const head = headLinear(config);
  if (head !== undefined) linear(head, 0.5);
  Object.assign(plan, planPoseHead(config, checkedMeanPose(meanPose6d, poseSize)));
  if (config.poseInput !== null) Object.assign(plan, planPoseInput(config.poseInput, poseSize, hiddenSize));
  return { ...plan, ...planLora(config) };
}

/** The adapters' factors, B at zero: a fresh adapter changes nothing (E. Hu et al., "LoRA", section 4.1). */
function planLora(config: MllmConfig): Record<string, ParameterPlan> {
  const plan: Record<string, ParameterPlan> = {};
  const rank = config.lora?.rank ?? 0;
  for (const { name, layer, outputSize } of loraModules(config)) {
    const { a, b } = loraParameterNames(name);
    // The spread of PEFT's uniform start: a third of 1/in as variance.
    plan[a] = normal([layer.inputSize, rank], 1 / Math.sqrt(3 * layer.inputSize));
    plan[b] = constant([rank, outputSize], 0);
  }
  return plan;
}

/** Whether a parameter belongs to the pose head, which learns faster than the trunk. */
export function isPoseHeadParameter(name: string): boolean {
  return name.startsWith('pose_head.');
}

/**
 * Random parameters for a configuration; the caller owns the store. All are trainable, or with adapters the adapters, the
 * projector and the pose head.
 *
 * @throws MllmConfigError if `meanPose6d` does not have `config.poseSize` finite numbers
 */
export function createMllmParameters(options: MllmParameterOptions): ParameterStore {
  const plan = planMllmParameters(options.config, options.meanPose6d);
  const entries: Record<string, Tensor> = {};
  // A stream for each name: adding a parameter leaves the others as they were.
  for (const [name, parameter] of Object.entries(plan)) {
    const values = initialParameter(parameter, options.random.split(name));
    entries[name] = tensor(values, [...parameter.shape], 'float32');
  }
  return createParameterStore(entries, {
    trainable: (name) => options.config.lora === null || learnsBesideAdapters(name),
  });
}

/** Whether a parameter belongs to a projector from image features into the language model. */
export function isProjectorParameter(name: string): boolean {
  return /^[a-z_]*projector(_\d+)?\./.test(name);
}

/** With adapters, the base model rests: they learn, and what Pose-RFT trains beside them. */
export function learnsBesideAdapters(name: string): boolean {
  return (
    isLoraParameter(name) ||
    isPoseHeadParameter(name) ||
    isPoseInputParameter(name) ||
    isProjectorParameter(name)
  );
}

/** The numbers that a parameter starts with. */
export function initialParameter({ shape, initial }: ParameterPlan, random: Random): Float32Array {
  const size = shape.reduce((product, length) => product * length, 1);
  return match(initial)
    .with({ kind: 'normal' }, ({ standardDeviation }) =>
      random.fillNormal(new Float32Array(size)).map((value) => value * standardDeviation),
    )
    .with({ kind: 'constant' }, ({ value }) => new Float32Array(size).fill(value))
    .with({ kind: 'values' }, ({ values }) => values.slice())
    .exhaustive();
}

function normal(shape: readonly number[], standardDeviation: number): ParameterPlan {
  return { shape, initial: { kind: 'normal', standardDeviation } };
}

function constant(shape: readonly number[], value: number): ParameterPlan {
  return { shape, initial: { kind: 'constant', value } };
}

/** The identity rotation of every joint: the first column (1, 0, 0), then the second (0, 1, 0). */
function unrotatedPose(poseSize: number): Float32Array {
  const pose = new Float32Array(poseSize);
  for (let joint = 0; joint < poseSize / ROTATION_SIZE; joint++) {
    pose[ROTATION_SIZE * joint] = 1;
    pose[ROTATION_SIZE * joint + 4] = 1;
  }
  return pose;
}

function checkedMeanPose(meanPose6d: Float32Array, poseSize: number): Float32Array {
  const broken = meanPose6d.findIndex((value) => !Number.isFinite(value));
  if (meanPose6d.length !== poseSize || broken >= 0)
    throw new MllmConfigError(
      `createMllmParameters: expected meanPose6d to hold ${poseSize} finite numbers, found ${meanPose6d.length}` +
        (broken >= 0 ? `, of which number ${broken} is ${meanPose6d[broken]}.` : '.'),
    );
  return meanPose6d;
}
