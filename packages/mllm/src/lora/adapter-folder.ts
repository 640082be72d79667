import {
  createParameterStore,
  readSafetensors,
  tensor,
  tensorDataFromFloat32,
  tensorDataToFloat32,
  writeFileAtomically,
  writeSafetensors,
  type SafetensorsFile,
  type Tensor,
  type TensorData,
} from '@pose-rft/tensor';
import { parseMllmConfig, type MllmConfig } from '../config.js';
import { canonicalTensorName } from '../hugging-face/tensor-names.js';
import { linearLayers, projectorLinears } from '../linear-layers.js';
import {
  isPoseHeadParameter,
  isProjectorParameter,
  learnsBesideAdapters,
  planMllmParameters,
} from '../parameters.js';
import type { AdaptableModel } from './lora-model.js';
import { loraModules, loraParameterNames } from './lora-modules.js';
import { AdapterError, parsePeftConfig, peftConfig } from './peft-config.js';
import { transposed } from './transposed.js';

export interface SaveAdapterOptions {
  /** Where the base model is to be found: a name on the hub, or a folder (default: not said). */
  readonly baseModel?: string;
}

const CONFIG_FILE = 'adapter_config.json';
const WEIGHTS_FILE = 'adapter_model.safetensors';
/** What transformers' model does not have, the pose head and its projector, goes into a file that PEFT does not look at. */
const POSE_FILE = 'pose_parts.safetensors';
/** What PEFT puts before the name of every module of the base model. */
const PREFIX = 'base_model.model.';
const PROJECTOR = 'multi_modal_projector';

/**
 * Saves the adapters of a model as PEFT does: `adapter_config.json` and `adapter_model.safetensors`, in the names that
 * transformers 5 gives the base model. The projector, which learns beside them, goes along whole (`modules_to_save`), and
 * the pose head into `pose_parts.safetensors`. `PeftModel.from_pretrained` loads the folder onto the base model.
 *
 * @param folder - is created if need be; the configuration is written last
 * @throws AdapterError if the model has no adapters
 */
export async function saveAdapter(
  folder: string,
  { config, parameters }: AdaptableModel,
  options: SaveAdapterOptions = {},
): Promise<void> {
  const { lora } = config;
  if (lora === null)
    throw new AdapterError(folder, 'model', 'adapters', 'none', 'Add them before training (addLora).');
  const { mkdir } = await import('node:fs/promises');
  const { join } = await import('node:path');
  await mkdir(folder, { recursive: true });
  const numbers = (name: string): Float32Array =>
    Float32Array.from(parameters.get(name).dataSync<'float32'>());
  const matrix = (name: string): TensorData => {
    const [rows = 0, columns = 0] = parameters.get(name).shape;
    return tensorDataFromFloat32('F32', [columns, rows], transposed(numbers(name), rows, columns));
  };

  const tensors: Record<string, TensorData> = {};
  for (const { name } of loraModules(config)) {
    const { a, b } = loraParameterNames(name);
    for (const factor of [a, b]) tensors[PREFIX + hubName(config, factor)] = matrix(factor);
  }
  const projector = projectorLinears(config).filter(({ name }) => name.startsWith(`${PROJECTOR}.`));
  for (const { name } of projector) {
    tensors[`${PREFIX}${hubName(config, name)}.weight`] = matrix(`${name}.weight`);
    const bias = numbers(`${name}.bias`);
    tensors[`${PREFIX}${hubName(config, name)}.bias`] = tensorDataFromFloat32('F32', [bias.length], bias);
  }
  await writeSafetensors(join(folder, WEIGHTS_FILE), tensors, { format: 'pt' });
  const poseParts = parameters.names.filter(isPosePart);
  await writeSafetensors(
    join(folder, POSE_FILE),
    Object.fromEntries(
      poseParts.map((name) => [
        name,
        tensorDataFromFloat32('F32', parameters.get(name).shape, numbers(name)),
      ]),
    ),
  );
  const description = peftConfig({
    lora,
    targetModules: targetModules(config),
    modulesToSave: projector.length === 0 ? [] : [PROJECTOR],
    baseModel: options.baseModel ?? null,
    taskType: config.imageTokenCount === 0 ? 'CAUSAL_LM' : null,
  });
  await writeFileAtomically(join(folder, CONFIG_FILE), `${JSON.stringify(description, null, 2)}\n`);
}

/**
 * Puts the adapters of a folder beside a base model: one that PEFT wrote, or {@link saveAdapter}. Modules that the
 * folder brings whole (the projector, the pose head) take the place of the model's.
 *
 * @param model - a base model, whose store is used up: the tensors belong to the store that is returned
 * @throws AdapterError naming the file, what in it is wrong, what was expected and found, and the way out; then the
 *   model is as it was
 */
export async function loadAdapter(folder: string, model: AdaptableModel): Promise<AdaptableModel> {
  const { join } = await import('node:path');
  const { existsSync } = await import('node:fs');
  const configPath = join(folder, CONFIG_FILE);
  const weightsPath = join(folder, WEIGHTS_FILE);
  if (model.config.lora !== null)
    throw new AdapterError(
      folder,
      'model',
      'a base model',
      'one with adapters',
      'Merge them first (mergeLora).',
    );
  const peft = parsePeftConfig(await readJson(configPath), configPath);
  const weights = await openFile(weightsPath);
  const stored = canonicalNames(weights);
  const names = [...stored.keys()].filter((name) => name.endsWith('.lora_A.weight'));
  const modules = names.map((name) => name.slice(0, -'.lora_A.weight'.length));
  const known = new Set(linearLayers(model.config).flatMap((layer) => layer.modules.map(({ name }) => name)));
  const foreign = modules.find((name) => !known.has(name));
  if (foreign !== undefined || modules.length === 0)
    throw new AdapterError(
      weightsPath,
      'adapted modules',
      'linear layers of this model',
      foreign ?? 'none',
      'The adapter is of another model, or of the vision encoder, which this package keeps frozen.',
    );
  const config = parseMllmConfig({
    ...model.config,
    lora: { ...peft.lora, targets: compactTargets(model.config, new Set(modules)), excluded: [] },
  });
  const plan = planMllmParameters(config);
  const whole = (name: string): boolean => name.startsWith(`${PROJECTOR}.`) && stored.has(name);
  const wanted = Object.keys(plan).filter((name) => name.includes('.lora_') || whole(name));
  const unread = [...stored.keys()].find((name) => !wanted.includes(name));
  if (unread !== undefined)
    throw new AdapterError(
      weightsPath,
      `tensor ${stored.get(unread)}`,
      'factors A and B of linear layers, and the projector',
      'something else',
      'Merge the adapter into its base model with PEFT and load that.',
    );

  const entries: Record<string, Tensor> = {};
  try {
    for (const name of wanted) {
      const shape = plan[name]?.shape ?? [];
      const fileName = stored.get(name) ?? name;
      entries[name] = tensor(
        await readParameter(weightsPath, weights, fileName, shape),
        [...shape],
        'float32',
      );
    }
    const headPath = join(folder, POSE_FILE);
    if (existsSync(headPath)) {
      const head = await openFile(headPath);
      for (const name of Object.keys(plan).filter(isPosePart)) {
        const shape = plan[name]?.shape ?? [];
        const values = await readWithShape(headPath, head, name, shape);
        entries[name] = tensor(values, [...shape], 'float32');
      }
    }
  } catch (error) {
    for (const created of Object.values(entries)) created.dispose();
    throw error;
  }
  const kept = Object.fromEntries(model.parameters.names.map((name) => [name, model.parameters.get(name)]));
  for (const name of Object.keys(entries)) kept[name]?.dispose();
  return {
    config,
    parameters: createParameterStore({ ...kept, ...entries }, { trainable: learnsBesideAdapters }),
  };
}

function isPosePart(name: string): boolean {
  return isPoseHeadParameter(name) || (isProjectorParameter(name) && !name.startsWith(`${PROJECTOR}.`));
}

/** The name of a module or tensor in transformers 5, whose LLaVA keeps its language model under `model`. */
function hubName(config: MllmConfig, name: string): string {
  const languageModel = config.imageFeatureSize === 0 ? 'model.' : 'model.language_model.';
  return name
    .replace(/^language_model\.model\./, languageModel)
    .replace(/^language_model\.lm_head/, 'lm_head')
    .replace(/^multi_modal_projector/, 'model.multi_modal_projector');
}

/** Short names where they mean the same modules in the whole model; a vision encoder has a `q_proj` of its own. */
function targetModules(config: MllmConfig): readonly string[] {
  const adapted = loraModules(config).map(({ name }) => name);
  const compact = config.imageFeatureSize === 0 ? compactTargets(config, new Set(adapted)) : adapted;
  return compact.map((name) => hubName(config, name));
}

/** The last parts of the names if all modules that bear them are meant; otherwise the whole names. */
function compactTargets(config: MllmConfig, adapted: ReadonlySet<string>): readonly string[] {
  const leafOf = (name: string): string => name.slice(name.lastIndexOf('.') + 1);
  const leaves = new Set([...adapted].map(leafOf));
  const all = linearLayers(config).flatMap(({ modules }) => modules.map(({ name }) => name));
  const meansTheSame = all.every((name) => adapted.has(name) === leaves.has(leafOf(name)));
  return meansTheSame ? [...leaves].sort() : [...adapted];
}

function canonicalNames(file: SafetensorsFile): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const name of file.entries.keys()) {
    const ofBase = name.startsWith(PREFIX) ? name.slice(PREFIX.length) : name;
    const canonical = canonicalTensorName(ofBase);
    if (canonical !== undefined) names.set(canonical, name);
  }
  return names;
}

/** Matrices are transposed: PEFT's are [out, in]. */
async function readParameter(
  path: string,
  file: SafetensorsFile,
  name: string,
  shape: readonly number[],
): Promise<Float32Array> {
  const values = await readWithShape(path, file, name, [...shape].reverse());
  return shape.length === 2 ? transposed(values, shape[1] ?? 0, shape[0] ?? 0) : values;
}

async function readWithShape(
  path: string,
  file: SafetensorsFile,
  name: string,
  shape: readonly number[],
): Promise<Float32Array> {
  const entry = file.entries.get(name);
  const refuse = (expected: string, found: string): AdapterError =>
    new AdapterError(
      path,
      `tensor ${name}`,
      expected,
      found,
      'Adapter and model must be of one size and rank.',
    );
  if (entry?.shape.join() !== shape.join())
    throw refuse(
      `[${shape.join(', ')}]`,
      entry === undefined ? 'no such tensor' : `[${entry.shape.join(', ')}]`,
    );
  const values = tensorDataToFloat32(await file.read(name));
  const broken = values.findIndex((value) => !Number.isFinite(value));
  if (broken >= 0) throw refuse('finite numbers', `${values[broken]} at ${broken}`);
  return values;
}

async function openFile(path: string): Promise<SafetensorsFile> {
  return readSafetensors(path).catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
}

async function readJson(path: string): Promise<unknown> {
  const { readFile } = await import('node:fs/promises');
  try {
    return JSON.parse(await readFile(path, 'utf8')) as unknown;
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function unreadable(path: string, cause: unknown): AdapterError {
  return new AdapterError(
    path,
    'file',
    'what PEFT saves',
    cause instanceof Error ? cause.message : String(cause),
    `Give the folder of an adapter, with ${CONFIG_FILE} and ${WEIGHTS_FILE}.`,
  );
}
