import { createParameterStore, tensor, type ParameterStore, type Tensor } from '@pose-rft/tensor';
import type { Random } from '@pose-rft/random';
import { match } from 'ts-pattern';
import type { Initialisation, ParameterPlan } from '../parameters.js';
import {
  defaultFeature,
  featureDepths,
  patchGrid,
  type VisionFeature,
  type VisionTransformerConfig,
} from './vision-config.js';
import { VISION_NAMES } from './vision-names.js';

/**
 * Every parameter of a vision tower that its features depend on: name, shape and start. Blocks behind the last hidden
 * state that is asked for have none, nor has a last LayerNorm that is not applied.
 *
 * Names are those of the family's checkpoints behind `prefix`, with the differences of {@link planMllmParameters}:
 * matrices are stored `[in, out]`, q | k | v side by side; and the patch embedding is a matrix of rows
 * (channel, row, column) as patches are cut.
 *
 * The start is a Gaussian of 1/sqrt(in), scaled down by 1/sqrt(2 layers) where a block writes to the residual stream;
 * positions and class token are 0.02 wide.
 */
export function planVisionTower(
  config: VisionTransformerConfig,
  feature: VisionFeature = defaultFeature(config),
  prefix: string = VISION_NAMES[config.family].prefix,
): Readonly<Record<string, ParameterPlan>> {
  const names = VISION_NAMES[config.family];
  const { hiddenSize, intermediateSize, layerCount, patchSize, channelCount } = config;
  const { rows, columns } = patchGrid(config);
  const patchValues = channelCount * patchSize * patchSize;
  const residualScale = 1 / Math.sqrt(2 * layerCount);
  const plan: Record<string, ParameterPlan> = {};
  const linear = (name: string, inputs: number, outputs: number, scale = 1): void => {
    plan[`${name}.weight`] = normal([inputs, outputs], scale / Math.sqrt(inputs));
    plan[`${name}.bias`] = constant([outputs], 0);
  };
  const norm = (name: (part: 'weight' | 'bias') => string): void => {
    plan[name('weight')] = constant([hiddenSize], 1);
    plan[name('bias')] = constant([hiddenSize], 0);
  };
  const at = (name: string): string => `${prefix}.${name}`;

  if (config.classToken === 'prepended') plan[at(names.classToken)] = normal([hiddenSize], 0.02);
  plan[at(names.patchEmbedding('weight'))] = normal([patchValues, hiddenSize], 1 / Math.sqrt(patchValues));
  if (config.patchBias) plan[at(names.patchEmbedding('bias'))] = constant([hiddenSize], 0);
  const positionCount = rows * columns + (config.classToken === 'none' ? 0 : 1);
  plan[at(names.positions)] = normal([positionCount, hiddenSize], 0.02);
  if (config.preNorm) norm((part) => at(names.preNorm(part)));
  const depth = Math.max(...featureDepths(config, feature));
  for (let layer = 0; layer < depth; layer++) {
    const block = at(names.block(layer));
    norm((part) => `${block}.${names.attentionNorm}.${part}`);
    linear(`${block}.${names.attentionInput}`, hiddenSize, 3 * hiddenSize);
    linear(`${block}.${names.attentionOutput}`, hiddenSize, hiddenSize, residualScale);
    norm((part) => `${block}.${names.mlpNorm}.${part}`);
    linear(`${block}.mlp.fc1`, hiddenSize, intermediateSize);
    linear(`${block}.mlp.fc2`, intermediateSize, hiddenSize, residualScale);
  }
  if (feature.finalNorm) norm((part) => at(names.finalNorm(part)));
  return plan;
}

/**
 * Random parameters for a plan, frozen unless asked otherwise: the paper's vision encoders are. The caller owns the
 * store.
 *
 * @example
 * ```ts
 * import { createVisionParameters, planVisionTower, visionPreset } from '@pose-rft/mllm';
 * import { createRandom } from '@pose-rft/random';
 * import { useBackend } from '@pose-rft/tensor';
 *
 * await useBackend('cpu');
 * const plan = planVisionTower(visionPreset('small-hmr2'));
 * const parameters = createVisionParameters(plan, createRandom(1));
 * console.assert(parameters.names.includes('pose_tower.backbone.blocks.3.attn.qkv.weight'));
 * console.assert(!parameters.names.some((name) => parameters.isTrainable(name)));
 * parameters.dispose();
 * ```
 */
export function createVisionParameters(
  plan: Readonly<Record<string, ParameterPlan>>,
  random: Random,
  options: { readonly trainable?: (name: string) => boolean } = {},
): ParameterStore {
  const entries: Record<string, Tensor> = {};
  for (const [name, { shape, initial }] of Object.entries(plan)) {
    const size = shape.reduce((product, length) => product * length, 1);
    entries[name] = tensor(initialValues(initial, size, random.split(name)), [...shape], 'float32');
  }
  return createParameterStore(entries, { trainable: options.trainable ?? (() => false) });
}

function initialValues(initial: Initialisation, size: number, random: Random): Float32Array {
  return match(initial)
    .with({ kind: 'normal' }, ({ standardDeviation }) => {
      const values = random.fillNormal(new Float32Array(size));
      for (let index = 0; index < size; index++)
        values[index] = (values[index] as number) * standardDeviation;
      return values;
    })
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
