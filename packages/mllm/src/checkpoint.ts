import {
  createParameterStore,
  decodeSafetensors,
  readSafetensors,
  SafetensorsError,
  tensor,
  tensorDataFromFloat32,
  tensorDataToFloat32,
  writeFileAtomically,
  writeSafetensors,
  type LazyTensorData,
  type ParameterStore,
  type TensorData,
} from '@pose-rft/tensor';
import {
  checkEntries,
  describe,
  recordOf,
  refusing,
  requireFinite,
  type StoredEntries,
} from './checkpoint-checks.js';
import { CheckpointError } from './checkpoint-error.js';
import { MllmConfigError, parseMllmConfig, type MllmConfig } from './config.js';
import { planMllmParameters } from './parameters.js';
import { parseTokenizer, TokenizerError, type Tokenizer } from './tokenizer.js';

/** Notes about the training that led here: anything that JSON can hold. */
export type TrainingNotes = Readonly<Record<string, unknown>>;

/** What a checkpoint holds; `createPosePolicy` takes it as it is. */
export interface Checkpoint {
  readonly config: MllmConfig;
  readonly tokenizer: Tokenizer;
  /** The caller owns it. */
  readonly parameters: ParameterStore;
  readonly training: TrainingNotes;
}

export interface SaveCheckpointOptions {
  /** `F16` halves the file and rounds every number to 11 significant bits (default `F32`, exact). */
  readonly dtype?: 'F32' | 'F16';
  readonly training?: TrainingNotes;
}

const CONFIG_FILE = 'config.json';
const WEIGHTS_FILE = 'model.safetensors';
const FORMAT = 'pose-rft-mllm';
const VERSION = 1;

/**
 * Writes `model.safetensors` and `config.json` into a folder, which is created if need be; other files in it stay.
 *
 * Each file is replaced atomically, the weights first; `config.json` records their digest. So an interrupted save into
 * a new folder leaves a folder without `config.json`, and one over an older checkpoint leaves a pair that
 * {@link loadCheckpoint} recognises as broken: to be able to go back, save into a new folder.
 *
 * @throws CheckpointError if a parameter is missing or not finite, or a file cannot be written
 */
export async function saveCheckpoint(
  folder: string,
  model: Pick<Checkpoint, 'config' | 'tokenizer' | 'parameters'>,
  options: SaveCheckpointOptions = {},
): Promise<void> {
  const { dtype = 'F32', training = {} } = options;
  const { config, tokenizer, parameters } = model;
  const { createHash } = await import('node:crypto');
  const { mkdir } = await import('node:fs/promises');
  const path = await filesOf(folder);
  const digest = createHash('sha256');
  const weights: Record<string, LazyTensorData> = {};
  for (const [name, { shape }] of Object.entries(planMllmParameters(config))) {
    const load = (): TensorData =>
      tensorDataFromFloat32(dtype, shape, Float32Array.from(parameters.get(name).dataSync<'float32'>()));
    const values = tensorDataToFloat32(load());
    requireFinite(path.weights, name, values);
    digest.update(values);
    weights[name] = { dtype, shape, load };
  }
  const description = {
    format: FORMAT,
    version: VERSION,
    config,
    tokenizer,
    training,
    weights: { dtype, sha256: digest.digest('hex') },
  };
  try {
    await mkdir(folder, { recursive: true });
    await writeSafetensors(path.weights, weights, { format: FORMAT });
    await writeFileAtomically(path.config, `${JSON.stringify(description, null, 2)}\n`);
  } catch (cause) {
    throw new CheckpointError({
      file: folder,
      subject: 'saving',
      expected: 'parameters of the configured shapes and a folder that can be written to',
      found: describe(cause),
      remedy: 'Check the path, its permissions and the space left.',
      cause,
    });
  }
}

/**
 * Reads what {@link saveCheckpoint} wrote, and nothing else: every tensor must be there with its shape, none may be
 * unknown, and the weights must be those that `config.json` was written for.
 *
 * @throws CheckpointError naming the file, what in it is wrong, what was expected and found, and the way out
 */
export async function loadCheckpoint(folder: string): Promise<Checkpoint> {
  const { createHash } = await import('node:crypto');
  const path = await filesOf(folder);
  const description = await parseDescription(await readDescription(folder, path.config), path.config);
  const file = await refusing(SafetensorsError, path.weights, 'weights', () => readSafetensors(path.weights));
  return restoreCheckpoint(path, description, file, (parameters) => {
    const digest = createHash('sha256');
    for (const values of parameters) digest.update(values);
    return digest.digest('hex');
  });
}

/**
 * The same from the contents of the two files, as a browser fetches them.
 *
 * @param files.config - the text of `config.json`
 * @param files.weights - the bytes of `model.safetensors`
 * @throws CheckpointError as {@link loadCheckpoint}
 */
export async function decodeCheckpoint(files: {
  readonly config: string;
  readonly weights: Uint8Array;
}): Promise<Checkpoint> {
  const description = await parseDescription(files.config, CONFIG_FILE);
  const { tensors } = await refusing(SafetensorsError, WEIGHTS_FILE, 'weights', () =>
    decodeSafetensors(files.weights),
  );
  const file = { entries: tensors, read: (name: string) => Promise.resolve(tensors.get(name) as TensorData) };
  return restoreCheckpoint({ config: CONFIG_FILE, weights: WEIGHTS_FILE }, description, file, webDigest);
}

/** SHA-256 by the web's cryptography, which browsers and Node have. */
async function webDigest(parameters: readonly Float32Array[]): Promise<string> {
  const all = new Float32Array(parameters.reduce((sum, { length }) => sum + length, 0));
  let place = 0;
  for (const values of parameters) {
    all.set(values, place);
    place += values.length;
  }
  const digest = await globalThis.crypto.subtle.digest('SHA-256', all);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Weights to be restored: what is there, and a tensor by its name. */
interface StoredWeights extends StoredEntries {
  readonly read: (name: string) => Promise<TensorData>;
}

async function restoreCheckpoint(
  path: { readonly config: string; readonly weights: string },
  description: Description,
  file: StoredWeights,
  digestOf: (parameters: readonly Float32Array[]) => string | Promise<string>,
): Promise<Checkpoint> {
  const plan = planMllmParameters(description.config);
  checkEntries(path.weights, file, plan, CONFIG_FILE);
  const values: Record<string, Float32Array> = {};
  for (const name of Object.keys(plan)) {
    const data = await refusing(SafetensorsError, path.weights, name, () => file.read(name));
    const parameter = tensorDataToFloat32(data);
    requireFinite(path.weights, name, parameter);
    values[name] = parameter;
  }
  const found = await digestOf(Object.values(values));
  if (found !== description.sha256)
    throw new CheckpointError({
      file: path.weights,
      subject: 'digest of the weights',
      expected: `${description.sha256}, as ${CONFIG_FILE} says`,
      found,
      remedy: 'The two files are not of one save, or the weights are damaged: take another checkpoint.',
    });
  const { config, tokenizer, training } = description;
  const tensors = Object.entries(plan).map(([name, { shape }]) => [
    name,
    tensor(values[name] as Float32Array, [...shape], 'float32'),
  ]);
  return { config, tokenizer, training, parameters: createParameterStore(Object.fromEntries(tensors)) };
}

interface Description extends Pick<Checkpoint, 'config' | 'tokenizer' | 'training'> {
  readonly sha256: string;
}

async function readDescription(folder: string, path: string): Promise<string> {
  const { readFile, readdir } = await import('node:fs/promises');
  return readFile(path, 'utf8').catch(async (cause: unknown) => {
    const names = await readdir(folder).catch(() => undefined);
    throw new CheckpointError({
      file: path,
      subject: 'file',
      expected: `a folder with ${CONFIG_FILE} and ${WEIGHTS_FILE}`,
      found:
        names === undefined ? 'no such folder' : `a folder with ${names.slice(0, 8).join(', ') || 'nothing'}`,
      remedy: 'Give the folder that saveCheckpoint wrote; without config.json its save was interrupted.',
      cause,
    });
  });
}

async function parseDescription(text: string, path: string): Promise<Description> {
  const json = await refusing(SyntaxError, path, 'JSON', () => JSON.parse(text) as unknown);
  const fields = recordOf(json);
  if (fields['format'] !== FORMAT || fields['version'] !== VERSION)
    throw new CheckpointError({
      file: path,
      subject: 'format and version',
      expected: `"${FORMAT}" ${VERSION}`,
      found: `${JSON.stringify(fields['format'])} ${JSON.stringify(fields['version'])}`,
      remedy: 'This version of the package reads only checkpoints of its own format.',
    });
  const config = await refusing(MllmConfigError, path, '"config"', () => parseMllmConfig(fields['config']));
  const tokenizer = await refusing(TokenizerError, path, '"tokenizer"', () =>
    parseTokenizer(fields['tokenizer']),
  );
  const sha256 = recordOf(fields['weights'])['sha256'];
  if (typeof sha256 !== 'string')
    throw new CheckpointError({
      file: path,
      subject: '"weights"',
      expected: 'an object with the string "sha256"',
      found: JSON.stringify(fields['weights']) ?? 'nothing',
      remedy: 'The file was changed after it was saved: take another checkpoint.',
    });
  if (tokenizer.size > config.vocabularySize)
    throw new CheckpointError({
      file: path,
      subject: '"tokenizer"',
      expected: `at most ${config.vocabularySize} tokens, the configured vocabularySize`,
      found: `${tokenizer.size}`,
      remedy: 'The file was changed after it was saved: take another checkpoint.',
    });
  return { config, tokenizer, training: recordOf(fields['training']), sha256 };
}

async function filesOf(folder: string): Promise<{ readonly config: string; readonly weights: string }> {
  const { join } = await import('node:path');
  return { config: join(folder, CONFIG_FILE), weights: join(folder, WEIGHTS_FILE) };
}
