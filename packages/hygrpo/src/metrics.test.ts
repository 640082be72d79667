import type { Rollout } from '@pose-rft/hybrid-actions';
import { describe, expect, test } from 'vitest';
import { accountMetrics, rewardMetrics, rolloutMetrics } from './metrics.js';
import type { ComponentAdvantages, ScoredReward } from './reward-aggregation.js';

const right: ScoredReward = { name: 'right', weight: 2, values: Float32Array.of(0, 1, NaN, 5) };
const near: ScoredReward = { name: 'near', weight: -1, values: Float32Array.of(4, 4) };
const silent: ScoredReward = { name: 'silent', weight: 3, values: Float32Array.of(NaN, NaN) };

function advantages(groupCount: number, flatGroupCount: number, spread: number): ComponentAdvantages {
  return {
    values: new Float32Array(2),
    perGroup: false,
    groupCount,
    flatGroupCount,
    rewardStandardDeviation: spread,
  };
}

describe('the metrics of rewards', () => {
  test('are the mean, spread and declines of each, and their weighted sum', () => {
    const found = rewardMetrics(
      { answer: [right], pose: [near, silent] },
      { answer: advantages(3, 1, 0.5), pose: advantages(1, 1, 0.25), idle: advantages(0, 0, 9) },
    );
    expect(found).toEqual({
      reward: 2 * 2 - 4,
      reward_std: 0.375,
      frac_reward_zero_std: 0.5,
      'rewards/right/mean': 2,
      'rewards/right/std': expect.closeTo(Math.sqrt(14 / 3), 6) as number,
      'rewards/right/declined': 0.25,
      'rewards/near/mean': 4,
      'rewards/near/std': 0,
      'rewards/near/declined': 0,
      'rewards/silent/mean': NaN,
      'rewards/silent/std': NaN,
      'rewards/silent/declined': 1,
    });
  });

  test('say that all groups are flat where there is none', () => {
    expect(rewardMetrics({}, {})).toEqual({ reward: 0, reward_std: 0, frac_reward_zero_std: 1 });
  });
});

test('the accounts are by reward, failures as a share of its rows', () => {
  const accounts = { right: { failedRows: 1, retries: 3, timeouts: 2 } };
  expect(
    accountMetrics({ answer: [right], pose: [{ ...near, values: new Float32Array(0) }] }, accounts),
  ).toEqual({
    'rewards/right/failed': 0.25,
    'rewards/right/retries': 3,
    'rewards/right/timeouts': 2,
    'rewards/near/failed': 0,
    'rewards/near/retries': 0,
    'rewards/near/timeouts': 0,
  });
});

describe('the metrics of a rollout', () => {
  const rollout: Rollout<unknown, unknown> = {
    prompts: [null, null],
    candidatesPerPrompt: 2,
    samplesPerCandidate: 1,
    actions: [null, null, null, null],
    logProbs: {
      thought: { kind: 'sequence', values: new Float32Array(7), offsets: Int32Array.of(0, 2, 2, 3, 7) },
      answer: { kind: 'sequence', values: new Float32Array(5), offsets: Int32Array.of(0, 1, 2, 3, 5) },
      pose: { kind: 'nested', values: new Float32Array(3), candidates: Int32Array.of(0, 1, 3), groups: 1 },
    },
    policyVersion: 0,
  };

  test('count the tokens of all sequences together, and the candidates with a nested component', () => {
    expect(rolloutMetrics(rollout)).toEqual({
      'completions/mean_length': 3,
      'completions/min_length': 1,
      'completions/max_length': 6,
      'valid_fraction/pose': 0.75,
    });
  });

  test('are 0 without a candidate', () => {
    const empty = {
      ...rollout,
      prompts: [],
      actions: [],
      logProbs: {
        pose: { kind: 'nested', values: new Float32Array(0), candidates: new Int32Array(0), groups: 1 },
      },
    } as const;
    expect(rolloutMetrics(empty)).toEqual({
      'completions/mean_length': 0,
      'completions/min_length': 0,
      'completions/max_length': 0,
      'valid_fraction/pose': 0,
    });
  });
});
