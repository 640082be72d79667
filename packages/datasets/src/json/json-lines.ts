import { JsonStreamError } from './json-stream-error.js';
import type { JsonElement } from './json-elements.js';

const NEWLINE = 0x0a;
const LONGEST_LINE_BYTES = 64 * 2 ** 20;

/**
 * The values of a JSONL file (one JSON value a line, empty lines ignored), one at a time. A line that is no JSON is
 * given with its problem. `index` counts lines from 0.
 *
 * @throws JsonStreamError if a line has more than 64 MiB
 * @example
 * ```ts
 * import { jsonLines } from '@pose-rft/datasets';
 *
 * async function* file() {
 *   yield new TextEncoder().encode('{"question": "Who sits?"}\n{"quest');
 * }
 * const elements = [];
 * for await (const element of jsonLines(file(), { file: 'prompts.jsonl' })) elements.push(element);
 * console.assert(elements.length === 2 && 'problem' in (elements[1] ?? {}));
 * ```
 */
export async function* jsonLines(
  chunks: AsyncIterable<Uint8Array>,
  { file }: { readonly file: string },
): AsyncGenerator<JsonElement, void, undefined> {
  const decoder = new TextDecoder();
  let rest: Uint8Array = new Uint8Array();
  let index = 0;
  let consumed = 0;
  function* lineOf(bytes: Uint8Array): Generator<JsonElement, void, undefined> {
    const text = decoder.decode(bytes).trim();
    const line = index++;
    if (text === '') return;
    try {
      yield { index: line, value: JSON.parse(text) };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      yield { index: line, problem: `no JSON: ${reason.slice(0, 160)}` };
    }
  }
  for await (const chunk of chunks) {
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(NEWLINE, start);
      const piece = chunk.subarray(start, end < 0 ? chunk.length : end);
      if (rest.length + piece.length > LONGEST_LINE_BYTES)
        throw new JsonStreamError(file, consumed + start, `line ${index + 1} has more than 64 MiB`);
      const joined = rest.length === 0 ? piece : concatenated(rest, piece);
      if (end < 0) {
        rest = joined.slice();
        break;
      }
      yield* lineOf(joined);
      rest = new Uint8Array();
      start = end + 1;
    }
    consumed += chunk.length;
  }
  if (rest.length > 0) yield* lineOf(rest);
}

function concatenated(first: Uint8Array, second: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(first.length + second.length);
  bytes.set(first);
  bytes.set(second, first.length);
  return bytes;
}
