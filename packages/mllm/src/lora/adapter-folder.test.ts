import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRandom } from '@pose-rft/random';
import {
  decodeSafetensors,
  tensorDataFromFloat32,
  useBackend,
  writeSafetensors,
  type TensorData,
} from '@pose-rft/tensor';
import { expectNoTensorLeak, trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { mllmConfig } from '../config.js';
import { createMllmParameters } from '../parameters.js';
import { loadAdapter, saveAdapter } from './adapter-folder.js';
import { parseLoraConfig } from './lora-config.js';
import { addLora, type AdaptableModel } from './lora-model.js';
import { AdapterError } from './peft-config.js';

beforeAll(() => useBackend('cpu'));
trackTensorLeaks({ beforeAll, afterAll });

const CONFIG = mllmConfig('tiny', { hiddenSize: 8, headCount: 2, intermediateSize: 10, vocabularySize: 19 });
const PREFIX = 'base_model.model.model.language_model.layers';
const baseModel = (seed = 4): AdaptableModel => ({
  config: CONFIG,
  parameters: createMllmParameters({ config: CONFIG, random: createRandom(seed) }),
});

let scratch: string;
let folder: string;
let folders = 0;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'adapter-'));
});
afterAll(() => rm(scratch, { recursive: true }));
beforeEach(async () => {
  folder = join(scratch, `adapter-${folders++}`);
  const lora = parseLoraConfig({ rank: 2, alpha: 4, targets: ['q_proj', 'down_proj'] });
  const model = addLora(baseModel(), lora, createRandom(5));
  await saveAdapter(folder, model, { baseModel: 'llava-hf/llava-1.5-7b-hf' });
  model.parameters.dispose();
});

async function changeWeights(change: (tensors: Map<string, TensorData>) => void): Promise<void> {
  const path = join(folder, 'adapter_model.safetensors');
  const tensors = new Map(decodeSafetensors(await readFile(path)).tensors);
  change(tensors);
  await writeSafetensors(path, tensors);
}

async function changeConfig(changes: Record<string, unknown>): Promise<void> {
  const path = join(folder, 'adapter_config.json');
  const config = JSON.parse(await readFile(path, 'utf8')) as object;
  await writeFile(path, JSON.stringify({ ...config, ...changes }));
}

describe('an adapter folder', () => {
  it('brings the projector and the pose head along', async () => {
    const config = JSON.parse(await readFile(join(folder, 'adapter_config.json'), 'utf8')) as object;
    expect(config).toMatchObject({
      base_model_name_or_path: 'llava-hf/llava-1.5-7b-hf',
      modules_to_save: ['multi_modal_projector'],
    });
    // A vision encoder has a q_proj too: the targets are whole names.
    expect(config).toHaveProperty('target_modules.0', 'model.language_model.layers.0.self_attn.q_proj');
    const other = baseModel(77);
    const before = baseModel();
    const loaded = await loadAdapter(folder, other);
    for (const name of ['multi_modal_projector.linear_1.weight', 'pose_head.mean.weight'])
      expect(loaded.parameters.get(name).dataSync()).toEqual(before.parameters.get(name).dataSync());
    const table = 'language_model.model.embed_tokens.weight';
    expect(loaded.parameters.get(table).dataSync()).not.toEqual(before.parameters.get(table).dataSync());
    before.parameters.dispose();
    loaded.parameters.dispose();
  });

  it('is not written for a model without adapters', async () => {
    const base = baseModel();
    await expect(saveAdapter(folder, base)).rejects.toThrow(/expected adapters, found none/);
    base.parameters.dispose();
  });
});

describe('loadAdapter refuses', () => {
  const zeros = (...shape: number[]): TensorData =>
    tensorDataFromFloat32('F32', shape, new Float32Array(shape.reduce((a, b) => a * b)));

  it.each<[string, () => Promise<void>, RegExp]>([
    [
      'no folder',
      () => rm(folder, { recursive: true }),
      /adapter_config.json: file: expected what PEFT saves/,
    ],
    ['no weights', () => rm(join(folder, 'adapter_model.safetensors')), /adapter_model.safetensors: file/],
    [
      'another kind of adapter',
      () => changeConfig({ peft_type: 'IA3' }),
      /peft_type: expected "LORA", found "IA3"/,
    ],
    ['DoRA', () => changeConfig({ use_dora: true }), /use_dora.*merge_and_unload/],
    ['several ranks', () => changeConfig({ rank_pattern: { q_proj: 4 } }), /rank_pattern: expected \{\}/],
    ['another rank', () => changeConfig({ r: 3 }), /expected \[3, 8\], found \[2, 8\]/],
    ['no rank', () => changeConfig({ r: null }), /rank to be an integer above 0/],
    [
      'a lost factor',
      () => changeWeights((tensors) => tensors.delete(`${PREFIX}.0.self_attn.q_proj.lora_B.weight`)),
      /q_proj.lora_B.weight: expected \[8, 2\], found no such tensor/,
    ],
    [
      'adapters of the vision encoder',
      () =>
        changeWeights((tensors) => {
          const name = 'base_model.model.model.vision_tower.encoder.layers.0.self_attn.q_proj';
          tensors.set(`${name}.lora_A.weight`, zeros(2, 8));
          tensors.set(`${name}.lora_B.weight`, zeros(8, 2));
        }),
      /found vision_tower.*keeps frozen/,
    ],
    [
      'tensors that are no adapters',
      () => changeWeights((tensors) => tensors.set('base_model.model.model.norm.weight', zeros(8))),
      /norm.weight: expected factors A and B/,
    ],
    [
      'numbers that are not finite',
      () =>
        changeWeights((tensors) =>
          tensors.set(
            `${PREFIX}.0.self_attn.q_proj.lora_B.weight`,
            tensorDataFromFloat32('F32', [8, 2], new Float32Array(16).fill(NaN)),
          ),
        ),
      /expected finite numbers, found NaN at 0/,
    ],
  ])('%s, and leaves the model as it was', async (_, damage, message) => {
    await damage();
    const base = baseModel();
    const failure: unknown = await expectNoTensorLeak(() =>
      loadAdapter(folder, base).then(undefined, (error: unknown) => error),
    );
    expect((failure as Error).message).toMatch(message);
    expect((failure as Error).name).toMatch(/AdapterError|MllmConfigError/);
    expect(base.parameters.get('pose_head.mean.weight').isDisposed).toBe(false);
    base.parameters.dispose();
  });

  it('a model that has adapters', async () => {
    const model = await loadAdapter(folder, baseModel());
    await expect(loadAdapter(folder, model)).rejects.toThrow(AdapterError);
    model.parameters.dispose();
  });
});
