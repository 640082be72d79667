import { fileURLToPath } from 'node:url';
import { readSafetensors, useBackend, type SafetensorsFile } from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CheckpointError } from '../checkpoint-error.js';
import {
  goldenFile,
  goldenPictures,
  largestGap,
  openGoldenTower,
  readGoldenTower,
  type GoldenTower,
} from './__golden__/golden-tower.js';
import { findVisionPrefix, loadVisionTower, planVisionCheckpoint } from './vision-checkpoint.js';
import { visionPreset } from './vision-config-json.js';
import { createVisionTower } from './vision-tower.js';

trackTensorLeaks({ beforeAll, afterAll });
beforeAll(() => useBackend('cpu'));

type Tensors = GoldenTower['tensors'];

/** Loads a CLIP tower from a file with other tensors than the golden one's, and lets go of it. */
async function load(change: (tensors: Tensors) => Tensors): Promise<readonly string[]> {
  const { config, golden } = openGoldenTower('clip-gelu');
  const file = goldenFile(change(golden.tensors));
  const parameters = await loadVisionTower(file, config, { path: 'model.safetensors' });
  const { names } = parameters;
  parameters.dispose();
  return names;
}

const renamed = (from: string, to: string) => (tensors: Tensors) =>
  Object.fromEntries(Object.entries(tensors).map(([name, shape]) => [name.replace(from, to), shape]));
const without = (part: string) => (tensors: Tensors) =>
  Object.fromEntries(Object.entries(tensors).filter(([name]) => !name.includes(part)));

describe('loadVisionTower', () => {
  it('reads what convert.py makes of HMR2.0 checkpoint', async () => {
    const { config, golden } = openGoldenTower('hmr2');
    const path = fileURLToPath(new URL('__golden__/hmr2-converted.safetensors', import.meta.url));
    const parameters = await loadVisionTower(await readSafetensors(path), config, { path });
    const tower = createVisionTower({ config, parameters });
    const found = tower.encode(goldenPictures(config));
    expect(largestGap(found, golden.normalised ?? [])).toBeLessThan(2e-5);
    expect(parameters.names.some((name) => parameters.isTrainable(name))).toBe(false);
    parameters.dispose();
  });

  it.each([
    ['inside a model', 'vision_tower.vision_model.', 'model.vision_tower.vision_model.'],
    ['without the nested class', 'vision_tower.vision_model.', 'vision_tower.'],
    ['alone', 'vision_tower.vision_model.', ''],
  ])('finds the tower %s', async (_, from, to) => {
    const names = await load(renamed(from, to));
    expect(names).toContain('vision_tower.vision_model.encoder.layers.0.self_attn.qkv_proj.weight');
  });

  it('takes buffers and heads that do not matter, and needs no block that is not run', async () => {
    const extra = { 'vision_tower.vision_model.embeddings.position_ids': [1, 5] };
    await expect(load((tensors) => ({ ...tensors, ...extra }))).resolves.toHaveLength(5 + 12);
    await expect(load(without('layers.1.'))).resolves.toHaveLength(5 + 12);
  });

  it.each([
    ['a tensor is missing', without('layers.0.mlp.fc1.bias'), /fc1\.bias.*no such tensor/],
    [
      'a tensor is unknown',
      (tensors: Tensors) => ({ ...tensors, 'vision_tower.vision_model.encoder.layers.7.mlp.fc1.bias': [20] }),
      /layers\.7.*none of them/,
    ],
    [
      'a shape is wrong',
      (tensors: Tensors) => ({ ...tensors, 'vision_tower.vision_model.embeddings.class_embedding': [13] }),
      /class_embedding.*\[12\].*\[13\]/,
    ],
    ['there is no tower', () => ({ 'lm_head.weight': [2, 2] }), /none or several/],
  ])('says so if %s', async (_, change, message) => {
    await expect(load(change)).rejects.toThrow(CheckpointError);
    await expect(load(change)).rejects.toThrow(message);
  });

  it('refuses numbers that are not finite, and integers', async () => {
    const { config, file } = openGoldenTower('clip-gelu');
    const broken: SafetensorsFile = {
      ...file,
      read: async (name) => {
        const found = await file.read(name);
        if (name.endsWith('class_embedding')) found.data.fill(NaN as never);
        return found;
      },
    };
    await expect(loadVisionTower(broken, config, { path: 'f' })).rejects.toThrow(/class_embedding.*NaN at 0/);
    const entries = new Map(
      [...file.entries].map(([name, entry]) => [name, { ...entry, dtype: 'I32' as const }]),
    );
    await expect(loadVisionTower({ ...file, entries }, config, { path: 'f' })).rejects.toThrow(/found I32/);
  });
});

describe('planVisionCheckpoint', () => {
  it.each(['clip-quick-gelu', 'clip-gelu', 'siglip-tanh', 'hmr2'] as const)(
    '%s knows every tensor that the reference saves',
    (name) => {
      const { config } = openGoldenTower(name);
      const { tensors, filePrefix } = readGoldenTower(name);
      const plan = planVisionCheckpoint(config, { filePrefix });
      const planned = [...Object.values(plan.parameters).flatMap((source) => source.tensors), ...plan.unused];
      const shapes = Object.fromEntries(planned.map((tensor) => [tensor.name, tensor.shape]));
      const saved = Object.entries(tensors).filter(([tensor]) => !plan.isOptional(tensor));
      expect(shapes).toEqual(Object.fromEntries(saved));
    },
  );

  it('does not choose between two towers', () => {
    const name = 'embeddings.patch_embedding.weight';
    const config = visionPreset('small-clip');
    expect(findVisionPrefix(config, [`a.${name}`])).toBe('a');
    expect(findVisionPrefix(config, [name])).toBe('');
    expect(findVisionPrefix(config, [`a.${name}`, `b.${name}`])).toBeUndefined();
  });
});
