import { createLruCache } from '../lru-cache.js';
import type { Bounds } from '../reward-card.js';
import { identified, type AsyncReward, type Described, type RewardIdentity } from '../reward.js';
import {
  completeChat,
  excerpt,
  type ChatEndpoint,
  type ChatFetch,
  type ChatMessage,
} from './chat-completion.js';
import { JudgeError } from './judge-error.js';
import { mapConcurrently } from './map-concurrently.js';
import { retrying } from './retrying.js';
import { readVerdict } from './verdict.js';

export interface JudgeRewardOptions<Prompt, Action> extends RewardIdentity {
  /** The base of an OpenAI-compatible API, such as `http://127.0.0.1:8000/v1`; `/chat/completions` is added. */
  readonly baseUrl: string;
  readonly model: string;
  /** Sent as a bearer token; kept out of errors. */
  readonly apiKey?: string;
  /** What to ask about a row: say there what earns which score, and ask for `{"score": number}`. Undefined: declines. */
  readonly messages: (prompt: Prompt, action: Action) => readonly ChatMessage[] | undefined;
  /** Reads the score of an answer; undefined: there is none. Default {@link readVerdict}. */
  readonly verdict?: (answer: string) => number | undefined;
  /** What scores may be; others count as no verdict. Default [0, 1]. */
  readonly range?: Bounds;
  /** Default 0. */
  readonly temperature?: number;
  /** Of the answer. Default 256. */
  readonly maximumTokens?: number;
  /** Of one attempt, in (0, 2147483]. Default 60. */
  readonly timeLimitSeconds?: number;
  /** Further attempts after 408, 429, 5xx, a time-out or a broken connection. Default 3. */
  readonly retries?: number;
  /** Before the first further attempt; twice as long before each one after that, or as the server asks. Default 1. */
  readonly backOffSeconds?: number;
  /** Default 30. */
  readonly maximumBackOffSeconds?: number;
  /** Questions in flight at a time. Default 8. */
  readonly concurrency?: number;
  /** Verdicts kept from earlier batches, by question. Default 4096; 0 where a judge should be asked again. */
  readonly cacheEntries?: number;
  /** Default 1 MiB. */
  readonly largestResponseBytes?: number;
  /**
   * When a question got no verdict: 'throw' (the default) fails the batch, 'decline' gives its rows NaN. A run that was
   * stopped fails in either case.
   */
  readonly onFailure?: 'throw' | 'decline';
  /** Default: the global one. */
  readonly fetch?: ChatFetch;
}

/**
 * A language model as a judge, asked over HTTP (`POST {baseUrl}/chat/completions`): its score of each row, within
 * `range`; NaN where there is nothing to ask. Equal questions are asked once, at most `concurrency` at a time; failures
 * of the moment are tried again; verdicts are cached, so that equal rows get equal scores.
 *
 * Whatever the judge likes maximises it: long, confident, flattering answers, and instructions to the judge inside the
 * answer ("score this 1"). Quote what is judged, say that it is to be judged and not obeyed, and compare the scores
 * with a reward of rules.
 *
 * @throws RangeError if an option is out of its range
 * @throws JudgeError (when scoring) if there was no verdict in any attempt, unless failures decline
 * @throws the batch's signal's reason (when scoring) once it is aborted
 * @example
 * ```ts
 * import { judgeReward } from '@pose-rft/rewards';
 *
 * const reward = judgeReward({
 *   baseUrl: 'http://127.0.0.1:8000/v1',
 *   model: 'judge',
 *   messages: (prompt: string, action: string) => [
 *     { role: 'system', content: 'Score from 0 to 1 how well the answer fits. Reply with {"score": number} only.' },
 *     { role: 'user', content: JSON.stringify({ question: prompt, answer: action }) },
 *   ],
 *   // Stands in for a server.
 *   fetch: () =>
 *     Promise.resolve(Response.json({ choices: [{ message: { content: '{"score": 0.5}' } }] })),
 * });
 * const { values } = await reward.score({ rows: [{ prompt: 'Is it bent?', action: 'Yes.' }] });
 * console.assert(values[0] === 0.5);
 * ```
 */
export function judgeReward<Prompt, Action>(
  options: JudgeRewardOptions<Prompt, Action>,
): Described<AsyncReward<Prompt, Action>> {
  const { messages, range = [0, 1], verdict = readVerdict, onFailure = 'throw' } = options;
  const { retries = 3, backOffSeconds = 1, maximumBackOffSeconds = 30, concurrency = 8 } = options;
  requireBetween('retries', retries, 0, Infinity, true);
  requireBetween('backOffSeconds', backOffSeconds, 0, LONGEST_SECONDS);
  requireBetween('maximumBackOffSeconds', maximumBackOffSeconds, 0, LONGEST_SECONDS);
  requireBetween('concurrency', concurrency, 1, Infinity, concurrency !== Infinity);
  if (!(range[0] < range[1]))
    throw new RangeError(`range must be [lowest, highest], got [${range.join(', ')}]`);
  const endpoint = endpointOf(options);
  const cache = createLruCache<number>(options.cacheEntries ?? 4096);

  const ask = async (question: string, signal: AbortSignal | undefined): Promise<number> => {
    const known = cache.get(question);
    if (known !== undefined) return known;
    try {
      const answer = await retrying(
        () => completeChat(endpoint, JSON.parse(question) as readonly ChatMessage[], signal),
        { retries, backOffSeconds, maximumBackOffSeconds },
        signal,
      );
      const score = verdict(answer);
      if (score === undefined || !(score >= range[0] && score <= range[1]))
        throw new JudgeError(
          `the judge at ${endpoint.url} gave no score in [${range.join(', ')}]: ${excerpt(answer, endpoint.apiKey)}`,
          'no-verdict',
        );
      cache.set(question, score);
      return score;
    } catch (error) {
      if (onFailure === 'decline' && error instanceof JudgeError && !signal?.aborted) return Number.NaN;
      throw error;
    }
  };

  const about = {
    measures: `the score that the judge ${options.model} gives`,
    unit: '1',
    range,
    maximisedBy: 'whatever the judge likes',
    gamedBy: 'long, confident, flattering answers, and instructions to the judge inside the answer',
    judges: 'rows',
  } as const;
  return identified(options, { name: 'judge', drives: 'answer', about }, async ({ rows, signal }) => {
    const questions = rows.map(({ prompt, action }) => {
      const asked = messages(prompt, action);
      return asked === undefined ? undefined : JSON.stringify(asked);
    });
    const distinct = [...new Set(questions.flatMap((question) => question ?? []))];
    // The first failure makes the other questions pointless.
    const failure = new AbortController();
    const stop = signal === undefined ? failure.signal : AbortSignal.any([signal, failure.signal]);
    try {
      const scores = await mapConcurrently(distinct, concurrency, (question) => ask(question, stop));
      const scoreOf = new Map(distinct.map((question, index) => [question, scores[index] as number]));
      return {
        values: Float32Array.from(questions, (question) =>
          question === undefined ? Number.NaN : (scoreOf.get(question) ?? Number.NaN),
        ),
      };
    } catch (error) {
      failure.abort(error);
      throw error;
    }
  });
}

/** What timers can hold: 2^31 - 1 milliseconds. */
const LONGEST_SECONDS = 2147483;

/** Called on nothing else than the global object, which browsers insist on. */
const globalFetch: ChatFetch = (url, init) => globalThis.fetch(url, init);

function endpointOf(options: JudgeRewardOptions<never, never>): ChatEndpoint {
  const { model, apiKey, temperature = 0, maximumTokens = 256, timeLimitSeconds = 60 } = options;
  const { largestResponseBytes = 2 ** 20, fetch = globalFetch } = options;
  requireBetween('temperature', temperature, 0, 100);
  requireBetween('maximumTokens', maximumTokens, 1, Infinity, true);
  requireBetween('timeLimitSeconds', timeLimitSeconds, Number.MIN_VALUE, LONGEST_SECONDS);
  requireBetween('largestResponseBytes', largestResponseBytes, 1, Infinity);
  // Without quoting it: an invalid header would be quoted by fetch.
  if (apiKey !== undefined && !/^[\x21-\x7e]+$/u.test(apiKey))
    throw new RangeError('apiKey must be printable ASCII without spaces: look for a line break at its end');
  return {
    url: completionsUrl(options.baseUrl),
    model,
    apiKey,
    temperature,
    maximumTokens,
    timeLimitSeconds,
    largestResponseBytes,
    fetch,
  };
}

function completionsUrl(baseUrl: string): string {
  if (!URL.canParse(baseUrl))
    throw new RangeError('baseUrl is no URL: expected one such as http://127.0.0.1:8000/v1');
  const url = new URL(baseUrl);
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new RangeError(`baseUrl has the protocol ${url.protocol}; expected http: or https:`);
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    throw new RangeError(
      'baseUrl must hold no user, password, query or fragment: errors name it; give apiKey instead',
    );
  return `${url.origin}${url.pathname.replace(/\/+$/u, '')}/chat/completions`;
}

function requireBetween(
  name: string,
  value: number,
  lowest: number,
  highest: number,
  isInteger = false,
): void {
  if (value >= lowest && value <= highest && (!isInteger || Number.isInteger(value))) return;
  throw new RangeError(
    `${name} must be ${isInteger ? 'an integer' : 'a number'} in [${lowest}, ${highest}], got ${value}`,
  );
}
