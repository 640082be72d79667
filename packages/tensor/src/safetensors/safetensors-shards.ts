import { nodeBuiltin } from '../backend/node-builtins.js';
import { writeFileAtomically } from './atomic-file.js';
import { findDuplicateKey } from './duplicate-json-key.js';
import { toMap, type NamedTensors } from './safetensors-codec.js';
import { SafetensorsError } from './safetensors-error.js';
import {
  readSafetensors,
  writeSafetensors,
  type LazyTensorData,
  type SafetensorsFile,
} from './safetensors-file.js';
import { bytesPerElement, type TensorData } from './tensor-data.js';

/** The Hugging Face name of a sharded model's index. */
export const SHARD_INDEX_NAME = 'model.safetensors.index.json';

/**
 * Writes a model as `model-00001-of-0000N.safetensors` files and their index, as Hugging Face does. The index is
 * written last: a reader that finds it finds all shards.
 *
 * @param folder - must exist
 * @param maxShardBytes - a shard is closed before it grows beyond this; a larger tensor gets a shard of its own
 * @returns the paths written, the index last
 * @throws SafetensorsError
 */
export async function writeShardedSafetensors(
  folder: string,
  tensors: NamedTensors<TensorData | LazyTensorData>,
  maxShardBytes: number,
  metadata: Readonly<Record<string, string>> = {},
): Promise<readonly string[]> {
  if (!(maxShardBytes > 0)) throw new RangeError(`maxShardBytes must be > 0, got ${maxShardBytes}`);
  const { join } = nodeBuiltin('node:path');
  const shards = splitIntoShards(toMap(tensors), maxShardBytes);
  const weightMap = new Map<string, string>();
  const paths: string[] = [];
  let totalBytes = 0;
  const padded = (number: number): string => String(number).padStart(5, '0');
  for (const [index, shard] of shards.entries()) {
    const name = `model-${padded(index + 1)}-of-${padded(shards.length)}.safetensors`;
    paths.push(join(folder, name));
    await writeSafetensors(join(folder, name), shard, metadata);
    for (const [tensor, source] of shard) {
      weightMap.set(tensor, name);
      totalBytes += byteLengthOf(source);
    }
  }
  const index = { metadata: { total_size: totalBytes }, weight_map: Object.fromEntries(weightMap) };
  paths.push(join(folder, SHARD_INDEX_NAME));
  await writeFileAtomically(join(folder, SHARD_INDEX_NAME), `${JSON.stringify(index, null, 2)}\n`);
  return paths;
}

/**
 * Opens a sharded model by its index: checks the index, and the header of every shard, against each other.
 *
 * @param indexPath - `.../model.safetensors.index.json`; the shards lie beside it
 * @throws SafetensorsError
 */
export async function readShardedSafetensors(indexPath: string): Promise<SafetensorsFile> {
  const weightMap = await readWeightMap(indexPath);
  const { dirname, join } = nodeBuiltin('node:path');
  const shards = new Map<string, SafetensorsFile>();
  for (const name of new Set(weightMap.values()))
    shards.set(name, await readSafetensors(join(dirname(indexPath), name)));

  const entries = new Map<string, NonNullable<ReturnType<SafetensorsFile['entries']['get']>>>();
  for (const [tensor, shard] of weightMap) {
    const entry = shards.get(shard)?.entries.get(tensor);
    if (entry === undefined)
      throw new SafetensorsError(
        indexPath,
        `weight_map ${JSON.stringify(tensor)}`,
        `it in ${shard}`,
        'no such tensor',
      );
    entries.set(tensor, entry);
  }
  for (const [name, shard] of shards)
    for (const tensor of shard.entries.keys())
      if (weightMap.get(tensor) !== name)
        throw new SafetensorsError(
          indexPath,
          'weight_map',
          `${JSON.stringify(tensor)} of ${name}`,
          'no such key',
        );

  return {
    metadata: Object.assign({}, ...[...shards.values()].map((shard) => shard.metadata)),
    entries,
    read: async (tensor) => {
      const shard = shards.get(weightMap.get(tensor) ?? '');
      if (shard === undefined)
        throw new SafetensorsError(indexPath, 'tensor names', 'a name of weight_map', JSON.stringify(tensor));
      return shard.read(tensor);
    },
  };
}

async function readWeightMap(indexPath: string): Promise<ReadonlyMap<string, string>> {
  const fail = (field: string, expected: string, found: string): never => {
    throw new SafetensorsError(indexPath, field, expected, found);
  };
  let text = '';
  let json: unknown;
  try {
    text = await nodeBuiltin('node:fs').promises.readFile(indexPath, 'utf8');
    json = JSON.parse(text);
  } catch (error) {
    fail('file', 'readable JSON', error instanceof Error ? error.message : String(error));
  }
  const duplicate = findDuplicateKey(text);
  if (duplicate !== undefined) fail('weight_map', 'distinct keys', `${JSON.stringify(duplicate)} twice`);
  const weightMap = (json as { readonly weight_map?: unknown } | null)?.weight_map;
  if (typeof weightMap !== 'object' || weightMap === null)
    return fail('weight_map', 'an object of file names by tensor', JSON.stringify(weightMap) ?? 'nothing');
  const entries: [string, unknown][] = Object.entries(weightMap);
  return new Map(
    entries.map(([tensor, file]) =>
      // A bare name only: an index must not reach out of its folder.
      typeof file === 'string' && /^[^/\\]+\.safetensors$/.test(file)
        ? [tensor, file]
        : fail(
            `weight_map ${JSON.stringify(tensor)}`,
            'the name of a .safetensors file',
            JSON.stringify(file),
          ),
    ),
  );
}

function splitIntoShards<Source extends TensorData | LazyTensorData>(
  tensors: ReadonlyMap<string, Source>,
  maxShardBytes: number,
): ReadonlyMap<string, Source>[] {
  let current = new Map<string, Source>();
  let bytes = 0;
  const shards = [current];
  for (const [name, source] of tensors) {
    const size = byteLengthOf(source);
    if (current.size > 0 && bytes + size > maxShardBytes) {
      current = new Map();
      shards.push(current);
      bytes = 0;
    }
    current.set(name, source);
    bytes += size;
  }
  return shards;
}

function byteLengthOf({ dtype, shape }: TensorData | LazyTensorData): number {
  return shape.reduce((product, size) => product * size, bytesPerElement(dtype));
}
