import { mkdtemp, readdir, readFile, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { writeFileAtomically } from './atomic-file.js';
import { decodeSafetensors, encodeSafetensors } from './safetensors-codec.js';
import { SafetensorsError } from './safetensors-error.js';
import { readSafetensors, writeSafetensors } from './safetensors-file.js';
import { readShardedSafetensors, writeShardedSafetensors } from './safetensors-shards.js';
import type { TensorData } from './tensor-data.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'safetensors-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

const weight: TensorData = { dtype: 'F32', shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) };
const bias: TensorData = { dtype: 'BF16', shape: [3], data: Uint16Array.of(1, 2, 3) };
const ids: TensorData = { dtype: 'I64', shape: [1], data: BigInt64Array.of(-9n) };

describe('a file', () => {
  test('holds the same bytes as the codec makes, and gives back each tensor', async () => {
    const path = join(folder, 'model.safetensors');
    await writeSafetensors(path, { weight, bias, ids }, { epoch: '3' });
    expect(new Uint8Array(await readFile(path))).toEqual(
      encodeSafetensors({ weight, bias, ids }, { epoch: '3' }),
    );
    const file = await readSafetensors(path);
    expect(file.metadata).toEqual({ epoch: '3' });
    expect(file.entries.get('bias')).toMatchObject({ dtype: 'BF16', shape: [3], byteLength: 6 });
    expect(await file.read('weight')).toEqual(weight);
    expect(await file.read('bias')).toEqual(bias);
    expect(await file.read('ids')).toEqual(ids);
    await expect(file.read('none')).rejects.toThrow(/one of: .*weight.* found "none"/);
  });

  test('is written from tensors that are loaded one at a time, in file order', async () => {
    const loaded: string[] = [];
    const lazily = (name: string, tensor: TensorData): object => ({
      dtype: tensor.dtype,
      shape: tensor.shape,
      load: () => {
        loaded.push(name);
        return Promise.resolve(tensor);
      },
    });
    const path = join(folder, 'model.safetensors');
    const sources = { bias: lazily('bias', bias), weight: lazily('weight', weight) };
    await writeSafetensors(path, sources as Parameters<typeof writeSafetensors>[1]);
    expect(loaded).toEqual(['weight', 'bias']);
    expect(decodeSafetensors(await readFile(path)).tensors.get('bias')).toEqual(bias);
  });

  test('stays as it was, with nothing beside it, when writing fails half-way', async () => {
    const path = join(folder, 'model.safetensors');
    await writeSafetensors(path, { weight });
    const before = await readFile(path);
    const broken = { dtype: 'F32', shape: [1], load: () => weight } as const;
    await expect(writeSafetensors(path, { bias, broken })).rejects.toThrow(
      /tensor "broken": expected F32\[1\]/,
    );
    expect(await readFile(path)).toEqual(before);
    expect(await readdir(folder)).toEqual(['model.safetensors']);
  });

  test('is refused when truncated, empty or missing, by its name', async () => {
    const path = join(folder, 'model.safetensors');
    await writeSafetensors(path, { weight });
    const { length } = await readFile(path);
    for (const size of [length - 1, 20, 8, 7, 0]) {
      await truncate(path, size);
      await expect(readSafetensors(path)).rejects.toThrow(SafetensorsError);
    }
    await expect(readSafetensors(join(folder, 'none'))).rejects.toThrow(
      /none: file: expected a readable file/,
    );
  });

  test('that was replaced after opening is not read with the old header', async () => {
    const path = join(folder, 'model.safetensors');
    await writeSafetensors(path, { weight });
    const file = await readSafetensors(path);
    await writeSafetensors(path, { weight });
    await utimes(path, 1, 1);
    await expect(file.read('weight')).rejects.toThrow(/written since: open it again/);
  });
});

describe('a sharded model', () => {
  const tensors = { weight, bias, ids };

  test('is split, indexed and read back as one', async () => {
    const paths = await writeShardedSafetensors(folder, tensors, 16, { format: 'pt' });
    expect(await readdir(folder)).toHaveLength(3);
    const indexPath = paths[paths.length - 1] as string;
    const index = JSON.parse(await readFile(indexPath, 'utf8')) as unknown;
    expect(index).toEqual({
      metadata: { total_size: 30 },
      weight_map: {
        weight: 'model-00001-of-00002.safetensors',
        bias: 'model-00002-of-00002.safetensors',
        ids: 'model-00002-of-00002.safetensors',
      },
    });
    const model = await readShardedSafetensors(indexPath);
    expect([...model.entries.keys()]).toEqual(['weight', 'bias', 'ids']);
    expect(model.metadata).toEqual({ format: 'pt' });
    expect(await model.read('ids')).toEqual(ids);
    await expect(model.read('none')).rejects.toThrow(/tensor names/);
  });

  test.each<[what: string, index: unknown, message: RegExp]>([
    ['no weight_map', {}, /weight_map: expected an object/],
    [
      'a path out of the folder',
      { weight_map: { weight: '../secret.safetensors' } },
      /the name of a .safetensors file/,
    ],
    ['a number for a file', { weight_map: { weight: 3 } }, /the name of a .safetensors file/],
    ['a missing shard', { weight_map: { weight: 'none.safetensors' } }, /none.safetensors: file/],
    ['a tensor that its shard lacks', { weight_map: { other: 'a.safetensors' } }, /no such tensor/],
    [
      'a tensor that it does not list',
      { weight_map: { weight: 'a.safetensors' } },
      /"bias" of a.safetensors, found no such key/,
    ],
  ])('is refused for %s', async (_what, index, message) => {
    await writeSafetensors(join(folder, 'a.safetensors'), { weight, bias });
    const indexPath = join(folder, 'model.safetensors.index.json');
    await writeFile(indexPath, JSON.stringify(index));
    await expect(readShardedSafetensors(indexPath)).rejects.toThrow(SafetensorsError);
    await expect(readShardedSafetensors(indexPath)).rejects.toThrow(message);
  });
});

test('writeFileAtomically replaces a text in one step', async () => {
  const path = join(folder, 'config.json');
  await writeFileAtomically(path, 'old');
  await writeFileAtomically(path, '{"ä":1}');
  expect(await readFile(path, 'utf8')).toBe('{"ä":1}');
  expect(await readdir(folder)).toEqual(['config.json']);
});
