import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  createLimiter,
  executeReward,
  resolveRewardExecution,
  type ExecutedReward,
  type RewardExecution,
} from './reward-execution.js';
import {
  HyGrpoConfigError,
  RewardFailedError,
  RewardShapeError,
  RewardTimedOutError,
  type Reward,
} from './index.js';

type Judge = Reward<number, number>;
type Score = Judge['score'];

const rowsOf = (count: number): { prompt: number; action: number }[] =>
  Array.from({ length: count }, (_, row) => ({ prompt: 0, action: row }));
const echo: Score = ({ rows }) => ({ values: Float32Array.from(rows, ({ action }) => action) });

function execute(
  score: Score,
  execution: RewardExecution = {},
  signal?: AbortSignal,
): Promise<ExecutedReward> {
  const settings = resolveRewardExecution('rewardExecution', execution);
  const reward = { name: 'judge', drives: 'answer', score };
  return executeReward(
    reward,
    { rows: rowsOf(5), ...(signal ? { signal } : {}) },
    settings,
    createLimiter(settings.concurrency),
  );
}

/** Fails a few times, then answers. */
function failing(times: number, score: Score = echo): Score {
  let calls = 0;
  return (batch) => {
    calls += 1;
    if (calls <= times) throw new Error(`failure ${calls}`);
    return score(batch);
  };
}
const never: Score = () => new Promise(() => {});

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a call that fails', () => {
  test('is repeated after longer and longer waits, which end at a maximum', async () => {
    const times: number[] = [];
    const start = Date.now();
    const score: Score = (batch) => {
      times.push((Date.now() - start) / 1000);
      return failing4(batch);
    };
    const failing4 = failing(4);
    const running = execute(score, { retries: 4, backOffSeconds: 1, maximumBackOffSeconds: 3 });
    await vi.runAllTimersAsync();
    const { values, account } = await running;
    expect([...values]).toEqual([0, 1, 2, 3, 4]);
    expect(times).toEqual([0, 1, 3, 6, 9]);
    expect(account).toEqual({ retries: 4, timeouts: 0, failedRows: 0 });
  });

  test('ends the run after the last attempt, with the cause', async () => {
    const running = execute(failing(9), { retries: 2, backOffSeconds: 0 }).catch((error: unknown) => error);
    await vi.runAllTimersAsync();
    const error = await running;
    expect(error).toBeInstanceOf(RewardFailedError);
    expect(error).toMatchObject({
      message: "reward 'judge' failed in each of 3 attempts, the last time: failure 3",
      attempts: 3,
    });
  });

  test('or declines its rows alone, and counts them', async () => {
    const score: Score = (batch) => {
      if (batch.rows.some(({ action }) => action === 3)) throw new Error('cannot judge 3');
      return echo(batch);
    };
    const running = execute(score, { rowsPerCall: 2, onFailure: 'decline', retries: 1, backOffSeconds: 0 });
    await vi.runAllTimersAsync();
    const { values, account } = await running;
    expect([...values]).toEqual([0, 1, NaN, NaN, 4]);
    expect(account).toEqual({ retries: 1, timeouts: 0, failedRows: 2 });
  });
});

describe('a call that hangs', () => {
  test('is given up after its time, told so, and tried again', async () => {
    const reasons: unknown[] = [];
    let calls = 0;
    const score: Score = (batch) => {
      calls += 1;
      batch.signal?.addEventListener('abort', () => reasons.push(batch.signal?.reason));
      return calls === 1 ? never(batch) : echo(batch);
    };
    const running = execute(score, { timeLimitSeconds: 2, retries: 1, backOffSeconds: 0 });
    await vi.runAllTimersAsync();
    expect((await running).account).toEqual({ retries: 1, timeouts: 1, failedRows: 0 });
    expect(reasons).toHaveLength(1);
    expect(reasons[0]).toBeInstanceOf(RewardTimedOutError);
  });

  test('in every attempt ends the run, naming the limit', async () => {
    const running = execute(never, { timeLimitSeconds: 2 }).catch((error: unknown) => error);
    await vi.runAllTimersAsync();
    expect(await running).toMatchObject({
      name: 'RewardFailedError',
      message: expect.stringMatching(/'judge' failed: no answer from 'judge' within 2 s/) as string,
      cause: expect.any(RewardTimedOutError) as unknown,
    });
  });

  test('is left when the run is aborted, and so is a wait between attempts', async () => {
    for (const score of [never, failing(9)]) {
      const stop = new AbortController();
      const running = execute(score, { retries: 9, backOffSeconds: 1000 }, stop.signal).catch(
        (error: unknown) => error,
      );
      await vi.advanceTimersByTimeAsync(10);
      stop.abort(new Error('enough'));
      expect(await running).toMatchObject({ message: 'enough' });
      expect(vi.getTimerCount()).toBe(0);
    }
  });
});

describe('calls', () => {
  test('are as many at a time as allowed, and answer in the order of the rows', async () => {
    let inFlight = 0;
    let most = 0;
    const score: Score = async (batch) => {
      inFlight += 1;
      most = Math.max(most, inFlight);
      await pause(10 - (batch.rows[0]?.action ?? 0));
      inFlight -= 1;
      return echo(batch);
    };
    vi.useRealTimers();
    const { values } = await execute(score, { rowsPerCall: 1, concurrency: 2 });
    expect([...values]).toEqual([0, 1, 2, 3, 4]);
    expect(most).toBe(2);
  });

  test('join their credit; a wrong number of scores is an error of the reward, not of the moment', async () => {
    const credited: Score = ({ rows }) => ({
      values: new Float32Array(rows.length),
      perGroup: Float32Array.from(rows.flatMap(({ action }) => [action, -action])),
    });
    expect([...((await execute(credited, { rowsPerCall: 2 })).perGroup ?? [])]).toEqual([
      0, -0, 1, -1, 2, -2, 3, -3, 4, -4,
    ]);
    const sometimes: Score = (batch) => (batch.rows.length === 1 ? echo(batch) : credited(batch));
    await expect(execute(sometimes, { rowsPerCall: 2 })).rejects.toThrow(RewardShapeError);
    let calls = 0;
    const short: Score = () => {
      calls += 1;
      return { values: new Float32Array(1) };
    };
    await expect(execute(short, { retries: 3, onFailure: 'decline' })).rejects.toThrow(
      /values has 1 numbers; expected 5, one a row/,
    );
    expect(calls).toBe(1);
  });
});

test.each<[RewardExecution, string]>([
  [{ timeLimitSeconds: 0 }, 'timeLimitSeconds'],
  [{ timeLimitSeconds: NaN }, 'timeLimitSeconds'],
  [{ retries: -1 }, 'retries'],
  [{ backOffSeconds: -1 }, 'backOffSeconds'],
  [{ maximumBackOffSeconds: NaN }, 'maximumBackOffSeconds'],
  [{ concurrency: 0 }, 'concurrency'],
  [{ rowsPerCall: 1.5 }, 'rowsPerCall'],
])('%j is refused', (execution, field) => {
  const resolve = (): unknown => resolveRewardExecution('rewardExecution', execution);
  expect(resolve).toThrow(HyGrpoConfigError);
  expect(resolve).toThrow(`rewardExecution.${field}`);
});
