import { inflateSync } from 'fflate';
import { crc32 } from './crc32.js';
import { DataFileError } from './data-file-error.js';

/** One file in a zip archive, still packed. */
export interface ZipEntry {
  readonly name: string;
  /** Unpacks it and checks its checksum. @throws DataFileError */
  readonly unpack: () => Uint8Array;
}

/** Deflate cannot shrink data more than this. */
const LARGEST_DEFLATE_RATIO = 1032;
const END_SIZE = 22;
const LARGEST_COMMENT = 65535;
const IN_ZIP64 = 0xffffffff;
const SIGNATURE = {
  end: 0x06054b50,
  end64: 0x06064b50,
  locator64: 0x07064b50,
  entry: 0x02014b50,
  file: 0x04034b50,
};

interface Place {
  readonly compressed: number;
  readonly size: number;
  readonly offset: number;
}

/**
 * Lists the files of a zip archive (stored or deflated, with or without the 64-bit extension) without unpacking them.
 * What an entry says of its size is believed only as far as its packed bytes could hold it.
 *
 * @throws DataFileError if the bytes are no zip archive, or its directory does not fit them
 */
export function zipEntries(bytes: Uint8Array, file: string): readonly ZipEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fail = (field: string, expected: string, found: string): DataFileError =>
    new DataFileError(file, field, expected, found);
  const end = findEnd(view);
  if (end < 0)
    throw fail('zip directory', 'an archive with a directory at its end', 'none: is the file cut short?');
  let count = view.getUint16(end + 10, true);
  let start = view.getUint32(end + 16, true);
  if (end >= 20 && view.getUint32(end - 20, true) === SIGNATURE.locator64) {
    const end64 = uint64(view, end - 12);
    if (end64 + 56 > bytes.length || view.getUint32(end64, true) !== SIGNATURE.end64)
      throw fail('zip directory', 'a 64-bit end record', `none at byte ${end64}`);
    count = uint64(view, end64 + 32);
    start = uint64(view, end64 + 48);
  }
  const entries: ZipEntry[] = [];
  let offset = start;
  for (let index = 0; index < count; index++) {
    const what = `zip entry ${index}`;
    if (offset + 46 > bytes.length || view.getUint32(offset, true) !== SIGNATURE.entry)
      throw fail(what, 'a directory record', `none at byte ${offset}`);
    const nameLength = view.getUint16(offset + 28, true);
    const extraLength = view.getUint16(offset + 30, true);
    const next = offset + 46 + nameLength + extraLength + view.getUint16(offset + 32, true);
    if (next > bytes.length) throw fail(what, `a record within ${bytes.length} bytes`, `an end at ${next}`);
    const name = new TextDecoder().decode(bytes.subarray(offset + 46, offset + 46 + nameLength));
    const place = placeOf(view, offset, offset + 46 + nameLength, extraLength);
    const method = view.getUint16(offset + 10, true);
    const checksum = view.getUint32(offset + 16, true);
    entries.push({ name, unpack: () => unpack(bytes, view, place, method, checksum, file, name) });
    offset = next;
  }
  return entries;
}

/** Where the end record starts: the last one whose comment reaches the end of the file; -1 if there is none. */
function findEnd(view: DataView): number {
  const last = view.byteLength - END_SIZE;
  for (let offset = last; offset >= 0 && offset >= last - LARGEST_COMMENT; offset--)
    if (view.getUint32(offset, true) === SIGNATURE.end && view.getUint16(offset + 20, true) === last - offset)
      return offset;
  return -1;
}

function uint64(view: DataView, offset: number): number {
  return view.getUint32(offset, true) + view.getUint32(offset + 4, true) * 2 ** 32;
}

/** Sizes and offset of an entry; those too large for 32 bits stand in the extra field 1, in this order. */
function placeOf(view: DataView, record: number, extra: number, extraLength: number): Place {
  let size = view.getUint32(record + 24, true);
  let compressed = view.getUint32(record + 20, true);
  let offset = view.getUint32(record + 42, true);
  for (let field = extra; field + 4 <= extra + extraLength;) {
    const length = view.getUint16(field + 2, true);
    if (view.getUint16(field, true) === 1) {
      let next = field + 4;
      const limit = Math.min(next + length, extra + extraLength);
      const take = (value: number): number => {
        if (value !== IN_ZIP64 || next + 8 > limit) return value;
        next += 8;
        return uint64(view, next - 8);
      };
      size = take(size);
      compressed = take(compressed);
      offset = take(offset);
    }
    field += 4 + length;
  }
  return { compressed, size, offset };
}

function unpack(
  bytes: Uint8Array,
  view: DataView,
  { compressed, size, offset }: Place,
  method: number,
  checksum: number,
  file: string,
  name: string,
): Uint8Array {
  const fail = (expected: string, found: string, cause?: unknown): DataFileError =>
    new DataFileError(file, name, expected, found, { cause });
  if (offset + 30 > bytes.length || view.getUint32(offset, true) !== SIGNATURE.file)
    throw fail('the packed file', `none at byte ${offset}`);
  const begin = offset + 30 + view.getUint16(offset + 26, true) + view.getUint16(offset + 28, true);
  if (begin + compressed > bytes.length)
    throw fail(`${compressed} packed bytes`, `${Math.max(0, bytes.length - begin)}: is the file cut short?`);
  const packed = bytes.subarray(begin, begin + compressed);
  if (method !== 0 && method !== 8) throw fail('stored or deflated data', `method ${method}`);
  if (method === 0 ? size !== compressed : size > compressed * LARGEST_DEFLATE_RATIO)
    throw fail(`a size that ${compressed} packed bytes can have`, `${size} bytes`);
  let data = packed;
  if (method === 8) {
    try {
      data = inflateSync(packed, { out: new Uint8Array(size) });
    } catch (cause) {
      throw fail('deflated data', cause instanceof Error ? cause.message : 'broken data', cause);
    }
  }
  if (data.length !== size) throw fail(`${size} bytes`, `${data.length} bytes`);
  const actual = crc32(data);
  if (actual !== checksum)
    throw fail(`data with checksum ${checksum.toString(16)}`, `checksum ${actual.toString(16)}`);
  return data;
}
