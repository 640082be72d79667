import { mkdtemp, readdir, readFile, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRandom } from '@pose-rft/random';
import { useBackend } from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { clipPreprocessing } from '../image/image-preprocessing.js';
import { goldenPictures } from './__golden__/golden-tower.js';
import { encodeWithCache, FeatureCacheError, openFeatureCache } from './feature-cache.js';
import { featureKey, fingerprintEncoder } from './feature-key.js';
import { parseVisionConfig } from './vision-config-json.js';
import { createVisionEncoder, planVisionEncoder, type VisionEncoder } from './vision-encoder.js';
import { createVisionParameters } from './vision-parameters.js';

trackTensorLeaks({ beforeAll, afterAll });
beforeAll(() => useBackend('cpu'));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'features-'));
});
afterEach(() => rm(folder, { recursive: true }));

const key = (index: number): string => index.toString(16).padStart(64, '0');
const pathOf = (index: number): string =>
  join(folder, key(index).slice(0, 2), `${key(index).slice(2)}.safetensors`);
const features = (seed: number, size = 1000): Float32Array[] => [
  createRandom(seed).fillNormal(new Float32Array(size)),
  createRandom(seed + 100).fillNormal(new Float32Array(3)),
];

describe('openFeatureCache', () => {
  it('gives back what it was given, to another process too', async () => {
    await openFeatureCache(folder).put(key(1), features(1));
    const other = openFeatureCache(folder);
    expect(await other.get(key(1))).toEqual(features(1));
    expect(await other.get(key(2))).toBeUndefined();
    expect(await openFeatureCache(join(folder, 'none')).get(key(1))).toBeUndefined();
  });

  it.each([
    ['truncated', (path: string) => truncate(path, 500)],
    ['empty', (path: string) => truncate(path, 0)],
    [
      'changed by one bit',
      async (path: string) => {
        const bytes = await readFile(path);
        bytes[bytes.length - 7] = (bytes[bytes.length - 7] as number) ^ 1;
        await writeFile(path, bytes);
      },
    ],
    ['of another program', (path: string) => writeFile(path, 'nothing of the kind')],
  ])('forgets an entry that is %s', async (_, damage) => {
    const cache = openFeatureCache(folder);
    await cache.put(key(1), features(1));
    await damage(pathOf(1));
    expect(await cache.get(key(1))).toBeUndefined();
    await expect(stat(pathOf(1))).rejects.toThrow(/ENOENT/);
    await cache.put(key(1), features(1));
    expect(await cache.get(key(1))).toEqual(features(1));
  });

  it('keeps to its limit, and what was used last', async () => {
    // An entry has 4 kB and a little more: nine fit.
    const cache = openFeatureCache(folder, { maxBytes: 40_000 });
    for (let index = 0; index < 9; index++) {
      await cache.put(key(index), features(index));
      const past = new Date(Date.now() - 100_000 + 1000 * index);
      await utimes(pathOf(index), past, past);
    }
    expect(await cache.get(key(0))).toBeDefined();
    await cache.put(key(9), features(9));
    const kept: number[] = [];
    for (let index = 0; index < 10; index++)
      if ((await cache.get(key(index))) !== undefined) kept.push(index);
    expect(kept).toEqual([0, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('sweeps up what interrupted processes left, and leaves what is being written', async () => {
    const cache = openFeatureCache(folder);
    await cache.put(key(1), features(1));
    const old = `${pathOf(1)}.a.tmp`;
    const fresh = `${pathOf(1)}.b.tmp`;
    await writeFile(old, 'x');
    await writeFile(fresh, 'x');
    const yesterday = new Date(Date.now() - 86_400_000);
    await utimes(old, yesterday, yesterday);
    await openFeatureCache(folder).put(key(2), features(2));
    const names = await readdir(join(folder, '00'));
    expect(names.filter((name) => name.endsWith('.tmp'))).toEqual([fresh.slice(fresh.lastIndexOf('/') + 1)]);
  });

  it('stands many writers, readers and evictions of one folder at once', async () => {
    const work = async (writer: number): Promise<void> => {
      const cache = openFeatureCache(folder, { maxBytes: 30_000 });
      for (let step = 0; step < 12; step++) {
        const index = (step * 5 + writer) % 10;
        const found = await cache.get(key(index));
        if (found === undefined) await cache.put(key(index), features(index));
        else expect(found).toEqual(features(index));
      }
    };
    await Promise.all([0, 1, 2, 3, 4].map(work));
    const names = await readdir(folder, { recursive: true });
    expect(names.filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('refuses keys, limits and folders that make no sense', async () => {
    expect(() => openFeatureCache(folder, { maxBytes: 0 })).toThrow(FeatureCacheError);
    const cache = openFeatureCache(folder);
    await expect(cache.get('../../secret')).rejects.toThrow(/64 hexadecimal digits/);
    await writeFile(join(folder, 'file'), '');
    await expect(openFeatureCache(join(folder, 'file')).put(key(1), features(1))).rejects.toThrow(
      /cannot write .*permissions/,
    );
  });
});

const clip = parseVisionConfig({
  model_type: 'clip_vision_model',
  hidden_size: 8,
  intermediate_size: 12,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  image_size: 16,
  patch_size: 4,
});

async function withEncoder<Result>(
  seed: number,
  use: (encoder: VisionEncoder) => Promise<Result>,
  layer = -2,
): Promise<Result> {
  const config = {
    towers: [{ config: clip, feature: { layers: [layer], dropClassToken: true, finalNorm: false } }],
    fusion: { kind: 'tokens' },
    projector: { depth: 1, activation: 'gelu', bias: true },
    outputSize: 4,
  } as const;
  const parameters = createVisionParameters(planVisionEncoder(config), createRandom(seed));
  try {
    return await use(createVisionEncoder({ config, parameters }));
  } finally {
    parameters.dispose();
  }
}

describe('featureKey', () => {
  const preprocessing = [{ kind: 'whole picture', preprocessing: clipPreprocessing(16) }] as const;
  const image = Uint8Array.of(1, 2, 3);

  it('changes with the picture, the preprocessing, the weights and the features; not with the order of fields', async () => {
    const encoder = await withEncoder(1, fingerprintEncoder);
    const same = await withEncoder(1, fingerprintEncoder);
    expect(same).toBe(encoder);
    const first = await featureKey(encoder, preprocessing, image);
    const { rescaleFactor, ...rest } = clipPreprocessing(16);
    const reordered = [{ preprocessing: { rescaleFactor, ...rest }, kind: 'whole picture' }] as const;
    expect(await featureKey(encoder, reordered, image)).toBe(first);
    const others = [
      await featureKey(encoder, preprocessing, Uint8Array.of(1, 2, 4)),
      await featureKey(encoder, [{ kind: 'whole picture', preprocessing: clipPreprocessing(18) }], image),
      await featureKey(encoder, [{ kind: 'person' }], image),
      await featureKey(await withEncoder(2, fingerprintEncoder), preprocessing, image),
      await featureKey(await withEncoder(1, fingerprintEncoder, -1), preprocessing, image),
    ];
    expect(new Set([first, ...others]).size).toBe(6);
  });
});

describe('encodeWithCache', () => {
  it('encodes what is not there, once, and nothing that is', async () => {
    await withEncoder(1, async (encoder) => {
      const cache = openFeatureCache(folder);
      let prepared = 0;
      const pictures = [0, 1, 0].map((index) => ({
        key: key(index),
        prepare: () => {
          prepared += 1;
          return goldenPictures(clip).slice(index, index + 1);
        },
      }));
      const first = await encodeWithCache(cache, encoder, pictures);
      expect(prepared).toBe(2);
      const direct = encoder.encode(goldenPictures(clip).map((picture) => [picture]));
      expect(first).toEqual([0, 1, 0].map((index) => direct[index]));
      expect(await encodeWithCache(cache, encoder, pictures)).toEqual(first);
      expect(prepared).toBe(2);
      await truncate(pathOf(1), 100);
      expect(await encodeWithCache(cache, encoder, pictures)).toEqual(first);
      expect(prepared).toBe(3);
      // An entry that another encoder wrote under the same name.
      await cache.put(key(0), features(1));
      expect(await encodeWithCache(cache, encoder, pictures)).toEqual(first);
      expect(prepared).toBe(4);
      expect(await encodeWithCache(cache, encoder, [])).toEqual([]);
    });
  });
});
