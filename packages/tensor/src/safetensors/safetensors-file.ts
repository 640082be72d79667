import { nodeBuiltin } from '../backend/node-builtins.js';
import { writeFileInChunks } from './atomic-file.js';
import { checkElementCount, toMap, type NamedTensors } from './safetensors-codec.js';
import { SafetensorsError } from './safetensors-error.js';
import {
  buildHeader,
  LENGTH_BYTES,
  parseHeader,
  readHeaderLength,
  type SafetensorsEntry,
  type TensorShape,
} from './safetensors-header.js';
import { tensorDataBytes, tensorDataFromBytes, type TensorData } from './tensor-data.js';

/** A tensor that is fetched only when it is written, so that no two need be in memory. */
export interface LazyTensorData extends TensorShape {
  readonly load: () => TensorData | Promise<TensorData>;
}

/** A safetensors file on disk, or several under one index: its header was checked, its tensors are read on demand. */
export interface SafetensorsFile {
  readonly metadata: Readonly<Record<string, string>>;
  readonly entries: ReadonlyMap<string, TensorShape & { readonly byteLength: number }>;
  /** Reads one tensor. Throws a `SafetensorsError` if there is none of that name, or the file changed meanwhile. */
  readonly read: (name: string) => Promise<TensorData>;
}

/**
 * Writes a safetensors file atomically, one tensor after the other.
 *
 * @param path - the file; its folder must exist
 * @param tensors - by name; lazy ones are loaded when their turn comes
 * @param metadata - strings for the header
 * @throws SafetensorsError if a tensor's data does not fit its shape; then the file is as it was
 */
export async function writeSafetensors(
  path: string,
  tensors: NamedTensors<TensorData | LazyTensorData>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const named = toMap(tensors);
  const header = buildHeader(path, named, metadata);
  await writeFileInChunks(path, async (write) => {
    await write(header.bytes);
    for (const name of header.order) {
      const source = named.get(name) as TensorData | LazyTensorData;
      const tensor = 'load' in source ? await source.load() : source;
      checkSameShape(path, name, source, tensor);
      checkElementCount(path, name, tensor);
      await write(tensorDataBytes(tensor));
    }
  });
}

/**
 * Opens one safetensors file: reads and checks its header. For a sharded model see `readShardedSafetensors`.
 *
 * @throws SafetensorsError if the file is missing or breaks the format
 */
export async function readSafetensors(path: string): Promise<SafetensorsFile> {
  const opened = await withFile(path, async (file) => {
    const prefix = await readBytes(path, file, 0, Math.min(LENGTH_BYTES, file.size));
    const headerLength = readHeaderLength(path, prefix, file.size);
    const headerBytes = await readBytes(path, file, LENGTH_BYTES, headerLength);
    const dataStart = LENGTH_BYTES + headerLength;
    return { header: parseHeader(path, headerBytes, file.size - dataStart), dataStart, stamp: file.stamp };
  });
  const { header, dataStart, stamp } = opened;
  return {
    metadata: header.metadata,
    entries: header.entries,
    read: async (name) => {
      const entry = findEntry(path, name, header.entries);
      const bytes = await withFile(path, (file) => {
        if (file.stamp !== stamp)
          throw new SafetensorsError(
            path,
            'file',
            'the file that was opened',
            'one written since: open it again',
          );
        return readBytes(path, file, dataStart + entry.start, entry.byteLength);
      });
      return tensorDataFromBytes(entry.dtype, entry.shape, bytes);
    },
  };
}

function findEntry(
  path: string,
  name: string,
  entries: ReadonlyMap<string, SafetensorsEntry>,
): SafetensorsEntry {
  const entry = entries.get(name);
  if (entry === undefined) {
    const names = [...entries.keys()].slice(0, 12).join(', ');
    throw new SafetensorsError(path, 'tensor names', `one of: ${names}`, JSON.stringify(name));
  }
  return entry;
}

interface OpenFile {
  readonly size: number;
  /** Tells one version of the file from the next. */
  readonly stamp: string;
  readonly readInto: (
    target: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ) => Promise<number>;
}

async function withFile<Result>(path: string, use: (file: OpenFile) => Promise<Result>): Promise<Result> {
  const { promises } = nodeBuiltin('node:fs');
  const handle = await promises.open(path, 'r').catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    throw new SafetensorsError(path, 'file', 'a readable file', reason);
  });
  try {
    const stat = await handle.stat();
    return await use({
      size: stat.size,
      stamp: `${stat.ino} ${stat.size} ${stat.mtimeMs}`,
      readInto: async (target, offset, length, position) =>
        (await handle.read(target, offset, length, position)).bytesRead,
    });
  } finally {
    await handle.close();
  }
}

async function readBytes(
  path: string,
  file: OpenFile,
  position: number,
  length: number,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const count = Math.min(length - filled, 2 ** 30);
    const read = await file.readInto(bytes, filled, count, position + filled);
    if (read === 0)
      throw new SafetensorsError(path, 'data', `${length} bytes at ${position}`, `the end after ${filled}`);
    filled += read;
  }
  return bytes;
}

function checkSameShape(path: string, name: string, declared: TensorShape, loaded: TensorShape): void {
  const text = ({ dtype, shape }: TensorShape): string => `${dtype}[${shape.join(', ')}]`;
  if (text(declared) !== text(loaded))
    throw new SafetensorsError(path, `tensor ${JSON.stringify(name)}`, text(declared), text(loaded));
}
