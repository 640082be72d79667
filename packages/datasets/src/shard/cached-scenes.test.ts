import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRandom } from '@pose-rft/random';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createScenes } from '../scene/create-scenes.js';
import { SAMPLED_POSES } from '../scene/pose-source.js';
import { cachedScenes, type CachedScenesOptions } from './cached-scenes.js';
import { decodeSceneShard, encodeSceneShard } from './scene-shard.js';
import { ShardError } from './shard-error.js';
import { decodeTensorTable, encodeTensorTable } from './tensor-table.js';

let folder: string;
let options: CachedScenesOptions;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scenes-'));
  options = { seed: 9, split: 'train', sizePixels: 32, count: 10, shardSize: 4, folder };
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function shards(): Promise<string[]> {
  return (await readdir(folder)).sort();
}

describe('cachedScenes', () => {
  test('gives what createScenes gives, made or read', async () => {
    const maker = createScenes(options);
    for (const round of ['made', 'read']) {
      const scenes = [];
      for await (const scene of cachedScenes(options)) scenes.push(scene);
      expect(scenes, round).toEqual(Array.from({ length: 10 }, (_, index) => maker.scene(index)));
    }
    expect((await shards()).map((name) => name.replace(/^scenes-[0-9a-f]{8}-/, ''))).toEqual([
      '0-4.safetensors',
      '4-4.safetensors',
      '8-2.safetensors',
    ]);
  });

  test('makes a shard once, and reads it afterwards', async () => {
    let drawn = 0;
    const poses = {
      name: 'counted',
      draw: (random: Parameters<typeof SAMPLED_POSES.draw>[0]) => {
        drawn++;
        return SAMPLED_POSES.draw(random);
      },
    };
    await cachedScenes({ ...options, poses }).scene(5);
    const afterMaking = drawn;
    expect(afterMaking).toBeGreaterThanOrEqual(4);
    const again = cachedScenes({ ...options, poses });
    await Promise.all([again.scene(4), again.scene(7), again.scene(5)]);
    expect(drawn).toBe(afterMaking);
    // Another source, another set.
    await cachedScenes(options).scene(5);
    expect(await shards()).toHaveLength(2);
  });

  test.each([
    ['cut short', (path: string) => truncate(path, 5000)],
    ['emptied', (path: string) => writeFile(path, '')],
    [
      'changed in one bit',
      async (path: string) => {
        const bytes = await readFile(path);
        bytes[bytes.length - 100] = (bytes[bytes.length - 100] as number) ^ 1;
        await writeFile(path, bytes);
      },
    ],
  ])('makes a shard anew that was %s, or refuses it', async (_, damage) => {
    const whole = await cachedScenes(options).scene(1);
    const [name = ''] = await shards();
    await damage(join(folder, name));
    await expect(cachedScenes({ ...options, onDamaged: 'throw' }).scene(1)).rejects.toThrow(ShardError);
    const rebuilt: ShardError[] = [];
    const mended = cachedScenes({ ...options, onRebuilt: (error) => rebuilt.push(error) });
    expect(await mended.scene(1)).toEqual(whole);
    expect(rebuilt).toHaveLength(1);
    expect(rebuilt[0]?.file).toBe(name);
    expect(await cachedScenes({ ...options, onDamaged: 'throw' }).scene(1)).toEqual(whole);
    expect(await shards()).toEqual([name]);
  });

  test('refuses impossible counts and scenes', async () => {
    expect(() => cachedScenes({ ...options, count: -1 })).toThrow(/count is -1/);
    expect(() => cachedScenes({ ...options, shardSize: 0 })).toThrow(/shardSize is 0/);
    await expect(cachedScenes(options).scene(10)).rejects.toThrow(/scene 10 of 10/);
  });
});

describe('shards', () => {
  const scenes = Array.from({ length: 3 }, (_, index) =>
    createScenes({ seed: 1, split: 'test', pictures: false }).scene(index),
  );

  test('of damaged bytes give a typed error, never other scenes', async () => {
    const bytes = await encodeSceneShard(scenes, 'key');
    const random = createRandom(4);
    let refused = 0;
    for (let run = 0; run < 300; run++) {
      const damaged = bytes.slice(0, random.integer(4) === 0 ? random.integer(bytes.length) : bytes.length);
      if (damaged.length > 0) {
        const at = random.integer(damaged.length);
        damaged[at] = (damaged[at] as number) ^ (1 << random.integer(8));
      }
      try {
        const shard = await decodeSceneShard(damaged, 'key', 'fuzzed');
        // Only spaces of the header may have changed.
        for (let row = 0; row < 3; row++) expect(shard.scene(row)).toEqual(scenes[row]);
      } catch (error) {
        if (!(error instanceof ShardError)) throw error;
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(280);
  });

  test('of another key are refused', async () => {
    const bytes = await encodeSceneShard(scenes, 'key');
    await expect(decodeSceneShard(bytes, 'other', 'a')).rejects.toThrow(/scenes of key, not of other/);
    const shard = await decodeSceneShard(bytes, 'key', 'a');
    expect(() => shard.scene(3)).toThrow(/no row 3: it holds 3/);
  });

  test('are safetensors', () => {
    const tensors = {
      bytes: { shape: [3], data: Uint8Array.of(1, 2, 3) },
      floats: { shape: [1, 2], data: Float32Array.of(0.5, NaN) },
      ends: { shape: [1], data: Uint32Array.of(7) },
    };
    const bytes = encodeTensorTable({ metadata: { a: 'b' }, tensors });
    const headerLength = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    const header: unknown = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + headerLength)));
    expect(header).toMatchObject({
      __metadata__: { a: 'b' },
      floats: { dtype: 'F32', shape: [1, 2], data_offsets: [0, 8] },
    });
    expect(decodeTensorTable(bytes, 'x')).toEqual({ metadata: { a: 'b' }, tensors });
    // At any offset in memory.
    const shifted = new Uint8Array(bytes.length + 1);
    shifted.set(bytes, 1);
    expect(decodeTensorTable(shifted.subarray(1), 'x').tensors).toEqual(tensors);
  });
});
