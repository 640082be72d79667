import { isMainThread, parentPort, Worker, type WorkerOptions } from 'node:worker_threads';
import type { Reward, RewardBatch, RewardScores } from '../index.js';
import { NotAWorkerError } from './serve-policy.js';
import { WorkerFailedError } from './worker-thread.js';

export interface WorkerRewardOptions extends Omit<Reward<unknown, unknown>, 'score'> {
  /** A module that calls `serveReward`. */
  readonly module: URL;
  /** Further options of `new Worker`. */
  readonly worker?: Omit<WorkerOptions, 'eval'>;
}

/** A reward that judges in threads of its own. They keep the process alive until it is closed. */
export interface WorkerReward<Prompt, Action> extends Reward<Prompt, Action> {
  close(): Promise<void>;
}

type RewardAnswer =
  | { readonly kind: 'scores'; readonly scores: RewardScores }
  | { readonly kind: 'failure'; readonly name: string; readonly message: string };

/**
 * A reward whose calls can be interrupted whatever they do: one that takes longer than its `timeLimitSeconds` is ended
 * with its thread, even if it never waits for anything. A call has a thread to itself; threads are started as calls
 * need them, at most as many as `concurrency` lets run at a time, and used again.
 *
 * @example
 * ```ts
 * import type { Reward } from '@pose-rft/hygrpo';
 * import { workerReward } from '@pose-rft/hygrpo/workers';
 *
 * const proof: Reward<string, string> = workerReward<string, string>({
 *   name: 'proof',
 *   drives: 'answer',
 *   module: new URL('./proof-checker.js', import.meta.url), // calls serveReward
 *   execution: { timeLimitSeconds: 5, onFailure: 'decline' },
 * });
 * console.assert(proof.drives === 'answer');
 * ```
 */
export function workerReward<Prompt, Action>(options: WorkerRewardOptions): WorkerReward<Prompt, Action> {
  const { module, worker = {}, ...reward } = options;
  const idle: Worker[] = [];
  const all = new Set<Worker>();

  function take(): Worker {
    const waiting = idle.pop();
    if (waiting) return waiting;
    const started = new Worker(module, worker);
    all.add(started);
    return started;
  }

  return {
    ...reward,
    async score({ rows, signal }) {
      const thread = take();
      try {
        const scores = await askOnce(thread, rows, signal);
        idle.push(thread);
        return scores;
      } catch (error) {
        all.delete(thread);
        await thread.terminate();
        throw error;
      }
    },
    async close() {
      idle.length = 0;
      await Promise.all(Array.from(all, (thread) => thread.terminate()));
      all.clear();
    },
  };
}

function askOnce(
  thread: Worker,
  rows: RewardBatch<unknown, unknown>['rows'],
  signal: AbortSignal | undefined,
): Promise<RewardScores> {
  return new Promise<RewardScores>((resolve, reject) => {
    const settle = (finish: () => void): void => {
      thread.off('message', hear).off('error', fail).off('exit', end);
      signal?.removeEventListener('abort', stop);
      finish();
    };
    const hear = (answer: RewardAnswer): void =>
      settle(() => {
        if (answer.kind === 'scores') return resolve(answer.scores);
        reject(Object.assign(new Error(answer.message), { name: answer.name }));
      });
    const fail = (error: unknown): void => settle(() => reject(error));
    const end = (code: number): void =>
      settle(() => reject(new WorkerFailedError(0, `the reward's thread ended with exit code ${code}`)));
    const stop = (): void => settle(() => reject(signal?.reason as Error));
    if (signal?.aborted) return reject(signal.reason as Error);
    thread.on('message', hear).on('error', fail).on('exit', end);
    signal?.addEventListener('abort', stop, { once: true });
    try {
      thread.postMessage(rows);
    } catch (error) {
      fail(error);
    }
  });
}

/**
 * Lets a `workerReward` use a function of this thread: the one call in its module.
 *
 * @throws NotAWorkerError in a main thread
 * @example
 * ```ts
 * import { serveReward } from '@pose-rft/hygrpo/workers';
 *
 * // proof-checker.ts
 * const serve = () =>
 *   serveReward<string, string>(({ rows }) => ({
 *     values: Float32Array.from(rows, ({ prompt, action }) => (action.includes(prompt) ? 1 : 0)),
 *   }));
 * console.assert(typeof serve === 'function');
 * ```
 */
export function serveReward<Prompt, Action>(
  score: (batch: RewardBatch<Prompt, Action>) => RewardScores | Promise<RewardScores>,
): void {
  if (isMainThread || parentPort === null)
    throw new NotAWorkerError(
      'serveReward is for worker threads: give the module that calls it to workerReward, do not import it',
    );
  const port = parentPort;
  const say = (answer: RewardAnswer): void => port.postMessage(answer);
  port.on('message', (rows: RewardBatch<Prompt, Action>['rows']) => {
    // In a promise, so that what throws at once is an answer too.
    Promise.resolve()
      .then(() => score({ rows }))
      .then(
        (scores) => say({ kind: 'scores', scores }),
        (error: unknown) =>
          say({
            kind: 'failure',
            name: error instanceof Error ? error.name : 'Error',
            message: error instanceof Error ? error.message : String(error),
          }),
      );
  });
}
