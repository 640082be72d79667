import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listWheel, unpackEntry, WheelError } from './wheel-archive.js';

/** A zip archive of these files, each deflated unless it is stored. */
function zip(files: Readonly<Record<string, { bytes: Buffer; stored?: boolean }>>): Buffer {
  const local: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, { bytes, stored }] of Object.entries(files)) {
    const packed = stored ? bytes : deflateRawSync(bytes);
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(stored ? 0 : 8, 4);
    fields.writeUInt32LE(crc32(bytes), 10);
    fields.writeUInt32LE(packed.length, 14);
    fields.writeUInt32LE(bytes.length, 18);
    fields.writeUInt16LE(Buffer.byteLength(name), 22);
    const header = Buffer.concat([Buffer.from('PK\x03\x04'), fields, Buffer.from(name), packed]);
    const entry = Buffer.alloc(46);
    entry.write('PK\x01\x02', 'latin1');
    fields.copy(entry, 6);
    entry.writeUInt32LE(offset, 42);
    directory.push(entry, Buffer.from(name));
    local.push(header);
    offset += header.length;
  }
  const entries = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(Object.keys(files).length, 10);
  end.writeUInt32LE(entries.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...local, entries, end]);
}

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'wheel-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function wheelOf(bytes: Buffer): Promise<string> {
  const file = path.join(folder, 'some.whl');
  await writeFile(file, bytes);
  return file;
}

const library = Buffer.from('a library, '.repeat(10_000));

describe('a wheel', () => {
  test('gives back what is in it, deflated, stored and empty', async () => {
    const files = {
      'tensorflow/lib.so.2': { bytes: library },
      'tensorflow/include/c_api.h': { bytes: Buffer.from('int x;'), stored: true },
      'tensorflow/__init__.py': { bytes: Buffer.alloc(0) },
    };
    const wheel = await wheelOf(zip(files));
    const entries = await listWheel(wheel);
    expect(entries.map(({ name }) => name)).toEqual(Object.keys(files));
    for (const entry of entries) {
      const target = path.join(folder, 'out', entry.name);
      await unpackEntry(wheel, entry, target);
      expect(await readFile(target)).toEqual(files[entry.name as keyof typeof files].bytes);
    }
  });

  test.each([
    ['cut off', (bytes: Buffer) => bytes.subarray(0, bytes.length - 30), /no zip directory/],
    ['something else', () => Buffer.from('<html>'), /no zip directory/],
    ['empty', () => Buffer.alloc(0), /no zip directory/],
    [
      'with a directory elsewhere',
      (bytes: Buffer) => {
        bytes.writeUInt32LE(0x7fffffff, bytes.length - 6);
        return bytes;
      },
      /outside the file/,
    ],
    [
      'with a damaged directory',
      (bytes: Buffer) => {
        bytes.writeUInt32LE(0, bytes.readUInt32LE(bytes.length - 6));
        return bytes;
      },
      /entry 0 .* damaged/,
    ],
  ])('that is %s is refused', async (_name, damage, reason) => {
    const wheel = await wheelOf(damage(zip({ 'a/b': { bytes: library } })));
    await expect(listWheel(wheel)).rejects.toThrow(WheelError);
    await expect(listWheel(wheel)).rejects.toThrow(reason);
  });

  test.each(['../outside', '/outside', 'a/../../outside'])('cannot write to %s', async (name) => {
    const wheel = await wheelOf(zip({ [name]: { bytes: library } }));
    await expect(listWheel(wheel)).rejects.toThrow(/outside its folder/);
  });

  test('whose file is shorter than it says is refused', async () => {
    const wheel = await wheelOf(zip({ 'a/b': { bytes: library } }));
    const [entry] = await listWheel(wheel);
    if (entry === undefined) throw new Error('no entry');
    const claim = { ...entry, bytes: entry.bytes + 1 };
    await expect(unpackEntry(wheel, claim, path.join(folder, 'b'))).rejects.toThrow(WheelError);
  });
});
