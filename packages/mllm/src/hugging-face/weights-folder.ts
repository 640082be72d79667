import {
  readSafetensors,
  readShardedSafetensors,
  SafetensorsError,
  SHARD_INDEX_NAME,
  tensorDataToFloat32,
  type SafetensorsFile,
} from '@pose-rft/tensor';
import { CheckpointError } from '../checkpoint-error.js';
import { canonicalTensorName, type StoredTensor } from './tensor-names.js';
import { WeightsReportError, type WeightsProblem } from './weights-report-error.js';

/** The tensors of a Hugging Face folder under this package's names; they are read one at a time. */
export interface StoredWeights {
  readonly folder: string;
  /** The file or files themselves. */
  readonly file: SafetensorsFile;
  /** By canonical name. */
  readonly names: ReadonlySet<string>;
  /**
   * Checks that the folder holds exactly the given tensors.
   *
   * @param optional - names that may be there or not
   * @throws WeightsReportError listing all that is wrong
   */
  check(expected: readonly StoredTensor[], optional?: (name: string) => boolean): void;
  shapeOf(name: string): readonly number[] | undefined;
  /**
   * The numbers of one tensor.
   *
   * @throws CheckpointError if one is not finite, or the file cannot be read
   */
  read(name: string): Promise<Float32Array>;
}

const SINGLE_FILE = 'model.safetensors';
const FLOATS: readonly string[] = ['F32', 'F16', 'BF16'];

/**
 * Opens `model.safetensors`, or the shards that `model.safetensors.index.json` lists.
 *
 * @throws CheckpointError if there is neither, or a file is damaged
 */
export async function openWeights(folder: string): Promise<StoredWeights> {
  const file = await openFile(folder);
  const namesInFile = new Map<string, string[]>();
  for (const name of file.entries.keys()) {
    const canonical = canonicalTensorName(name);
    if (canonical !== undefined) namesInFile.set(canonical, [...(namesInFile.get(canonical) ?? []), name]);
  }
  return {
    folder,
    file,
    names: new Set(namesInFile.keys()),
    check(expected, optional = () => false) {
      const problems = [...problemsOf(file, namesInFile, expected, optional)];
      if (problems.length > 0) throw new WeightsReportError(folder, problems);
    },
    shapeOf: (name) => file.entries.get(namesInFile.get(name)?.[0] ?? '')?.shape,
    async read(name) {
      const stored = namesInFile.get(name)?.[0] ?? name;
      const values = tensorDataToFloat32(await refusingDamage(folder, name, () => file.read(stored)));
      const broken = firstNonFinite(values);
      if (broken >= 0)
        throw new CheckpointError({
          file: folder,
          subject: `tensor ${stored}`,
          expected: 'finite numbers',
          found: `${values[broken]} at ${broken}`,
          remedy: 'The weights are damaged, or of a run that diverged: take others.',
        });
      return values;
    },
  };
}

function* problemsOf(
  file: SafetensorsFile,
  namesInFile: ReadonlyMap<string, readonly string[]>,
  expected: readonly StoredTensor[],
  optional: (name: string) => boolean,
): Generator<WeightsProblem> {
  const known = new Set(expected.map(({ name }) => name));
  for (const { name, shape } of expected) {
    const stored = namesInFile.get(name) ?? [];
    if (stored.length === 0) yield { kind: 'missing', tensor: name };
    if (stored.length > 1) yield { kind: 'repeated', tensor: name, as: stored };
    const entry = file.entries.get(stored[0] ?? '');
    if (entry === undefined) continue;
    if (!FLOATS.includes(entry.dtype)) yield { kind: 'dtype', tensor: name, found: entry.dtype };
    if (entry.shape.join() !== shape.join())
      yield { kind: 'shape', tensor: name, expected: shape, found: entry.shape };
  }
  for (const [name, stored] of namesInFile)
    if (!known.has(name) && !optional(name)) yield { kind: 'unexpected', tensor: stored[0] ?? name };
}

async function openFile(folder: string): Promise<SafetensorsFile> {
  const { join } = await import('node:path');
  const { readdir } = await import('node:fs/promises');
  const files = await readdir(folder).catch((cause: unknown) => {
    throw new CheckpointError({
      file: folder,
      subject: 'folder',
      expected: `a folder with config.json and ${SINGLE_FILE}`,
      found: cause instanceof Error ? cause.message : String(cause),
      remedy: 'Check the path.',
      cause,
    });
  });
  if (files.includes(SHARD_INDEX_NAME))
    return refusingDamage(folder, SHARD_INDEX_NAME, () =>
      readShardedSafetensors(join(folder, SHARD_INDEX_NAME)),
    );
  if (files.includes(SINGLE_FILE))
    return refusingDamage(folder, SINGLE_FILE, () => readSafetensors(join(folder, SINGLE_FILE)));
  const pickled = files.find((name) => name.endsWith('.bin') || name.endsWith('.pth'));
  throw new CheckpointError({
    file: folder,
    subject: 'weights',
    expected: `${SINGLE_FILE}, or ${SHARD_INDEX_NAME} with its shards`,
    found: files.slice(0, 8).join(', ') || 'an empty folder',
    remedy:
      pickled === undefined
        ? 'Download the model whole.'
        : `${pickled} is a pickle, which can run any code when it is read: save the model as safetensors with ` +
          'transformers (save_pretrained).',
  });
}

async function refusingDamage<Result>(
  folder: string,
  subject: string,
  body: () => Promise<Result>,
): Promise<Result> {
  try {
    return await body();
  } catch (cause) {
    if (!(cause instanceof SafetensorsError)) throw cause;
    throw new CheckpointError({
      file: folder,
      subject,
      expected: 'whole safetensors files',
      found: cause.message,
      remedy: 'The download was cut off or the file is damaged: fetch it again.',
      cause,
    });
  }
}

function firstNonFinite(values: Float32Array): number {
  for (let index = 0; index < values.length; index++) {
    const value = values[index] as number;
    if (value - value !== 0) return index;
  }
  return -1;
}
