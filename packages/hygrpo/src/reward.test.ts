import { expect, test } from 'vitest';
import { NonFiniteRewardError, RewardFailedError, RewardShapeError, RewardTimedOutError } from './index.js';

test('a reward that fails is named with its cause, and how often it was tried', () => {
  const cause = new Error('no network');
  expect(new RewardFailedError('judge', cause)).toMatchObject({
    name: 'RewardFailedError',
    reward: 'judge',
    attempts: 1,
    cause,
    message: "reward 'judge' failed: no network",
  });
  expect(new RewardFailedError('judge', 'busy', 3)).toMatchObject({
    attempts: 3,
    cause: 'busy',
    message: "reward 'judge' failed in each of 3 attempts, the last time: busy",
  });
});

test('so is one that is too slow, answers too little, or answers with infinity', () => {
  expect(new RewardTimedOutError('judge', 2)).toMatchObject({
    name: 'RewardTimedOutError',
    reward: 'judge',
    timeLimitSeconds: 2,
    message: expect.stringMatching(
      /^no answer from 'judge' within 2 s \(its timeLimitSeconds\); .* thread of its own: see workerReward$/,
    ) as string,
  });
  expect(new RewardShapeError('judge', 'values', 3, '5, one a row')).toMatchObject({
    name: 'RewardShapeError',
    reward: 'judge',
    message: "reward 'judge': values has 3 numbers; expected 5, one a row",
  });
  expect(new NonFiniteRewardError('judge', 2, Infinity, 'expected less')).toMatchObject({
    name: 'NonFiniteRewardError',
    reward: 'judge',
    prompt: 2,
    value: Infinity,
    message: "reward 'judge' gave Infinity for prompt 2: expected less",
  });
});
