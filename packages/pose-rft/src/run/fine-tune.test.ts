import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PosePrompt } from '@pose-rft/datasets';
import { NonFiniteRewardError, type Reward } from '@pose-rft/hygrpo';
import type { MllmAction } from '@pose-rft/mllm';
import { useBackend } from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { loadModelOrShipped } from '../model/shipped-checkpoint.js';
import type { PoseModel } from '../model/pose-model.js';
import type { ProgressDisplay } from '../progress/progress-display.js';
import { fineTune, type FineTuneOutcome } from './fine-tune.js';
import { loadRunCheckpoint, type RunSettings } from './run-checkpoint.js';

const settings: RunSettings = {
  method: 'hygrpo',
  seed: 3,
  iterations: 4,
  evaluationPrompts: 8,
  trainingSamples: 60,
};
const silent: ProgressDisplay = { update: () => {}, log: () => {}, finish: () => {} };

beforeAll(async () => {
  await useBackend('wasm');
});
trackTensorLeaks({ beforeAll, afterAll });

let outputFolder: string;
let start: PoseModel;
beforeEach(async () => {
  outputFolder = await mkdtemp(join(tmpdir(), 'pose-rft-run-'));
  start = await loadModelOrShipped(undefined, 'sft');
});
afterEach(async () => {
  start.dispose();
  await rm(outputFolder, { recursive: true, force: true });
});

/** A display that aborts the run once it has seen so many iterations. */
function abortingAfter(iterations: number): { display: ProgressDisplay; signal: AbortSignal } {
  const controller = new AbortController();
  const display: ProgressDisplay = {
    ...silent,
    update: ({ phase, done }) => {
      if (phase.startsWith('tuning') && done >= iterations) controller.abort();
    },
  };
  return { display, signal: controller.signal };
}

function finalWeights(outcome: FineTuneOutcome): Record<string, number[]> {
  if (outcome.kind !== 'finished') throw new Error(`the run ${outcome.kind}`);
  const { parameters } = outcome.model;
  return Object.fromEntries(
    parameters.names.map((name) => [name, Array.from(parameters.get(name).dataSync())]),
  );
}

describe('fineTune', () => {
  it('changes the model, and measures before, during and after', async () => {
    const outcome = await fineTune({
      outputFolder,
      settings,
      start,
      display: silent,
      signal: new AbortController().signal,
    });
    if (outcome.kind !== 'finished') throw new Error(`the run ${outcome.kind}`);
    expect(outcome.before.promptCount).toBe(8);
    expect(outcome.curves['rewards/spatial/mean']).toHaveLength(4);
    expect(
      outcome.curves['rewards/format/mean']?.every((value) => value !== null && value >= 0 && value <= 1),
    ).toBe(true);
    expect(outcome.gallery.length).toBeGreaterThan(0);
    const moved = outcome.model.parameters.names.some((name) => {
      const before = start.parameters.get(name).dataSync();
      return outcome.model.parameters
        .get(name)
        .dataSync()
        .some((value, index) => value !== before[index]);
    });
    expect(moved).toBe(true);
    outcome.model.dispose();
  }, 60_000);

  it('stopped and resumed, ends with the very weights of a run that was never stopped', async () => {
    const straight = await fineTune({
      outputFolder: `${outputFolder}-straight`,
      settings,
      start,
      display: silent,
      signal: new AbortController().signal,
    });
    const expected = finalWeights(straight);

    const stopped = await fineTune({ outputFolder, settings, start, ...abortingAfter(2) });
    expect(stopped).toEqual({ kind: 'stopped', iteration: 2 });
    const resumed = await loadRunCheckpoint(outputFolder);
    expect(resumed.iteration).toBe(2);
    const outcome = await fineTune({
      outputFolder,
      settings: resumed.settings,
      start,
      resumed,
      display: silent,
      signal: new AbortController().signal,
    });
    expect(finalWeights(outcome)).toEqual(expected);
    if (outcome.kind === 'finished' && straight.kind === 'finished') {
      expect(outcome.curves['rewards/spatial/mean']).toEqual(straight.curves['rewards/spatial/mean']);
      outcome.model.dispose();
      straight.model.dispose();
    }
    expect((await readdir(join(outputFolder, 'checkpoints'))).every((name) => !name.includes('tmp'))).toBe(
      true,
    );
    await rm(`${outputFolder}-straight`, { recursive: true, force: true });
  }, 60_000);

  const failing = (values: (rows: number) => Float32Array): Reward<PosePrompt, MllmAction> => ({
    name: 'failing',
    drives: 'pose',
    score: ({ rows }) => ({ values: values(rows.length) }),
  });
  const format = (): Reward<PosePrompt, MllmAction> => ({
    name: 'format',
    drives: 'answer',
    score: ({ rows }) => ({ values: Float32Array.from(rows, (_, row) => row % 2) }),
  });

  it.each([
    ['is NaN for every row', Number.NaN],
    ['is Infinity', Number.POSITIVE_INFINITY],
  ])(
    'stops when a reward %s, and leaves the last checkpoint whole',
    async (_, broken) => {
      let calls = 0;
      const rewards = [
        format(),
        failing((rows) => {
          calls += 1;
          return Float32Array.from({ length: rows }, (_item, row) => (calls <= 2 ? row % 3 : broken));
        }),
      ];
      const run = fineTune({
        outputFolder,
        settings,
        start,
        rewards,
        display: silent,
        iterationsPerCheckpoint: 1,
        signal: new AbortController().signal,
      });
      await expect(run).rejects.toThrow(NonFiniteRewardError);
      const last = await loadRunCheckpoint(outputFolder);
      expect(last.iteration).toBe(2);
      for (const name of last.model.parameters.names)
        expect(last.model.parameters.get(name).dataSync().every(Number.isFinite)).toBe(true);
      last.model.dispose();
    },
    60_000,
  );
});
