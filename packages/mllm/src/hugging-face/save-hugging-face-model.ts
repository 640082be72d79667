import {
  tensorDataFromFloat32,
  writeFileAtomically,
  writeShardedSafetensors,
  type LazyTensorData,
  type ParameterStore,
  type TensorData,
} from '@pose-rft/tensor';
import { CheckpointError } from '../checkpoint-error.js';
import type { MllmConfig } from '../config.js';
import { huggingFaceConfig } from './hugging-face-config-json.js';
import { parameterSources, type StoredTensor } from './tensor-names.js';
import { openWeights } from './weights-folder.js';

export interface SaveHuggingFaceOptions {
  /** Default: F32, which loses nothing. */
  readonly dtype?: 'F32' | 'F16' | 'BF16';
  /** A file is closed before it grows beyond this (default: 5 GB, as on the hub). */
  readonly maxShardBytes?: number;
  /**
   * The folder that a model that sees was loaded from: its vision encoder was not trained, and is copied from there, as is
   * what `config.json` says of it.
   */
  readonly visionFrom?: string;
}

/**
 * Saves a base model as the Hugging Face hub lays it out: `config.json`, safetensors shards and their index. transformers
 * loads the folder, and so does `loadHuggingFaceModel`. The pose head, which transformers does not know, stays out: save
 * it with an adapter or a checkpoint of this package.
 *
 * @param folder - is created if need be; `config.json` is written last
 * @throws CheckpointError if the model has adapters, if the configuration is none of transformers', or if it sees and
 *   `visionFrom` is missing
 */
export async function saveHuggingFaceModel(
  folder: string,
  { config, parameters }: { readonly config: MllmConfig; readonly parameters: ParameterStore },
  options: SaveHuggingFaceOptions = {},
): Promise<void> {
  const { dtype = 'F32', maxShardBytes = 5e9, visionFrom } = options;
  const { mkdir, readFile } = await import('node:fs/promises');
  const { join } = await import('node:path');
  const sees = config.imageFeatureSize > 0;
  if (config.lora !== null)
    throw refused(
      folder,
      'a base model',
      'one with adapters',
      'Merge them first (mergeLora), or save them (saveAdapter).',
    );
  if (sees && visionFrom === undefined)
    throw refused(folder, 'visionFrom', 'nothing', 'Give the folder that the model was loaded from.');

  const tensors = new Map<string, TensorData | LazyTensorData>();
  for (const [name, source] of parameterSources(config)) {
    let offset = 0;
    for (const stored of source.tensors) {
      const start = offset;
      tensors.set(hubName(stored.name, sees), {
        dtype,
        shape: stored.shape,
        load: () =>
          tensorDataFromFloat32(dtype, stored.shape, part(parameters, name, source.kind, stored, start)),
      });
      offset += stored.shape[0] ?? 0;
    }
  }
  let sourceConfig: unknown;
  if (visionFrom !== undefined && sees) {
    sourceConfig = JSON.parse(await readFile(join(visionFrom, 'config.json'), 'utf8'));
    const vision = await openWeights(visionFrom);
    for (const name of vision.names) {
      const shape = name.startsWith('vision_tower.') ? vision.shapeOf(name) : undefined;
      if (shape !== undefined)
        tensors.set(name, {
          dtype,
          shape,
          load: async () => tensorDataFromFloat32(dtype, shape, await vision.read(name)),
        });
    }
  }
  const description = huggingFaceConfig(config, folder, sourceConfig);
  await mkdir(folder, { recursive: true });
  await writeShardedSafetensors(folder, tensors, maxShardBytes, { format: 'pt' });
  await writeFileAtomically(join(folder, 'config.json'), `${JSON.stringify(description, null, 2)}\n`);
}

/** The hub's names: LLaVA's older layout, which every release of transformers reads. */
function hubName(name: string, sees: boolean): string {
  return sees ? name : name.replace(/^language_model\./, '');
}

/** One tensor out of a parameter that several stand in. */
function part(
  parameters: ParameterStore,
  name: string,
  kind: 'transposed' | 'joined' | 'rows',
  { shape }: StoredTensor,
  start: number,
): Float32Array {
  const parameter = parameters.get(name);
  const values = parameter.dataSync<'float32'>();
  const size = shape.reduce((product, length) => product * length, 1);
  if (kind !== 'transposed') return Float32Array.from(values.subarray(start, start + size));
  const [outputSize = 0, inputSize = 0] = shape;
  const rowWidth = parameter.shape[1] ?? 0;
  const result = new Float32Array(size);
  for (let output = 0; output < outputSize; output++)
    for (let input = 0; input < inputSize; input++)
      result[output * inputSize + input] = values[input * rowWidth + start + output] as number;
  return result;
}

function refused(file: string, expected: string, found: string, remedy: string): CheckpointError {
  return new CheckpointError({ file, subject: 'saving', expected, found, remedy });
}
