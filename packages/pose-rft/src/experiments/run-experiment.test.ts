import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { useBackend } from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PoseModel } from '../model/pose-model.js';
import { loadModelOrShipped } from '../model/shipped-checkpoint.js';
import { loadEvaluators, type Evaluators } from './pose-judges.js';
import { rewardHacking } from './reward-hacking.js';
import { runExperiment, type ExperimentOptions, type FinishedRun } from './run-experiment.js';
import { EXPERIMENT_METRIC_NAMES, RunResultError } from './run-result.js';

let folder: string;
let start: PoseModel;
let evaluators: Evaluators & { dispose(): void };
trackTensorLeaks({ beforeAll, afterAll });
beforeAll(async () => {
  await useBackend('wasm');
  folder = await mkdtemp(join(tmpdir(), 'pose-rft-experiment-'));
  start = await loadModelOrShipped(undefined, 'sft');
  evaluators = await loadEvaluators();
});
afterAll(async () => {
  start.dispose();
  evaluators.dispose();
  await rm(folder, { recursive: true, force: true });
});

async function run(changes: Partial<ExperimentOptions> = {}): Promise<readonly FinishedRun[]> {
  const finished: FinishedRun[] = [];
  for await (const each of runExperiment({
    experiment: { ...rewardHacking, curvePoints: 2 },
    seeds: 2,
    iterations: 2,
    trainingSamples: 32,
    prompts: 12,
    only: ['start', 'evaluator'],
    start,
    evaluators,
    folder: join(folder, 'runs'),
    ...changes,
  }))
    finished.push(each);
  return finished;
}

describe('runExperiment', () => {
  it('runs every variant with every seed, measures all of it, and leaves the start as it was', async () => {
    const before = start.parameters.names.map((name) => start.parameters.get(name).dataSync().slice());
    const finished = await run();
    expect(finished.map(({ result }) => [result.settings.seed, result.settings.variant.name])).toEqual([
      [1, 'start'],
      [1, 'evaluator'],
      [2, 'start'],
      [2, 'evaluator'],
    ]);
    expect(finished.at(-1)).toMatchObject({ done: 4, of: 4, wasKept: false });
    for (const { result } of finished) {
      expect(Object.keys(result.metrics).sort()).toEqual([...EXPERIMENT_METRIC_NAMES].sort());
      expect(result.metrics.rewardEvaluator).toBeGreaterThan(0);
      expect(result.truth.satisfied).toBe(1);
    }
    const [untouched, tuned, , other] = finished.map(({ result }) => result);
    expect(untouched?.curve.map(({ iteration }) => iteration)).toEqual([0]);
    expect(tuned?.curve.map(({ iteration }) => iteration)).toEqual([0, 1, 2]);
    expect(tuned?.curve[0]).toEqual(untouched?.curve[0]);
    expect(tuned?.curve.at(-1)?.test.rewardEvaluator).toBe(tuned?.metrics.rewardEvaluator);
    expect(tuned?.metrics).not.toEqual(untouched?.metrics);
    expect(tuned?.metrics).not.toEqual(other?.metrics);
    for (const seconds of Object.values(tuned?.cost ?? {})) expect(seconds).toBeGreaterThan(0);
    expect(start.parameters.names.map((name) => start.parameters.get(name).dataSync())).toEqual(before);
  });

  it('keeps finished runs, and gives the same numbers for the one that is missing', async () => {
    const path = join(folder, 'runs', 'evaluator-seed-2.json');
    const earlier = await run();
    expect(earlier.every(({ wasKept }) => wasKept)).toBe(true);
    const { mtimeMs } = await stat(join(folder, 'runs', 'evaluator-seed-1.json'));
    await rm(path);
    const again = await run();
    expect(again.map(({ wasKept }) => wasKept)).toEqual([true, true, true, false]);
    const withoutCost = ({ result }: FinishedRun): object => ({ ...result, cost: undefined });
    expect(again.map(withoutCost)).toEqual(earlier.map(withoutCost));
    expect((await stat(join(folder, 'runs', 'evaluator-seed-1.json'))).mtimeMs).toBe(mtimeMs);
    expect(await readdir(join(folder, 'runs'))).toHaveLength(4);
  });

  it('refuses results of other settings, and files that are none', async () => {
    await expect(run({ iterations: 3 })).rejects.toThrow(RunResultError);
    await expect(run({ prompts: 14 })).rejects.toThrow(/other settings .* --out DIR/);
    const path = join(folder, 'runs', 'start-seed-1.json');
    const whole = await readFile(path, 'utf8');
    for (const broken of [whole.slice(0, 40), '{}', 'null', whole.replace('"version":1', '"version":9')]) {
      await writeFile(path, broken);
      await expect(run()).rejects.toThrow(/remove it to run again/);
    }
    await writeFile(path, whole);
  });

  it('stops between two runs when it is told to', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(run({ signal, folder: join(folder, 'none') })).rejects.toThrow('enough');
  });
});
