import {
  decodeSafetensors,
  encodeSafetensors,
  SafetensorsError,
  tensor,
  tensorDataFromFloat32,
  tensorDataToFloat32,
  writeFileAtomically,
  type TensorData,
} from '@pose-rft/tensor';
import { parseRetrievalConfig, RetrievalConfigError, type RetrievalConfig } from './retrieval-config.js';
import { RetrievalCheckpointError } from './retrieval-checkpoint-error.js';
import { retrievalModelOf, type RetrievalModel } from './retrieval-model.js';
import { planRetrievalParameters, storeOf } from './retrieval-parameters.js';
import type { SentenceFeatures } from './sentence-features.js';

/** Notes about how a model was trained: anything that JSON can hold. */
export type RetrievalTrainingNotes = Readonly<Record<string, unknown>>;

/** The two files of a checkpoint. */
export interface RetrievalCheckpointFiles {
  /** `config.json` */
  readonly config: string;
  /** `model.safetensors` */
  readonly weights: Uint8Array;
}

export interface RetrievalCheckpointOptions {
  /** `F16` halves the file and rounds every number to 11 significant bits (default `F32`, exact). */
  readonly dtype?: 'F32' | 'F16';
  readonly training?: RetrievalTrainingNotes;
}

/** A model as a checkpoint holds it. */
export interface RetrievalCheckpoint {
  /** The caller disposes it. */
  readonly model: RetrievalModel;
  readonly training: RetrievalTrainingNotes;
  /** SHA-256 of `model.safetensors`, which names the weights. */
  readonly weightsSha256: string;
}

export interface DecodeRetrievalOptions {
  /** For a model over a sentence encoder. */
  readonly sentenceFeatures?: SentenceFeatures;
  /** What errors call the files; default: their names. */
  readonly folder?: string;
}

const FORMAT = 'pose-rft-retrieval';
const VERSION = 1;
export const CONFIG_FILE = 'config.json';
export const WEIGHTS_FILE = 'model.safetensors';
const FLOAT_DTYPES: readonly string[] = ['F32', 'F16'];

/**
 * A model as the two files of a checkpoint, in memory. The same model gives the same bytes.
 *
 * @throws RetrievalCheckpointError if a parameter is not finite (in `F16`: below 65520)
 */
export async function encodeRetrievalModel(
  model: Pick<RetrievalModel, 'config' | 'parameters'>,
  options: RetrievalCheckpointOptions = {},
): Promise<RetrievalCheckpointFiles> {
  const { dtype = 'F32', training = {} } = options;
  const tensors: Record<string, TensorData> = {};
  for (const [name, { shape }] of Object.entries(planRetrievalParameters(model.config))) {
    const values = Float32Array.from(model.parameters.get(name).dataSync<'float32'>());
    const data = tensorDataFromFloat32(dtype, shape, values);
    requireFinite(WEIGHTS_FILE, name, tensorDataToFloat32(data));
    tensors[name] = data;
  }
  const weights = encodeSafetensors(tensors, { format: FORMAT });
  const description = {
    format: FORMAT,
    version: VERSION,
    config: model.config,
    training,
    weights: { dtype, sha256: await sha256(weights) },
  };
  return { config: `${JSON.stringify(description, null, 2)}\n`, weights };
}

/**
 * The model of a checkpoint's two files, wherever they came from (a folder, a browser's fetch). Strict: every tensor must
 * be there with its shape, none may be unknown, and the weights must be those that the configuration was written for.
 *
 * @throws RetrievalCheckpointError naming the file, what in it is wrong, what was expected and found, and the way out
 * @throws SentenceFeaturesError if the model reads a sentence encoder that is not given
 * @example
 * ```ts
 * import { createRandom } from '@pose-rft/random';
 * import { useBackend } from '@pose-rft/tensor';
 * import { createRetrievalModel, decodeRetrievalModel, encodeRetrievalModel } from '@pose-rft/text-pose/retrieval';
 *
 * await useBackend('cpu');
 * const trained = createRetrievalModel({
 *   config: {
 *     embeddingSize: 4,
 *     text: {
 *       kind: 'convolution', bucketCount: 16, wordSize: 4, windowSize: 3, filterCount: 4, hiddenSize: 4,
 *       maximumWords: 8, skippedWords: [],
 *     },
 *     pose: { features: 'joint-positions', hiddenSize: 4, layerCount: 1 },
 *   },
 *   random: createRandom(1),
 * });
 * const files = await encodeRetrievalModel(trained);
 * const { model } = await decodeRetrievalModel(files);
 * console.assert(model.embedTexts(['up']).join() === trained.embedTexts(['up']).join());
 * trained.dispose();
 * model.dispose();
 * ```
 */
export async function decodeRetrievalModel(
  files: RetrievalCheckpointFiles,
  options: DecodeRetrievalOptions = {},
): Promise<RetrievalCheckpoint> {
  const { folder = '', sentenceFeatures } = options;
  const prefix = folder === '' ? '' : `${folder}/`;
  const configFile = `${prefix}${CONFIG_FILE}`;
  const weightsFile = `${prefix}${WEIGHTS_FILE}`;
  const description = parseDescription(configFile, files.config);
  const found = await sha256(files.weights);
  if (found !== description.sha256)
    throw new RetrievalCheckpointError({
      file: weightsFile,
      subject: 'SHA-256',
      expected: `${description.sha256}, as ${CONFIG_FILE} says`,
      found,
      remedy: 'The two files are not of one save, or the weights are damaged: take another checkpoint.',
    });
  const values = readTensors(weightsFile, files.weights, description.config);
  const plan = planRetrievalParameters(description.config);
  const parameters = storeOf(
    Object.fromEntries(
      Object.entries(plan).map(([name, { shape }]) => [
        name,
        tensor(values.get(name) as Float32Array, [...shape], 'float32'),
      ]),
    ),
  );
  const model = retrievalModelOf({
    config: description.config,
    parameters,
    ...(sentenceFeatures === undefined ? {} : { sentenceFeatures }),
  });
  return { model, training: description.training, weightsSha256: found };
}

/**
 * Writes `model.safetensors` and `config.json` into a folder, which is created if need be; each is replaced atomically,
 * the weights first, so that an interrupted save is recognised when it is read.
 *
 * @throws RetrievalCheckpointError if a parameter is not finite, or a file cannot be written
 */
export async function saveRetrievalModel(
  folder: string,
  model: Pick<RetrievalModel, 'config' | 'parameters'>,
  options: RetrievalCheckpointOptions = {},
): Promise<void> {
  const files = await encodeRetrievalModel(model, options);
  const { mkdir } = await import('node:fs/promises');
  const { join } = await import('node:path');
  try {
    await mkdir(folder, { recursive: true });
    await writeFileAtomically(join(folder, WEIGHTS_FILE), files.weights);
    await writeFileAtomically(join(folder, CONFIG_FILE), files.config);
  } catch (cause) {
    throw new RetrievalCheckpointError({
      file: folder,
      subject: 'saving',
      expected: 'a folder that can be written to',
      found: messageOf(cause),
      remedy: 'Check the path, its permissions and the space left.',
      cause,
    });
  }
}

/**
 * Reads what {@link saveRetrievalModel} wrote, as strictly as {@link decodeRetrievalModel}.
 *
 * @throws RetrievalCheckpointError if a file is missing or not what it should be
 */
export async function loadRetrievalModel(
  folder: string,
  options: Pick<DecodeRetrievalOptions, 'sentenceFeatures'> = {},
): Promise<RetrievalCheckpoint> {
  const { readFile } = await import('node:fs/promises');
  const { join } = await import('node:path');
  const read = async (name: string): Promise<Buffer> =>
    readFile(join(folder, name)).catch((cause: unknown) => {
      throw new RetrievalCheckpointError({
        file: join(folder, name),
        subject: 'file',
        expected: `a folder with ${CONFIG_FILE} and ${WEIGHTS_FILE}`,
        found: messageOf(cause),
        remedy:
          'Give the folder that saveRetrievalModel wrote; without config.json its save was interrupted.',
        cause,
      });
    });
  const config = (await read(CONFIG_FILE)).toString('utf8');
  const weights = new Uint8Array(await read(WEIGHTS_FILE));
  return decodeRetrievalModel({ config, weights }, { ...options, folder });
}

interface Description {
  readonly config: RetrievalConfig;
  readonly training: RetrievalTrainingNotes;
  readonly sha256: string;
}

function parseDescription(file: string, text: string): Description {
  const refuse = (subject: string, expected: string, found: string, cause?: unknown): never => {
    const remedy = 'The file is damaged or of another program: take another checkpoint.';
    throw new RetrievalCheckpointError({ file, subject, expected, found, remedy, cause });
  };
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    return refuse('JSON', 'what saveRetrievalModel writes', messageOf(cause), cause);
  }
  const fields = recordOf(json);
  if (fields['format'] !== FORMAT || fields['version'] !== VERSION)
    return refuse(
      'format and version',
      `"${FORMAT}" ${VERSION}`,
      `${JSON.stringify(fields['format'])} ${JSON.stringify(fields['version'])}`,
    );
  const digest = recordOf(fields['weights'])['sha256'];
  if (typeof digest !== 'string')
    return refuse(
      '"weights"',
      'an object with the string "sha256"',
      JSON.stringify(fields['weights']) ?? 'nothing',
    );
  try {
    const config = parseRetrievalConfig(fields['config']);
    return { config, training: recordOf(fields['training']), sha256: digest };
  } catch (cause) {
    if (!(cause instanceof RetrievalConfigError)) throw cause;
    return refuse('"config"', 'the configuration of a retrieval model', cause.message, cause);
  }
}

function readTensors(
  file: string,
  bytes: Uint8Array,
  config: RetrievalConfig,
): ReadonlyMap<string, Float32Array> {
  const plan = planRetrievalParameters(config);
  const remedy = `Weights and ${CONFIG_FILE} must be of one model: take another checkpoint.`;
  const { tensors } = decoded(file, bytes);
  const unknown = [...tensors.keys()].find((name) => !(name in plan));
  if (unknown !== undefined)
    throw new RetrievalCheckpointError({
      file,
      subject: `tensor ${unknown}`,
      expected: `only the ${Object.keys(plan).length} tensors of the configuration`,
      found: 'one that is none of them',
      remedy,
    });
  const values = new Map<string, Float32Array>();
  for (const [name, { shape }] of Object.entries(plan)) {
    const data = tensors.get(name);
    if (data === undefined || !FLOAT_DTYPES.includes(data.dtype) || data.shape.join() !== shape.join())
      throw new RetrievalCheckpointError({
        file,
        subject: `tensor ${name}`,
        expected: `${FLOAT_DTYPES.join(' or ')} [${shape.join(', ')}]`,
        found: data === undefined ? 'no such tensor' : `${data.dtype} [${data.shape.join(', ')}]`,
        remedy,
      });
    const numbers = tensorDataToFloat32(data);
    requireFinite(file, name, numbers);
    values.set(name, numbers);
  }
  return values;
}

function decoded(file: string, bytes: Uint8Array): ReturnType<typeof decodeSafetensors> {
  try {
    return decodeSafetensors(bytes);
  } catch (cause) {
    if (!(cause instanceof SafetensorsError)) throw cause;
    throw new RetrievalCheckpointError({
      file,
      subject: 'safetensors',
      expected: 'what saveRetrievalModel writes',
      found: cause.message,
      remedy: 'The file is damaged: take another checkpoint.',
      cause,
    });
  }
}

function requireFinite(file: string, name: string, values: Float32Array): void {
  const broken = values.findIndex((value) => !Number.isFinite(value));
  if (broken < 0) return;
  throw new RetrievalCheckpointError({
    file,
    subject: `tensor ${name}`,
    expected: 'finite numbers (below 65520 in F16)',
    found: `${values[broken]} at ${broken}`,
    remedy: 'Training has diverged: go back to an earlier checkpoint, and lower the learning rate.',
  });
}

async function sha256(bytes: Uint8Array): Promise<string> {
  // A copy: the digest takes no view of a shared buffer.
  const digest = await crypto.subtle.digest('SHA-256', Uint8Array.from(bytes));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
