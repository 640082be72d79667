import { createParameterStore, mul, ones, square, sum, useBackend, zeros } from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  allSteps,
  banditConfig,
  banditRun,
  createBanditPolicy,
  parametersOf,
  type BanditAction,
} from '../testing/hybrid-bandit.js';
import { createWorkerPool, NotAWorkerError, servePolicy, type WorkerPool } from '../workers.js';
import { trainHyGRPO, type HyGrpoRun, type HyGrpoRunConfig, type HyGrpoStep } from '../index.js';

beforeAll(async () => {
  await useBackend('cpu');
});
trackTensorLeaks({ beforeAll, afterAll });

const module = new URL('../testing/source-worker.mjs', import.meta.url);
const worker = { execArgv: ['--conditions=@pose-rft/source'] };
// Threads load their modules themselves, which takes its time on a busy machine.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const start = (count: number, data?: string): Promise<WorkerPool<number, BanditAction>> =>
  createWorkerPool<number, BanditAction>({ module, count, data, worker });

let workers: WorkerPool<number, BanditAction>;
beforeAll(async () => {
  workers = await start(2);
});
afterAll(() => workers.close());

const config: HyGrpoRunConfig = {
  ...banditConfig,
  iterations: 4,
  innerEpochs: 2,
  minibatches: 2,
  promptsPerActCall: 2,
  promptsPerMicroBatch: 1,
  components: { arm: { klCoefficient: 0.1 }, point: { klCoefficient: 0.1 } },
};

async function trained(
  changes: Partial<HyGrpoRun<number, BanditAction>>,
): Promise<{ steps: HyGrpoStep[]; parameters: number[] }> {
  const run = banditRun({ config, ...changes });
  const steps = await allSteps(run);
  const parameters = parametersOf(run.policy);
  run.policy.parameters.dispose();
  return { steps, parameters };
}

const measured = (steps: readonly HyGrpoStep[]): unknown =>
  steps.map(({ metrics }) =>
    Object.fromEntries(Object.entries(metrics).filter(([name]) => !/^timing|step_time/.test(name))),
  );

describe('workers', () => {
  test('give, one or two of them, exactly what one thread gives, and a pool serves several runs', async () => {
    const reference = createBanditPolicy();
    const alone = await trained({ reference });
    reference.parameters.dispose();
    expect(alone.steps.at(-1)?.metrics.kl).toBeGreaterThan(0);
    const one = await start(1);
    for (const pool of [one, workers, workers]) {
      const together = await trained({ workers: pool });
      expect(together.parameters).toEqual(alone.parameters);
      expect(measured(together.steps)).toEqual(measured(alone.steps));
    }
    await one.close();
  });

  test('share prompts equally unless told, take over a frozen parameter, and follow an auxiliary loss', async () => {
    const { promptsPerActCall: _, promptsPerMicroBatch: __, ...shared } = config;
    const components = { arm: {}, point: {} };
    const changes = (): Partial<HyGrpoRun<number, BanditAction>> => {
      const policy = createBanditPolicy();
      policy.parameters.replace('mean', ones([3, 2]));
      policy.parameters.freeze((name) => name === 'mean');
      return { policy, auxiliaryLoss: () => mul(sum(square(policy.parameters.get('logits'))), 0.1) };
    };
    const alone = await trained({
      ...changes(),
      config: { ...shared, components, promptsPerActCall: 2, promptsPerMicroBatch: 1 },
    });
    const together = await trained({ ...changes(), config: { ...shared, components }, workers });
    expect(together.parameters).toEqual(alone.parameters);
    // The mean, 6 numbers after 12 logits, has not moved.
    expect(together.parameters.slice(12, 18)).toEqual(new Array(6).fill(1));
    expect(together.parameters.slice(0, 12)).not.toEqual(new Array(12).fill(0));
  });
});

describe('a worker that cannot do its part', () => {
  const failing = async (changes: Partial<HyGrpoRun<number, BanditAction>>): Promise<unknown> => {
    const run = banditRun({ config, workers, ...changes });
    const error = await allSteps(run).catch((thrown: unknown) => thrown);
    run.policy.parameters.dispose();
    return error;
  };

  test('because it has no policy, or its module is missing, fails at the start', async () => {
    await expect(start(1, 'no policy')).rejects.toThrow(/^worker 0: RangeError: there is no model here/);
    const nowhere = new URL('./nowhere.js', import.meta.url);
    await expect(createWorkerPool({ module: nowhere, count: 1 })).rejects.toMatchObject({
      name: 'WorkerFailedError',
      message: expect.stringMatching(/^worker 0: .*nowhere\.js/) as string,
    });
    await expect(createWorkerPool({ module, count: 0 })).rejects.toThrow(/workers\.count is 0/);
    await expect(servePolicy(() => ({ policy: createBanditPolicy() }))).rejects.toThrow(NotAWorkerError);
  });

  test('because its policy throws, ends the run with that error, and the pool can be used again', async () => {
    expect(await failing({ nextPrompts: () => [0, 1, -1, 2] })).toMatchObject({
      name: 'WorkerFailedError',
      worker: 1,
      message: 'worker 1: TypeError: cannot act',
      cause: { name: 'TypeError', stack: expect.stringContaining('bandit-worker') as string },
    });
    expect(await failing({})).toHaveLength(4);
  });

  test('because its policy is another one, is named', async () => {
    const other = createBanditPolicy();
    other.parameters.dispose();
    const parameters = createParameterStore({
      logits: zeros([3, 4]),
      mean: zeros([3, 5]),
      logStandardDeviation: zeros([3, 2]),
    });
    expect(await failing({ policy: { ...other, parameters } })).toMatchObject({
      name: 'WorkerPolicyError',
      message: expect.stringMatching(
        /lacks 'mean' float32\[3, 5\], and has besides 'mean' float32\[3, 2\]/,
      ) as string,
    });
  });

  test('because another run has taken the pool over, ends the first run', async () => {
    const first = banditRun({ config, workers });
    const steps = trainHyGRPO(first);
    await steps.next();
    const second = trainHyGRPO(banditRun({ policy: first.policy, config, workers }));
    await second.next();
    await expect(steps.next()).rejects.toThrow(/works for another run by now/);
    await second.return();
    first.policy.parameters.dispose();
  });

  test('because a prompt is no plain data, is told so', async () => {
    expect(await failing({ nextPrompts: () => [Symbol('context') as never] })).toMatchObject({
      message: expect.stringMatching(/cannot be sent to another thread .*plain data/) as string,
    });
  });

  test('because it hangs, does not keep a run from being aborted; because it ends, ends the run', async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 50);
    expect(await failing({ nextPrompts: () => [-2, 1, 1, 1], signal: stop.signal })).toEqual([]);
    expect(await failing({ nextPrompts: () => [1, 1, -3, 1] })).toMatchObject({
      name: 'WorkerFailedError',
      message: expect.stringMatching(/worker 1: it ended with exit code 3/) as string,
    });
  });
});
