import { createRandom } from '@pose-rft/random';
import { dispose, scalar, useBackend } from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { resolveHyGrpoConfig, type ComponentConfig } from './index.js';
import {
  anchorMicroBatch,
  differentiateMicroBatch,
  disposeAnchors,
  planUpdate,
  type UpdatePlan,
} from './micro-batch.js';
import { addGradients, createLocalExecutor } from './policy-executor.js';
import {
  banditConfig,
  createBanditPolicy,
  type BanditAction,
  type BanditPolicy,
} from './testing/hybrid-bandit.js';

beforeAll(() => useBackend('cpu'));
trackTensorLeaks({ beforeAll, afterAll });
let policy: BanditPolicy;
beforeAll(() => {
  policy = createBanditPolicy();
});
afterAll(() => policy.parameters.dispose());

interface Options {
  readonly minibatches?: number;
  readonly promptsPerMicroBatch?: number;
  readonly components?: Readonly<Record<string, ComponentConfig>>;
  readonly klCoefficients?: Readonly<Record<string, number>>;
}

/** Five prompts, of the contexts 0 to 2, and advantages that say whose they are. */
async function planOf(options: Options = {}): Promise<UpdatePlan<number, BanditAction>> {
  const rollout = await policy.act([0, 1, 2, 1, 0], {
    candidatesPerPrompt: 4,
    samplesPerCandidate: 2,
    random: createRandom(1),
  });
  const { components = { arm: {}, point: {} } } = options;
  const rows = { arm: 20, point: (rollout.logProbs.point?.values.length ?? 0) / 2 };
  const advantages = (count: number) => ({
    values: Float32Array.from({ length: count }, (_, row) => row),
    perGroup: false,
    groupCount: 5,
    flatGroupCount: 0,
    rewardStandardDeviation: 1,
  });
  return planUpdate(
    rollout,
    { arm: advantages(rows.arm), point: advantages(rows.point), other: advantages(3) },
    {
      components: resolveHyGrpoConfig({ ...banditConfig, samplesPerCandidate: 2, components }).components,
      klCoefficients: options.klCoefficients ?? {},
      minibatches: options.minibatches ?? 1,
      promptsPerMicroBatch: options.promptsPerMicroBatch ?? 5,
      random: createRandom(2),
    },
  );
}

describe('the plan of an update', () => {
  test('takes the prompts in order for one minibatch, in parts of the size asked for', async () => {
    const { batches, minibatches } = await planOf({ promptsPerMicroBatch: 2 });
    expect(minibatches).toEqual([[0, 1, 2]]);
    expect(batches.map(({ rollout }) => rollout.prompts)).toEqual([[0, 1], [2, 1], [0]]);
    expect(batches[1]?.advantages.arm?.values).toEqual(Float32Array.of(8, 9, 10, 11, 12, 13, 14, 15));
    expect(Object.keys(batches[0]?.advantages ?? {})).toEqual(['arm', 'point']);
    const points = batches.map(({ advantages }) => advantages.point?.values.length ?? 0);
    expect(points.reduce((total, count) => total + count, 0)).toBeGreaterThan(0);
    // The whole is the minibatch, of which each is a part.
    for (const { whole, rollout } of batches) {
      expect(whole.arm).toEqual({ promptCount: 5, tokenCount: 20 });
      expect(rollout.candidatesPerPrompt).toBe(4);
    }
  });

  test('shuffles them once for several, and shares them out', async () => {
    const { batches, minibatches } = await planOf({ minibatches: 2, promptsPerMicroBatch: 2 });
    expect(minibatches).toEqual([[0], [1, 2]]);
    const order = createRandom(2).shuffle([0, 1, 2, 3, 4]);
    const firsts = batches.flatMap(({ advantages }) =>
      Array.from(advantages.arm?.values ?? []).filter((value) => value % 4 === 0),
    );
    expect(firsts).toEqual(order.map((prompt) => 4 * prompt));
    expect(batches.map(({ whole }) => whole.arm?.promptCount)).toEqual([2, 3, 3]);
    const many = await planOf({ minibatches: 9 });
    expect(many.minibatches).toEqual([[0], [1], [2], [3], [4]]);
  });

  test('has the coefficients in force', async () => {
    const components = { arm: { klCoefficient: 0.1 }, point: { klCoefficient: 0.2 } };
    const { batches } = await planOf({ components, klCoefficients: { arm: 0.7 } });
    expect(batches[0]?.components).toMatchObject({
      arm: { klCoefficient: 0.7 },
      point: { klCoefficient: 0.2 },
    });
  });
});

describe('the anchors of a micro-batch', () => {
  const anchors = async (
    components: Readonly<Record<string, ComponentConfig>>,
    reference?: BanditPolicy,
  ): Promise<string[]> => {
    const { batches } = await planOf({ components });
    const [batch] = batches;
    if (batch === undefined) throw new Error('there is one');
    const found = anchorMicroBatch(policy, batch, reference);
    const names = [...Object.keys(found), ...Object.keys(found.trainerLogProbs)];
    disposeAnchors(found);
    return names;
  };
  const corrected = { importanceCorrection: { level: 'token', beyond: 'mask' } } as const;

  test('are the log-probabilities of what is corrected, and the scores of a reference that pulls', async () => {
    expect(await anchors({ arm: {}, point: {} }, policy)).toEqual(['trainerLogProbs']);
    expect(await anchors({ arm: corrected, point: {} })).toEqual(['trainerLogProbs', 'arm']);
    expect(await anchors({ arm: { klCoefficient: 0.1 }, point: corrected }, policy)).toEqual([
      'trainerLogProbs',
      'reference',
      'point',
    ]);
  });

  test('need a reference where there is a pull', async () => {
    await expect(anchors({ arm: {}, point: { klCoefficient: 0.1 } })).rejects.toMatchObject({
      name: 'HyGrpoConfigError',
      field: 'components.point.klCoefficient',
      value: 0.1,
      allowed: '0, or a reference policy beside the policy',
    });
  });
});

describe('the report of a micro-batch', () => {
  test('has the metrics of each component by their full names', async () => {
    const components = {
      arm: {
        klCoefficient: 0.1,
        entropyCoefficient: 0,
        importanceCorrection: { level: 'token', beyond: 'truncate' },
      },
      point: { klCoefficient: 0.1 },
    } as const;
    const { batches } = await planOf({ components });
    const [batch] = batches;
    if (batch === undefined) throw new Error('there is one');
    const shifted = {
      ...batch,
      rollout: {
        ...batch.rollout,
        logProbs: {
          ...batch.rollout.logProbs,
          arm: {
            ...batch.rollout.logProbs.arm,
            values: batch.rollout.logProbs.arm?.values.map(
              (value, row) => value - (row === 0 ? Math.LN2 : 0),
            ),
          },
        } as typeof batch.rollout.logProbs,
      },
    };
    const found = anchorMicroBatch(policy, shifted, policy);
    const { report, gradients } = differentiateMicroBatch(policy, shifted, found);
    expect(Object.keys(gradients).sort()).toEqual(['logStandardDeviation', 'logits', 'mean']);
    const points = batch.rollout.logProbs.point?.values.length ?? NaN;
    // Ratios are to the trainer's own log-probabilities; the sampler's was half of them once in 20.
    expect(report.components.arm).toEqual({
      terms: 20,
      means: {
        'ratio/arm/mean': 1,
        'clip_ratio/arm': 0,
        'approx_kl/arm': 0,
        'sampling_ratio/arm/mean': expect.closeTo(21 / 20, 5) as number,
      },
      geometricMeans: {},
      maxima: { 'ratio/arm/max': 1, 'sampling_ratio/arm/max': expect.closeTo(2, 5) as number },
      sums: { 'kl/arm': 0, 'entropy/arm': expect.closeTo(Math.log(4), 5) as number },
    });
    expect(report.components.point).toEqual({
      terms: points,
      means: {
        'ratio/point/mean': expect.closeTo(1, 5) as number,
        'clip_ratio/point': 0,
        'approx_kl/point': expect.closeTo(0, 5) as number,
      },
      geometricMeans: { 'policy_std/point': expect.closeTo(Math.exp(-1), 5) as number },
      maxima: { 'ratio/point/max': expect.closeTo(1, 5) as number },
      sums: { 'kl/point': expect.closeTo(0, 5) as number },
    });
    disposeAnchors(found);
    dispose(gradients);
  });

  test('measures how far the policy has moved from the sampler', async () => {
    const { batches } = await planOf({ components: { arm: {} } });
    const [batch] = batches;
    const arm = batch?.rollout.logProbs.arm;
    if (batch === undefined || arm === undefined) throw new Error('there is one');
    const values = arm.values.map((value, row) => value + (row % 2 === 0 ? Math.LN2 : 0));
    const moved = {
      ...batch,
      rollout: { ...batch.rollout, logProbs: { ...batch.rollout.logProbs, arm: { ...arm, values } } },
    };
    const { report, gradients } = differentiateMicroBatch(policy, moved, { trainerLogProbs: {} });
    const { means, maxima, sums } = report.components.arm ?? {};
    expect(means?.['ratio/arm/mean']).toBeCloseTo(0.75, 5);
    expect(means?.['approx_kl/arm']).toBeCloseTo(0.5 * (0.5 - 1 + Math.LN2), 5);
    expect(maxima?.['ratio/arm/max']).toBeCloseTo(1, 5);
    expect(sums).toEqual({});
    dispose(gradients);
  });

  test('is empty without a row', async () => {
    const { batches } = await planOf({ components: { point: {} } });
    const [batch] = batches;
    if (batch === undefined) throw new Error('there is one');
    const point = {
      kind: 'nested',
      values: new Float32Array(0),
      candidates: new Int32Array(0),
      groups: 2,
    } as const;
    const without = {
      ...batch,
      rollout: { ...batch.rollout, logProbs: { point } },
      advantages: { point: { values: new Float32Array(0), perGroup: false } },
    };
    expect(differentiateMicroBatch(policy, without, { trainerLogProbs: {} })).toEqual({
      report: { loss: 0, components: {} },
      gradients: {},
    });
  });
});

describe('the local executor', () => {
  test('adds gradients up by name, and disposes of what it was given', () => {
    const [left, right] = [
      { a: scalar(1), b: scalar(2) },
      { b: scalar(3), c: scalar(4) },
    ];
    const sums = addGradients(left, right);
    expect(Object.entries(sums).map(([name, sum]) => [name, sum.dataSync()[0]])).toEqual([
      ['a', 1],
      ['b', 5],
      ['c', 4],
    ]);
    expect([left.b.isDisposed, right.b.isDisposed, left.a.isDisposed]).toEqual([true, true, false]);
    dispose(sums);
  });

  test('gives the sum over the micro-batches, and what each reports, in the order that is asked for', async () => {
    const executor = createLocalExecutor(policy, undefined);
    expect(executor.concurrency).toBe(1);
    const { batches } = await planOf({ promptsPerMicroBatch: 3 });
    await executor.load(batches);
    const [both, first, second] = [
      await executor.differentiate([1, 0]),
      await executor.differentiate([0]),
      await executor.differentiate([1]),
    ];
    expect(both.reports).toEqual([...second.reports, ...first.reports]);
    const at = ({ gradients }: typeof both): number => gradients['logits']?.dataSync()[5] ?? NaN;
    expect(at(both)).toBeCloseTo(at(first) + at(second), 6);
    for (const { gradients } of [both, first, second]) dispose(gradients);
    executor.unload();
    executor.parametersChanged();
  });

  test('hands every call its options and the signal', async () => {
    const seen: unknown[] = [];
    const watched: BanditPolicy = {
      ...policy,
      act: (prompts, options) => {
        seen.push([prompts, { ...options, random: undefined }]);
        return policy.act(prompts, options);
      },
    };
    const executor = createLocalExecutor(watched, undefined);
    const call = {
      candidatesPerPrompt: 2,
      samplesPerCandidate: 1,
      temperature: 0.5,
      random: createRandom(1),
    };
    const { signal } = new AbortController();
    const rollouts = await executor.act(
      [
        { ...call, prompts: [0] },
        { ...call, prompts: [1, 2] },
      ],
      signal,
    );
    expect(rollouts.map(({ prompts }) => prompts)).toEqual([[0], [1, 2]]);
    await executor.act([{ ...call, prompts: [0] }]);
    const options = { candidatesPerPrompt: 2, samplesPerCandidate: 1, temperature: 0.5, random: undefined };
    expect(seen).toEqual([
      [[0], { ...options, signal }],
      [[1, 2], { ...options, signal }],
      [[0], options],
    ]);
  });
});
