import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  openNewestCheckpoint,
  readOptimizerFile,
  removeCheckpoints,
  TrainingCheckpointError,
  writeCheckpoint,
  writeOptimizerFile,
} from '@pose-rft/hygrpo/node';
import type { AdamWState } from '@pose-rft/tensor';
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

const VERSION = 2;
const CHECKPOINTS_KEPT = 2;
const RUN = 'run.json';
const MODEL = 'model';
const OPTIMIZER = 'optimizer.safetensors';

/**
 * Writes a checkpoint as {@link writeCheckpoint} does: a run that dies at any moment leaves the last complete one
 * whole. The two newest are kept.
 */
export async function saveRunCheckpoint(outputFolder: string, checkpoint: RunCheckpoint): Promise<void> {
  const { model, optimizer, ...run } = checkpoint;
  await writeCheckpoint(
    checkpointsFolder(outputFolder),
    run.iteration,
    async (folder) => {
      await savePoseModel(join(folder, MODEL), model);
      await writeOptimizerFile(join(folder, OPTIMIZER), optimizer);
      await writeFile(join(folder, RUN), JSON.stringify({ version: VERSION, ...run }));
    },
    { keep: CHECKPOINTS_KEPT },
  );
}

/**
 * Reads the newest complete checkpoint of a run.
 *
 * @throws RunCheckpointError if there is none, it was written by another version, or it is damaged
 */
export async function loadRunCheckpoint(outputFolder: string): Promise<RunCheckpoint> {
  const newest = await openNewestCheckpoint(checkpointsFolder(outputFolder)).catch((error: unknown) => {
    if (!(error instanceof TrainingCheckpointError)) throw error;
    throw new RunCheckpointError(`${error.message}, or start the run again without --resume`, {
      cause: error,
    });
  });
  if (newest === undefined)
    throw new RunCheckpointError(
      `nothing to continue in ${outputFolder}: no checkpoint of an interrupted run is there; ` +
        'leave --resume out to start a run, or name its folder with --out DIR',
    );
  const folder = newest.path;
  const run = parseRun(folder, await readFile(join(folder, RUN), 'utf8').catch(() => ''));
  const optimizer = await readOptimizerFile(join(folder, OPTIMIZER));
  return { ...run, optimizer, model: await loadPoseModel(join(folder, MODEL)) };
}

/** Removes the checkpoints of an earlier run, so that they cannot be taken for those of a new one. */
export async function removeRunCheckpoints(outputFolder: string): Promise<void> {
  await removeCheckpoints(checkpointsFolder(outputFolder));
}

function checkpointsFolder(outputFolder: string): string {
  return join(outputFolder, 'checkpoints');
}

function parseRun(folder: string, text: string): Omit<RunCheckpoint, 'model' | 'optimizer'> {
  const refuse = (what: string): never => {
    throw new RunCheckpointError(
      `${join(folder, RUN)}: ${what}; remove ${folder} to continue from the checkpoint before it, if there is ` +
        'one, or start the run again without --resume',
    );
  };
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return refuse(`expected JSON, found ${text === '' ? 'nothing' : 'something else'}`);
  }
  const run = recordOf(json);
  if (run['version'] !== VERSION)
    return refuse(`expected version ${VERSION}, found ${JSON.stringify(run['version'])}`);
  const settings = recordOf(run['settings']);
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
  };
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}
