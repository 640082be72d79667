import { DataFileError } from './data-file-error.js';

/** Reads a pickle's bytes in order, and refuses to read past their end. */
export interface PickleCursor {
  position(): number;
  byte(): number;
  /** Little-endian. */
  uint(size: 2 | 4): number;
  int32(): number;
  /** Little-endian; as a double, exact up to 2^53. */
  uint64(): number;
  /** Big-endian. */
  float64(): number;
  bytes(count: number): Uint8Array;
  /** Up to the next newline, which is taken too. */
  line(): Uint8Array;
  /** In UTF-8. */
  text(count: number): string;
  /** In Latin-1, as Python's raw-unicode-escape. */
  lineText(): string;
}

export function createPickleCursor(pickle: Uint8Array, file: string, field: string): PickleCursor {
  // Node's Buffers have methods of their own.
  const source = new Uint8Array(pickle.buffer, pickle.byteOffset, pickle.byteLength);
  const view = new DataView(source.buffer, source.byteOffset, source.byteLength);
  let offset = 0;

  function take(count: number): number {
    if (count > source.length - offset)
      throw new DataFileError(
        file,
        field,
        `${count} more bytes of pickle at byte ${offset}`,
        `${source.length - offset}: is the file cut short?`,
      );
    const start = offset;
    offset += count;
    return start;
  }
  const bytes = (count: number): Uint8Array => {
    const start = take(count);
    return source.subarray(start, start + count);
  };
  const line = (): Uint8Array => {
    const end = source.indexOf(10, offset);
    const found = bytes((end < 0 ? source.length + 1 : end) - offset);
    take(1);
    return found;
  };
  const decoder = new TextDecoder();
  const latin1 = new TextDecoder('latin1');
  return {
    position: () => offset,
    byte: () => source[take(1)] as number,
    uint: (size) => (size === 2 ? view.getUint16(take(2), true) : view.getUint32(take(4), true)),
    int32: () => view.getInt32(take(4), true),
    uint64() {
      const start = take(8);
      return view.getUint32(start, true) + view.getUint32(start + 4, true) * 2 ** 32;
    },
    float64: () => view.getFloat64(take(8)),
    bytes,
    line,
    text: (count) => decoder.decode(bytes(count)),
    lineText: () => latin1.decode(line()),
  };
}
