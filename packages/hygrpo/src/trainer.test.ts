import { mul, square, sub, sum, useBackend, type Scalar } from '@pose-rft/tensor';
import { expectNoTensorLeak, trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  allSteps,
  banditConfig as config,
  banditRun,
  createBanditPolicy,
  hit,
  near,
  parametersOf,
  type BanditAction,
} from './testing/hybrid-bandit.js';
import { createHyGrpoOptimizer, trainHyGRPO, type HyGrpoStep, type Reward } from './index.js';

beforeAll(async () => {
  await useBackend('cpu');
});
trackTensorLeaks({ beforeAll, afterAll });

const meanOf = (steps: readonly HyGrpoStep[], name: keyof HyGrpoStep['metrics']): number =>
  steps.reduce((total, { metrics }) => total + (metrics[name] ?? NaN) / steps.length, 0);

describe('training', () => {
  test('improves both halves of a hybrid bandit, and leaks nothing', async () => {
    await expectNoTensorLeak(async () => {
      const run = banditRun();
      const steps = await allSteps(run);
      run.policy.parameters.dispose();
      const [start, end] = [steps.slice(0, 5), steps.slice(-5)];
      expect(steps).toHaveLength(60);
      expect(meanOf(start, 'rewards/hit/mean')).toBeLessThan(0.45);
      expect(meanOf(end, 'rewards/hit/mean')).toBeGreaterThan(0.9);
      expect(meanOf(end, 'rewards/near/mean')).toBeGreaterThan(meanOf(start, 'rewards/near/mean') + 0.4);
    });
  });

  test('several epochs on a rollout leave ratio 1, and the clip bites', async () => {
    const policy = createBanditPolicy();
    const epochs = { ...config, iterations: 8, innerEpochs: 3, learningRate: 0.3 };
    const steps = await allSteps(banditRun({ policy, config: epochs }));
    expect(meanOf(steps, 'clip_ratio/point')).toBeGreaterThan(0);
    expect(meanOf(steps, 'ratio/arm/max')).toBeGreaterThan(1.01);
    policy.parameters.dispose();
  });

  test('with one epoch every ratio is 1, although it is computed', async () => {
    const policy = createBanditPolicy();
    const [step] = await allSteps(banditRun({ policy, config: { ...config, iterations: 1 } }));
    for (const name of ['arm', 'point'] as const) {
      expect(step?.metrics[`ratio/${name}/mean`]).toBeCloseTo(1, 5);
      expect(step?.metrics[`ratio/${name}/max`]).toBeCloseTo(1, 5);
      expect(step?.metrics[`clip_ratio/${name}`]).toBe(0);
    }
    expect(step?.metrics.grad_norm).toBeGreaterThan(0);
    policy.parameters.dispose();
  });

  test('a resumed run continues bit for bit', async () => {
    const short = { ...config, iterations: 6, innerEpochs: 2 };
    const straight = banditRun({ config: short });
    await allSteps(straight);

    const firstHalf = banditRun({
      config: { ...short, iterations: 3 },
      optimizer: createHyGrpoOptimizer(short),
    });
    await allSteps(firstHalf);
    const optimizer = createHyGrpoOptimizer(short);
    optimizer.restore(structuredClone(firstHalf.optimizer?.state() ?? { step: 0, moments: {} }));
    const resumed = banditRun({ policy: firstHalf.policy, config: short, optimizer, startIteration: 3 });
    const steps = await allSteps(resumed);

    expect(steps.map(({ iteration }) => iteration)).toEqual([3, 4, 5]);
    expect(parametersOf(resumed.policy)).toEqual(parametersOf(straight.policy));
    for (const { policy } of [straight, resumed]) policy.parameters.dispose();
  });

  test('a KL coefficient keeps the policy near its reference', async () => {
    const reference = createBanditPolicy();
    const divergence = async (klCoefficient: number): Promise<number> => {
      const policy = createBanditPolicy();
      const components = { arm: { klCoefficient }, point: { klCoefficient } };
      const steps = await allSteps(
        banditRun({ policy, reference, config: { ...config, iterations: 30, components } }),
      );
      policy.parameters.dispose();
      expect(steps[0]?.metrics.kl).toBeCloseTo(0, 5);
      expect(steps[9]?.metrics.kl).toBeCloseTo(
        (steps[9]?.metrics['kl/arm'] ?? NaN) + (steps[9]?.metrics['kl/point'] ?? NaN),
        6,
      );
      return meanOf(steps.slice(-5), 'kl');
    };
    expect(await divergence(3)).toBeLessThan((await divergence(0.001)) / 3);
    reference.parameters.dispose();
  });

  test('without a positive coefficient the reference is not even scored', async () => {
    const policy = createBanditPolicy();
    const reference = {
      score: (): never => {
        throw new Error('scored');
      },
    };
    const [step] = await allSteps(banditRun({ policy, reference, config: { ...config, iterations: 1 } }));
    expect(step?.metrics).not.toHaveProperty('kl');
    policy.parameters.dispose();
  });

  test('an auxiliary loss takes part in every update', async () => {
    const policy = createBanditPolicy();
    const auxiliaryLoss = (): Scalar => mul(sum(square(sub(policy.parameters.get('mean'), 3))), 100);
    await allSteps(banditRun({ policy, auxiliaryLoss, config: { ...config, iterations: 40 } }));
    for (const value of policy.parameters.get('mean').dataSync()) expect(value).toBeGreaterThan(2);
    policy.parameters.dispose();
  });

  test('a learning-rate scale of 0 leaves a parameter alone', async () => {
    const policy = createBanditPolicy();
    const learningRateScale = (name: string): number => (name === 'logits' ? 0 : 1);
    await allSteps(banditRun({ policy, learningRateScale, config: { ...config, iterations: 2 } }));
    expect(
      policy.parameters
        .get('logits')
        .dataSync()
        .every((value) => value === 0),
    ).toBe(true);
    expect(
      policy.parameters
        .get('mean')
        .dataSync()
        .some((value) => value !== 0),
    ).toBe(true);
    policy.parameters.dispose();
  });
});

describe('a run without a signal', () => {
  const constant = (drives: string): Reward<number, BanditAction> => ({
    name: `constant ${drives}`,
    drives,
    score: ({ rows }) => ({ values: new Float32Array(rows.length).fill(0.3) }),
  });

  test('says so, and leaves the policy as it is even against momentum', async () => {
    const policy = createBanditPolicy();
    const optimizer = createHyGrpoOptimizer(config);
    await allSteps(banditRun({ policy, optimizer, config: { ...config, iterations: 3 } }));
    const before = parametersOf(policy);
    const rewards = [constant('arm'), constant('point')];
    const short = { ...config, iterations: 4 };
    const [step] = await allSteps(
      banditRun({ policy, optimizer, rewards, config: short, startIteration: 3 }),
    );
    expect(step?.flat).toMatch(/^Iteration 3: within every group all rewards are equal.*left as it is\.$/);
    expect(step?.metrics.frac_reward_zero_std).toBe(1);
    expect(parametersOf(policy)).toEqual(before);
    policy.parameters.dispose();
  });
});

describe('an aborted run', () => {
  test('ends after the step in hand, without another', async () => {
    const stop = new AbortController();
    const run = banditRun({ signal: stop.signal });
    const seen: number[] = [];
    for await (const { iteration } of trainHyGRPO(run)) {
      seen.push(iteration);
      if (iteration === 2) stop.abort();
    }
    expect(seen).toEqual([0, 1, 2]);
    run.policy.parameters.dispose();
  });

  test('between rewards and update changes nothing', async () => {
    const stop = new AbortController();
    const stopping: Reward<number, BanditAction> = {
      ...hit,
      score: (batch) => {
        stop.abort();
        return hit.score(batch);
      },
    };
    const run = banditRun({ signal: stop.signal, rewards: [stopping, near] });
    const before = parametersOf(run.policy);
    expect(await allSteps(run)).toEqual([]);
    expect(parametersOf(run.policy)).toEqual(before);
    run.policy.parameters.dispose();
  });
});
