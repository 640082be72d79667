import { useBackend } from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  allSteps,
  banditConfig as config,
  banditRun,
  createBanditPolicy,
  hit,
  near,
  type BanditAction,
  type BanditPolicy,
} from './testing/hybrid-bandit.js';
import {
  HyGrpoConfigError,
  NonFiniteRewardError,
  RewardFailedError,
  RewardShapeError,
  RolloutShapeError,
  trainHyGRPO,
  type HyGrpoConfig,
  type HyGrpoRun,
  type HyGrpoStep,
  type Reward,
} from './index.js';

beforeAll(async () => {
  await useBackend('cpu');
});
trackTensorLeaks({ beforeAll, afterAll });

describe('bad rewards are named', () => {
  const failing = async (
    reward: Partial<Reward<number, BanditAction>>,
    rewards = [near],
  ): Promise<unknown> => {
    const run = banditRun({
      rewards: [{ ...hit, ...reward }, ...rewards],
      config: { ...config, iterations: 1 },
    });
    const error = await allSteps(run).catch((thrown: unknown) => thrown);
    run.policy.parameters.dispose();
    return error;
  };

  test('one that throws, at once or later', async () => {
    const cause = new Error('no network');
    const now = await failing({
      score: () => {
        throw cause;
      },
    });
    expect(now).toBeInstanceOf(RewardFailedError);
    expect(now).toMatchObject({ message: "reward 'hit' failed: no network", cause });
    expect(await failing({ score: () => Promise.reject(cause) })).toBeInstanceOf(RewardFailedError);
  });

  test('Infinity, with prompt and value', async () => {
    const infinite = await failing({
      score: ({ rows }) => ({ values: Float32Array.from(rows, (_, row) => (row === 9 ? Infinity : 0)) }),
    });
    expect(infinite).toBeInstanceOf(NonFiniteRewardError);
    expect(infinite).toMatchObject({ reward: 'hit', prompt: 1, value: Infinity });
  });

  test('NaN everywhere; a single NaN only declines', async () => {
    const all = await failing({ score: ({ rows }) => ({ values: new Float32Array(rows.length).fill(NaN) }) });
    expect(all).toBeInstanceOf(NonFiniteRewardError);
    const some = await failing({
      score: ({ rows }) => ({ values: Float32Array.from(rows, (_, row) => (row % 3 === 0 ? NaN : row % 2)) }),
    });
    expect(some).toHaveLength(1);
    expect((some as HyGrpoStep[])[0]?.metrics['rewards/hit/declined']).toBeCloseTo(11 / 32, 6);
  });

  test('the wrong number of scores, or credit for a sequence', async () => {
    expect(await failing({ score: () => ({ values: new Float32Array(3) }) })).toMatchObject({
      name: 'RewardShapeError',
      message: "reward 'hit': values has 3 numbers; expected 32, one a row",
    });
    const credited = await failing({
      score: ({ rows }) => ({ values: new Float32Array(rows.length), perGroup: new Float32Array(7) }),
    });
    expect(credited).toBeInstanceOf(RewardShapeError);
  });
});

describe('what contradicts the config', () => {
  test('is refused at the call', () => {
    const run = banditRun();
    const refused = (changes: Partial<HyGrpoRun<number, BanditAction>>) => (): unknown =>
      trainHyGRPO({ ...run, ...changes });
    expect(refused({ rewards: [{ ...hit, drives: 'text' }] })).toThrow(
      /rewards\.hit\.drives is "text".*arm, point/,
    );
    expect(refused({ rewards: [hit, hit, near] })).toThrow(/names that differ/);
    expect(refused({ rewards: [hit] })).toThrow(/components\.point.*a reward or a klCoefficient > 0/);
    expect(refused({ startIteration: -1 })).toThrow(/startIteration is -1/);
    const components = { arm: {}, point: { klCoefficient: 0.1 } };
    expect(refused({ config: { ...config, components } })).toThrow(/or a reference policy/);
    run.policy.parameters.dispose();
  });

  test('or, if only the rollout tells, at the first step', async () => {
    const policy = createBanditPolicy();
    const first = (components: HyGrpoConfig['components'], rewards = [hit, near]): Promise<unknown> =>
      allSteps(banditRun({ policy, rewards, config: { ...config, components } }));
    await expect(first({ arm: { ratio: 'group' }, point: {} })).rejects.toThrow(HyGrpoConfigError);
    await expect(first({ arm: {}, point: { ratio: 'token' } })).rejects.toThrow(/components\.point\.ratio/);
    await expect(first({ text: {} }, [{ ...hit, drives: 'text' }])).rejects.toThrow(/one of arm, point/);
    policy.parameters.dispose();
  });

  test('so is a rollout that contradicts itself', async () => {
    const sound = createBanditPolicy();
    const policy: BanditPolicy = {
      ...sound,
      act: async (prompts, options) => {
        const rollout = await sound.act(prompts, options);
        rollout.logProbs.arm?.values.fill(NaN, 5, 6);
        return rollout;
      },
    };
    const failed = await allSteps(banditRun({ policy })).catch((thrown: unknown) => thrown);
    expect(failed).toBeInstanceOf(RolloutShapeError);
    expect(failed).toMatchObject({
      message: expect.stringMatching(/'arm': log-probability 5 .* NaN/) as string,
    });
    sound.parameters.dispose();
  });
});
