import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { rewardLaws } from '../laws.js';
import fc from 'fast-check';
import type { ChatFetch } from './chat-completion.js';
import { JudgeError } from './judge-error.js';
import { judgeReward, type JudgeRewardOptions } from './judge-reward.js';

interface Asked {
  readonly body: { readonly model: string; readonly messages: readonly { readonly content: string }[] };
  readonly authorization: string | undefined;
}
type Answer = (response: ServerResponse, asked: Asked, request: number) => void;

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** A server on this machine; what it was asked stands in `asked`, its busiest moment in `busiest`. */
async function judgeServer(
  answer: Answer,
): Promise<{ baseUrl: string; asked: Asked[]; busiest: () => number }> {
  const asked: Asked[] = [];
  let open = 0;
  let busiest = 0;
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    busiest = Math.max(busiest, ++open);
    response.on('close', () => {
      open--;
    });
    let text = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => {
      text += chunk;
    });
    request.on('end', () => {
      asked.push({ body: JSON.parse(text) as Asked['body'], authorization: request.headers.authorization });
      answer(response, asked.at(-1) as Asked, asked.length);
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { baseUrl: `http://127.0.0.1:${port}/v1/`, asked, busiest: () => busiest };
}

const say = (response: ServerResponse, content: string): void => {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ choices: [{ message: { role: 'assistant', content } }] }));
};
const score: Answer = (response, { body }) => {
  say(response, JSON.stringify({ score: Number(body.messages.at(-1)?.content) }));
};

const QUICK = { model: 'judge', backOffSeconds: 0.001, timeLimitSeconds: 5 } as const;
type Options = JudgeRewardOptions<string, string>;
const judge = (
  options: Pick<Options, 'baseUrl'> & Partial<Options>,
): ReturnType<typeof judgeReward<string, string>> =>
  judgeReward<string, string>({
    ...QUICK,
    messages: (prompt, action) => (prompt === 'skip' ? undefined : [{ role: 'user', content: action }]),
    ...options,
  });
const rows = (...actions: string[]): { prompt: string; action: string }[] =>
  actions.map((action) => ({ prompt: 'ask', action }));

/** The error of a task that must fail. */
async function failureOf(task: Promise<unknown>): Promise<JudgeError> {
  const error: unknown = await task.then(
    () => new Error('it did not fail'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(JudgeError);
  return error as JudgeError;
}

describe('judgeReward', () => {
  it('posts chat completions and reads the scores, in the order of the rows', async () => {
    const { baseUrl, asked } = await judgeServer(score);
    const reward = judge({ baseUrl, apiKey: 'sk-secret', temperature: 0.5, maximumTokens: 7 });
    const { values } = await reward.score({ rows: [...rows('0.25', '1'), { prompt: 'skip', action: '0' }] });
    expect([...values]).toEqual([0.25, 1, Number.NaN]);
    expect(asked).toHaveLength(2);
    expect(asked[0]?.authorization).toBe('Bearer sk-secret');
    expect(asked[0]?.body).toEqual({
      model: 'judge',
      messages: [{ role: 'user', content: '0.25' }],
      temperature: 0.5,
      max_tokens: 7,
    });
  });

  it('asks equal questions once, and remembers', async () => {
    const { baseUrl, asked } = await judgeServer(score);
    const reward = judge({ baseUrl, cacheEntries: 1 });
    await reward.score({ rows: rows('0.5', '0.5', '0.5') });
    await reward.score({ rows: rows('0.5') });
    expect(asked).toHaveLength(1);
    // The cache holds one: asking another forgets the first.
    await reward.score({ rows: rows('0.75') });
    await reward.score({ rows: rows('0.5') });
    expect(asked).toHaveLength(3);
  });

  it('keeps to its concurrency', async () => {
    const { baseUrl, busiest } = await judgeServer((response, asked, request) => {
      setTimeout(() => {
        score(response, asked, request);
      }, 15);
    });
    const actions = Array.from({ length: 9 }, (_, index) => String(index / 10));
    const { values } = await judge({ baseUrl, concurrency: 3 }).score({ rows: rows(...actions) });
    expect([...values]).toEqual([...Float32Array.from(actions, Number)]);
    expect(busiest()).toBe(3);
  });

  it('tries again after 429 and 5xx, as the server asks', async () => {
    const { baseUrl, asked } = await judgeServer((response, each, request) => {
      if (request > 2) {
        score(response, each, request);
        return;
      }
      response.statusCode = request === 1 ? 429 : 503;
      response.setHeader('retry-after', '0');
      response.end('busy');
    });
    const reward = judge({ baseUrl, backOffSeconds: 600, maximumBackOffSeconds: 600 });
    const { values } = await reward.score({ rows: rows('0.5') });
    expect(values[0]).toBe(0.5);
    expect(asked).toHaveLength(3);
  });

  it('waits twice as long each time, and never above the maximum', async () => {
    const times: number[] = [];
    const { baseUrl } = await judgeServer((response) => {
      times.push(performance.now());
      response.statusCode = 500;
      response.setHeader('retry-after', '3600');
      response.end();
    });
    const reward = judge({ baseUrl, retries: 2, maximumBackOffSeconds: 0.03 });
    expect((await failureOf(reward.score({ rows: rows('1') }))).status).toBe(500);
    expect(times).toHaveLength(3);
    for (const index of [1, 2]) expect((times[index] ?? 0) - (times[index - 1] ?? 0)).toBeGreaterThan(25);
  });

  it('gives up at once where another attempt cannot help', async () => {
    const { baseUrl, asked } = await judgeServer((response) => {
      response.statusCode = 401;
      response.end('no such key');
    });
    const error = await failureOf(judge({ baseUrl }).score({ rows: rows('1') }));
    expect([error.failure, error.status, asked.length]).toEqual(['status', 401, 1]);
    expect(error.message).toContain('no such key');
  });

  it('stops waiting for a server that hangs: without an answer, and in the middle of one', async () => {
    const silent = await judgeServer(() => {});
    const error = await failureOf(
      judge({ baseUrl: silent.baseUrl, timeLimitSeconds: 0.05, retries: 1 }).score({ rows: rows('1') }),
    );
    expect(error.failure).toBe('timed-out');
    expect(silent.asked).toHaveLength(2);
    const stuck = await judgeServer((response) => {
      response.write('{"choices": [');
    });
    const half = judge({ baseUrl: stuck.baseUrl, timeLimitSeconds: 0.05, retries: 0 });
    expect((await failureOf(half.score({ rows: rows('1') }))).failure).toBe('timed-out');
  });

  it('stops waiting for a fetch that does not heed its signal', async () => {
    const deaf: ChatFetch = () => new Promise(() => {});
    const reward = judge({
      baseUrl: 'http://127.0.0.1:1/v1',
      fetch: deaf,
      timeLimitSeconds: 0.02,
      retries: 0,
    });
    expect((await failureOf(reward.score({ rows: rows('1') }))).failure).toBe('timed-out');
  });

  it('survives closed connections', async () => {
    const { baseUrl, asked } = await judgeServer((response, each, request) => {
      if (request === 1) response.destroy();
      else if (request === 2) {
        response.writeHead(200, { 'content-length': '100' });
        response.write('{');
        setTimeout(() => response.destroy(), 5);
      } else score(response, each, request);
    });
    const { values } = await judge({ baseUrl }).score({ rows: rows('0.5') });
    expect([values[0], asked.length]).toEqual([0.5, 3]);
    const gone = judge({ baseUrl: 'http://127.0.0.1:1/v1', retries: 0 });
    expect((await failureOf(gone.score({ rows: rows('1') }))).failure).toBe('connection');
  });

  it('reads no more of a huge answer than allowed', async () => {
    let written = 0;
    const { baseUrl } = await judgeServer((response) => {
      const pour = (): void => {
        while (!response.destroyed && written < 2 ** 28) {
          written += 2 ** 16;
          if (!response.write('x'.repeat(2 ** 16))) {
            response.once('drain', pour);
            return;
          }
        }
      };
      pour();
    });
    const error = await failureOf(judge({ baseUrl }).score({ rows: rows('1') }));
    expect(error.failure).toBe('too-large');
    expect(written).toBeLessThan(2 ** 26);
  });

  it.each([
    ['no JSON', '<html>'],
    ['no choices', '{"error": "x"}'],
    ['an empty list', '{"choices": []}'],
    ['null', 'null'],
    ['content that is no text', '{"choices": [{"message": {"content": 3}}]}'],
    ['nothing', ''],
  ])('refuses %s as an answer', async (_, text) => {
    const { baseUrl } = await judgeServer((response) => response.end(text));
    expect((await failureOf(judge({ baseUrl }).score({ rows: rows('1') }))).failure).toBe('malformed');
  });

  it.each([
    'I give it 0.5',
    '0.5',
    '```json\n{"score": 0.5}\n```',
    '{"score": "0.5"}',
    '{"score": 2}',
    '{"score": -0.1}',
    '{"score": null}',
    '{"score": 1e999}',
    '[{"score": 0.5}]',
    '{"score": 0.5} or more',
    '',
  ])('takes no verdict from %j', async (content) => {
    const { baseUrl, asked } = await judgeServer((response) => {
      say(response, content);
    });
    const error = await failureOf(judge({ baseUrl }).score({ rows: rows('1') }));
    expect([error.failure, asked.length]).toEqual(['no-verdict', 1]);
  });

  it('takes another range and another reader', async () => {
    const { baseUrl } = await judgeServer((response) => {
      say(response, 'VERDICT: 8');
    });
    const reward = judge({ baseUrl, range: [0, 10], verdict: (answer) => Number(/\d+/u.exec(answer)?.[0]) });
    expect((await reward.score({ rows: rows('1') })).values[0]).toBe(8);
    expect(reward.about.range).toEqual([0, 10]);
  });

  it('declines where it may, row by row, and never caches a failure', async () => {
    let isBroken = true;
    const { baseUrl } = await judgeServer((response, asked, request) => {
      if (isBroken && asked.body.messages[0]?.content === '0.5') say(response, 'never');
      else score(response, asked, request);
    });
    const reward = judge({ baseUrl, onFailure: 'decline' });
    expect([...(await reward.score({ rows: rows('0.5', '1') })).values]).toEqual([Number.NaN, 1]);
    isBroken = false;
    expect([...(await reward.score({ rows: rows('0.5', '1') })).values]).toEqual([0.5, 1]);
  });

  it('stops at its signal: in flight, between attempts, and before it began', async () => {
    const { baseUrl, asked } = await judgeServer(() => {});
    const stop = new AbortController();
    const running = judge({ baseUrl, onFailure: 'decline' }).score({
      rows: rows('1', '0'),
      signal: stop.signal,
    });
    setTimeout(() => {
      stop.abort(new Error('enough'));
    }, 20);
    await expect(running).rejects.toThrow('enough');
    await expect(judge({ baseUrl }).score({ rows: rows('1'), signal: stop.signal })).rejects.toThrow(
      'enough',
    );
    expect(asked.length).toBeLessThanOrEqual(2);
    const busy = await judgeServer((response) => {
      response.statusCode = 503;
      response.end();
    });
    const later = new AbortController();
    const waiting = judge({ baseUrl: busy.baseUrl, backOffSeconds: 30 }).score({
      rows: rows('1'),
      signal: later.signal,
    });
    setTimeout(() => {
      later.abort(new Error('stop waiting'));
    }, 30);
    await expect(waiting).rejects.toThrow('stop waiting');
  });

  it('gives the other questions up when one fails', async () => {
    const { baseUrl, asked } = await judgeServer((response) => {
      response.statusCode = 400;
      response.end();
    });
    const actions = Array.from({ length: 50 }, (_, index) => String(index));
    await failureOf(judge({ baseUrl, concurrency: 2 }).score({ rows: rows(...actions) }));
    expect(asked.length).toBeLessThan(5);
  });
});

describe('the API key', () => {
  const apiKey = 'sk-12345-secret';
  const showing = (error: Error): string =>
    [error.message, error.stack, JSON.stringify(error), String(error.cause)].join('\n');

  it('is in no error, even where the server or fetch quotes it', async () => {
    const echo = await judgeServer((response, { authorization }) => {
      response.statusCode = 403;
      response.end(`bad key ${authorization}`);
    });
    const said = await judgeServer((response, { authorization }) => {
      say(response, `I saw ${authorization}`);
    });
    const quoting: ChatFetch = (_, { headers }) =>
      Promise.reject(new TypeError('fetch failed', { cause: new Error(JSON.stringify(headers)) }));
    for (const options of [
      { baseUrl: echo.baseUrl },
      { baseUrl: said.baseUrl },
      { baseUrl: said.baseUrl, fetch: quoting, retries: 0 },
    ]) {
      const error = await failureOf(judge({ ...options, apiKey }).score({ rows: rows('1') }));
      expect(showing(error)).not.toContain(apiKey);
      expect(showing(error)).toContain('[API key]');
    }
  });

  it('does not follow a redirection', async () => {
    const other = await judgeServer(score);
    const { baseUrl } = await judgeServer((response) => {
      response.writeHead(307, { location: `${other.baseUrl}chat/completions` });
      response.end();
    });
    const error = await failureOf(judge({ baseUrl, apiKey, retries: 0 }).score({ rows: rows('1') }));
    expect([error.failure, other.asked.length]).toEqual(['connection', 0]);
  });

  it('is refused, unquoted, where it could not be sent', () => {
    const make = (): unknown => judge({ baseUrl: 'http://127.0.0.1/v1', apiKey: `${apiKey}\n` });
    expect(make).toThrow(/line break/);
    expect(make).not.toThrow(apiKey);
  });
});

describe('the options of a judge', () => {
  it.each<[string, Partial<Options>]>([
    ['no URL', { baseUrl: 'localhost' }],
    ['another protocol', { baseUrl: 'file:///etc' }],
    ['a password in the URL', { baseUrl: 'http://me:secret@127.0.0.1/v1' }],
    ['half a retry', { retries: 0.5 }],
    ['no concurrency', { concurrency: 0 }],
    ['no time', { timeLimitSeconds: 0 }],
    ['more time than a timer holds', { timeLimitSeconds: 1e9 }],
    ['a negative wait', { backOffSeconds: -1 }],
    ['an empty range', { range: [1, 1] }],
    ['a negative cache', { cacheEntries: -1 }],
  ])('refuse %s', (_, options) => {
    const make = (): unknown => judge({ baseUrl: 'http://127.0.0.1/v1', ...options });
    expect(make).toThrow(RangeError);
    expect(make).not.toThrow('secret');
  });
});

describe('a judge obeys the laws of rewards', () => {
  const laws = rewardLaws(
    {
      reward: judge({
        baseUrl: 'http://127.0.0.1/v1',
        fetch: (_, { body }) => {
          const { messages } = JSON.parse(body) as { messages: { content: string }[] };
          const content = JSON.stringify({ score: Number(messages[0]?.content) });
          return Promise.resolve(Response.json({ choices: [{ message: { content } }] }));
        },
      }),
      row: fc.record({
        prompt: fc.constantFrom('ask', 'skip'),
        action: fc.integer({ min: 0, max: 8 }).map((eighths) => String(eighths / 8)),
      }),
      declines: ({ prompt }) => prompt === 'skip',
    },
    { runs: 20 },
  );
  it.each(laws)('$name', ({ check }) => check());
});
