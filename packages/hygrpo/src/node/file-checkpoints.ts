import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRandom, InvalidRandomStateError, type RandomState } from '@pose-rft/random';
import { readSafetensors, writeSafetensors, type TensorData } from '@pose-rft/tensor';
import type { CheckpointStore, JsonValue, TrainingState } from '../index.js';
import { TrainingCheckpointError, openNewestCheckpoint, writeCheckpoint } from './checkpoint-folder.js';
import { readOptimizerFile, writeOptimizerFile } from './optimizer-file.js';

const POLICY = 'policy.safetensors';
const OPTIMIZER = 'optimizer.safetensors';
const RUN = 'run.json';

/**
 * Checkpoints as folders of safetensors and JSON: `iteration-0000050/` with `policy.safetensors`,
 * `optimizer.safetensors`, `run.json` (random stream, prompt position, KL controller, early stop, config) and
 * `manifest.json` (sizes and SHA-256 sums). See `writeCheckpoint` for what a crash can and cannot do to them.
 *
 * @param root - a folder for the checkpoints of one run; made if need be
 * @param options - `keep` newest ones remain. Default 3
 * @returns a store whose `load` throws a TrainingCheckpointError or SafetensorsError for a damaged or foreign checkpoint
 * @example
 * ```ts
 * import { trainHyGRPO, type HyGrpoRun } from '@pose-rft/hygrpo';
 * import { fileCheckpoints } from '@pose-rft/hygrpo/node';
 *
 * async function train<Prompt, Action>(run: HyGrpoRun<Prompt, Action>, folder: string): Promise<void> {
 *   const checkpoints = { store: fileCheckpoints(folder, { keep: 2 }), everyIterations: 20, resume: true };
 *   for await (const { iteration } of trainHyGRPO({ ...run, checkpoints })) console.log(iteration);
 * }
 * console.assert(typeof train === 'function');
 * ```
 */
export function fileCheckpoints(root: string, options: { readonly keep?: number } = {}): CheckpointStore {
  return {
    save: (state) =>
      writeCheckpoint(root, state.iteration, (folder) => writeTrainingState(folder, state), options),
    load: async () => {
      const newest = await openNewestCheckpoint(root);
      return newest && (await readTrainingState(newest.path));
    },
  };
}

async function writeTrainingState(folder: string, state: TrainingState): Promise<void> {
  const { parameters, optimizer, ...run } = state;
  await writeSafetensors(join(folder, POLICY), parameters);
  await writeOptimizerFile(join(folder, OPTIMIZER), optimizer);
  await writeFile(join(folder, RUN), JSON.stringify(run, null, 2));
}

async function readTrainingState(folder: string): Promise<TrainingState> {
  const path = join(folder, RUN);
  const text = await readFile(path, 'utf8').catch(() => '');
  const run = parseRun(text, (expected, found) => {
    throw new TrainingCheckpointError(
      path,
      expected,
      found,
      `it was written by something else: remove ${folder}`,
    );
  });
  const file = await readSafetensors(join(folder, POLICY));
  const parameters: Record<string, TensorData> = {};
  for (const name of file.entries.keys()) parameters[name] = await file.read(name);
  return { ...run, parameters, optimizer: await readOptimizerFile(join(folder, OPTIMIZER)) };
}

type RunState = Omit<TrainingState, 'parameters' | 'optimizer'>;

function parseRun(text: string, refuse: (expected: string, found: string) => never): RunState {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return refuse('JSON', text === '' ? 'nothing' : JSON.stringify(text.slice(0, 40)));
  }
  const run = recordFrom(json);
  const show = (value: unknown): string => JSON.stringify(value) ?? 'none';
  const count = (holder: Readonly<Record<string, unknown>>, field: string): number => {
    const value = holder[field];
    return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
      ? value
      : refuse(`an integer >= 0 as "${field}"`, show(value));
  };
  const earlyStop = recordFrom(run['earlyStop']);
  const { best } = earlyStop;
  if (best !== null && typeof best !== 'number') return refuse('a number or null as "best"', show(best));
  const coefficients: Record<string, number> = {};
  for (const [name, value] of Object.entries(recordFrom(run['klCoefficients'])))
    coefficients[name] =
      typeof value === 'number' ? value : refuse(`a number as "klCoefficients.${name}"`, show(value));
  return {
    iteration: count(run, 'iteration'),
    random: parseRandom(run['random'], refuse),
    prompts: (run['prompts'] ?? null) as JsonValue,
    klCoefficients: coefficients,
    earlyStop: { best, sinceBest: count(earlyStop, 'sinceBest') },
    config: (run['config'] ?? null) as JsonValue,
  };
}

function parseRandom(value: unknown, refuse: (expected: string, found: string) => never): RandomState {
  try {
    // As an object: a number would be a seed.
    return createRandom(recordFrom(value) as Partial<RandomState> as RandomState).state();
  } catch (error) {
    if (!(error instanceof InvalidRandomStateError)) throw error;
    return refuse('the state of a random stream as "random"', JSON.stringify(value) ?? 'none');
  }
}

function recordFrom(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}
