import { createRandom } from '@pose-rft/random';
import { decodeSafetensors, encodeSafetensors, tensor, useBackend, type TensorData } from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RetrievalCheckpointError } from './retrieval-checkpoint-error.js';
import {
  decodeRetrievalModel,
  encodeRetrievalModel,
  loadRetrievalModel,
  saveRetrievalModel,
  type RetrievalCheckpointFiles,
} from './retrieval-checkpoint.js';
import { createRetrievalModel, type RetrievalModel } from './retrieval-model.js';
import { LOG_SCALE, TEXT_PROJECTION } from './retrieval-parameters.js';

trackTensorLeaks({ beforeAll, afterAll });

let folder: string;
let model: RetrievalModel;
let files: RetrievalCheckpointFiles;

beforeAll(async () => {
  await useBackend('cpu');
  folder = await mkdtemp(join(tmpdir(), 'retrieval-checkpoint-'));
  model = createRetrievalModel({
    config: {
      embeddingSize: 4,
      text: {
        kind: 'transformer',
        hiddenSize: 4,
        layerCount: 1,
        headCount: 1,
        intermediateSize: 4,
        neighbours: true,
        maximumWords: 8,
        vocabulary: ['up', 'down'],
        skippedWords: [],
      },
      pose: { features: 'joint-positions', hiddenSize: 4, layerCount: 2 },
    },
    random: createRandom(1),
  });
  files = await encodeRetrievalModel(model, { training: { seed: 1 } });
});

afterAll(async () => {
  model.dispose();
  await rm(folder, { recursive: true });
});

async function refused(changed: RetrievalCheckpointFiles, message: string): Promise<void> {
  await expect(decodeRetrievalModel(changed, { folder: 'some/folder' })).rejects.toThrow(
    RetrievalCheckpointError,
  );
  await expect(decodeRetrievalModel(changed, { folder: 'some/folder' })).rejects.toThrow(message);
}

/** The files with other tensors, and the digest that belongs to them. */
async function withTensors(
  change: (tensors: Map<string, TensorData>) => void,
): Promise<RetrievalCheckpointFiles> {
  const tensors = new Map(decodeSafetensors(files.weights).tensors);
  change(tensors);
  const weights = encodeSafetensors(tensors);
  const digest = await crypto.subtle.digest('SHA-256', Uint8Array.from(weights));
  const sha256 = Buffer.from(digest).toString('hex');
  return { config: files.config.replace(/"sha256": "\w+"/, `"sha256": "${sha256}"`), weights };
}

describe('a retrieval checkpoint', () => {
  it('comes back as it was saved, bit for bit, and the same model gives the same bytes', async () => {
    const path = join(folder, 'exact');
    await saveRetrievalModel(path, model, { training: { seed: 1 } });
    expect((await readdir(path)).sort()).toEqual(['config.json', 'model.safetensors']);
    expect(await readFile(join(path, 'config.json'), 'utf8')).toBe(files.config);
    expect(new Uint8Array(await readFile(join(path, 'model.safetensors')))).toEqual(files.weights);
    const loaded = await loadRetrievalModel(path);
    expect(loaded.training).toEqual({ seed: 1 });
    expect(files.config).toContain(loaded.weightsSha256);
    expect(loaded.model.config).toEqual(model.config);
    for (const name of model.parameters.names) {
      expect([...loaded.model.parameters.get(name).dataSync()]).toEqual([
        ...model.parameters.get(name).dataSync(),
      ]);
      expect(loaded.model.parameters.isTrainable(name)).toBe(model.parameters.isTrainable(name));
    }
    loaded.model.dispose();
  });

  it('in F16 is half the size, and nearly the same', async () => {
    const half = await encodeRetrievalModel(model, { dtype: 'F16' });
    const { model: rounded } = await decodeRetrievalModel(half);
    const [exact, near] = [model, rounded].map((one) => one.embedTexts(['up', 'down, up']));
    rounded.dispose();
    near?.forEach((value, index) => expect(value).toBeCloseTo(exact?.[index] ?? Number.NaN, 2));
    const numbers = (bytes: Uint8Array): number =>
      [...decodeSafetensors(bytes).tensors.values()].reduce((sum, { data }) => sum + data.byteLength, 0);
    expect(numbers(half.weights)).toBe(numbers(files.weights) / 2);
  });

  it('is refused when it is not what it should be, by name', async () => {
    const config = (change: (text: string) => string): RetrievalCheckpointFiles => ({
      ...files,
      config: change(files.config),
    });
    await refused(
      config(() => '{'),
      'some/folder/config.json: JSON',
    );
    await refused(
      config(() => '[]'),
      'format and version: expected "pose-rft-retrieval" 1, found undefined',
    );
    await refused(
      config((text) => text.replace('"version": 1', '"version": 2')),
      'found "pose-rft-retrieval" 2',
    );
    await refused(
      config((text) => text.replace('joint-positions', 'pixels')),
      'pose.features',
    );
    await refused(
      config((text) => text.replace('"sha256"', '"md5"')),
      '"weights": expected an object',
    );
    await refused(
      config((text) => text.replace('"embeddingSize": 4', '"embeddingSize": 5')),
      `tensor ${TEXT_PROJECTION}.weight`,
    );
    const flipped = files.weights.slice();
    flipped[flipped.length - 1] = (flipped.at(-1) ?? 0) ^ 1;
    await refused({ ...files, weights: flipped }, 'some/folder/model.safetensors: SHA-256');
    await refused(await withTensors((tensors) => tensors.delete(LOG_SCALE)), 'found no such tensor');
    const one = { dtype: 'F32', shape: [1], data: Float32Array.of(1) } as const;
    await refused(await withTensors((tensors) => tensors.set('extra', one)), 'tensor extra');
    await refused(
      await withTensors((tensors) => tensors.set(LOG_SCALE, one)),
      'expected F32 or F16 [], found F32 [1]',
    );
    const broken = { dtype: 'F32', shape: [], data: Float32Array.of(Infinity) } as const;
    await refused(await withTensors((tensors) => tensors.set(LOG_SCALE, broken)), 'found Infinity at 0');
    await expect(loadRetrievalModel(join(folder, 'nowhere'))).rejects.toThrow(RetrievalCheckpointError);
    await expect(loadRetrievalModel(join(folder, 'nowhere'))).rejects.toThrow('ENOENT');
  });

  it('cannot be saved with numbers that are not finite, or to a file', async () => {
    const path = join(folder, 'taken');
    await writeFile(path, '');
    await expect(saveRetrievalModel(path, model)).rejects.toThrow(RetrievalCheckpointError);
    const value = model.parameters.get(LOG_SCALE).dataSync()[0] ?? 0;
    model.parameters.replace(LOG_SCALE, tensor(Number.NaN, [], 'float32'));
    await expect(encodeRetrievalModel(model)).rejects.toThrow('Training has diverged');
    model.parameters.replace(LOG_SCALE, tensor(value, [], 'float32'));
  });
});
