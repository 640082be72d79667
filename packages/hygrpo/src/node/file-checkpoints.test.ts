import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRandom } from '@pose-rft/random';
import { SafetensorsError, useBackend, writeSafetensors, zeros } from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  CheckpointExistsError,
  CheckpointMismatchError,
  shuffledEpochs,
  trainHyGRPO,
  type HyGrpoRun,
  type HyGrpoRunConfig,
  type HyGrpoStep,
  type TrainingState,
} from '../index.js';
import {
  TrainingCheckpointError,
  fileCheckpoints,
  listCheckpoints,
  openNewestCheckpoint,
  readOptimizerFile,
  writeOptimizerFile,
} from '../node.js';
import {
  allSteps,
  banditConfig,
  banditRun,
  createBanditPolicy,
  hit,
  near,
  parametersOf,
  type BanditAction,
} from '../testing/hybrid-bandit.js';

beforeAll(async () => {
  await useBackend('cpu');
});
trackTensorLeaks({ beforeAll, afterAll });

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'hygrpo-run-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

type BanditRun = HyGrpoRun<number, BanditAction>;

const fullConfig: HyGrpoRunConfig = {
  ...banditConfig,
  iterations: 6,
  innerEpochs: 2,
  minibatches: 2,
  components: { arm: { klCoefficient: 0.2 }, point: { klCoefficient: 0.1 } },
  klControl: { arm: { kind: 'adaptive', target: 1e-3, horizon: 100 } },
};

/** Everything that has a state: epochs of prompts, an adaptive KL, patience, minibatches. */
function fullRun(changes: Partial<BanditRun> = {}): BanditRun {
  const random = createRandom(11);
  return banditRun({
    nextPrompts: shuffledEpochs([0, 1, 2, 2, 1], { promptsPerIteration: 3, random: random.split('data') }),
    reference: REFERENCE,
    config: fullConfig,
    evaluation: {
      everyIterations: 1,
      evaluate: ({ iteration }) => ({ score: iteration < 3 ? iteration : 0 }),
    },
    earlyStop: { metric: 'eval/score', better: 'higher', patience: 9 },
    checkpoints: { store: fileCheckpoints(root), everyIterations: 2, resume: true },
    ...changes,
  });
}
let REFERENCE: ReturnType<typeof createBanditPolicy>;
beforeAll(() => {
  REFERENCE = createBanditPolicy();
});
afterAll(() => REFERENCE.parameters.dispose());

/** The metrics that do not depend on the clock. */
const measured = (steps: readonly HyGrpoStep[]): unknown =>
  steps.map(({ metrics }) =>
    Object.fromEntries(Object.entries(metrics).filter(([name]) => !/^timing|step_time/.test(name))),
  );

async function stopped(after: number, changes: Partial<BanditRun> = {}): Promise<void> {
  const run = fullRun(changes);
  for await (const { iteration } of trainHyGRPO(run)) if (iteration + 1 === after) break;
  run.policy.parameters.dispose();
}

describe('a resumed run', () => {
  test('continues bit for bit: weights, moments, prompts, KL controller, patience', async () => {
    const straight = fullRun({
      checkpoints: { store: fileCheckpoints(join(root, 'straight')), resume: true },
    });
    const expected = await allSteps(straight);
    await stopped(3);
    const resumed = fullRun();
    const steps = await allSteps(resumed);

    expect(steps.map(({ iteration }) => iteration)).toEqual([3, 4, 5]);
    expect(parametersOf(resumed.policy)).toEqual(parametersOf(straight.policy));
    expect(measured(steps)).toEqual(measured(expected.slice(3)));
    const [own, other] = await Promise.all(
      [fileCheckpoints(root), fileCheckpoints(join(root, 'straight'))].map((store) => store.load()),
    );
    expect(own).toEqual(other);
    expect(own?.iteration).toBe(6);
    expect(own?.earlyStop).toEqual({ best: 2, sinceBest: 4 });
    expect(own?.prompts).toBe(18);
    for (const { policy } of [straight, resumed]) policy.parameters.dispose();
  });

  test('draws what it would have drawn even if it is given another seed', async () => {
    await stopped(3);
    const resumed = fullRun({ random: createRandom(99) });
    const steps = await allSteps(resumed);
    const straight = fullRun({ checkpoints: { store: fileCheckpoints(join(root, 'straight')) } });
    expect(measured(steps)).toEqual(measured((await allSteps(straight)).slice(3)));
    for (const { policy } of [straight, resumed]) policy.parameters.dispose();
  });

  test('that has reached its end has nothing to do, and more iterations go on from there', async () => {
    await stopped(6);
    const done = fullRun();
    expect(await allSteps(done)).toEqual([]);
    done.policy.parameters.dispose();
    const longer = fullRun({ config: { ...fullConfig, iterations: 7 } });
    expect(await allSteps(longer)).toHaveLength(1);
    longer.policy.parameters.dispose();
  });
});

describe('checkpoints', () => {
  test('are written every so often and at the end, and announced', async () => {
    const announced: number[] = [];
    const run = fullRun({
      config: { ...banditConfig, iterations: 5 },
      callbacks: [{ onCheckpoint: ({ iteration }) => void announced.push(iteration) }],
    });
    await allSteps(run);
    run.policy.parameters.dispose();
    expect(announced).toEqual([2, 4, 5]);
    expect((await listCheckpoints(root)).map(({ iteration }) => iteration)).toEqual([2, 4, 5]);
  });

  test('keep what was learnt when a reward fails or the run is aborted', async () => {
    let calls = 0;
    const failing: typeof hit = {
      ...hit,
      score: (batch) => {
        calls += 1;
        if (calls === 4) throw new Error('no network');
        return hit.score(batch);
      },
    };
    const run = fullRun({ rewards: [failing, near] });
    await expect(allSteps(run)).rejects.toThrow('no network');
    expect((await openNewestCheckpoint(root))?.iteration).toBe(3);
    run.policy.parameters.dispose();

    const stop = new AbortController();
    const aborted = fullRun({ signal: stop.signal });
    for await (const { iteration } of trainHyGRPO(aborted)) if (iteration === 4) stop.abort();
    expect((await openNewestCheckpoint(root))?.iteration).toBe(5);
    aborted.policy.parameters.dispose();
  });

  test('are not written in the middle of an update', async () => {
    const policy = createBanditPolicy();
    let scores = 0;
    const failing: typeof policy = {
      ...policy,
      score: (rollout) => {
        scores += 1;
        // Four steps an iteration: this is in the third of the second.
        if (scores === 7) throw new Error('out of memory');
        return policy.score(rollout);
      },
    };
    await expect(allSteps(fullRun({ policy: failing }))).rejects.toThrow('out of memory');
    expect(await openNewestCheckpoint(root)).toBeUndefined();
    policy.parameters.dispose();
  });

  test('of another run are not overwritten', async () => {
    await stopped(3);
    const run = fullRun({ checkpoints: { store: fileCheckpoints(root) } });
    const error = await allSteps(run).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CheckpointExistsError);
    expect(error).toMatchObject({
      message: expect.stringMatching(/after 3 iterations.*resume: true/) as string,
    });
    run.policy.parameters.dispose();
  });

  test('do not go together with a start iteration', () => {
    const run = fullRun();
    expect(() => trainHyGRPO({ ...run, startIteration: 1 })).toThrow(/startIteration.*checkpoints say/);
    run.policy.parameters.dispose();
  });
});

describe('a foreign checkpoint', () => {
  const resuming = async (changes: Partial<BanditRun>): Promise<unknown> => {
    const run = fullRun(changes);
    const before = parametersOf(run.policy);
    const error = await allSteps(run).catch((thrown: unknown) => thrown);
    if (error instanceof Error) expect(parametersOf(run.policy)).toEqual(before);
    run.policy.parameters.dispose();
    return error;
  };

  test('of a run under another config is refused, unless that is accepted', async () => {
    await stopped(2);
    const changed = { ...fullConfig, candidatesPerPrompt: 6 };
    const error = await resuming({ config: changed });
    expect(error).toBeInstanceOf(CheckpointMismatchError);
    expect(error).toMatchObject({
      message: expect.stringMatching(/config\.candidatesPerPrompt was 8 and is 6.*onConfigChange/) as string,
    });
    const checkpoints = { store: fileCheckpoints(root), resume: true, onConfigChange: 'accept' } as const;
    expect(await resuming({ config: changed, checkpoints })).toHaveLength(4);
  });

  test('of another policy names the differences', async () => {
    await stopped(2);
    const store = fileCheckpoints(root);
    const state = (await store.load()) as TrainingState;
    const { logits, mean, ...parameters } = state.parameters;
    if (!logits || !mean) throw new Error('the bandit has changed');
    const foreign = { ...parameters, mean: { ...mean, shape: [6] }, head: logits } as typeof state.parameters;
    await store.save({ ...state, iteration: 3, parameters: foreign });
    const error = await resuming({});
    expect(error).toBeInstanceOf(CheckpointMismatchError);
    expect(error).toMatchObject({
      message: expect.stringMatching(
        /'logits' is not in the checkpoint; .*'mean' is F32\[3, 2\] in the policy and F32\[6\] in the checkpoint/,
      ) as string,
    });
    expect(error).toMatchObject({ message: expect.stringMatching(/'head' is not a parameter/) as string });
  });

  test('of another prompt source is refused', async () => {
    await stopped(2);
    expect(await resuming({ nextPrompts: () => [0, 1, 2] })).toMatchObject({
      name: 'PromptStateError',
      message: expect.stringMatching(/nextPrompts is a plain function/) as string,
    });
  });

  test.each<[string, (run: Record<string, unknown>) => unknown, RegExp]>([
    ['no iteration', ({ iteration: _, ...run }) => run, /an integer >= 0 as "iteration", found none/],
    [
      'a seed for a stream',
      (run) => ({ ...run, random: 7 }),
      /state of a random stream as "random", found 7/,
    ],
    [
      'words for a best',
      (run) => ({ ...run, earlyStop: { best: 'x' } }),
      /a number or null as "best", found "x"/,
    ],
    ['words for a coefficient', (run) => ({ ...run, klCoefficients: { arm: 'x' } }), /klCoefficients\.arm/],
  ])('with %s is refused', async (_, change, message) => {
    await stopped(2);
    const newest = await openNewestCheckpoint(root);
    const path = join(newest?.path ?? '', 'run.json');
    await writeFile(
      path,
      JSON.stringify(change(JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>)),
    );
    // As if written so: the sums are right.
    await resum(newest?.path ?? '', 'run.json');
    const loading = fileCheckpoints(root).load();
    await expect(loading).rejects.toThrow(TrainingCheckpointError);
    await expect(loading).rejects.toThrow(message);
  });

  test('that is cut off is refused before anything changes', async () => {
    await stopped(2);
    const newest = await openNewestCheckpoint(root);
    await truncate(join(newest?.path ?? '', 'optimizer.safetensors'), 50);
    expect(await resuming({})).toMatchObject({
      name: 'TrainingCheckpointError',
      message: expect.stringMatching(/optimizer\.safetensors: expected \d+ bytes, found 50/) as string,
    });
  });
});

async function resum(folder: string, name: string): Promise<void> {
  const { createHash } = await import('node:crypto');
  const path = join(folder, 'manifest.json');
  const manifest = JSON.parse(await readFile(path, 'utf8')) as { files: Record<string, unknown> };
  const contents = await readFile(join(folder, name));
  manifest.files[name] = {
    bytes: contents.length,
    sha256: createHash('sha256').update(contents).digest('hex'),
  };
  await writeFile(path, JSON.stringify(manifest));
}

describe('an optimiser file', () => {
  test('holds moments and steps exactly; what is none is refused', async () => {
    const path = join(root, 'optimizer.safetensors');
    const moment = { m: Float32Array.of(0.1, NaN), v: Float32Array.of(1e-30, 3), step: 5 };
    const state = { step: 7, moments: { weight: moment, 'odd "name"': { ...moment, step: 2 } } };
    await writeOptimizerFile(path, state);
    expect(await readOptimizerFile(path)).toEqual(state);
    await writeSafetensors(path, {});
    await expect(readOptimizerFile(path)).rejects.toThrow(/expected a number of steps as "step"/);
    await writeSafetensors(path, {}, { step: '1' });
    await expect(readOptimizerFile(path)).rejects.toThrow(/the number of steps of each parameter/);
    await writeSafetensors(path, {}, { step: '1', steps: '{"weight":2}' });
    await expect(readOptimizerFile(path)).rejects.toThrow(SafetensorsError);
    await writeFile(path, 'nothing');
    await expect(readOptimizerFile(path)).rejects.toThrow(SafetensorsError);
  });
});

test('restoring disposes of what the policy held before', async () => {
  await stopped(2);
  const policy = createBanditPolicy();
  policy.parameters.replace('mean', zeros([3, 2]));
  const run = fullRun({ policy });
  await allSteps(run);
  policy.parameters.dispose();
});
