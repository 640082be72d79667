import { afterAll, expect, test } from 'vitest';
import { NotAWorkerError, serveReward, workerReward } from '../workers.js';
import {
  createLimiter,
  executeReward,
  resolveRewardExecution,
  type ExecutedReward,
} from '../reward-execution.js';

const reward = workerReward<null, number>({
  name: 'double',
  drives: 'answer',
  module: new URL('../testing/endless-reward.mjs', import.meta.url),
  worker: { execArgv: ['--conditions=@pose-rft/source'] },
});
afterAll(() => reward.close());

const judge = (actions: readonly number[], timeLimitSeconds = Infinity): Promise<ExecutedReward> =>
  executeReward(
    reward,
    { rows: actions.map((action) => ({ prompt: null, action })) },
    resolveRewardExecution('rewardExecution', { rowsPerCall: 2, timeLimitSeconds, onFailure: 'decline' }),
    createLimiter(2),
  );

test('a reward in threads answers, and declines what throws or never ends; the threads go on', async () => {
  expect([...(await judge([1, 2, 3])).values]).toEqual([2, 4, 6]);
  expect([...(await judge([1, 7, 3])).values]).toEqual([NaN, NaN, 6]);
  const endless = await judge([4, 5, 13], 2);
  expect([...endless.values]).toEqual([8, 10, NaN]);
  expect(endless.account).toEqual({ retries: 0, timeouts: 1, failedRows: 1 });
  expect([...(await judge([6])).values]).toEqual([12]);
  expect(() => serveReward(() => ({ values: new Float32Array() }))).toThrow(NotAWorkerError);
}, 120_000);
