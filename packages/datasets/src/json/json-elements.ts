import { JsonStreamError } from './json-stream-error.js';

/** One element of a list: its value, or why it has none. */
export type JsonElement =
  { readonly index: number; readonly value: unknown } | { readonly index: number; readonly problem: string };

export interface JsonElementOptions {
  /** The file's name, for errors. */
  readonly file: string;
  /** The list stands under this key of the top object; without it, the list is the whole file. */
  readonly key?: string;
  /** An element of more bytes ends the reading; 64 MiB by default. */
  readonly largestElementBytes?: number;
}

const DEFAULT_LARGEST_ELEMENT = 64 * 2 ** 20;
const LONGEST_KEY = 4096;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];
const EMPTY = new Uint8Array();

/**
 * The elements of a list in a JSON file, one at a time, holding one in memory: files of gigabytes stream. An element
 * that is no JSON (Python writes NaN so) is given with its problem, and the list goes on. What stands beside the list in
 * the top object is passed over; of it only the nesting is checked.
 *
 * @param chunks - the file's bytes in UTF-8
 * @throws JsonStreamError if the file ends within the list or the top object, has no such list, or an element is too large
 * @example
 * ```ts
 * import { jsonElements } from '@pose-rft/datasets';
 *
 * async function* file() {
 *   yield new TextEncoder().encode('{"info": {"year": 2017}, "images": [{"id": 1}, {"id"');
 *   yield new TextEncoder().encode(': NaN}, {"id": 3}]}');
 * }
 * const ids: unknown[] = [];
 * for await (const element of jsonElements(file(), { file: 'images.json', key: 'images' }))
 *   ids.push('value' in element ? element.value : 'broken');
 * console.assert(JSON.stringify(ids) === '[{"id":1},"broken",{"id":3}]');
 * ```
 */
export async function* jsonElements(
  chunks: AsyncIterable<Uint8Array>,
  options: JsonElementOptions,
): AsyncGenerator<JsonElement, void, undefined> {
  const scanner = createScanner(options);
  for await (const chunk of chunks) yield* scanner.feed(chunk);
  scanner.finish();
}

interface Scanner {
  feed(chunk: Uint8Array): readonly JsonElement[];
  finish(): void;
}

function createScanner({
  file,
  key,
  largestElementBytes = DEFAULT_LARGEST_ELEMENT,
}: JsonElementOptions): Scanner {
  /** The list's elements are this deep. */
  const listDepth = key === undefined ? 1 : 2;
  const decoder = new TextDecoder();
  let depth = 0;
  let isInString = false;
  let isEscaped = false;
  let hasBegun = false;
  let hasEnded = false;
  let isInList = false;
  let hasHadList = false;
  let index = 0;
  let consumed = 0;
  // The key that is read or was read last, of the top object.
  let expectsKey = false;
  let keyBytes: number[] = [];
  let currentKey: string | undefined;
  // The element that is read: pieces of earlier chunks, and where it starts in this one.
  let pieces: Uint8Array[] = [];
  let pieceBytes = 0;
  let start = -1;

  const fail = (at: number, message: string): JsonStreamError =>
    new JsonStreamError(file, consumed + at, message);

  function takeElement(chunk: Uint8Array, end: number): JsonElement {
    const bytes = joined(pieces, pieceBytes, start < 0 ? EMPTY : chunk.subarray(start, end));
    pieces = [];
    pieceBytes = 0;
    start = -1;
    const text = decoder.decode(bytes);
    try {
      return { index: index++, value: JSON.parse(text) };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return { index: index++, problem: `no JSON: ${reason.slice(0, 160)}` };
    }
  }

  function closeLevel(code: number, at: number): void {
    const expected = key !== undefined && depth === 1 ? CLOSE_OBJECT : CLOSE_LIST;
    if (code !== expected)
      throw fail(
        at,
        `expected ${String.fromCharCode(expected)} or a comma, found ${String.fromCharCode(code)}`,
      );
    if (isInList) {
      isInList = false;
      hasHadList = true;
    }
    depth--;
    if (depth === 0) hasEnded = true;
  }

  function feed(chunk: Uint8Array): readonly JsonElement[] {
    const elements: JsonElement[] = [];
    if (start >= 0 || pieceBytes > 0) start = 0;
    for (let at = 0; at < chunk.length; at++) {
      const code = chunk[at] as number;
      if (isInString) {
        if (isEscaped) isEscaped = false;
        else if (code === BACKSLASH) isEscaped = true;
        else if (code === QUOTE) isInString = false;
        if (depth === 1 && expectsKey && key !== undefined && isInString && keyBytes.length < LONGEST_KEY)
          keyBytes.push(code);
        continue;
      }
      if (code === 0x20 || (code >= 0x09 && code <= 0x0d)) continue;
      if (hasEnded) throw fail(at, 'something follows the end of the JSON value');
      if (!hasBegun) {
        if (consumed + at < 3 && code === BYTE_ORDER_MARK[consumed + at]) continue;
        const opening = key === undefined ? OPEN_LIST : OPEN_OBJECT;
        if (code !== opening)
          throw fail(at, key === undefined ? 'expected a list' : `expected an object with the list "${key}"`);
        hasBegun = true;
        depth = 1;
        isInList = key === undefined;
        expectsKey = key !== undefined;
        continue;
      }
      if (isInList && depth === listDepth) {
        if (code === COMMA) {
          elements.push(takeElement(chunk, at));
          continue;
        }
        if (code === CLOSE_LIST) {
          if (start >= 0 || pieceBytes > 0) elements.push(takeElement(chunk, at));
          else if (index > 0) throw fail(at, 'expected an element behind the comma');
          closeLevel(code, at);
          continue;
        }
        if (start < 0) start = at;
      }
      switch (code) {
        case QUOTE:
          isInString = true;
          if (depth === 1 && expectsKey) keyBytes = [];
          break;
        case COLON:
          if (depth === 1 && expectsKey) {
            expectsKey = false;
            currentKey = decoder.decode(Uint8Array.from(keyBytes));
          }
          break;
        case COMMA:
          if (depth === 1 && !isInList) expectsKey = true;
          break;
        case OPEN_LIST:
          if (key !== undefined && depth === 1 && currentKey === key && !expectsKey && !hasHadList)
            isInList = true;
          depth++;
          break;
        case OPEN_OBJECT:
          depth++;
          break;
        case CLOSE_LIST:
        case CLOSE_OBJECT:
          if (depth <= 1 || (isInList && depth <= listDepth)) closeLevel(code, at);
          else depth--;
          break;
      }
    }
    if (start >= 0) {
      const piece = chunk.slice(start);
      pieces.push(piece);
      pieceBytes += piece.length;
      start = -1;
      if (pieceBytes > largestElementBytes)
        throw fail(
          chunk.length,
          `element ${index} has more than ${largestElementBytes} bytes: is this the list that was meant?`,
        );
    }
    consumed += chunk.length;
    return elements;
  }

  return {
    feed,
    finish() {
      if (!hasEnded)
        throw fail(
          0,
          isInList
            ? `the file ends within the list, after ${index} whole elements: is it cut short?`
            : 'the file ends too early: is it cut short?',
        );
      if (!hasHadList) throw fail(0, `there is no list "${key ?? ''}"`);
    },
  };
}

function joined(pieces: readonly Uint8Array[], pieceBytes: number, last: Uint8Array): Uint8Array {
  if (pieces.length === 0) return last;
  const bytes = new Uint8Array(pieceBytes + last.length);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  bytes.set(last, at);
  return bytes;
}
