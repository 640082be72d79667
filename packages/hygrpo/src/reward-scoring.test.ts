import type { Rollout } from '@pose-rft/hybrid-actions';
import { describe, expect, test } from 'vitest';
import type { Reward, RewardScores } from './index.js';
import { createLimiter, resolveRewardExecution, type RewardExecution } from './reward-execution.js';
import { scoreRewards, type ScoredRollout } from './reward-scoring.js';

// Two prompts of two candidates, two samples each; candidates 1 and 2 have a pose of two groups.
const rollout: Rollout<string, number> = {
  prompts: ['a', 'b'],
  candidatesPerPrompt: 2,
  samplesPerCandidate: 2,
  actions: [0, 1, 2, 3, 4, 5, 6, 7],
  logProbs: {
    text: { kind: 'sequence', values: new Float32Array(4), offsets: Int32Array.of(0, 1, 2, 3, 4) },
    pose: { kind: 'nested', values: new Float32Array(8), candidates: Int32Array.of(1, 2), groups: 2 },
    ignored: { kind: 'nested', values: new Float32Array(0), candidates: new Int32Array(0), groups: 1 },
  },
  policyVersion: 0,
};

type Judge = Reward<string, number>;

function reward(drives: string, score: Judge['score'], more: Partial<Judge> = {}): Judge {
  return { name: `${drives} judge`, drives, score, ...more };
}

const scores = (values: number[], perGroup?: number[]): RewardScores => ({
  values: Float32Array.from(values),
  ...(perGroup ? { perGroup: Float32Array.from(perGroup) } : {}),
});

function judge(rewards: readonly Judge[], execution: RewardExecution = {}): Promise<ScoredRollout> {
  const settings = resolveRewardExecution('rewardExecution', execution);
  return scoreRewards(
    rewards.map((each) => ({ reward: each, execution: settings })),
    rollout,
    createLimiter(Infinity),
  );
}

const none = { retries: 0, timeouts: 0, failedRows: 0 };

test('each reward judges the rows of its component', async () => {
  const rowsOf: Record<string, unknown> = {};
  const seen = (drives: string, count: number): Judge =>
    reward(drives, ({ rows }) => {
      rowsOf[drives] = rows.map(({ prompt, action }) => `${prompt}${action}`);
      return scores(Array.from({ length: count }, (_, row) => row));
    });
  const found = await judge([seen('pose', 4), seen('text', 4), seen('ignored', 1)]);
  expect(rowsOf).toEqual({ text: ['a0', 'a2', 'b4', 'b6'], pose: ['a2', 'a3', 'b4', 'b5'] });
  expect(found).toEqual({
    scored: {
      text: [{ name: 'text judge', weight: 1, values: Float32Array.of(0, 1, 2, 3) }],
      pose: [{ name: 'pose judge', weight: 1, values: Float32Array.of(0, 1, 2, 3) }],
    },
    accounts: { 'text judge': none, 'pose judge': none },
  });
});

test('weights and credit are handed on, several rewards in their order', async () => {
  const slow = reward(
    'pose',
    async () => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      return scores([1, NaN, 3, 4], [1, 2, NaN, Infinity, 5, 6, 7, 8]);
    },
    { name: 'slow', weight: 0.5 },
  );
  const { scored } = await judge([slow, reward('pose', () => scores([4, 3, 2, 1]), { name: 'fast' })]);
  expect(scored['pose']).toEqual([
    {
      name: 'slow',
      weight: 0.5,
      values: Float32Array.of(1, NaN, 3, 4),
      perGroup: Float32Array.of(1, 2, NaN, Infinity, 5, 6, 7, 8),
    },
    { name: 'fast', weight: 1, values: Float32Array.of(4, 3, 2, 1) },
  ]);
});

describe('what cannot be trained on', () => {
  test.each<[string, Judge, object]>([
    [
      'an infinite score of a sequence',
      reward('text', () => scores([0, 0, 0, -Infinity])),
      {
        name: 'NonFiniteRewardError',
        reward: 'text judge',
        prompt: 1,
        value: -Infinity,
        message:
          "reward 'text judge' gave -Infinity for prompt 1: expected a finite number, or NaN to decline",
      },
    ],
    [
      'an infinite score of a sample',
      reward('pose', () => scores([0, Infinity, Infinity, 0])),
      { prompt: 0, value: Infinity },
    ],
    [
      'an infinite credit',
      reward('pose', () => scores([0, 0, 7, 0], [0, 0, 0, 0, 0, NaN, 0, 0])),
      {
        prompt: 1,
        value: NaN,
        message:
          "reward 'pose judge' gave NaN for prompt 1: as the credit of group 1, where its value is 7; expected finite numbers",
      },
    ],
    [
      'credit of the wrong size',
      reward('pose', () => scores([0, 0, 0, 0], [0, 0, 0])),
      {
        name: 'RewardShapeError',
        reward: 'pose judge',
        message: "reward 'pose judge': perGroup has 3 numbers; expected 4 rows * 2 groups of dimensions",
      },
    ],
    [
      'credit for a sequence',
      reward('text', () => scores([0, 0, 0, 0], [0])),
      {
        message:
          "reward 'text judge': perGroup has 1 numbers; expected none: 'text' is a sequence and has no groups of dimensions",
      },
    ],
    [
      'a batch that is declined as a whole',
      reward('text', () => scores([NaN, NaN, NaN, NaN])),
      {
        name: 'NonFiniteRewardError',
        reward: 'text judge',
        prompt: 0,
        value: NaN,
        message: expect.stringMatching(/and for every other row of the batch, so nothing drives/) as string,
      },
    ],
  ])('%s ends the run', async (_, bad, error) => {
    await expect(judge([bad])).rejects.toMatchObject(error);
  });

  test('a component that all of its rewards decline is named with all of them', async () => {
    const silent = (name: string): Judge => reward('text', () => scores([NaN, NaN, NaN, NaN]), { name });
    await expect(judge([silent('one'), silent('two')])).rejects.toMatchObject({ reward: "one', 'two" });
    const speaking = reward('text', () => scores([NaN, 1, NaN, NaN]), { name: 'three' });
    expect((await judge([silent('one'), speaking])).scored['text']).toHaveLength(2);
  });

  test('is declined row by row where failures are, and counted, in a copy', async () => {
    const own = scores([1, Infinity, 3, NaN], [0, 0, 0, 0, 0, Infinity, 0, 0]);
    const found = await judge([reward('pose', () => own)], { onFailure: 'decline' });
    expect(found.scored['pose']?.[0]?.values).toEqual(Float32Array.of(1, NaN, NaN, NaN));
    expect(found.accounts['pose judge']).toEqual({ ...none, failedRows: 2 });
    expect(own.values[1]).toBe(Infinity);
    const silent = await judge([reward('text', () => scores([NaN, NaN, NaN, NaN]))], {
      onFailure: 'decline',
    });
    expect(silent.scored['text']?.[0]?.values.every(Number.isNaN)).toBe(true);
  });
});

test('one failure aborts the other calls; so does the run', async () => {
  const reasons: unknown[] = [];
  const hanging = reward('pose', ({ signal }) => {
    signal?.addEventListener('abort', () => reasons.push(signal.reason));
    return new Promise<RewardScores>(() => {});
  });
  const failure = judge([hanging, reward('text', () => Promise.reject(new Error('down')))]);
  await expect(failure).rejects.toMatchObject({ name: 'RewardFailedError' });
  expect(reasons).toEqual([expect.objectContaining({ name: 'RewardFailedError' })]);

  const stop = new AbortController();
  const settings = resolveRewardExecution('rewardExecution', {});
  const running = scoreRewards(
    [{ reward: hanging, execution: settings }],
    rollout,
    createLimiter(1),
    stop.signal,
  );
  stop.abort(new Error('enough'));
  await expect(running).rejects.toThrow('enough');
  expect(reasons[1]).toEqual(new Error('enough'));
});
