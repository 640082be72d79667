import { readFileBytes } from '../files/dataset-files.js';
import { FileAccessError } from '../files/file-access-error.js';
import { createScenes, type SceneMaker, type SceneOptions } from '../scene/create-scenes.js';
import type { SyntheticScene } from '../scene/synthetic-scene.js';
import { decodeSceneShard, encodeSceneShard, type SceneShard } from './scene-shard.js';
import { ShardError } from './shard-error.js';

export interface CachedScenesOptions extends SceneOptions {
  /** How many scenes there are. */
  readonly count: number;
  /** Where shards lie; it is made if need be. */
  readonly folder: string;
  /** Scenes a shard; 256 by default (13 MB with pictures of 128 pixels). */
  readonly shardSize?: number;
  /** Shards held in memory; 4 by default. */
  readonly shardsInMemory?: number;
  /** `rebuild` (the default) makes a damaged shard anew and says so to `onRebuilt`; `throw` refuses it. */
  readonly onDamaged?: 'rebuild' | 'throw';
  readonly onRebuilt?: (error: ShardError) => void;
}

/** Scenes by number, kept on disk. */
export interface CachedScenes {
  readonly count: number;
  /** Scene `index`, from memory, from its shard, or made with its whole shard. @throws ShardError, RangeError */
  scene(index: number): Promise<SyntheticScene>;
  /** All of them, in order. */
  [Symbol.asyncIterator](): AsyncGenerator<SyntheticScene, void, undefined>;
}

/** Changed whenever scenes of the same options change: old shards are then not taken for new ones. */
const GENERATION = 1;

/**
 * The scenes of {@link createScenes}, written to a folder as they are asked for and read from there the next time, in
 * shards of many scenes. A shard appears under its name only when it is whole; what does not fit its checksum is made
 * anew. A shard's name has the options that made it, so that several sets share a folder, and several processes too.
 *
 * @throws SceneOptionsError for options of no scenes; RangeError for counts that are none
 * @example
 * ```ts
 * import { mkdtemp, rm } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { cachedScenes } from '@pose-rft/datasets';
 *
 * const folder = await mkdtemp(join(tmpdir(), 'scenes-'));
 * const options = { seed: 1, split: 'train', count: 6, shardSize: 3, pictures: false, folder } as const;
 * const made = await cachedScenes(options).scene(4);
 * const read = await cachedScenes(options).scene(4);
 * console.assert(made.caption === read.caption);
 * await rm(folder, { recursive: true });
 * ```
 */
export function cachedScenes(options: CachedScenesOptions): CachedScenes {
  const { count, folder, shardSize = 256, shardsInMemory = 4, onDamaged = 'rebuild' } = options;
  for (const [name, value, least] of [
    ['count', count, 0],
    ['shardSize', shardSize, 1],
    ['shardsInMemory', shardsInMemory, 1],
  ] as const)
    if (!Number.isSafeInteger(value) || value < least)
      throw new RangeError(`cachedScenes: ${name} is ${value}; expected an integer >= ${least}.`);
  const maker = createScenes(options);
  const key = keyOf(maker);
  const inMemory = new Map<number, Promise<SceneShard>>();

  async function load(number: number): Promise<SceneShard> {
    const first = number * shardSize;
    const size = Math.min(shardSize, count - first);
    const file = `${fileKey(key)}-${first}-${size}.safetensors`;
    try {
      const shard = await decodeSceneShard(await readFileBytes(folder, file), key, file);
      if (shard.count !== size)
        throw new ShardError(file, `it holds ${shard.count} scenes, expected ${size}`);
      return shard;
    } catch (error) {
      const isMissing = error instanceof FileAccessError && error.isMissing;
      if (!isMissing && !(error instanceof ShardError)) throw error;
      if (error instanceof ShardError) {
        if (onDamaged === 'throw') throw error;
        options.onRebuilt?.(error);
      }
    }
    const scenes = Array.from({ length: size }, (_, row) => maker.scene(first + row));
    const bytes = await encodeSceneShard(scenes, key);
    await writeWhole(folder, file, bytes);
    return decodeSceneShard(bytes, key, file);
  }

  function shard(number: number): Promise<SceneShard> {
    const held = inMemory.get(number);
    if (held !== undefined) {
      // The newest last, so that the first is the one to let go.
      inMemory.delete(number);
      inMemory.set(number, held);
      return held;
    }
    const loading = load(number);
    inMemory.set(number, loading);
    loading.catch(() => inMemory.delete(number));
    for (const oldest of inMemory.keys()) {
      if (inMemory.size <= shardsInMemory) break;
      inMemory.delete(oldest);
    }
    return loading;
  }

  async function scene(index: number): Promise<SyntheticScene> {
    if (!Number.isSafeInteger(index) || index < 0 || index >= count)
      throw new RangeError(`cachedScenes: scene ${index} of ${count}.`);
    return (await shard(Math.floor(index / shardSize))).scene(index % shardSize);
  }

  return {
    count,
    scene,
    async *[Symbol.asyncIterator]() {
      for (let index = 0; index < count; index++) yield await scene(index);
    },
  };
}

/** What makes the scenes what they are. */
function keyOf({ options }: SceneMaker): string {
  const { seed, split, sizePixels, pictures, poses, questionLimit } = options;
  return JSON.stringify({
    generation: GENERATION,
    seed,
    split,
    sizePixels,
    pictures,
    poses: poses.name,
    questionLimit,
  });
}

/** A key as part of a file's name. */
function fileKey(key: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  return `scenes-${(hash >>> 0).toString(16).padStart(8, '0')}`;
}

/** Writes a file that is there whole or not at all. */
async function writeWhole(folder: string, file: string, bytes: Uint8Array): Promise<void> {
  const [{ mkdir, open, rename, rm }, { join }] = await Promise.all([
    import('node:fs/promises'),
    import('node:path'),
  ]);
  await mkdir(folder, { recursive: true });
  const temporary = join(folder, `${file}.${process.pid}-${Math.floor(performance.now() * 1e3)}.tmp`);
  try {
    const handle = await open(temporary, 'wx');
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, join(folder, file));
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
