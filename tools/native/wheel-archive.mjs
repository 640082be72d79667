// Reads single files out of a wheel (a zip archive) without unpacking the rest: one of its libraries is 790 MB.
import { createWriteStream } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
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
  name = 'WheelError';

  /** @param {string} file @param {string} problem */
  constructor(file, problem) {
    super(`${path.basename(file)}: ${problem}; delete it and run the command again`);
  }
}

/**
 * @typedef {object} WheelEntry
 * @property {string} name path inside the archive
 * @property {number} method how it is compressed
 * @property {number} packedBytes
 * @property {number} bytes
 * @property {number} offset of its local header
 */

/**
 * The files in a wheel.
 *
 * @param {string} file
 * @returns {Promise<readonly WheelEntry[]>}
 */
export async function listWheel(file) {
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

/**
 * Unpacks one file of a wheel.
 *
 * @param {string} file
 * @param {WheelEntry} entry
 * @param {string} target where to write it; its folder is made
 */
export async function unpackEntry(file, entry, target) {
  await mkdir(path.dirname(target), { recursive: true });
  const handle = await open(file);
  try {
    const header = await readRange(handle, entry.offset, 30);
    if (header.length < 30 || header.readUInt32LE(0) !== LOCAL_ENTRY)
      throw new WheelError(file, `${entry.name} is not where the zip directory says`);
    const start = entry.offset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
    if (entry.packedBytes === 0) return void (await (await open(target, 'w')).close());
    const packed = handle.createReadStream({ start, end: start + entry.packedBytes - 1, autoClose: false });
    let written = 0;
    const count = async function* (/** @type {AsyncIterable<Buffer>} */ chunks) {
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

/** @param {string} file @param {Buffer} directory @param {number} count @returns {readonly WheelEntry[]} */
function parseDirectory(file, directory, count) {
  const entries = [];
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

/**
 * @param {import('node:fs/promises').FileHandle} handle
 * @param {number} position
 * @param {number} length
 */
async function readRange(handle, position, length) {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}
