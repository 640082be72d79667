import {
  createParameterStore,
  readSafetensors,
  SafetensorsError,
  tensor,
  tensorDataFromFloat32,
  tensorDataToFloat32,
  writeFileAtomically,
  writeSafetensors,
  type ParameterStore,
  type TensorData,
} from '@pose-rft/tensor';
import { checkEntries, describe, recordOf, refusing, requireFinite } from '../checkpoint-checks.js';
import { CheckpointError } from '../checkpoint-error.js';
import {
  parsePoseTokeniserConfig,
  PoseTokeniserError,
  type PoseTokeniserConfig,
} from './pose-tokeniser-config.js';
import { learnsByGradient, planPoseTokeniser } from './pose-tokeniser-parameters.js';

const CONFIG_FILE = 'pose-tokeniser.json';
const WEIGHTS_FILE = 'pose-tokeniser.safetensors';
const FORMAT = 'pose-rft-pose-tokeniser';
const VERSION = 1;

/**
 * Writes `pose-tokeniser.safetensors` (F32) and `pose-tokeniser.json` into a folder, which may be a model's; other files in
 * it stay. Each file is replaced atomically, the weights first, whose digest the other one records.
 *
 * @throws CheckpointError if a parameter is not finite, or a file cannot be written
 */
export async function savePoseTokeniser(
  folder: string,
  tokeniser: { readonly config: PoseTokeniserConfig; readonly parameters: ParameterStore },
): Promise<void> {
  const { config, parameters } = tokeniser;
  const { createHash } = await import('node:crypto');
  const { mkdir } = await import('node:fs/promises');
  const { join } = await import('node:path');
  const weightsPath = join(folder, WEIGHTS_FILE);
  const digest = createHash('sha256');
  const weights: Record<string, TensorData> = {};
  for (const [name, { shape }] of Object.entries(planPoseTokeniser(config))) {
    const values = Float32Array.from(parameters.get(name).dataSync<'float32'>());
    requireFinite(weightsPath, name, values);
    digest.update(values);
    weights[name] = tensorDataFromFloat32('F32', shape, values);
  }
  const description = { format: FORMAT, version: VERSION, config, sha256: digest.digest('hex') };
  try {
    await mkdir(folder, { recursive: true });
    await writeSafetensors(weightsPath, weights, { format: FORMAT });
    await writeFileAtomically(join(folder, CONFIG_FILE), `${JSON.stringify(description, null, 2)}\n`);
  } catch (cause) {
    throw new CheckpointError({
      file: folder,
      subject: 'saving',
      expected: 'a folder that can be written to',
      found: describe(cause),
      remedy: 'Check the path, its permissions and the space left.',
      cause,
    });
  }
}

/**
 * Reads what {@link savePoseTokeniser} wrote, and nothing else; `createPoseTokeniser` takes it as it is.
 *
 * @returns configuration and parameters; the caller owns the store
 * @throws CheckpointError naming the file, what in it is wrong, what was expected and found, and the way out
 */
export async function loadPoseTokeniser(
  folder: string,
): Promise<{ readonly config: PoseTokeniserConfig; readonly parameters: ParameterStore }> {
  const { createHash } = await import('node:crypto');
  const { readFile } = await import('node:fs/promises');
  const { join } = await import('node:path');
  const [configPath, weightsPath] = [join(folder, CONFIG_FILE), join(folder, WEIGHTS_FILE)];
  const text = await refusing(Error, configPath, 'file', () => readFile(configPath, 'utf8'));
  const fields = recordOf(await refusing(SyntaxError, configPath, 'JSON', () => JSON.parse(text) as unknown));
  if (fields['format'] !== FORMAT || fields['version'] !== VERSION)
    throw new CheckpointError({
      file: configPath,
      subject: 'format and version',
      expected: `"${FORMAT}" ${VERSION}`,
      found: `${JSON.stringify(fields['format'])} ${JSON.stringify(fields['version'])}`,
      remedy: 'Give the folder that savePoseTokeniser wrote.',
    });
  const config = await refusing(PoseTokeniserError, configPath, '"config"', () =>
    parsePoseTokeniserConfig(fields['config']),
  );
  const plan = planPoseTokeniser(config);
  const file = await refusing(Error, weightsPath, 'weights', () => readSafetensors(weightsPath));
  checkEntries(weightsPath, file, plan, CONFIG_FILE);
  const digest = createHash('sha256');
  const values: Record<string, Float32Array> = {};
  for (const name of Object.keys(plan)) {
    const data = await refusing(SafetensorsError, weightsPath, name, () => file.read(name));
    const numbers = tensorDataToFloat32(data);
    requireFinite(weightsPath, name, numbers);
    digest.update(numbers);
    values[name] = numbers;
  }
  const found = digest.digest('hex');
  if (found !== fields['sha256'])
    throw new CheckpointError({
      file: weightsPath,
      subject: 'digest of the weights',
      expected: `${String(fields['sha256'])}, as ${CONFIG_FILE} says`,
      found,
      remedy: 'The two files are not of one save, or the weights are damaged: take another checkpoint.',
    });
  const entries = Object.entries(plan).map(([name, { shape }]) => [
    name,
    tensor(values[name] as Float32Array, [...shape], 'float32'),
  ]);
  return {
    config,
    parameters: createParameterStore(Object.fromEntries(entries), { trainable: learnsByGradient }),
  };
}
