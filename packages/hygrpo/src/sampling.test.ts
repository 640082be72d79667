import { useBackend } from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allSteps, banditConfig, banditRun, hit, near, type BanditAction } from './testing/hybrid-bandit.js';
import type { HyGrpoRun, JudgedRollout, PromptOutcome, PromptSource, Reward } from './index.js';

beforeAll(async () => {
  await useBackend('cpu');
});
trackTensorLeaks({ beforeAll, afterAll });

/** Flat wherever the prompt is 0. */
const flatForZero: Reward<number, BanditAction> = {
  ...hit,
  score: ({ rows }) => ({
    values: Float32Array.from(rows, ({ prompt, action }) => (prompt === 0 ? 0.5 : action.arm)),
  }),
};

async function sampled(
  changes: Partial<HyGrpoRun<number, BanditAction>>,
): Promise<{ steps: Awaited<ReturnType<typeof allSteps>>; judged: JudgedRollout<number, BanditAction>[] }> {
  const judged: JudgedRollout<number, BanditAction>[] = [];
  const run = banditRun({
    rewards: [flatForZero],
    config: {
      ...banditConfig,
      iterations: 1,
      components: { arm: {} },
      dynamicSampling: { maximumRounds: 4 },
    },
    callbacks: [{ onRollout: (each) => void judged.push(each) }],
    ...changes,
  });
  const steps = await allSteps(run);
  run.policy.parameters.dispose();
  return { steps, judged };
}

describe('dynamic sampling', () => {
  test('draws again until as many prompts as wanted teach something, and keeps only those', async () => {
    let round = 0;
    const { steps, judged } = await sampled({
      nextPrompts: () => (round++ === 0 ? [0, 1, 0, 2] : [2, 0, 1, 1]),
    });
    expect(judged[0]?.rollout.prompts).toEqual([1, 2, 2, 1]);
    expect(steps[0]?.metrics).toMatchObject({ sampling_rounds: 2, dropped_prompts: 4, candidates: 32 });
    // The rewards are those of all that was sampled: 3 of 8 groups are flat.
    expect(steps[0]?.metrics.frac_reward_zero_std).toBeCloseTo(3 / 8, 6);
    const { values } = judged[0]?.advantages['arm'] ?? {};
    for (let prompt = 0; prompt < 4; prompt++)
      expect(values?.subarray(8 * prompt, 8 * prompt + 8).some((value) => value !== 0)).toBe(true);
  });

  test('draws other candidates in every round', async () => {
    const { judged } = await sampled({ nextPrompts: () => [1, 0] });
    const arms = judged[0]?.rollout.actions.map(({ arm }) => arm);
    expect(judged[0]?.rollout.prompts).toEqual([1, 1]);
    expect(arms?.slice(0, 32)).not.toEqual(arms?.slice(32));
  });

  test('trains on what there is when the rounds are used up', async () => {
    let round = 0;
    const { steps, judged } = await sampled({ nextPrompts: () => (round++ === 2 ? [1, 0] : [0, 0]) });
    expect(judged[0]?.rollout.prompts).toEqual([1]);
    expect(steps[0]?.metrics).toMatchObject({ sampling_rounds: 4, dropped_prompts: 7 });
    expect(steps[0]?.flat).toBeUndefined();
  });

  test('says so when no round teaches anything', async () => {
    const { steps, judged } = await sampled({ nextPrompts: () => [0, 0] });
    expect(steps[0]?.flat).toBe(
      'Iteration 0: within every group of all 8 prompts of 4 rounds all rewards are equal, so no candidate is better ' +
        'than another and the rewards teach nothing; the policy was left as it is.',
    );
    expect(judged[0]?.rollout.prompts).toEqual([0, 0]);
    expect(steps[0]?.metrics.updates).toBe(0);
  });

  test('a component without credit in one round counts for every group of dimensions alike', async () => {
    let round = 0;
    const sometimesCredited: Reward<number, BanditAction> = {
      ...near,
      score: async (batch) => {
        const { values, perGroup } = await near.score(batch);
        round += 1;
        return round === 1 && perGroup ? { values, perGroup } : { values };
      },
    };
    const { judged } = await sampled({
      rewards: [flatForZero, sometimesCredited],
      config: {
        ...banditConfig,
        iterations: 1,
        components: { arm: {}, point: {} },
        dynamicSampling: { maximumRounds: 2 },
      },
      nextPrompts: () => [0, 0, 0],
    });
    const point = judged[0]?.advantages['point'];
    expect(point?.perGroup).toBe(true);
    expect(point?.values.every(Number.isFinite)).toBe(true);
  });
});

describe('a prompt source', () => {
  test('hears how its prompts did: a curriculum moves on by it', async () => {
    const seen: PromptOutcome<number>[][] = [];
    let level = 0;
    const curriculum: PromptSource<number> = {
      next: () => [level, level],
      observe(outcomes) {
        seen.push([...outcomes]);
        if (outcomes.every(({ reward }) => reward >= 0.5)) level += 1;
      },
      state: () => level,
      restore: (state) => {
        level = Number(state);
      },
    };
    const { judged } = await sampled({
      nextPrompts: curriculum,
      config: { ...banditConfig, iterations: 2, components: { arm: {} } },
    });
    expect(judged.map(({ rollout }) => rollout.prompts)).toEqual([
      [0, 0],
      [1, 1],
    ]);
    expect(seen[0]).toEqual([
      { prompt: 0, reward: 0.5, informative: false },
      { prompt: 0, reward: 0.5, informative: false },
    ]);
    expect(seen[1]?.every(({ informative }) => informative)).toBe(true);
    const arms = judged[1]?.rollout.actions.filter((_, index) => index % 4 === 0).map(({ arm }) => arm) ?? [];
    expect(seen[1]?.[0]?.reward).toBeCloseTo(arms.slice(0, 8).reduce((sum, arm) => sum + arm, 0) / 8, 5);
  });

  test('that has no prompts is refused', async () => {
    const run = banditRun({ nextPrompts: () => [] });
    await expect(allSteps(run)).rejects.toThrow(/nextPrompts is \[\]; expected at least one prompt/);
    run.policy.parameters.dispose();
  });
});
