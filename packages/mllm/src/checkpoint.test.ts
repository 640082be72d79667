import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  decodeSafetensors,
  encodeSafetensors,
  tensor,
  tensorDataFromFloat32,
  useBackend,
  type TensorData,
} from '@pose-rft/tensor';
import { expectNoTensorLeak, trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CheckpointError } from './checkpoint-error.js';
import { decodeCheckpoint, loadCheckpoint, saveCheckpoint } from './checkpoint.js';
import { createSmallModel, largestDifference, type SmallModel } from './testing/small-model.js';

beforeAll(() => useBackend('cpu'));
trackTensorLeaks({ beforeAll, afterAll });

const NORM = 'language_model.model.norm.weight';
let model: SmallModel;
let scratch: string;
let folder: string;
let saves = 0;

beforeAll(async () => {
  model = createSmallModel(41);
  scratch = await mkdtemp(join(tmpdir(), 'checkpoint-test-'));
});
afterAll(async () => {
  model.dispose();
  await rm(scratch, { recursive: true });
});
beforeEach(async () => {
  folder = join(scratch, `save-${saves++}`);
  await saveCheckpoint(folder, model, { training: { step: 7, note: 'half way' } });
});

const weightsPath = (): string => join(folder, 'model.safetensors');
const configPath = (): string => join(folder, 'config.json');

/** Loading must fail, name the file, and leave no tensors behind. */
async function expectRefusal(message: RegExp): Promise<CheckpointError> {
  const failure: unknown = await expectNoTensorLeak(() =>
    loadCheckpoint(folder).then(
      () => undefined,
      (error: unknown) => error,
    ),
  );
  expect(failure).toBeInstanceOf(CheckpointError);
  expect((failure as CheckpointError).message).toMatch(message);
  expect((failure as CheckpointError).message).toContain(folder);
  return failure as CheckpointError;
}

async function changeWeights(change: (tensors: Map<string, TensorData>) => void): Promise<void> {
  const { tensors } = decodeSafetensors(await readFile(weightsPath()));
  const changed = new Map(tensors);
  change(changed);
  await writeFile(weightsPath(), encodeSafetensors(changed));
}

async function changeConfig(change: Record<string, unknown>): Promise<void> {
  const description: unknown = JSON.parse(await readFile(configPath(), 'utf8'));
  await writeFile(configPath(), JSON.stringify({ ...(description as object), ...change }));
}

describe('a checkpoint', () => {
  it('gives back the model exactly', async () => {
    const loaded = await loadCheckpoint(folder);
    expect(loaded.config).toEqual(model.config);
    expect(loaded.tokenizer.vocabulary).toEqual(model.tokenizer.vocabulary);
    expect(loaded.training).toEqual({ step: 7, note: 'half way' });
    expect(loaded.parameters.names).toEqual(model.parameters.names);
    for (const name of model.parameters.names)
      expect(loaded.parameters.get(name).dataSync()).toEqual(model.parameters.get(name).dataSync());
    loaded.parameters.dispose();
  });

  it('gives it back to 11 bits when saved as F16, in half the bytes', async () => {
    const full = (await readFile(weightsPath())).length;
    await saveCheckpoint(folder, model, { dtype: 'F16' });
    expect((await readFile(weightsPath())).length).toBeLessThan(0.7 * full);
    const loaded = await loadCheckpoint(folder);
    for (const name of model.parameters.names) {
      const values = model.parameters.get(name).dataSync();
      const limit = 2 ** -11 * Math.max(...values.map(Math.abs));
      expect(largestDifference(loaded.parameters.get(name).dataSync(), values)).toBeLessThanOrEqual(limit);
    }
    loaded.parameters.dispose();
  });

  it('leaves no other file behind, and leaves others alone', async () => {
    await writeFile(join(folder, 'optimizer.safetensors'), 'kept');
    await saveCheckpoint(folder, model);
    expect((await readdir(folder)).sort()).toEqual([
      'config.json',
      'model.safetensors',
      'optimizer.safetensors',
    ]);
  });

  it('refuses to save what is not finite', async () => {
    const broken = model.parameters.clone();
    broken.replace(NORM, tensor(new Float32Array(8).fill(NaN)));
    await expect(saveCheckpoint(folder, { ...model, parameters: broken })).rejects.toThrow(
      /norm.weight.*NaN at 0/,
    );
    broken.replace(NORM, tensor(new Float32Array(8).fill(1e6)));
    await expect(saveCheckpoint(folder, { ...model, parameters: broken }, { dtype: 'F16' })).rejects.toThrow(
      /Infinity/,
    );
    broken.dispose();
    const loaded = await loadCheckpoint(folder);
    loaded.parameters.dispose();
  });

  it('cannot be saved where a file stands', async () => {
    await expect(saveCheckpoint(configPath(), model)).rejects.toThrow(CheckpointError);
  });
});

describe('loadCheckpoint', () => {
  it('refuses a folder that does not exist', async () => {
    folder = join(scratch, 'nowhere');
    await expectRefusal(/expected a folder with config.json and model.safetensors, found no such folder/);
  });

  it('refuses an interrupted save', async () => {
    await rm(configPath());
    await expectRefusal(/found a folder with model.safetensors.*its save was interrupted/);
    await rm(weightsPath());
    await mkdir(configPath());
    await expectRefusal(/found a folder with config.json/);
  });

  it('refuses a folder without weights', async () => {
    await rm(weightsPath());
    await expectRefusal(/model.safetensors.*a readable file/);
  });

  it.each([0, 5, 100, 2000])('refuses weights cut off after %d bytes', async (length) => {
    await writeFile(weightsPath(), (await readFile(weightsPath())).subarray(0, length));
    await expectRefusal(/damaged or of another program/);
  });

  it('refuses a config.json that is cut off, or something else', async () => {
    const text = await readFile(configPath(), 'utf8');
    await writeFile(configPath(), text.slice(0, text.length / 2));
    await expectRefusal(/config.json: JSON/);
    await writeFile(configPath(), '[]');
    await expectRefusal(/format and version: expected "pose-rft-mllm" 1, found undefined undefined/);
  });

  it.each<[Record<string, unknown>, RegExp]>([
    [{ version: 2 }, /found "pose-rft-mllm" 2/],
    [{ config: { hiddenSize: 8 } }, /"config": .*expected "poseHead" to be an object/],
    [{ tokenizer: null }, /"tokenizer"/],
    [{ weights: {} }, /"weights": expected an object with the string "sha256"/],
    [{ weights: { sha256: 'abc' } }, /digest of the weights: expected abc/],
  ])('refuses a config.json with %j', async (change, message) => {
    await changeConfig(change);
    await expectRefusal(message);
  });

  it('refuses a vocabulary that outgrew the embedding table', async () => {
    const { tokenizer } = model;
    await changeConfig({
      tokenizer: { ...tokenizer.toJSON(), words: [...tokenizer.toJSON().words, 'zebra'] },
    });
    await expectRefusal(/at most \d+ tokens, the configured vocabularySize, found \d+/);
  });

  it('refuses missing, unknown and misshapen tensors', async () => {
    await changeWeights((tensors) => tensors.delete(NORM));
    expect((await expectRefusal(/found no such tensor/)).subject).toBe(`tensor ${NORM}`);
    await changeWeights((tensors) =>
      tensors.set(NORM, tensorDataFromFloat32('F32', [9], new Float32Array(9))),
    );
    await expectRefusal(/norm.weight: expected F32 or F16 \[8\], found F32 \[9\]/);
    await changeWeights((tensors) =>
      tensors.set(NORM, { dtype: 'I32', shape: [8], data: new Int32Array(8) }),
    );
    await expectRefusal(/found I32 \[8\]/);
    await changeWeights((tensors) =>
      tensors.set('extra.weight', tensorDataFromFloat32('F32', [0], new Float32Array(0))),
    );
    await expectRefusal(/tensor extra.weight: expected only the \d+ tensors of the configuration/);
  });

  it('refuses weights that config.json was not written for', async () => {
    await changeWeights((tensors) =>
      tensors.set(NORM, tensorDataFromFloat32('F32', [8], new Float32Array(8))),
    );
    await expectRefusal(/not of one save, or the weights are damaged/);
  });

  it('refuses weights that are not finite', async () => {
    await changeWeights((tensors) =>
      tensors.set(NORM, tensorDataFromFloat32('F32', [8], new Float32Array(8).fill(Infinity))),
    );
    await expectRefusal(/Infinity at 0/);
  });
});

describe('decodeCheckpoint', () => {
  const readBoth = async (): Promise<{ config: string; weights: Uint8Array }> => ({
    config: await readFile(configPath(), 'utf8'),
    weights: await readFile(weightsPath()),
  });

  it('gives what loadCheckpoint gives', async () => {
    const [decoded, loaded] = [await decodeCheckpoint(await readBoth()), await loadCheckpoint(folder)];
    for (const name of loaded.parameters.names)
      expect(decoded.parameters.get(name).dataSync()).toEqual(loaded.parameters.get(name).dataSync());
    expect(decoded.parameters.names).toEqual(loaded.parameters.names);
    expect(decoded.config).toEqual(loaded.config);
    expect(decoded.training).toEqual({ step: 7, note: 'half way' });
    decoded.parameters.dispose();
    loaded.parameters.dispose();
  });

  it('refuses weights of another save, and leaves no tensor', async () => {
    await changeWeights((tensors) => {
      const norm = tensors.get(NORM) as TensorData;
      tensors.set(NORM, tensorDataFromFloat32('F32', norm.shape, new Float32Array(norm.shape[0] ?? 0)));
    });
    const files = await readBoth();
    await expectNoTensorLeak(async () => {
      await expect(decodeCheckpoint(files)).rejects.toThrow(/model\.safetensors: digest of the weights/);
      await expect(decodeCheckpoint({ ...files, config: '{' })).rejects.toThrow(CheckpointError);
    });
  });
});
