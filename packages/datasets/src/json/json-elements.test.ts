import { createRandom } from '@pose-rft/random';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jsonElements, type JsonElement } from './json-elements.js';
import { jsonLines } from './json-lines.js';
import { JsonStreamError } from './json-stream-error.js';

/** The text's bytes, cut at random places. */
async function* pieces(text: string, seed = 1): AsyncGenerator<Uint8Array, void, undefined> {
  const bytes = new TextEncoder().encode(text);
  const random = createRandom(seed);
  for (let at = 0; at < bytes.length;) {
    const length = 1 + random.integer(7);
    yield await Promise.resolve(bytes.subarray(at, at + length));
    at += length;
  }
}

async function read(text: string, key?: string, seed = 1): Promise<readonly JsonElement[]> {
  const elements: JsonElement[] = [];
  const options = { file: 'list.json', ...(key !== undefined && { key }) };
  for await (const element of jsonElements(pieces(text, seed), options)) elements.push(element);
  return elements;
}

const values = (elements: readonly JsonElement[]): unknown[] =>
  elements.map((element) => ('value' in element ? element.value : 'broken'));

describe('jsonElements', () => {
  test('gives what JSON.parse gives, wherever the file is cut into pieces', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.jsonValue()),
        fc.jsonValue(),
        fc.boolean(),
        fc.integer(),
        async (list, beside, isIndented, seed) => {
          const text = (value: unknown): string => JSON.stringify(value, null, isIndented ? 2 : undefined);
          const parsed: unknown = JSON.parse(text(list));
          expect(values(await read(text(list), undefined, seed))).toEqual(parsed);
          const object = { info: beside, 'the "list" {': list, after: [beside] };
          const inObject = await read(`\ufeff${text(object)}\n`, 'the \\"list\\" {', seed);
          expect(values(inObject)).toEqual(parsed);
        },
      ),
      { numRuns: 60, seed: 4 },
    );
  });

  test('goes on after an element that is no JSON', async () => {
    expect(values(await read('[1, NaN, {"a": }, "x", ]'.replace(', ]', ']')))).toEqual([
      1,
      'broken',
      'broken',
      'x',
    ]);
    expect(values(await read('[ , 2]'))).toEqual(['broken', 2]);
    expect(values(await read('[1 2, 3]'))).toEqual(['broken', 3]);
  });

  test('gives the whole elements of a list that is cut short, then says so', async () => {
    const seen: unknown[] = [];
    const reading = (async () => {
      for await (const element of jsonElements(pieces('{"data": [{"a": 1}, {"a": 2}, {"a"'), {
        file: 'cut.json',
        key: 'data',
      }))
        seen.push(element);
    })();
    await expect(reading).rejects.toThrow(
      /^cut\.json: byte \d+: the file ends within the list, after 2 whole elements: is it cut short\?$/,
    );
    expect(seen).toHaveLength(2);
  });

  test.for([
    ['', undefined, /ends too early/],
    ['{"data": [1]}', undefined, /expected a list/],
    ['[1]', 'data', /expected an object with the list "data"/],
    ['{"other": [1]}', 'data', /there is no list "data"/],
    ['{"data": {"nested": [1]}}', 'data', /there is no list "data"/],
    ['{"deeper": {"data": [1]}}', 'data', /there is no list "data"/],
    ['[1]]', undefined, /something follows the end/],
    ['[1}', undefined, /expected \] or a comma, found \}/],
    ['[1,]', undefined, /expected an element behind the comma/],
    ['{"data": [1]', 'data', /ends too early/],
  ] as const)('refuses %j', async ([text, key, message]) => {
    await expect(read(text, key)).rejects.toThrow(JsonStreamError);
    await expect(read(text, key)).rejects.toThrow(message);
  });

  test('refuses an element without end', async () => {
    async function* endless(): AsyncGenerator<Uint8Array, void, undefined> {
      yield new TextEncoder().encode('["');
      for (;;) yield await Promise.resolve(new Uint8Array(1000).fill(0x61));
    }
    const elements = jsonElements(endless(), { file: 'endless.json', largestElementBytes: 10_000 });
    await expect(elements.next()).rejects.toThrow(/element 0 has more than 10000 bytes/);
  });
});

describe('jsonLines', () => {
  test('gives a value a line, and names the broken ones', async () => {
    const elements: JsonElement[] = [];
    const text = '{"a": "ä\\n"}\r\n\n[1, 2]\n{"a"\n"last"';
    for await (const element of jsonLines(pieces(text), { file: 'lines.jsonl' })) elements.push(element);
    expect(values(elements)).toEqual([{ a: 'ä\n' }, [1, 2], 'broken', 'last']);
    expect(elements.map(({ index }) => index)).toEqual([0, 2, 3, 4]);
  });
});
