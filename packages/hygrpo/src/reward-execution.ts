import { demand, requireInteger, requireOneOf } from './config-checks.js';
import {
  RewardFailedError,
  RewardShapeError,
  RewardTimedOutError,
  type Reward,
  type RewardBatch,
  type RewardScores,
} from './reward.js';

/** How rewards are run: a judge may be a network away, slow, or down. */
export interface RewardExecution {
  /** Of one call, > 0; its signal is aborted then. Default Infinity. */
  readonly timeLimitSeconds?: number;
  /** Further attempts after a call that failed or took too long, >= 0. Default 0. */
  readonly retries?: number;
  /** Before the first further attempt, >= 0; twice as long before each one after that. Default 1. */
  readonly backOffSeconds?: number;
  /** The longest wait between two attempts, >= 0. Default 30. */
  readonly maximumBackOffSeconds?: number;
  /** Calls of all rewards in flight at a time, >= 1. Default Infinity. */
  readonly concurrency?: number;
  /** Rows of one call, >= 1. Default Infinity: all rows of the component in one call. */
  readonly rowsPerCall?: number;
  /**
   * When all attempts failed, or a score is infinite: 'throw' ends the run, 'decline' goes on as if the reward did not
   * apply to these rows, and counts them in `rewards/{name}/failed`. Default 'throw'.
   */
  readonly onFailure?: 'throw' | 'decline';
}

/** What running a reward took. */
export interface RewardAccount {
  /** Attempts after the first ones. */
  readonly retries: number;
  /** Attempts that took too long. */
  readonly timeouts: number;
  /** Rows declined because every attempt failed. */
  readonly failedRows: number;
}

/** The scores of all rows, NaN where the calls failed and that is allowed. */
export interface ExecutedReward extends RewardScores {
  readonly account: RewardAccount;
}

/**
 * Fills in the defaults.
 *
 * @param field - how errors name it
 * @throws HyGrpoConfigError
 */
export function resolveRewardExecution(
  field: string,
  execution: RewardExecution,
  defaults: Required<RewardExecution> = DEFAULTS,
): Required<RewardExecution> {
  const resolved = { ...defaults, ...execution };
  const { timeLimitSeconds, retries, backOffSeconds, maximumBackOffSeconds } = resolved;
  demand(`${field}.timeLimitSeconds`, timeLimitSeconds, timeLimitSeconds > 0, 'a number > 0');
  requireInteger(`${field}.retries`, retries, 0);
  demand(`${field}.backOffSeconds`, backOffSeconds, backOffSeconds >= 0, 'a number >= 0');
  demand(
    `${field}.maximumBackOffSeconds`,
    maximumBackOffSeconds,
    maximumBackOffSeconds >= 0,
    'a number >= 0',
  );
  requireCount(`${field}.concurrency`, resolved.concurrency);
  requireCount(`${field}.rowsPerCall`, resolved.rowsPerCall);
  requireOneOf(`${field}.onFailure`, resolved.onFailure, ['throw', 'decline']);
  return resolved;
}

const DEFAULTS: Required<RewardExecution> = {
  timeLimitSeconds: Infinity,
  retries: 0,
  backOffSeconds: 1,
  maximumBackOffSeconds: 30,
  concurrency: Infinity,
  rowsPerCall: Infinity,
  onFailure: 'throw',
};

function requireCount(field: string, value: number): void {
  demand(
    field,
    value,
    value === Infinity || (Number.isInteger(value) && value >= 1),
    'an integer >= 1, or Infinity',
  );
}

/** Runs a task when its turn comes. */
export type Limiter = <Result>(task: () => Promise<Result>) => Promise<Result>;

/** Lets at most so many tasks run at a time; the others wait in the order of their calls. */
export function createLimiter(concurrency: number): Limiter {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (task) => {
    if (running >= concurrency) await new Promise<void>((resume) => waiting.push(resume));
    else running += 1;
    try {
      return await task();
    } finally {
      // The place goes on to the next in line; it is free only if there is none.
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };
}

/**
 * Has a reward score a batch: in calls of bounded size and number, each within its time limit, with further attempts
 * after longer and longer waits.
 *
 * @throws RewardFailedError after the last attempt, unless failures decline
 * @throws RewardShapeError at once if an answer does not have one number a row
 * @throws the signal's reason once it is aborted
 */
export async function executeReward<Prompt, Action>(
  reward: Reward<Prompt, Action>,
  batch: RewardBatch<Prompt, Action>,
  execution: Required<RewardExecution>,
  limiter: Limiter,
): Promise<ExecutedReward> {
  const account = { retries: 0, timeouts: 0, failedRows: 0 };
  const { rows, signal } = batch;
  const rowsPerCall = Math.min(execution.rowsPerCall, Math.max(1, rows.length));
  const calls = Array.from({ length: Math.ceil(rows.length / rowsPerCall) }, (_, call) =>
    rows.slice(call * rowsPerCall, (call + 1) * rowsPerCall),
  );
  const answers = await Promise.all(
    calls.map(async (part) => {
      const outcome = await persist(reward, { ...batch, rows: part }, execution, limiter, account);
      if (outcome.kind === 'answered') return { rows: part.length, scores: outcome.scores };
      if (signal?.aborted || execution.onFailure === 'throw') throw outcome.error;
      account.failedRows += part.length;
      return { rows: part.length };
    }),
  );
  return { ...join(reward.name, answers), account };
}

type Outcome =
  | { readonly kind: 'answered'; readonly scores: RewardScores }
  | { readonly kind: 'failed'; readonly error: unknown };

/** All attempts of one call. */
async function persist<Prompt, Action>(
  reward: Reward<Prompt, Action>,
  batch: RewardBatch<Prompt, Action>,
  { retries, backOffSeconds, maximumBackOffSeconds, timeLimitSeconds }: Required<RewardExecution>,
  limiter: Limiter,
  account: { retries: number; timeouts: number },
): Promise<Outcome> {
  const { signal } = batch;
  for (let attempt = 0; ; attempt++) {
    if (signal?.aborted) return { kind: 'failed', error: signal.reason };
    try {
      const scores = await limiter(() => scoreInTime(reward, batch, timeLimitSeconds));
      if (scores.values.length !== batch.rows.length)
        throw new RewardShapeError(
          reward.name,
          'values',
          scores.values.length,
          `${batch.rows.length}, one a row`,
        );
      return { kind: 'answered', scores };
    } catch (error) {
      if (signal?.aborted) return { kind: 'failed', error: signal.reason };
      // Not a failure of the moment: the reward is written wrong.
      if (error instanceof RewardShapeError) throw error;
      if (error instanceof RewardTimedOutError) account.timeouts += 1;
      if (attempt >= retries)
        return { kind: 'failed', error: new RewardFailedError(reward.name, error, attempt + 1) };
    }
    account.retries += 1;
    await wait(Math.min(maximumBackOffSeconds, backOffSeconds * 2 ** attempt), signal);
  }
}

async function scoreInTime<Prompt, Action>(
  reward: Reward<Prompt, Action>,
  batch: RewardBatch<Prompt, Action>,
  timeLimitSeconds: number,
): Promise<RewardScores> {
  const controller = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stop: (() => void) | undefined;
  const interrupted = new Promise<never>((_, reject) => {
    stop = () => {
      controller.abort(batch.signal?.reason);
      reject(batch.signal?.reason as Error);
    };
    batch.signal?.addEventListener('abort', stop, { once: true });
    if (timeLimitSeconds * 1000 <= LONGEST_TIMER_MS)
      timer = setTimeout(() => {
        const error = new RewardTimedOutError(reward.name, timeLimitSeconds);
        controller.abort(error);
        reject(error);
      }, timeLimitSeconds * 1000);
  });
  try {
    return await Promise.race([reward.score({ ...batch, signal: controller.signal }), interrupted]);
  } finally {
    clearTimeout(timer);
    if (stop) batch.signal?.removeEventListener('abort', stop);
  }
}

/** 2^31 - 1: longer timers fire at once. */
const LONGEST_TIMER_MS = 2147483647;

/** Ends early, without an error, when the signal is aborted. */
function wait(seconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', finish);
      resolve();
    };
    const timer = setTimeout(finish, Math.min(LONGEST_TIMER_MS, seconds * 1000));
    signal?.addEventListener('abort', finish, { once: true });
  });
}

interface Answer {
  readonly rows: number;
  /** Absent if the call failed. */
  readonly scores?: RewardScores;
}

/** The answers one after the other. */
function join(reward: string, answers: readonly Answer[]): RewardScores {
  const [only] = answers;
  if (answers.length === 1 && only?.scores) return only.scores;
  const values = new Float32Array(answers.reduce((total, { rows }) => total + rows, 0)).fill(NaN);
  const given = answers.filter(({ scores }) => scores);
  const credited = given.filter(({ scores }) => scores?.perGroup);
  const groups = groupCount(reward, given, credited);
  const perGroup = new Float32Array(values.length * groups);
  let row = 0;
  for (const { rows, scores } of answers) {
    if (scores) values.set(scores.values, row);
    if (scores?.perGroup) perGroup.set(scores.perGroup, row * groups);
    row += rows;
  }
  return { values, ...(groups > 0 ? { perGroup } : {}) };
}

function groupCount(reward: string, given: readonly Answer[], credited: readonly Answer[]): number {
  const [first] = credited;
  if (first === undefined) return 0;
  const groups = (first.scores?.perGroup?.length ?? 0) / first.rows;
  for (const { rows, scores } of given) {
    const found = scores?.perGroup?.length ?? 0;
    if (found !== rows * groups)
      throw new RewardShapeError(
        reward,
        'perGroup',
        found,
        `${rows} rows * ${groups}, as in its other calls`,
      );
  }
  return groups;
}
