import { findDuplicateKey } from './duplicate-json-key.js';
import { SafetensorsError } from './safetensors-error.js';
import { bytesPerElement, isTensorDtype, TENSOR_DTYPES, type TensorDtype } from './tensor-data.js';

/** Where a tensor lies; offsets are bytes from the end of the header. */
export interface SafetensorsEntry {
  readonly dtype: TensorDtype;
  readonly shape: readonly number[];
  readonly byteLength: number;
  readonly start: number;
}

/** A header that was checked completely: every entry lies within the file, none overlap, nothing is left over. */
export interface SafetensorsHeader {
  readonly metadata: Readonly<Record<string, string>>;
  readonly entries: ReadonlyMap<string, SafetensorsEntry>;
}

/** The bytes before the header: its length, a little-endian unsigned 64-bit integer. */
export const LENGTH_BYTES = 8;

/** The format's own limit on headers, 100 MB. */
export const MAX_HEADER_BYTES = 100_000_000;

const METADATA_KEY = '__metadata__';

/**
 * Checks the length of the header against the size of the file, before anything of that length is allocated.
 *
 * @param prefix - the first bytes of the file, 8 if it has them
 * @throws SafetensorsError
 */
export function readHeaderLength(file: string, prefix: Uint8Array, fileBytes: number): number {
  if (prefix.length < LENGTH_BYTES || fileBytes < LENGTH_BYTES)
    throw new SafetensorsError(
      file,
      'header length',
      `${LENGTH_BYTES} bytes`,
      `a file of ${Math.min(prefix.length, fileBytes)}`,
    );
  const length = new DataView(prefix.buffer, prefix.byteOffset, LENGTH_BYTES).getBigUint64(0, true);
  if (length > MAX_HEADER_BYTES)
    throw new SafetensorsError(file, 'header length', `at most ${MAX_HEADER_BYTES} bytes`, `${length}`);
  const available = fileBytes - LENGTH_BYTES;
  if (length > available)
    throw new SafetensorsError(
      file,
      'header length',
      `at most the ${available} bytes that follow it`,
      `${length} (is the file truncated?)`,
    );
  return Number(length);
}

/**
 * Parses a header and checks it against the size of the data that follows it.
 *
 * @throws SafetensorsError
 */
export function parseHeader(file: string, headerBytes: Uint8Array, dataBytes: number): SafetensorsHeader {
  const json = parseHeaderJson(file, headerBytes);
  const entries = new Map<string, SafetensorsEntry>();
  let metadata: Readonly<Record<string, string>> = {};
  for (const [name, value] of Object.entries(json)) {
    if (name === METADATA_KEY) metadata = checkMetadata(file, value);
    else entries.set(name, parseEntry(file, name, value));
  }
  checkCoverage(file, entries, dataBytes);
  return { metadata, entries };
}

function parseHeaderJson(file: string, headerBytes: Uint8Array): object {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(headerBytes);
  } catch {
    throw new SafetensorsError(file, 'header', 'UTF-8 text', 'bytes that are not');
  }
  let json: unknown;
  try {
    json = text.startsWith('{') ? JSON.parse(text) : undefined;
  } catch (error) {
    throw new SafetensorsError(file, 'header', 'JSON', error instanceof Error ? error.message : 'an error');
  }
  if (!isObject(json)) throw new SafetensorsError(file, 'header', 'a JSON object', show(text));
  const duplicate = findDuplicateKey(text);
  if (duplicate !== undefined)
    throw new SafetensorsError(file, 'header', 'distinct keys', `${show(duplicate)} twice`);
  return json;
}

function checkMetadata(file: string, value: unknown): Readonly<Record<string, string>> {
  if (!isObject(value)) throw new SafetensorsError(file, METADATA_KEY, 'an object of strings', show(value));
  const metadata: [string, string][] = Object.entries(value).map(([key, text]) => {
    if (typeof text !== 'string')
      throw new SafetensorsError(file, `${METADATA_KEY}.${key}`, 'a string', show(text));
    return [key, text];
  });
  return Object.fromEntries(metadata);
}

function parseEntry(file: string, name: string, value: unknown): SafetensorsEntry {
  const field = (part: string): string => `tensor ${JSON.stringify(name)}${part}`;
  if (!isObject(value))
    throw new SafetensorsError(file, field(''), 'an object with dtype, shape and data_offsets', show(value));
  const { dtype, shape, data_offsets: offsets } = value as Record<string, unknown>;
  if (!isTensorDtype(dtype))
    throw new SafetensorsError(file, field(': dtype'), `one of ${TENSOR_DTYPES.join(', ')}`, show(dtype));
  if (!isSizeList(shape))
    throw new SafetensorsError(file, field(': shape'), 'a list of integers >= 0', show(shape));
  if (!isSizeList(offsets) || offsets.length !== 2)
    throw new SafetensorsError(file, field(': data_offsets'), 'two integers >= 0', show(offsets));
  const [start, end] = offsets as [number, number];
  const byteLength = shape.reduce((product, size) => product * size, bytesPerElement(dtype));
  if (!Number.isSafeInteger(byteLength))
    throw new SafetensorsError(file, field(': shape'), 'fewer than 2^53 bytes', show(shape));
  if (end - start !== byteLength)
    throw new SafetensorsError(
      file,
      field(': data_offsets'),
      `${byteLength} bytes for ${dtype} of shape ${show(shape)}`,
      `${show(offsets)}, which are ${end - start}`,
    );
  return { dtype, shape, byteLength, start };
}

/** The tensors must cover the data exactly: an overlap or a gap could hide bytes from one reader and show them to another. */
function checkCoverage(
  file: string,
  entries: ReadonlyMap<string, SafetensorsEntry>,
  dataBytes: number,
): void {
  const inOrder = [...entries].sort(([, a], [, b]) => a.start - b.start || a.byteLength - b.byteLength);
  let covered = 0;
  for (const [name, { start, byteLength }] of inOrder) {
    if (start !== covered)
      throw new SafetensorsError(
        file,
        `tensor ${JSON.stringify(name)}: data_offsets`,
        `to start at ${covered}, where the tensor before it ends`,
        `${start} (${start < covered ? 'an overlap' : 'a gap'})`,
      );
    covered += byteLength;
  }
  if (covered !== dataBytes)
    throw new SafetensorsError(
      file,
      'data',
      `${covered} bytes after the header, as its tensors say`,
      `${dataBytes}${dataBytes < covered ? ' (the file is truncated)' : ''}`,
    );
}

/** A tensor without its elements: what the header says about it. */
export interface TensorShape {
  readonly dtype: TensorDtype;
  readonly shape: readonly number[];
}

/** A header, ready to be written, and its tensors in file order. */
export interface BuiltHeader {
  /** The length and the header, padded so that the data starts at a multiple of 8. */
  readonly bytes: Uint8Array;
  readonly order: readonly string[];
}

/**
 * Builds a header as the format's own writer does: larger elements first, then by name.
 *
 * @throws SafetensorsError if a shape is no list of sizes, or a tensor takes the name of the metadata
 */
export function buildHeader(
  file: string,
  tensors: ReadonlyMap<string, TensorShape>,
  metadata: Readonly<Record<string, string>>,
): BuiltHeader {
  const rank = (name: string): number => TENSOR_DTYPES.indexOf((tensors.get(name) as TensorShape).dtype);
  const order = [...tensors.keys()].sort((a, b) => rank(b) - rank(a) || compareUtf8(a, b));
  const parts: string[] = [];
  if (Object.keys(metadata).length > 0)
    parts.push(`"${METADATA_KEY}":${JSON.stringify(checkMetadata(file, metadata))}`);
  let start = 0;
  for (const name of order) {
    const { dtype, shape } = tensors.get(name) as TensorShape;
    if (name === METADATA_KEY)
      throw new SafetensorsError(file, 'tensor names', `a name other than ${METADATA_KEY}`, METADATA_KEY);
    const end = start + shape.reduce((product, size) => product * size, bytesPerElement(dtype));
    if (!isSizeList(shape) || !Number.isSafeInteger(end))
      throw new SafetensorsError(file, `tensor ${JSON.stringify(name)}: shape`, 'integers >= 0', show(shape));
    const entry = { dtype, shape, data_offsets: [start, end] };
    parts.push(`${JSON.stringify(name)}:${JSON.stringify(entry)}`);
    start = end;
  }
  const json = new TextEncoder().encode(`{${parts.join(',')}}`);
  const padded = Math.ceil(json.length / 8) * 8;
  if (padded > MAX_HEADER_BYTES)
    throw new SafetensorsError(file, 'header length', `at most ${MAX_HEADER_BYTES} bytes`, `${padded}`);
  const bytes = new Uint8Array(LENGTH_BYTES + padded).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(padded), true);
  bytes.set(json, LENGTH_BYTES);
  return { bytes, order };
}

/** By code points, as Rust compares strings; JavaScript's `<` compares UTF-16 units. */
function compareUtf8(a: string, b: string): number {
  const left = Array.from(a, (character) => character.codePointAt(0) as number);
  const right = Array.from(b, (character) => character.codePointAt(0) as number);
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index++) {
    const difference = (left[index] as number) - (right[index] as number);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isSizeList(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
