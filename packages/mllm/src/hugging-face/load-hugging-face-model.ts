import { createParameterStore, tensor, type ParameterStore, type Tensor } from '@pose-rft/tensor';
import type { Random } from '@pose-rft/random';
import { CheckpointError } from '../checkpoint-error.js';
import type { LoraConfig } from '../lora/lora-config.js';
import { initialParameter, learnsBesideAdapters, planMllmParameters } from '../parameters.js';
import {
  parseHuggingFaceConfig,
  type HuggingFaceConfigOptions,
  type HuggingFaceModel,
} from './hugging-face-config.js';
import { parameterSources, type ParameterSource } from './tensor-names.js';
import { loadVisionTower } from '../vision/vision-checkpoint.js';
import { openWeights, type StoredWeights } from './weights-folder.js';

export interface LoadHuggingFaceOptions extends HuggingFaceConfigOptions {
  /** Draws what the checkpoint does not hold: the pose head, and the adapters. */
  readonly random: Random;
  /** Adapters to put beside the base model, which then rests. */
  readonly lora?: LoraConfig;
  /** [144] where the pose head starts; default: every joint unrotated. */
  readonly meanPose6d?: Float32Array;
  /** Whether to load the vision encoder too (default: true); without it, features must come from elsewhere. */
  readonly loadsVision?: boolean;
}

/** A model from a Hugging Face folder. */
export interface LoadedHuggingFaceModel extends HuggingFaceModel {
  /** Language model, projector and fresh heads; the caller owns it. */
  readonly parameters: ParameterStore;
  /** The frozen vision tower, for `createVisionEncoder`; the caller owns it. Undefined if there is none, or if not asked for. */
  readonly visionParameters: ParameterStore | undefined;
}

/**
 * Loads a Llama-family or LLaVA model as the Hugging Face hub lays it out: `config.json`, and `model.safetensors` or
 * its shards, in float32, float16 or bfloat16. Every tensor must be there in its shape, and none be left over.
 *
 * Tensors are read, converted and handed to the backend one parameter at a time: beside the model itself, only the
 * largest parameter is in memory.
 *
 * @param folder - see `downloadHuggingFaceModel` for a model on the hub
 * @throws CheckpointError, WeightsReportError, UnsupportedArchitectureError, MllmConfigError
 */
export async function loadHuggingFaceModel(
  folder: string,
  options: LoadHuggingFaceOptions,
): Promise<LoadedHuggingFaceModel> {
  const { random, lora, meanPose6d, loadsVision = true, ...configOptions } = options;
  const parsed = parseHuggingFaceConfig(await readConfig(folder), configOptions);
  const config = lora === undefined ? parsed.config : { ...parsed.config, lora };
  const sources = parameterSources(config, parsed.storedVocabularySize);
  const weights = await openWeights(folder);
  weights.check(
    [...sources.values()].flatMap(({ tensors }) => tensors),
    (name) =>
      name.startsWith('vision_tower.') || (config.tiedEmbeddings && name === 'language_model.lm_head.weight'),
  );

  const tower = parsed.config.vision?.towers[0];
  const visionParameters =
    tower === undefined || !loadsVision
      ? undefined
      : await loadVisionTower(weights.file, tower.config, {
          path: folder,
          ...(tower.feature === undefined ? {} : { feature: tower.feature }),
        });
  const entries: Record<string, Tensor> = {};
  try {
    for (const [name, plan] of Object.entries(planMllmParameters(config, meanPose6d))) {
      const source = sources.get(name);
      const values =
        source === undefined
          ? initialParameter(plan, random.split(name))
          : await assemble(weights, source, plan.shape);
      entries[name] = tensor(values, [...plan.shape], 'float32');
    }
  } catch (error) {
    for (const created of Object.values(entries)) created.dispose();
    visionParameters?.dispose();
    throw error;
  }
  const parameters = createParameterStore(entries, {
    trainable: (name) => config.lora === null || learnsBesideAdapters(name),
  });
  return { ...parsed, config, parameters, visionParameters };
}

async function assemble(
  weights: StoredWeights,
  { kind, tensors }: ParameterSource,
  shape: readonly number[],
): Promise<Float32Array> {
  const values = new Float32Array(shape.reduce((size, length) => size * length, 1));
  let offset = 0;
  for (const { name, shape: storedShape } of tensors) {
    const stored = await weights.read(name);
    if (kind === 'transposed') {
      const [outputSize = 0, inputSize = 0] = storedShape;
      transposeInto(values, stored, { inputSize, outputSize, rowWidth: shape[1] ?? 0, firstColumn: offset });
      offset += outputSize;
    } else {
      values.set(stored, offset);
      offset += stored.length;
    }
  }
  if (kind === 'rows' && offset < values.length) fillWithMeanRow(values, offset, shape[1] ?? 1);
  if (kind === 'transposed' && offset < (shape[1] ?? 0)) fillWithMeanColumn(values, offset, shape[1] ?? 1);
  return values;
}

/** Rows and columns that a block of the transposition spans: both sides of it stay in the cache. */
const BLOCK = 32;

function transposeInto(
  target: Float32Array,
  source: Float32Array,
  layout: {
    readonly inputSize: number;
    readonly outputSize: number;
    readonly rowWidth: number;
    readonly firstColumn: number;
  },
): void {
  const { inputSize, outputSize, rowWidth, firstColumn } = layout;
  for (let outputs = 0; outputs < outputSize; outputs += BLOCK)
    for (let inputs = 0; inputs < inputSize; inputs += BLOCK) {
      const lastOutput = Math.min(outputSize, outputs + BLOCK);
      const lastInput = Math.min(inputSize, inputs + BLOCK);
      for (let output = outputs; output < lastOutput; output++)
        for (let input = inputs; input < lastInput; input++)
          target[input * rowWidth + firstColumn + output] = source[output * inputSize + input] as number;
    }
}

/** New tokens start as the average one, which is a likely direction in the space of embeddings. */
function fillWithMeanRow(table: Float32Array, from: number, width: number): void {
  const rowCount = from / width;
  for (let column = 0; column < width; column++) {
    let sum = 0;
    for (let row = 0; row < rowCount; row++) sum += table[row * width + column] as number;
    for (let at = from + column; at < table.length; at += width) table[at] = sum / rowCount;
  }
}

function fillWithMeanColumn(matrix: Float32Array, from: number, width: number): void {
  for (let row = 0; row < matrix.length; row += width) {
    let sum = 0;
    for (let column = 0; column < from; column++) sum += matrix[row + column] as number;
    matrix.fill(sum / from, row + from, row + width);
  }
}

async function readConfig(folder: string): Promise<unknown> {
  const { join } = await import('node:path');
  const { readFile } = await import('node:fs/promises');
  const path = join(folder, 'config.json');
  try {
    return JSON.parse(await readFile(path, 'utf8')) as unknown;
  } catch (cause) {
    throw new CheckpointError({
      file: path,
      subject: 'file',
      expected: "the JSON of a Hugging Face model's configuration",
      found: cause instanceof Error ? cause.message : String(cause),
      remedy: 'Give the folder of a model of the hub, with its config.json and safetensors.',
      cause,
    });
  }
}
