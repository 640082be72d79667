import { join } from 'node:path';
import { createSyntheticSet, type PosePrompt, type PoseSample } from '@pose-rft/datasets';
import type { PoseModel } from '../model/pose-model.js';
import { trainingSamples } from '../recipes/pretrain.js';
import { prepareOutputFolder } from '../run/output-folder.js';
import type { Experiment } from './experiment.js';
import { judgeTargets, type Evaluators, type PoseJudgement } from './pose-judges.js';
import { readRunResult, writeRunResult, type RunResult, type ExperimentRunSettings } from './run-result.js';
import { runVariant } from './run-variant.js';
import type { Variant } from './variant.js';

export interface ExperimentOptions {
  readonly experiment: Experiment;
  /** Seeds 1 to N: of the training prompts and of everything that is sampled in training. */
  readonly seeds: number;
  /** Of a variant whose share is 1. */
  readonly iterations: number;
  readonly trainingSamples: number;
  /** Test prompts; as many others are for validation. */
  readonly prompts: number;
  /** Names of the variants to run; all unless told. */
  readonly only?: readonly string[];
  readonly start: PoseModel;
  readonly evaluators: Evaluators;
  /** One file a run is kept here; a run that has one is not repeated. */
  readonly folder: string;
  readonly signal?: AbortSignal;
}

/** A run that is done now, or was before. */
export interface FinishedRun {
  readonly result: RunResult;
  readonly wasKept: boolean;
  /** Runs done so far, this one included. */
  readonly done: number;
  readonly of: number;
}

/**
 * Runs every variant of an experiment with every seed, seed by seed, and yields each result once it is on disk. What an
 * earlier call with the same options left there is read in place of being run.
 *
 * @throws RunResultError if a kept result is of other settings
 * @example
 * ```ts
 * import { mkdtemp } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { useBackend } from '@pose-rft/tensor';
 * import { EXPERIMENTS, loadEvaluators, loadModelOrShipped, runExperiment } from 'pose-rft';
 *
 * await useBackend('auto');
 * const [experiment] = EXPERIMENTS;
 * const start = await loadModelOrShipped(undefined, 'sft');
 * const evaluators = await loadEvaluators();
 * const folder = await mkdtemp(join(tmpdir(), 'pose-rft-experiment-'));
 * const size = { seeds: 1, iterations: 1, trainingSamples: 32, prompts: 8, only: ['start', 'only-format'] };
 * if (experiment !== undefined)
 *   for await (const { result } of runExperiment({ experiment, start, evaluators, folder, ...size }))
 *     console.log(result.settings.variant.label, result.metrics.formatRate);
 * evaluators.dispose();
 * start.dispose();
 * ```
 */
export async function* runExperiment(options: ExperimentOptions): AsyncGenerator<FinishedRun> {
  const { experiment, seeds, only, signal } = options;
  const folder = await prepareOutputFolder(options.folder);
  const variants = experiment.variants.filter(({ name }) => only === undefined || only.includes(name));
  const of = seeds * variants.length;
  const testPrompts = promptsOf(options, 'test');
  const validationPrompts = promptsOf(options, 'validation');
  let truth: PoseJudgement | undefined;
  let done = 0;
  for (let seed = 1; seed <= seeds; seed++) {
    let samples: readonly PoseSample[] | undefined;
    for (const variant of variants) {
      signal?.throwIfAborted();
      const settings = settingsOf(options, variant, seed);
      const path = join(folder, `${variant.name}-seed-${seed}.json`);
      const kept = await readRunResult(path, settings);
      done += 1;
      if (kept !== undefined) {
        yield { result: kept, wasKept: true, done, of };
        continue;
      }
      samples ??= trainingSamples(seed, options.trainingSamples);
      truth ??= judgeTargets(testPrompts, options.evaluators);
      const material = { ...options, samples, testPrompts, validationPrompts, truth };
      const result = await runVariant(settings, material);
      await writeRunResult(path, result);
      yield { result, wasKept: false, done, of };
    }
  }
}

function promptsOf({ prompts }: ExperimentOptions, split: 'test' | 'validation'): readonly PosePrompt[] {
  return createSyntheticSet({ count: prompts, seed: 1, split }).map(({ prompt }) => prompt);
}

function settingsOf(options: ExperimentOptions, variant: Variant, seed: number): ExperimentRunSettings {
  const { experiment, iterations, prompts } = options;
  const share = variant.iterationsShare ?? 1;
  return {
    experiment: experiment.name,
    variant,
    seed,
    iterations: share === 0 ? 0 : Math.max(1, Math.round(share * iterations)),
    trainingSamples: options.trainingSamples,
    prompts,
    curvePoints: experiment.curvePoints,
  };
}
