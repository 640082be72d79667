import {
  createParameterStore,
  tensor,
  tensorDataToFloat32,
  type ParameterStore,
  type SafetensorsFile,
  type Tensor,
} from '@pose-rft/tensor';
import { CheckpointError } from '../checkpoint-error.js';
import {
  defaultFeature,
  patchGrid,
  type VisionFeature,
  type VisionTransformerConfig,
} from './vision-config.js';
import { VISION_NAMES, type VisionNames } from './vision-names.js';
import { planVisionTower } from './vision-parameters.js';

/** A tensor of a checkpoint, as the file has it. */
export interface CheckpointTensor {
  readonly name: string;
  readonly shape: readonly number[];
}

/** Where a parameter comes from in a checkpoint. */
export interface CheckpointSource {
  /** Usually one; q, k and v of Hugging Face's towers are three. */
  readonly tensors: readonly CheckpointTensor[];
  /**
   * How the parameter is made of them: `same` numbers in the same order (a shape may be flattened); `transposed`:
   * matrices [out, in] (a convolution's weights are [out, channels * height * width]) become [in, out], side by side.
   */
  readonly layout: 'same' | 'transposed';
}

/** Every tensor that a checkpoint has of a tower. */
export interface VisionCheckpointPlan {
  /** By the parameter's name in the store. */
  readonly parameters: Readonly<Record<string, CheckpointSource>>;
  /** Of the tower, but its features do not depend on them: later blocks, a last LayerNorm that is not applied. */
  readonly unused: readonly CheckpointTensor[];
  /** Names of the same tower that may be there or not: buffers and heads that take no part in the features. */
  readonly isOptional: (name: string) => boolean;
}

/**
 * The tensors of a tower in a checkpoint of its family, so that weights load strictly by name.
 *
 * @param options.filePrefix - what precedes the tower's names in the file: `vision_tower.vision_model`,
 *   `vision_model`, `model.vision_tower.vision_model`, `backbone`, nothing, ...; see {@link findVisionPrefix}
 * @param options.prefix - what precedes the parameters' names; default: as in {@link planVisionTower}
 */
export function planVisionCheckpoint(
  config: VisionTransformerConfig,
  options: { readonly filePrefix: string; readonly feature?: VisionFeature; readonly prefix?: string },
): VisionCheckpointPlan {
  const names = VISION_NAMES[config.family];
  const { filePrefix, feature = defaultFeature(config), prefix = names.prefix } = options;
  const all = everySource(config, names, filePrefix);
  const used = planVisionTower(config, feature, prefix);
  const parameters: Record<string, CheckpointSource> = {};
  for (const name of Object.keys(used)) {
    // Both tables are made from the same names, so there is a source for each.
    parameters[name] = all.get(name.slice(prefix.length + 1)) as CheckpointSource;
  }
  const unused = [...all].flatMap(([name, { tensors }]) => (`${prefix}.${name}` in used ? [] : tensors));
  return {
    parameters,
    unused,
    isOptional: (name) =>
      config.family !== 'hmr2' &&
      (name === below(filePrefix, 'embeddings.position_ids') || name.startsWith(below(filePrefix, 'head.'))),
  };
}

/** A parameter's numbers, row-major, from the numbers of its tensors in the file. */
export function assembleParameter(source: CheckpointSource, values: readonly Float32Array[]): Float32Array {
  if (source.layout === 'same') return values[0] as Float32Array;
  const outputs = source.tensors.map(({ shape }) => shape[0] as number);
  const width = outputs.reduce((sum, count) => sum + count, 0);
  const inputs = (values[0] as Float32Array).length / (outputs[0] as number);
  // A row of biases is a matrix of one input.
  const assembled = new Float32Array(inputs * width);
  let first = 0;
  values.forEach((part, index) => {
    const count = outputs[index] as number;
    for (let output = 0; output < count; output++)
      for (let input = 0; input < inputs; input++)
        assembled[input * width + first + output] = part[output * inputs + input] as number;
    first += count;
  });
  return assembled;
}

/**
 * What precedes a tower's names in a file, from the names that are there.
 *
 * @returns undefined if the file holds no tower of the family, or several
 */
export function findVisionPrefix(
  config: VisionTransformerConfig,
  fileNames: Iterable<string>,
): string | undefined {
  const landmark = `.${VISION_NAMES[config.family].patchEmbedding('weight')}`;
  const found = [...fileNames].filter((name) => `.${name}`.endsWith(landmark));
  if (found.length !== 1) return undefined;
  return (found[0] as string).slice(0, -landmark.length);
}

/**
 * Reads a tower's parameters from a checkpoint: every tensor that its features depend on must be there with its shape
 * and finite, and every tensor below the prefix must be known. The caller owns the store, whose parameters are frozen.
 *
 * @param file - an open safetensors file, of one tower or of a whole model
 * @param options.path - the file's path, for error messages
 * @throws CheckpointError naming the tensor, what was expected and what was found
 */
export async function loadVisionTower(
  file: SafetensorsFile,
  config: VisionTransformerConfig,
  options: {
    readonly path: string;
    readonly filePrefix?: string;
    readonly feature?: VisionFeature;
    readonly prefix?: string;
  },
): Promise<ParameterStore> {
  const { path } = options;
  const filePrefix = options.filePrefix ?? findVisionPrefix(config, file.entries.keys());
  if (filePrefix === undefined)
    throw new CheckpointError({
      file: path,
      subject: 'tensor names',
      expected: `one name that ends in ${VISION_NAMES[config.family].patchEmbedding('weight')}`,
      found: 'none or several',
      remedy: `This is no ${config.family} tower, or there are two: give filePrefix.`,
    });
  const plan = planVisionCheckpoint(config, { ...options, filePrefix });
  checkVisionTensors(path, file.entries, plan, filePrefix);
  const values = new Map<string, readonly [readonly number[], Float32Array]>();
  const shapes = planVisionTower(config, options.feature, options.prefix);
  for (const [name, source] of Object.entries(plan.parameters)) {
    const parts: Float32Array[] = [];
    for (const { name: inFile } of source.tensors) {
      const part = tensorDataToFloat32(await file.read(inFile));
      requireFinite(path, inFile, part);
      parts.push(part);
    }
    values.set(name, [shapes[name]?.shape ?? [], assembleParameter(source, parts)]);
  }
  const entries: Record<string, Tensor> = {};
  for (const [name, [shape, numbers]] of values) entries[name] = tensor(numbers, [...shape], 'float32');
  return createParameterStore(entries, { trainable: () => false });
}

/**
 * Checks the tensors of a tower in a file against their plan.
 *
 * @throws CheckpointError for a tensor that is missing, of another shape or type, or unknown below the prefix
 */
export function checkVisionTensors(
  path: string,
  entries: ReadonlyMap<string, { readonly dtype: string; readonly shape: readonly number[] }>,
  plan: VisionCheckpointPlan,
  filePrefix: string,
): void {
  const used = Object.values(plan.parameters).flatMap(({ tensors }) => tensors);
  const remedy = 'Weights and vision_config must be of one model: compare the configurations.';
  for (const { name, shape } of used) {
    const entry = entries.get(name);
    const isFloat = entry !== undefined && ['F32', 'F16', 'BF16'].includes(entry.dtype);
    if (isFloat && entry.shape.join() === shape.join()) continue;
    throw new CheckpointError({
      file: path,
      subject: `tensor ${name}`,
      expected: `F32, F16 or BF16 [${shape.join(', ')}]`,
      found: entry === undefined ? 'no such tensor' : `${entry.dtype} [${entry.shape.join(', ')}]`,
      remedy,
    });
  }
  const known = new Set([...used, ...plan.unused].map(({ name }) => name));
  for (const name of entries.keys())
    if (name.startsWith(below(filePrefix, '')) && !known.has(name) && !plan.isOptional(name))
      throw new CheckpointError({
        file: path,
        subject: `tensor ${name}`,
        expected: `only the ${known.size} tensors of the configured tower below ${filePrefix}`,
        found: 'one that is none of them',
        remedy,
      });
}

/** Every parameter of a tower, used or not, by its name without prefix. */
function everySource(
  config: VisionTransformerConfig,
  names: VisionNames,
  filePrefix: string,
): Map<string, CheckpointSource> {
  const { hiddenSize, intermediateSize, patchSize, channelCount, family } = config;
  const { rows, columns } = patchGrid(config);
  const sources = new Map<string, CheckpointSource>();
  const put = (
    name: string,
    layout: CheckpointSource['layout'],
    shape: readonly number[],
    inFile: readonly string[] = [name],
  ): void => {
    const tensors = inFile.map((file) => ({ name: below(filePrefix, file), shape }));
    sources.set(name, { layout, tensors });
  };
  const norm = (name: (part: 'weight' | 'bias') => string): void => {
    put(name('weight'), 'same', [hiddenSize]);
    put(name('bias'), 'same', [hiddenSize]);
  };
  const linear = (name: string, inputs: number, outputs: number): void => {
    put(`${name}.weight`, 'transposed', [outputs, inputs]);
    put(`${name}.bias`, 'same', [outputs]);
  };

  if (config.classToken === 'prepended') put(names.classToken, 'same', [hiddenSize]);
  put(names.patchEmbedding('weight'), 'transposed', [hiddenSize, channelCount, patchSize, patchSize]);
  if (config.patchBias) put(names.patchEmbedding('bias'), 'same', [hiddenSize]);
  const positionCount = rows * columns + (config.classToken === 'none' ? 0 : 1);
  const positions = [positionCount, hiddenSize];
  put(names.positions, 'same', family === 'hmr2' ? [1, ...positions] : positions);
  if (config.preNorm) norm(names.preNorm);
  for (let layer = 0; layer < config.layerCount; layer++) {
    const block = names.block(layer);
    const input = `${block}.${names.attentionInput}`;
    norm((part) => `${block}.${names.attentionNorm}.${part}`);
    if (family === 'hmr2') linear(input, hiddenSize, 3 * hiddenSize);
    else
      for (const part of ['weight', 'bias'] as const) {
        const shape = part === 'weight' ? [hiddenSize, hiddenSize] : [hiddenSize];
        const inFile = ['q', 'k', 'v'].map((letter) => `${block}.self_attn.${letter}_proj.${part}`);
        put(`${input}.${part}`, 'transposed', shape, inFile);
      }
    linear(`${block}.${names.attentionOutput}`, hiddenSize, hiddenSize);
    norm((part) => `${block}.${names.mlpNorm}.${part}`);
    linear(`${block}.mlp.fc1`, hiddenSize, intermediateSize);
    linear(`${block}.mlp.fc2`, intermediateSize, hiddenSize);
  }
  norm(names.finalNorm);
  return sources;
}

/** A name below a prefix, which is empty in the file of a bare tower. */
function below(prefix: string, name: string): string {
  return prefix === '' ? name : `${prefix}.${name}`;
}

function requireFinite(path: string, name: string, values: Float32Array): void {
  const broken = values.findIndex((value) => !Number.isFinite(value));
  if (broken < 0) return;
  throw new CheckpointError({
    file: path,
    subject: `tensor ${name}`,
    expected: 'finite numbers',
    found: `${values[broken]} at ${broken}`,
    remedy: 'The file is damaged: take another one.',
  });
}
