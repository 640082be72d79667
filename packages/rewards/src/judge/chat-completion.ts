import { JudgeError } from './judge-error.js';

/** A message of the chat protocol. */
export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

/** What is used of `fetch`: give another for proxies, tests or tracing. */
export type ChatFetch = (
  url: string,
  init: {
    readonly method: 'POST';
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
    readonly redirect: 'error';
    readonly signal: AbortSignal;
  },
) => Promise<ChatResponse>;

/** What is used of a `Response`. */
export interface ChatResponse {
  readonly ok: boolean;
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body: AsyncIterable<Uint8Array> | null;
}

export interface ChatEndpoint {
  /** Ends in `/chat/completions`. */
  readonly url: string;
  readonly model: string;
  readonly apiKey: string | undefined;
  readonly temperature: number;
  readonly maximumTokens: number;
  readonly timeLimitSeconds: number;
  readonly largestResponseBytes: number;
  readonly fetch: ChatFetch;
}

/** Characters of an answer that an error quotes. */
const QUOTED = 200;

/**
 * Asks once, and reads the text of the first choice.
 *
 * @throws JudgeError, or the signal's reason once it is aborted
 */
export async function completeChat(
  endpoint: ChatEndpoint,
  messages: readonly ChatMessage[],
  signal: AbortSignal | undefined,
): Promise<string> {
  signal?.throwIfAborted();
  const { url, model, apiKey, temperature, maximumTokens, timeLimitSeconds } = endpoint;
  const timeLimit = AbortSignal.timeout(Math.ceil(1000 * timeLimitSeconds));
  const stop = signal === undefined ? timeLimit : AbortSignal.any([signal, timeLimit]);
  try {
    // A fetch that does not heed its signal must not hold the run up.
    const text = await unlessAborted(
      stop,
      endpoint
        .fetch(url, {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            accept: 'application/json',
            ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
          },
          body: JSON.stringify({ model, messages, temperature, max_tokens: maximumTokens }),
          // A key must not follow a redirection to somebody else.
          redirect: 'error',
          signal: stop,
        })
        .then((response) => readAnswer(response, endpoint)),
    );
    return contentOf(text, endpoint);
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    if (error instanceof JudgeError) throw error;
    if (timeLimit.aborted)
      throw new JudgeError(`the judge at ${url} gave no answer within ${timeLimitSeconds} s`, 'timed-out');
    // Not as `cause`: what fetch throws may quote headers.
    throw new JudgeError(
      `no connection to the judge at ${url}: ${withoutKey(reasonOf(error), apiKey)}`,
      'connection',
    );
  }
}

function unlessAborted<Result>(signal: AbortSignal, task: Promise<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', stop, { once: true });
    task.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', stop);
    });
    if (signal.aborted) stop();
  });
}

async function readAnswer(response: ChatResponse, endpoint: ChatEndpoint): Promise<string> {
  const { url, apiKey, largestResponseBytes } = endpoint;
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    // Leaving the loop cancels the body, and with it the connection.
    if (bytes > largestResponseBytes)
      throw new JudgeError(
        `the judge at ${url} answered with more than ${largestResponseBytes} bytes (largestResponseBytes)`,
        'too-large',
      );
    text += decoder.decode(chunk, { stream: true });
  }
  text += decoder.decode();
  if (response.ok) return text;
  const wait = retryAfterSeconds(response.headers.get('retry-after'));
  throw new JudgeError(
    `the judge at ${url} answered with status ${response.status}: ${excerpt(text, apiKey)}`,
    'status',
    response.status,
    wait,
  );
}

/** Seconds, or a date; undefined for anything else. */
function retryAfterSeconds(header: string | null): number | undefined {
  if (header === null) return undefined;
  if (/^\s*\d+\s*$/u.test(header)) return Number(header);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, (date - Date.now()) / 1000);
}

function contentOf(text: string, { url, apiKey }: ChatEndpoint): string {
  const content = firstChoice(text);
  if (content !== undefined) return content;
  throw new JudgeError(
    `the judge at ${url} answered with no chat completion (choices[0].message.content): ${excerpt(text, apiKey)}`,
    'malformed',
  );
}

function firstChoice(text: string): string | undefined {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    return undefined;
  }
  const content = fieldOf(fieldOf(fieldOf(fieldOf(answer, 'choices'), '0'), 'message'), 'content');
  return typeof content === 'string' ? content : undefined;
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
}

/** The beginning of an answer, without the key: some servers echo it. */
export function excerpt(text: string, apiKey: string | undefined): string {
  const safe = withoutKey(text, apiKey);
  return JSON.stringify(safe.length > QUOTED ? `${safe.slice(0, QUOTED)}...` : safe);
}

function withoutKey(text: string, apiKey: string | undefined): string {
  return apiKey === undefined ? text : text.replaceAll(apiKey, '[API key]');
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}
