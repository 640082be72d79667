import { useBackend } from '@pose-rft/tensor';
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
import type { HyGrpoRun, HyGrpoRunConfig, HyGrpoStep } from './index.js';

beforeAll(async () => {
  await useBackend('cpu');
});
trackTensorLeaks({ beforeAll, afterAll });

async function trained(
  config: Partial<HyGrpoRunConfig>,
  changes: Partial<HyGrpoRun<number, BanditAction>> = {},
): Promise<{ steps: HyGrpoStep[]; parameters: number[] }> {
  const run = banditRun({ ...changes, config: { ...banditConfig, iterations: 3, ...config } });
  const steps = await allSteps(run);
  const parameters = parametersOf(run.policy);
  run.policy.parameters.dispose();
  return { steps, parameters };
}

function expectClose(found: readonly number[], expected: readonly number[], tolerance: number): void {
  expect(found).toHaveLength(expected.length);
  found.forEach((value, index) => expect(Math.abs(value - (expected[index] ?? NaN))).toBeLessThan(tolerance));
}

describe('micro-batches', () => {
  test.each([1, 2, 3])(
    'of %i prompts accumulate to the gradient of the whole',
    async (promptsPerMicroBatch) => {
      const reference = createBanditPolicy();
      const components = { arm: { klCoefficient: 0.1 }, point: { klCoefficient: 0.1 } };
      const config = { components, innerEpochs: 2 };
      const whole = await trained(config, { reference });
      const parts = await trained({ ...config, promptsPerMicroBatch }, { reference });
      reference.parameters.dispose();
      expectClose(parts.parameters, whole.parameters, 2e-6);
      for (const [index, { metrics }] of parts.steps.entries()) {
        const expected: Record<string, number> = { ...whole.steps[index]?.metrics };
        for (const name of [
          'loss',
          'grad_norm',
          'kl',
          'kl/point',
          'ratio/arm/mean',
          'clip_ratio/point',
          'policy_std/point',
        ])
          expect(({ ...metrics } as Record<string, number>)[name]).toBeCloseTo(expected[name] ?? NaN, 5);
        expect(metrics.updates).toBe(2);
      }
    },
  );
});

describe('minibatches', () => {
  test('take a step each, in every epoch', async () => {
    const { steps } = await trained({ minibatches: 2, innerEpochs: 3 });
    expect(steps.map(({ metrics }) => metrics.updates)).toEqual([6, 6, 6]);
    expect(steps[0]?.metrics['ratio/arm/max']).toBeGreaterThan(1);
  });

  test('are at most as many as prompts, and repeat exactly', async () => {
    const [first, second] = [await trained({ minibatches: 9 }), await trained({ minibatches: 9 })];
    expect(first.steps[0]?.metrics.updates).toBe(4);
    expect(second.parameters).toEqual(first.parameters);
  });
});

describe('an update that moves the policy too far', () => {
  test('ends before the step that would take it further', async () => {
    const free = await trained({ innerEpochs: 6, learningRate: 0.3 });
    const held = await trained({ innerEpochs: 6, learningRate: 0.3, stopUpdateAboveKl: { arm: 0.01 } });
    expect(free.steps.map(({ metrics }) => metrics.updates)).toEqual([6, 6, 6]);
    expect(free.steps.every(({ metrics }) => metrics.update_stopped === 0)).toBe(true);
    expect(held.steps[0]?.metrics.update_stopped).toBe(1);
    expect(held.steps[0]?.metrics.updates).toBeGreaterThanOrEqual(1);
    expect(held.steps[0]?.metrics.updates).toBeLessThan(6);
    expect(held.steps[0]?.metrics['approx_kl/arm']).toBeGreaterThan(0);
    expect(free.steps[0]?.metrics['approx_kl/arm']).toBeGreaterThan(
      held.steps[0]?.metrics['approx_kl/arm'] ?? NaN,
    );
  });
});

describe('without a single row of a trained component', () => {
  /** Nobody ever aims: the candidates are all invalid. */
  const unaiming = (): ReturnType<typeof createBanditPolicy> => {
    const policy = createBanditPolicy();
    return {
      ...policy,
      act: async (prompts, options) => {
        const rollout = await policy.act(prompts, options);
        const acted = { ...rollout, actions: rollout.actions.map(() => ({ arm: 0 })) };
        const { arm } = rollout.logProbs;
        if (arm?.kind !== 'sequence') throw new Error('the bandit has changed');
        return {
          ...acted,
          logProbs: {
            arm: { ...arm, values: arm.values.map(() => -Math.log(4)) },
            point: { kind: 'nested', values: new Float32Array(), candidates: new Int32Array(), groups: 2 },
          },
        };
      },
    };
  };

  test('the run goes on, says that nothing is learnt, and changes nothing', async () => {
    const policy = unaiming();
    const before = parametersOf(policy);
    for (const components of [{ point: {} }, { point: { klCoefficient: 0.1 } }]) {
      const reference = createBanditPolicy();
      const steps = await allSteps(
        banditRun({
          policy,
          reference,
          rewards: [near],
          config: { ...banditConfig, iterations: 2, components },
        }),
      );
      reference.parameters.dispose();
      expect(steps).toHaveLength(2);
      expect(steps[0]?.flat).toMatch(
        /^Iteration 0: no reward applied to any candidate, so the rewards teach nothing/,
      );
      expect(steps[1]?.metrics).toMatchObject({ updates: 0, 'valid_fraction/point': 0, loss: 0 });
    }
    expect(parametersOf(policy)).toEqual(before);
    policy.parameters.dispose();
  });

  test('the other component still learns', async () => {
    const policy = unaiming();
    const steps = await allSteps(
      banditRun({
        policy,
        rewards: [
          { ...hit, score: ({ rows }) => ({ values: Float32Array.from(rows, (_, row) => row % 2) }) },
          near,
        ],
        config: { ...banditConfig, iterations: 1 },
      }),
    );
    expect(steps[0]?.metrics.updates).toBe(1);
    policy.parameters.dispose();
  });
});
