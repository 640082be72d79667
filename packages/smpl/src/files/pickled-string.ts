import { DataFileError } from './data-file-error.js';

const BACKSLASH = 0x5c;
const QUOTES: readonly number[] = [0x22, 0x27];
const SIMPLE_ESCAPES: ReadonlyMap<number, number> = new Map([
  ...['\\\\', "''", '""', 'a\x07', 'b\b', 'f\f', 'n\n', 'r\r', 't\t', 'v\v'].map((pair): [number, number] => [
    pair.charCodeAt(0),
    pair.charCodeAt(1),
  ]),
]);

/**
 * The bytes that protocol 0 wrote as a quoted Python string. Whole arrays are stored so in SMPL's own `.pkl` files.
 *
 * @throws DataFileError if it is not quoted, or an escape is broken
 */
export function unescapePickledString(line: Uint8Array, file: string, field: string): Uint8Array {
  const end = line.at(-1) === 13 ? line.length - 2 : line.length - 1;
  const quote = line[0] as number;
  if (end < 1 || !QUOTES.includes(quote) || line[end] !== quote)
    throw new DataFileError(file, field, 'a quoted string', 'one without its quotes: is the file cut short?');
  const bytes = new Uint8Array(end - 1);
  let length = 0;
  for (let i = 1; i < end; i++) {
    let value = line[i] as number;
    if (value === BACKSLASH) {
      const escape = line[++i] as number;
      if (escape === 0x78) {
        value = 16 * hexDigit(line[i + 1]) + hexDigit(line[i + 2]);
        i += 2;
      } else value = SIMPLE_ESCAPES.get(escape) ?? NaN;
      if (!(value >= 0) || i >= end)
        throw new DataFileError(file, field, 'an escape of Python strings', 'another');
    }
    bytes[length++] = value;
  }
  return bytes.subarray(0, length);
}

function hexDigit(code = 0): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 87 : NaN;
}
