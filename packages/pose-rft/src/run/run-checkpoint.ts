import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  readSafetensors,
  tensorDataFromFloat32,
  tensorDataToFloat32,
  writeFileAtomically,
  writeSafetensors,
  type AdamWMoments,
  type AdamWState,
  type TensorData,
} from '@pose-rft/tensor';
import type { PoseModel } from '../model/pose-model.js';
import { loadPoseModel, savePoseModel } from '../model/pose-model-checkpoint.js';
import { REINFORCEMENT_METHODS, type ReinforcementMethod } from '../recipes/reinforcement-method.js';
import type { RecordedCurves } from './curves.js';

/** What fixes a run: everything in it follows from these. */
export interface RunSettings {
  readonly method: ReinforcementMethod;
  readonly seed: number;
  readonly iterations: number;
  readonly evaluationPrompts: number;
  readonly trainingSamples: number;
  /** Checkpoint folder of the model that the run starts from, absolute; without it, the one that ships. */
  readonly start?: string;
}

/** A run at the end of an iteration: all that its continuation needs. */
export interface RunCheckpoint {
  readonly settings: RunSettings;
  /** Iterations done. */
  readonly iteration: number;
  readonly curves: RecordedCurves;
  readonly trainingSeconds: number;
  /** The caller owns it. */
  readonly model: PoseModel;
  readonly optimizer: AdamWState;
}

/** Thrown when there is no run to continue, or what is there cannot be continued. */
export class RunCheckpointError extends Error {
  override readonly name = 'RunCheckpointError';
}

const VERSION = 1;
const CHECKPOINTS_KEPT = 2;
const COMPLETE = /^iteration-\d{7}$/;
const HALF_WRITTEN = /^iteration-\d{7}\.\d+\.tmp$/;

/**
 * Writes a checkpoint into a folder of its own, which gets its name only when everything in it lies on the disk: a run
 * that dies at any moment leaves the last complete one whole. The two newest are kept; what a run that died had left
 * half-written is removed.
 */
export async function saveRunCheckpoint(outputFolder: string, checkpoint: RunCheckpoint): Promise<void> {
  const { settings, iteration, curves, trainingSeconds, model, optimizer } = checkpoint;
  const folder = checkpointsFolder(outputFolder);
  const name = `iteration-${String(iteration).padStart(7, '0')}`;
  const temporary = join(folder, `${name}.${process.pid}.tmp`);
  await rm(temporary, { recursive: true, force: true });
  await mkdir(temporary, { recursive: true });
  await savePoseModel(join(temporary, 'model'), model);
  await writeSafetensors(join(temporary, 'optimizer.safetensors'), momentTensors(optimizer));
  const steps = Object.fromEntries(Object.entries(optimizer.moments).map(([key, { step }]) => [key, step]));
  const run = {
    version: VERSION,
    settings,
    iteration,
    trainingSeconds,
    curves,
    optimizer: { step: optimizer.step, steps },
  };
  await writeFileAtomically(join(temporary, 'run.json'), JSON.stringify(run));
  await rm(join(folder, name), { recursive: true, force: true });
  await rename(temporary, join(folder, name));
  const halfWritten = (await readdir(folder)).filter((entry) => HALF_WRITTEN.test(entry));
  const outdated = (await checkpointNames(outputFolder)).slice(0, -CHECKPOINTS_KEPT);
  for (const old of [...halfWritten, ...outdated])
    await rm(join(folder, old), { recursive: true, force: true });
}

/**
 * Reads the newest complete checkpoint of a run.
 *
 * @throws RunCheckpointError if there is none, it was written by another version, or its description is damaged
 * @throws CheckpointError, SafetensorsError if its files are damaged
 */
export async function loadRunCheckpoint(outputFolder: string): Promise<RunCheckpoint> {
  const newest = (await checkpointNames(outputFolder)).at(-1);
  if (newest === undefined)
    throw new RunCheckpointError(
      `nothing to continue in ${outputFolder}: no checkpoint of an interrupted run is there; ` +
        'leave --resume out to start a run, or name its folder with --out DIR',
    );
  const folder = join(checkpointsFolder(outputFolder), newest);
  const run = parseRun(folder, await readFile(join(folder, 'run.json'), 'utf8').catch(() => ''));
  const { optimizerStep, optimizerSteps, ...rest } = run;
  const optimizer = await readMoments(join(folder, 'optimizer.safetensors'), optimizerStep, optimizerSteps);
  return { ...rest, optimizer, model: await loadPoseModel(join(folder, 'model')) };
}

/** Removes the checkpoints of an earlier run, so that they cannot be taken for those of a new one. */
export async function removeRunCheckpoints(outputFolder: string): Promise<void> {
  await rm(checkpointsFolder(outputFolder), { recursive: true, force: true });
}

function checkpointsFolder(outputFolder: string): string {
  return join(outputFolder, 'checkpoints');
}

/** The complete checkpoints, oldest first; a folder that a crash left half-written does not count. */
async function checkpointNames(outputFolder: string): Promise<readonly string[]> {
  const names = await readdir(checkpointsFolder(outputFolder)).catch(() => []);
  return names.filter((name) => COMPLETE.test(name)).sort();
}

function momentTensors(state: AdamWState): Record<string, TensorData> {
  const tensors: Record<string, TensorData> = {};
  for (const [name, { m, v }] of Object.entries(state.moments)) {
    tensors[`m/${name}`] = tensorDataFromFloat32('F32', [m.length], m);
    tensors[`v/${name}`] = tensorDataFromFloat32('F32', [v.length], v);
  }
  return tensors;
}

async function readMoments(
  path: string,
  step: number,
  steps: Readonly<Record<string, number>>,
): Promise<AdamWState> {
  const file = await readSafetensors(path);
  const moments: Record<string, AdamWMoments> = {};
  for (const [name, own] of Object.entries(steps))
    moments[name] = {
      m: tensorDataToFloat32(await file.read(`m/${name}`)),
      v: tensorDataToFloat32(await file.read(`v/${name}`)),
      step: own,
    };
  return { step, moments };
}

interface ParsedRun extends Omit<RunCheckpoint, 'model' | 'optimizer'> {
  readonly optimizerStep: number;
  readonly optimizerSteps: Readonly<Record<string, number>>;
}

function parseRun(folder: string, text: string): ParsedRun {
  const refuse = (what: string): never => {
    throw new RunCheckpointError(
      `${join(folder, 'run.json')}: ${what}; remove ${folder} to continue from the checkpoint before it, if there is ` +
        'one, or start the run again without --resume',
    );
  };
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return refuse(
      `expected JSON, found ${text === '' ? 'nothing' : 'something else'} (a damaged checkpoint?)`,
    );
  }
  const run = recordOf(json);
  if (run['version'] !== VERSION)
    return refuse(`expected version ${VERSION}, found ${JSON.stringify(run['version'])}`);
  const settings = recordOf(run['settings']);
  const optimizer = recordOf(run['optimizer']);
  const count = (holder: Readonly<Record<string, unknown>>, field: string): number => {
    const value = holder[field];
    return typeof value === 'number' && Number.isFinite(value) && value >= 0
      ? value
      : refuse(`expected a number as "${field}", found ${JSON.stringify(value)}`);
  };
  const { method } = settings;
  if (typeof method !== 'string' || !Object.hasOwn(REINFORCEMENT_METHODS, method))
    return refuse(`expected the name of a method, found ${JSON.stringify(method)}`);
  const { start } = settings;
  if (start !== undefined && typeof start !== 'string')
    return refuse(`expected a folder as "start", found ${JSON.stringify(start)}`);
  const steps = recordOf(optimizer['steps']);
  return {
    settings: {
      method: method as ReinforcementMethod,
      seed: count(settings, 'seed'),
      iterations: count(settings, 'iterations'),
      evaluationPrompts: count(settings, 'evaluationPrompts'),
      trainingSamples: count(settings, 'trainingSamples'),
      ...(start === undefined ? {} : { start }),
    },
    iteration: count(run, 'iteration'),
    trainingSeconds: count(run, 'trainingSeconds'),
    curves: recordOf(run['curves']) as RecordedCurves,
    optimizerStep: count(optimizer, 'step'),
    optimizerSteps: Object.fromEntries(Object.keys(steps).map((name) => [name, count(steps, name)])),
  };
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}
