import { createRandom } from '@pose-rft/random';
import { linearSchedule, ones, useBackend } from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  allSteps,
  banditConfig,
  banditRun,
  createBanditPolicy,
  hit,
  near,
  parametersOf,
  type BanditAction,
} from './testing/hybrid-bandit.js';
import {
  adaptedKlCoefficient,
  HyGrpoConfigError,
  shuffledEpochs,
  substitutedReference,
  trainHyGRPO,
  type HyGrpoRun,
  type HyGrpoRunConfig,
} from './index.js';

beforeAll(async () => {
  await useBackend('cpu');
});
trackTensorLeaks({ beforeAll, afterAll });

const short = { ...banditConfig, iterations: 6 };
async function stepsOf(
  changes: Partial<HyGrpoRun<number, BanditAction>>,
): Promise<Awaited<ReturnType<typeof allSteps>>> {
  const run = banditRun(changes);
  const steps = await allSteps(run);
  if (!changes.policy) run.policy.parameters.dispose();
  return steps;
}

describe('schedules', () => {
  test('of learning rate and temperature are followed by iteration', async () => {
    const policy = createBanditPolicy();
    const temperatures: (number | undefined)[] = [];
    const watched: typeof policy = {
      ...policy,
      act: (prompts, options) => {
        temperatures.push(options.temperature);
        return policy.act(prompts, options);
      },
    };
    const config = {
      ...banditConfig,
      iterations: 3,
      learningRate: linearSchedule({ peak: 0.1, steps: 10 }),
      temperature: (iteration: number) => 2 - 0.5 * iteration,
    };
    const steps = await stepsOf({ policy: watched, config });
    expect(temperatures).toEqual([2, 1.5, 1]);
    expect(steps.map(({ metrics }) => metrics.temperature)).toEqual([2, 1.5, 1]);
    expect(steps[2]?.metrics.learning_rate).toBeCloseTo(0.08, 12);
    const freezing = { ...config, temperature: () => 0 };
    await expect(allSteps(banditRun({ policy, config: freezing }))).rejects.toThrow(/temperature\(0\) is 0/);
    policy.parameters.dispose();
  });
});

describe('KL control', () => {
  const components = { arm: { klCoefficient: 0.5 }, point: { klCoefficient: 0.2 } };

  test('adapts each coefficient to its own divergence', async () => {
    const reference = createBanditPolicy();
    const control = { kind: 'adaptive', target: 1e-3, horizon: 320 } as const;
    const steps = await stepsOf({ reference, config: { ...short, components, klControl: { arm: control } } });
    reference.parameters.dispose();
    let coefficient = 0.5;
    for (const { metrics } of steps) {
      expect(metrics['kl_coefficient/arm']).toBeCloseTo(coefficient, 12);
      expect(metrics['kl_coefficient/point']).toBe(0.2);
      coefficient = adaptedKlCoefficient(coefficient, metrics['kl/arm'] ?? NaN, 32, control);
    }
    // No divergence at first, too much later.
    expect(steps[1]?.metrics['kl_coefficient/arm']).toBeCloseTo(0.5 * (1 - 0.02), 12);
    expect(coefficient).toBeGreaterThan(steps[2]?.metrics['kl_coefficient/arm'] ?? NaN);
  });

  test('follows a schedule, down to no reference at all', async () => {
    const reference = createBanditPolicy();
    const klControl = {
      arm: { kind: 'scheduled', factor: (iteration: number) => (iteration < 2 ? 1 : 0) },
      point: { kind: 'scheduled', factor: (iteration: number) => (iteration < 2 ? 2 : 0) },
    } as const;
    const steps = await stepsOf({ reference, config: { ...short, components, klControl } });
    reference.parameters.dispose();
    expect(steps[1]?.metrics['kl_coefficient/point']).toBe(0.4);
    expect(steps[2]?.metrics).not.toHaveProperty('kl');
    expect(steps[2]?.metrics).not.toHaveProperty('kl_coefficient/arm');
  });

  test('that makes no sense is refused at the call', () => {
    const run = banditRun();
    const refused = (config: Partial<HyGrpoRunConfig>) => (): unknown =>
      trainHyGRPO({ ...run, reference: run.policy, config: { ...short, components, ...config } });
    const adaptive = { kind: 'adaptive', target: 0.1, horizon: 100 } as const;
    expect(refused({ klControl: { text: { kind: 'fixed' } } })).toThrow(/klControl\.text.*arm, point/);
    expect(refused({ klControl: { arm: { ...adaptive, target: 0 } } })).toThrow(/klControl\.arm\.target/);
    expect(refused({ klControl: { arm: { ...adaptive, horizon: NaN } } })).toThrow(/klControl\.arm\.horizon/);
    expect(refused({ components: { arm: {}, point: {} }, klControl: { arm: adaptive } })).toThrow(
      /components\.arm\.klCoefficient is 0; expected > 0, to be adapted/,
    );
    expect(refused({ stopUpdateAboveKl: { text: 1 } })).toThrow(/stopUpdateAboveKl\.text.*arm, point/);
    expect(refused({ stopUpdateAboveKl: { arm: -1 } })).toThrow(HyGrpoConfigError);
    expect(refused({ minibatches: 0 })).toThrow(/minibatches/);
    expect(refused({ promptsPerMicroBatch: 0 })).toThrow(/promptsPerMicroBatch/);
    expect(refused({ promptsPerActCall: 1.5 })).toThrow(/promptsPerActCall/);
    expect(refused({ dynamicSampling: { maximumRounds: 1 } })).toThrow(/maximumRounds/);
    run.policy.parameters.dispose();
  });
});

describe('a reference made of the policy itself', () => {
  test('keeps the values of its making, and leaves the policy as it was', async () => {
    const components = { arm: { klCoefficient: 0.3 }, point: { klCoefficient: 0.3 } };
    const config = { ...short, components };
    const copy = createBanditPolicy();
    const policies = [createBanditPolicy(), createBanditPolicy()] as const;
    const withCopy = await stepsOf({ policy: policies[0], reference: copy, config });
    const reference = substitutedReference(policies[1], { values: 'present' });
    const withItself = await stepsOf({ policy: policies[1], reference, config });
    expect(parametersOf(policies[1])).toEqual(parametersOf(policies[0]));
    expect(withItself.map(({ metrics }) => metrics.kl)).toEqual(withCopy.map(({ metrics }) => metrics.kl));
    expect(withItself.at(-1)?.metrics.kl).toBeGreaterThan(0);
    reference.dispose();
    for (const { parameters } of [copy, ...policies]) parameters.dispose();
  });

  test('or scores with an adapter off', async () => {
    const [adapted, base] = [createBanditPolicy(), createBanditPolicy()];
    adapted.parameters.replace('mean', ones([3, 2]));
    const reference = substitutedReference(adapted, {
      values: 'zero',
      parameters: (name) => name === 'mean',
    });
    const components = { arm: { klCoefficient: 0.1 }, point: { klCoefficient: 0.1 } };
    const config = { ...banditConfig, iterations: 1, components };
    const [off] = await stepsOf({ policy: adapted, reference, config });
    adapted.parameters.replace('mean', ones([3, 2]));
    const fresh = createBanditPolicy();
    fresh.parameters.replace('mean', ones([3, 2]));
    const [separate] = await stepsOf({ policy: fresh, reference: base, config });
    // The base has the mean at zero, and the same deviations.
    expect(off?.metrics['kl/point']).toBeCloseTo(separate?.metrics['kl/point'] ?? NaN, 5);
    expect(off?.metrics['kl/point']).toBeGreaterThan(1);
    expect(() => substitutedReference(adapted, { values: 'zero', parameters: () => false })).toThrow(
      /some of logits, mean/,
    );
    reference.dispose();
    for (const { parameters } of [adapted, base, fresh]) parameters.dispose();
  });
});

describe('evaluation and early stop', () => {
  test('measures every so often and after the last iteration, on the same stream', async () => {
    const draws: number[] = [];
    const steps = await stepsOf({
      config: { ...banditConfig, iterations: 5 },
      evaluation: {
        everyIterations: 2,
        evaluate: ({ iteration, random }) => {
          draws.push(random.uniform());
          return { iteration };
        },
      },
    });
    expect(steps.map(({ metrics }) => metrics['eval/iteration'])).toEqual([undefined, 2, undefined, 4, 5]);
    expect(new Set(draws).size).toBe(1);
  });

  test('ends the run when a metric no longer improves', async () => {
    const scores = [0.1, 0.4, 0.4, 0.45, 0.41, 0.3, 0.9];
    const steps = await stepsOf({
      config: { ...banditConfig, iterations: 7 },
      evaluation: {
        everyIterations: 1,
        evaluate: ({ iteration }) => ({ score: scores[iteration - 1] ?? 0 }),
      },
      earlyStop: { metric: 'eval/score', better: 'higher', patience: 3, minimumImprovement: 0.1 },
    });
    expect(steps).toHaveLength(5);
    expect(steps[4]?.stopped).toBe(
      'eval/score has not improved on 0.4 in 3 measurements, so the run ends here.',
    );
  });

  test('lower may be better, and NaN is never', async () => {
    const losses = [3, NaN, 2, 5, NaN];
    const steps = await stepsOf({
      config: { ...banditConfig, iterations: 9 },
      evaluation: {
        everyIterations: 1,
        evaluate: ({ iteration }) => ({ loss: losses[iteration - 1] ?? NaN }),
      },
      earlyStop: { metric: 'eval/loss', better: 'lower', patience: 2 },
    });
    expect(steps).toHaveLength(5);
    expect(steps[4]?.stopped).toMatch(/not improved on 2/);
  });

  test('settings that make no sense are refused at the call', () => {
    const run = banditRun();
    const refused = (changes: Partial<HyGrpoRun<number, BanditAction>>) => (): unknown =>
      trainHyGRPO({ ...run, ...changes });
    expect(refused({ evaluation: { everyIterations: 0, evaluate: () => ({}) } })).toThrow(/everyIterations/);
    expect(refused({ earlyStop: { metric: 'reward', better: 'higher', patience: 0 } })).toThrow(/patience/);
    expect(refused({ earlyStop: { metric: '', better: 'higher', patience: 1 } })).toThrow(
      /earlyStop\.metric/,
    );
    expect(refused({ rewards: [{ ...hit, execution: { retries: -1 } }, near] })).toThrow(
      /rewards\.hit\.execution\.retries/,
    );
    run.policy.parameters.dispose();
  });
});

describe('callbacks', () => {
  test('hear everything in order, and are waited for', async () => {
    const heard: string[] = [];
    const hear = async (what: string): Promise<void> => {
      await Promise.resolve();
      heard.push(what);
    };
    await stepsOf({
      config: { ...banditConfig, iterations: 2 },
      evaluation: { everyIterations: 2, evaluate: () => ({ score: 1 }) },
      callbacks: [
        {
          onStart: ({ iteration }) => hear(`start ${iteration}`),
          onRollout: ({ iteration, rollout }) => hear(`rollout ${iteration} of ${rollout.prompts.length}`),
          onEvaluation: ({ iteration, metrics }) =>
            hear(`evaluation ${iteration} ${JSON.stringify(metrics)}`),
          onStep: ({ iteration }) => hear(`step ${iteration}`),
          onEnd: () => hear('end'),
        },
      ],
    });
    expect(heard).toEqual([
      'start 0',
      'rollout 0 of 4',
      'step 0',
      'rollout 1 of 4',
      'evaluation 1 {"eval/score":1}',
      'step 1',
      'end',
    ]);
  });

  test('that throw end the run with their error', async () => {
    const run = banditRun({
      callbacks: [
        {
          onStep: () => {
            throw new Error('the disk is full');
          },
        },
      ],
    });
    await expect(allSteps(run)).rejects.toThrow('the disk is full');
    run.policy.parameters.dispose();
  });
});

describe('failures of rewards that are to be declined', () => {
  const declining = { ...banditConfig, iterations: 2, rewardExecution: { onFailure: 'decline' } } as const;
  test('leave the other rewards to teach, and are counted', async () => {
    const down: typeof near = { ...near, score: () => Promise.reject(new Error('no network')) };
    const steps = await stepsOf({ rewards: [hit, down], config: declining });
    expect(steps[1]?.metrics).toMatchObject({
      'rewards/near/failed': 1,
      'rewards/near/declined': 1,
      'rewards/hit/failed': 0,
      updates: 1,
    });
    expect(steps[1]?.flat).toBeUndefined();
  });

  test('so do infinite scores and hanging judges', async () => {
    const infinite: typeof hit = {
      ...hit,
      score: ({ rows }) => ({
        values: Float32Array.from(rows, (_, row) => (row % 4 === 0 ? Infinity : row % 2)),
      }),
    };
    const hanging: typeof near = {
      ...near,
      execution: { timeLimitSeconds: 0.02 },
      score: () => new Promise(() => {}),
    };
    const steps = await stepsOf({ rewards: [infinite, hanging], config: declining });
    expect(steps[0]?.metrics).toMatchObject({
      'rewards/hit/failed': 0.25,
      'rewards/near/failed': 1,
      'rewards/near/timeouts': 1,
    });
    expect(steps[0]?.flat).toBeUndefined();
  });

  test('when nothing is left to learn from, the run says so and goes on', async () => {
    const down: typeof hit = { ...hit, score: () => Promise.reject(new Error('no network')) };
    const steps = await stepsOf({ rewards: [down], config: { ...declining, components: { arm: {} } } });
    expect(steps).toHaveLength(2);
    expect(steps[1]?.flat).toMatch(/no reward applied to any candidate.*left as it is\.$/);
  });
});

describe('shuffled epochs', () => {
  test('hand out every item once an epoch, in another order each time, and go on from their state', () => {
    const options = { promptsPerIteration: 3, random: createRandom(5) };
    const items = Array.from({ length: 10 }, (_, index) => index);
    const source = shuffledEpochs(items, options);
    const drawn = Array.from({ length: 10 }, (_, iteration) => source.next(iteration, options.random)).flat();
    const epochs = [drawn.slice(0, 10), drawn.slice(10, 20), drawn.slice(20)];
    for (const epoch of epochs) expect(epoch.toSorted((a, b) => a - b)).toEqual(items);
    expect(epochs[0]).not.toEqual(epochs[1]);

    const resumed = shuffledEpochs(items, options);
    resumed.restore(12);
    expect(resumed.next(4, options.random)).toEqual(drawn.slice(12, 15));
    expect(() => resumed.restore('twelve')).toThrow(/number of items handed out, found "twelve"/);
    expect(() => shuffledEpochs([], options)).toThrow(/at least one prompt/);
  });
});
