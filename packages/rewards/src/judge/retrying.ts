import { JudgeError } from './judge-error.js';

export interface RetryOptions {
  readonly retries: number;
  readonly backOffSeconds: number;
  readonly maximumBackOffSeconds: number;
}

/**
 * Tries again after failures of the moment, waiting twice as long each time, or as long as the server asked (but never
 * above the maximum).
 *
 * @throws JudgeError the last one, or the first that no further attempt can mend; the signal's reason once it is aborted
 */
export async function retrying<Result>(
  attempt: () => Promise<Result>,
  { retries, backOffSeconds, maximumBackOffSeconds }: RetryOptions,
  signal: AbortSignal | undefined,
): Promise<Result> {
  for (let failures = 0; ; failures++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof JudgeError && error.isTransient) || failures >= retries) throw error;
      const asked = error.retryAfterSeconds ?? backOffSeconds * 2 ** failures;
      await pause(Math.min(maximumBackOffSeconds, asked), signal);
    }
  }
}

function pause(seconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, 1000 * seconds);
    signal?.addEventListener('abort', stop, { once: true });
    if (signal?.aborted) stop();
  });
}
