import { readSafetensors, SafetensorsError, tensorDataToFloat32, writeSafetensors } from '@pose-rft/tensor';
import type { PixelValues } from '../image/pixel-values.js';
import type { ImageFeatures, VisionEncoder } from './vision-encoder.js';

/** Features of pictures on disk, each in a file named by its content; see {@link openFeatureCache}. */
export interface FeatureCache {
  /** The features of a key; undefined if they are not there, or what is there is damaged (it is deleted then). */
  get(key: string): Promise<ImageFeatures | undefined>;
  /**
   * Keeps the features of a key; if that makes the cache too large, those that were not read for the longest are
   * deleted, down to nine tenths of the limit.
   *
   * @throws FeatureCacheError if the features cannot be written
   */
  put(key: string, features: ImageFeatures): Promise<void>;
}

export interface FeatureCacheOptions {
  /** Bytes of all entries together, at most (default 10 GiB). */
  readonly maxBytes?: number;
}

/** Thrown for keys that are none, limits that make no sense, and folders that cannot be written to. */
export class FeatureCacheError extends Error {
  override readonly name = 'FeatureCacheError';
}

const DEFAULT_MAX_BYTES = 10 * 2 ** 30;
const EXTENSION = '.safetensors';
/** What an interrupted process leaves behind; older than this it is nobody's any more. */
const ABANDONED_MILLISECONDS = 60 * 60 * 1000;
/** Other processes add entries as well: how many of our own until the folder is looked at again. */
const ENTRIES_BETWEEN_SCANS = 256;

/**
 * Opens a folder, made when needed, as a cache of features of frozen encoders: encoding a picture costs a thousand
 * times what reading 2.4 MB does. Entries are safetensors files that replace each other atomically and carry a digest
 * of their numbers, so any number of processes may use one folder, and a damaged entry is computed again.
 *
 * @throws FeatureCacheError if `maxBytes` is not above 0
 * @example
 * ```ts
 * import { mkdtemp, rm } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { featureKey, openFeatureCache } from '@pose-rft/mllm';
 *
 * const folder = await mkdtemp(join(tmpdir(), 'features-'));
 * const cache = openFeatureCache(folder, { maxBytes: 1e9 });
 * const key = await featureKey('of the encoder', [], Uint8Array.of(1, 2, 3));
 * await cache.put(key, [Float32Array.of(0.5, 1.5)]);
 * console.assert((await cache.get(key))?.[0]?.[1] === 1.5);
 * await rm(folder, { recursive: true });
 * ```
 */
export function openFeatureCache(folder: string, options: FeatureCacheOptions = {}): FeatureCache {
  const { maxBytes = DEFAULT_MAX_BYTES } = options;
  if (!(maxBytes > 0))
    throw new FeatureCacheError(`feature cache: expected maxBytes above 0, found ${maxBytes}.`);
  /** Bytes of all entries, as far as this process knows; undefined before the first look. */
  let knownBytes: number | undefined;
  let entriesSinceScan = 0;

  return {
    async get(key) {
      const { rm, utimes } = await import('node:fs/promises');
      const path = await entryPath(folder, key);
      const features = await readEntry(path);
      if (features === 'damaged') {
        await rm(path, { force: true });
        return undefined;
      }
      // The time of the last use; the entry may just have been evicted by another process.
      if (features !== undefined) await utimes(path, new Date(), new Date()).catch(() => undefined);
      return features;
    },
    async put(key, features) {
      const { mkdir } = await import('node:fs/promises');
      const { dirname } = await import('node:path');
      const path = await entryPath(folder, key);
      try {
        await mkdir(dirname(path), { recursive: true });
        await writeEntry(path, features);
      } catch (cause) {
        throw new FeatureCacheError(
          `feature cache: cannot write ${path} (${describe(cause)}). Check the folder, its permissions and the space left.`,
          { cause },
        );
      }
      entriesSinceScan += 1;
      if (knownBytes !== undefined) knownBytes += await bytesOf(path);
      const isDue =
        knownBytes === undefined || knownBytes > maxBytes || entriesSinceScan >= ENTRIES_BETWEEN_SCANS;
      if (!isDue) return;
      knownBytes = await evict(folder, maxBytes);
      entriesSinceScan = 0;
    },
  };
}

/** One picture to be encoded. */
export interface CachedPicture {
  /** From `featureKey`. */
  readonly key: string;
  /** For every tower, what its preprocessing makes of the picture; called only if the features are not there. */
  readonly prepare: () => readonly PixelValues[] | Promise<readonly PixelValues[]>;
}

/**
 * The features of pictures, those that are cached from the cache, the others encoded in one pass and kept. A picture
 * that occurs twice is encoded once.
 *
 * @throws FeatureCacheError if features cannot be written
 */
export async function encodeWithCache(
  cache: FeatureCache,
  encoder: VisionEncoder,
  pictures: readonly CachedPicture[],
): Promise<ImageFeatures[]> {
  const found = new Map<string, ImageFeatures>();
  const missing = new Map<string, readonly PixelValues[]>();
  for (const { key, prepare } of pictures) {
    if (found.has(key) || missing.has(key)) continue;
    const features = await cache.get(key);
    // An entry of other sizes was made for another encoder under this key: a mistake, but not one to compute with.
    if (features !== undefined && fitsEncoder(encoder, features)) found.set(key, features);
    else missing.set(key, await prepare());
  }
  const keys = [...missing.keys()];
  const encoded = encoder.encode([...missing.values()]);
  for (const [index, features] of encoded.entries()) {
    const key = keys[index] as string;
    found.set(key, features);
    await cache.put(key, features);
  }
  return pictures.map(({ key }) => found.get(key) as ImageFeatures);
}

function fitsEncoder(encoder: VisionEncoder, features: ImageFeatures): boolean {
  return (
    features.length === encoder.towers.length &&
    encoder.towers.every(
      ({ tokenCount, featureSize }, tower) => features[tower]?.length === tokenCount * featureSize,
    )
  );
}

/** Entries are spread over 256 folders, so that none of them grows unwieldy. */
async function entryPath(folder: string, key: string): Promise<string> {
  if (!/^[0-9a-f]{64}$/.test(key))
    throw new FeatureCacheError(
      `feature cache: expected a key of 64 hexadecimal digits (featureKey), found ${JSON.stringify(key)}.`,
    );
  const { join } = await import('node:path');
  return join(folder, key.slice(0, 2), `${key.slice(2)}${EXTENSION}`);
}

async function writeEntry(path: string, features: ImageFeatures): Promise<void> {
  const tensors = features.map(
    (data, tower) => [towerName(tower), { dtype: 'F32', shape: [data.length], data }] as const,
  );
  await writeSafetensors(path, Object.fromEntries(tensors), {
    towers: `${features.length}`,
    sha256: await digestOf(features),
  });
}

/** The features; undefined if there are none. */
async function readEntry(path: string): Promise<ImageFeatures | 'damaged' | undefined> {
  const { access } = await import('node:fs/promises');
  const isThere = await access(path).then(
    () => true,
    () => false,
  );
  if (!isThere) return undefined;
  try {
    const file = await readSafetensors(path);
    const features: Float32Array[] = [];
    for (let tower = 0; tower < Number(file.metadata['towers']); tower++)
      features.push(tensorDataToFloat32(await file.read(towerName(tower))));
    return (await digestOf(features)) === file.metadata['sha256'] ? features : 'damaged';
  } catch (error) {
    // Broken, or evicted or replaced since it was opened.
    if (error instanceof SafetensorsError) return 'damaged';
    throw error;
  }
}

function towerName(tower: number): string {
  return `tower.${tower}`;
}

async function digestOf(features: ImageFeatures): Promise<string> {
  const { createHash } = await import('node:crypto');
  const digest = createHash('sha256');
  for (const data of features) digest.update(data);
  return digest.digest('hex');
}

interface EntryFile {
  readonly path: string;
  readonly bytes: number;
  readonly usedAt: number;
}

/** Deletes what is too much, and what interrupted processes left; returns the bytes that are left. */
async function evict(folder: string, maxBytes: number): Promise<number> {
  const { rm } = await import('node:fs/promises');
  const files = await listFiles(folder);
  const entries = files.filter(({ path }) => path.endsWith(EXTENSION));
  const isAbandoned = ({ path, usedAt }: EntryFile): boolean =>
    path.endsWith('.tmp') && Date.now() - usedAt > ABANDONED_MILLISECONDS;
  for (const { path } of files.filter(isAbandoned)) await rm(path, { force: true });
  let total = entries.reduce((sum, { bytes }) => sum + bytes, 0);
  if (total <= maxBytes) return total;
  for (const { path, bytes } of entries.toSorted((a, b) => a.usedAt - b.usedAt)) {
    if (total <= 0.9 * maxBytes) break;
    await rm(path, { force: true });
    total -= bytes;
  }
  return total;
}

async function listFiles(folder: string): Promise<readonly EntryFile[]> {
  const { readdir, stat } = await import('node:fs/promises');
  const { join } = await import('node:path');
  const found: EntryFile[] = [];
  const parts = (await readdir(folder)).filter((name) => /^[0-9a-f]{2}$/.test(name));
  for (const part of parts)
    for (const name of await readdir(join(folder, part))) {
      const path = join(folder, part, name);
      // Gone meanwhile: another process evicts too.
      const status = await stat(path).catch(() => undefined);
      if (status !== undefined) found.push({ path, bytes: status.size, usedAt: status.mtimeMs });
    }
  return found;
}

async function bytesOf(path: string): Promise<number> {
  const { stat } = await import('node:fs/promises');
  return await stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}

function describe(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
