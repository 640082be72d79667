import { createWriteStream } from 'node:fs';
import { mkdir, open, writeFile, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createInflateRaw } from 'node:zlib';

const END_OF_DIRECTORY = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;
const LOCAL_ENTRY = 0x04034b50;
/** The longest that the end record can be: 22 bytes and a comment of 65,535. */
const LONGEST_END = 22 + 0xffff;
const STORED = 0;
const DEFLATED = 8;

/** Thrown when a file is no zip archive that this reader understands. */
export class WheelError extends Error {
  override readonly name = 'WheelError';

  constructor(file: string, problem: string) {
    super(`${path.basename(file)}: ${problem}; delete it and run the command again`);
  }
}

/** One file in a wheel. */
export interface WheelEntry {
  /** Its path inside the archive. */
  readonly name: string;
  /** How it is compressed, by zip's number. */
  readonly method: number;
  readonly packedBytes: number;
  readonly bytes: number;
  /** Where its local header starts. */
  readonly offset: number;
}

/** The files in a wheel (a zip archive), without unpacking any. Throws a `WheelError` if it is none, or damaged. */
export async function listWheel(file: string): Promise<readonly WheelEntry[]> {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    const tail = await readRange(handle, Math.max(0, size - LONGEST_END), Math.min(size, LONGEST_END));
    let end = tail.length - 22;
    while (end >= 0 && tail.readUInt32LE(end) !== END_OF_DIRECTORY) end--;
    if (end < 0) throw new WheelError(file, 'it has no zip directory (is it complete?)');
    const count = tail.readUInt16LE(end + 10);
    const directoryBytes = tail.readUInt32LE(end + 12);
    const directoryOffset = tail.readUInt32LE(end + 16);
    if (directoryOffset + directoryBytes > size)
      throw new WheelError(file, 'its zip directory lies outside the file');
    return parseDirectory(file, await readRange(handle, directoryOffset, directoryBytes), count);
  } finally {
    await handle.close();
  }
}

/** Unpacks one file of a wheel, and makes its folder. Streams: one of TensorFlow's libraries has 790 MB. */
export async function unpackEntry(file: string, entry: WheelEntry, target: string): Promise<void> {
  await mkdir(path.dirname(target), { recursive: true });
  const handle = await open(file);
  try {
    const header = await readRange(handle, entry.offset, 30);
    if (header.length < 30 || header.readUInt32LE(0) !== LOCAL_ENTRY)
      throw new WheelError(file, `${entry.name} is not where the zip directory says`);
    const start = entry.offset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
    if (entry.packedBytes === 0) {
      await writeFile(target, '');
      return;
    }
    const packed = handle.createReadStream({ start, end: start + entry.packedBytes - 1, autoClose: false });
    let written = 0;
    const count = async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
      for await (const chunk of chunks) {
        written += chunk.length;
        yield chunk;
      }
    };
    if (entry.method === DEFLATED)
      await pipeline(packed, createInflateRaw(), count, createWriteStream(target));
    else if (entry.method === STORED) await pipeline(packed, count, createWriteStream(target));
    else throw new WheelError(file, `${entry.name} is compressed by method ${entry.method}, not by deflate`);
    if (written !== entry.bytes)
      throw new WheelError(file, `${entry.name} has ${written} bytes, not the ${entry.bytes} it should have`);
  } finally {
    await handle.close();
  }
}

function parseDirectory(file: string, directory: Buffer, count: number): readonly WheelEntry[] {
  const entries: WheelEntry[] = [];
  let position = 0;
  for (let index = 0; index < count; index++) {
    if (position + 46 > directory.length || directory.readUInt32LE(position) !== DIRECTORY_ENTRY)
      throw new WheelError(file, `entry ${index} of its zip directory is damaged`);
    const nameBytes = directory.readUInt16LE(position + 28);
    const name = directory.toString('utf8', position + 46, position + 46 + nameBytes);
    if (name.startsWith('/') || name.split('/').includes('..'))
      throw new WheelError(file, `${JSON.stringify(name)} would be written outside its folder`);
    entries.push({
      name,
      method: directory.readUInt16LE(position + 10),
      packedBytes: directory.readUInt32LE(position + 20),
      bytes: directory.readUInt32LE(position + 24),
      offset: directory.readUInt32LE(position + 42),
    });
    position +=
      46 + nameBytes + directory.readUInt16LE(position + 30) + directory.readUInt16LE(position + 32);
  }
  return entries;
}

async function readRange(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}
