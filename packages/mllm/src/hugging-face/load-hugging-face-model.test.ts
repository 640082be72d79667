import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRandom } from '@pose-rft/random';
import {
  decodeSafetensors,
  tensorDataFromFloat32,
  tidy,
  useBackend,
  writeSafetensors,
  writeShardedSafetensors,
  type TensorData,
} from '@pose-rft/tensor';
import { expectNoTensorLeak, trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CheckpointError } from '../checkpoint-error.js';
import { createDecoder } from '../decoder.js';
import { packSegments } from '../packing.js';
import { hashedDraws, writeHashedModel } from '../testing/hashed-weights.js';
import { largestDifference } from '../testing/small-model.js';
import { promptWithImages } from '../image-prompt.js';
import { visionEncoderConfig } from '../vision-input.js';
import { createVisionEncoder, type ImageFeatures } from '../vision/vision-encoder.js';
import {
  loadHuggingFaceModel,
  type LoadedHuggingFaceModel,
  type LoadHuggingFaceOptions,
} from './load-hugging-face-model.js';
import { saveHuggingFaceModel } from './save-hugging-face-model.js';
import { WeightsReportError } from './weights-report-error.js';

interface Golden {
  readonly config: Readonly<Record<string, unknown>>;
  readonly tensors: Readonly<Record<string, readonly number[]>>;
  readonly savedNames: readonly string[];
  readonly cases: readonly {
    readonly ids: readonly number[];
    /** The name that the numbers follow from, and their shape. */
    readonly pixels: readonly [string, number, number, number, number];
    readonly features: readonly number[];
    readonly logits: readonly number[];
  }[];
}

const golden = JSON.parse(
  readFileSync(new URL('../../golden/llava.golden.json', import.meta.url), 'utf8'),
) as Golden;

beforeAll(() => useBackend('cpu'));
trackTensorLeaks({ beforeAll, afterAll });
let scratch: string;
let folder: string;
let folders = 0;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'hugging-face-'));
});
afterAll(() => rm(scratch, { recursive: true }));
beforeEach(() => {
  folder = join(scratch, `model-${folders++}`);
});

const load = (options: Partial<LoadHuggingFaceOptions> = {}) =>
  loadHuggingFaceModel(folder, { random: createRandom(5), ...options });

/** The largest difference of image features and logits from transformers'. */
async function distanceFromTransformers(options: Partial<LoadHuggingFaceOptions> = {}): Promise<number> {
  const model = await load(options);
  const decoder = createDecoder(model);
  const distances = golden.cases.map(({ ids, pixels, features, logits }) => {
    const prompt = promptWithImages(placeholders(ids), encodeImages(model, pixels), model.config);
    expect(prompt.promptIds).toEqual(ids);
    const packed = packSegments([{ ids, imageFeatures: prompt.imageFeatures }], model.config);
    const found = tidy(() => decoder.logits(decoder.hiddenStates(packed)).dataSync<'float32'>());
    packed.dispose();
    const width = model.config.vocabularySize;
    const answerable = Array.from(found).filter((_, index) => decoder.canAnswerWith(index % width));
    return Math.max(
      largestDifference(prompt.imageFeatures ?? [], features),
      largestDifference(
        answerable,
        logits.filter((_, index) => decoder.canAnswerWith(index % 23)),
      ),
    );
  });
  decoder.dispose();
  dispose(model);
  return Math.max(...distances);
}

/** What the model's own vision tower sees in a case's pictures. */
function encodeImages(
  { config, visionParameters }: LoadedHuggingFaceModel,
  [name, count, channelCount, height, width]: Golden['cases'][number]['pixels'],
): ImageFeatures[] {
  const size = channelCount * height * width;
  const draws = Float32Array.from(hashedDraws(name, count * size));
  const images = Array.from({ length: count }, (_, index) => [
    { data: draws.slice(index * size, (index + 1) * size), channelCount, height, width },
  ]);
  if (config.vision === null || visionParameters === undefined) throw new Error('the model sees nothing');
  const encoder = createVisionEncoder({
    config: visionEncoderConfig(config.vision, config.hiddenSize),
    parameters: visionParameters,
  });
  return encoder.encode(images);
}

/** One <image> for each run of slots. */
const placeholders = (ids: readonly number[]): number[] => {
  let slots = 0;
  return ids.filter((id) => id !== 20 || slots++ % 9 === 0);
};

function dispose({ parameters, visionParameters }: LoadedHuggingFaceModel): void {
  parameters.dispose();
  visionParameters?.dispose();
}

const write = (rename?: (name: string) => string, dtype?: 'F32' | 'F16' | 'BF16') =>
  writeHashedModel(folder, golden.config, golden.tensors, {
    ...(rename ? { rename } : {}),
    ...(dtype ? { dtype } : {}),
  });

const replaced = (pairs: readonly (readonly [RegExp, string])[]) => (name: string) =>
  pairs.reduce((renamed, [pattern, replacement]) => renamed.replace(pattern, replacement), name);

/** From the names of transformers 5 to those of the files on the hub. */
const TO_HUB = [
  [/^model\.language_model\./, 'language_model.model.'],
  [/^lm_head\./, 'language_model.lm_head.'],
  [/^model\.vision_tower\./, 'vision_tower.vision_model.'],
  [/^model\.multi_modal_projector\./, 'multi_modal_projector.'],
] as const;
const TO_AUTHORS = [
  [/^model\.language_model\./, 'model.'],
  [/^model\.vision_tower\./, 'model.vision_tower.vision_tower.vision_model.'],
  [/^model\.multi_modal_projector\.linear_1/, 'model.mm_projector.0'],
  [/^model\.multi_modal_projector\.linear_2/, 'model.mm_projector.2'],
] as const;
/** What transformers 5 itself saves. */
const TO_SAVED = [TO_HUB[0], TO_HUB[1], [/^model\.vision_tower\./, 'vision_tower.'], TO_HUB[3]] as const;

describe('loadHuggingFaceModel', () => {
  it('computes the logits that transformers computes from pictures, in each layout of the names', async () => {
    await write();
    expect(await distanceFromTransformers()).toBeLessThan(1e-4);
    for (const layout of [TO_HUB, TO_AUTHORS, TO_SAVED]) {
      folder = join(scratch, `model-${folders++}`);
      await write(replaced(layout));
      expect(await distanceFromTransformers()).toBeLessThan(1e-4);
    }
  });

  it('knows the names that transformers saves', () => {
    expect(Object.keys(golden.tensors).map(replaced(TO_SAVED)).sort()).toEqual(golden.savedNames);
  });

  it('reads shards, and halves to their precision', async () => {
    await write();
    const { tensors } = decodeSafetensors(await readFile(join(folder, 'model.safetensors')));
    await rm(join(folder, 'model.safetensors'));
    expect((await writeShardedSafetensors(folder, tensors, 3000)).length).toBeGreaterThan(3);
    expect(await distanceFromTransformers()).toBeLessThan(1e-4);
    for (const [dtype, limit] of [
      ['F16', 0.02],
      ['BF16', 0.15],
    ] as const) {
      folder = join(scratch, `model-${folders++}`);
      await write(undefined, dtype);
      const distance = await distanceFromTransformers();
      expect(distance).toBeGreaterThan(1e-4);
      expect(distance).toBeLessThan(limit);
    }
  });

  it('adds a token, whose row is the mean of the others, and adapters that change nothing yet', async () => {
    await write();
    const lora = {
      rank: 2,
      alpha: 4,
      dropout: 0,
      rankStabilised: false,
      targets: 'all-linear',
      excluded: [],
    };
    const model = await load({ poseTokenId: 23, lora });
    expect(model.config.vocabularySize).toBe(24);
    const table = model.parameters.get('language_model.model.embed_tokens.weight').arraySync() as number[][];
    const mean = table.slice(0, 23).reduce((sum, row) => sum + (row[3] as number) / 23, 0);
    expect(table[23]?.[3]).toBeCloseTo(mean, 6);
    const learning = model.parameters.names.filter((name) => model.parameters.isTrainable(name));
    expect(learning.filter((name) => name.includes('lora_'))).toHaveLength(2 * 7 * 3);
    expect(learning.some((name) => name.includes('qkv_proj.weight'))).toBe(false);
    dispose(model);
    expect(await distanceFromTransformers({ lora })).toBeLessThan(1e-4);
  });

  it('lists everything that is wrong with the weights at once', async () => {
    await write();
    const path = join(folder, 'model.safetensors');
    const tensors = new Map<string, TensorData>(decodeSafetensors(await readFile(path)).tensors);
    const zeros = (...shape: number[]): TensorData =>
      tensorDataFromFloat32('F32', shape, new Float32Array(shape.reduce((a, b) => a * b)));
    tensors.delete('model.language_model.norm.weight');
    tensors.set('model.language_model.layers.1.mlp.up_proj.weight', zeros(24, 20));
    tensors.set('model.language_model.layers.7.mlp.up_proj.weight', zeros(20, 24));
    tensors.set('lm_head.weight', { dtype: 'I32', shape: [23, 24], data: new Int32Array(23 * 24) });
    tensors.set('language_model.model.embed_tokens.weight', zeros(23, 24));
    tensors.set('model.language_model.layers.0.self_attn.rotary_emb.inv_freq', zeros(3));
    await writeSafetensors(path, tensors);
    const error = await expectNoTensorLeak(() => load().then(undefined, (failure: unknown) => failure));
    expect(error).toBeInstanceOf(WeightsReportError);
    expect((error as WeightsReportError).problems.map(({ kind }) => kind).sort()).toEqual([
      'dtype',
      'missing',
      'repeated',
      'shape',
      'unexpected',
    ]);
    expect((error as Error).message).toContain('1 missing:\n  language_model.model.norm.weight');
    expect((error as Error).message).toContain('up_proj.weight: expected [20, 24], found [24, 20]');
    expect((error as Error).message).toContain('model.language_model.layers.7.mlp.up_proj.weight');
  });

  it('can leave the vision encoder out, and takes another one with it', async () => {
    await write();
    const model = await load({ loadsVision: false });
    expect(model.visionParameters).toBe(undefined);
    dispose(model);
    const path = join(folder, 'model.safetensors');
    const tensors = new Map(decodeSafetensors(await readFile(path)).tensors);
    tensors.delete('model.vision_tower.pre_layrnorm.weight');
    await writeSafetensors(path, tensors);
    const error = await expectNoTensorLeak(() => load().then(undefined, (failure: unknown) => failure));
    expect((error as Error).message).toMatch(/pre_layrnorm.weight: expected F32.*found no such tensor/);
  });

  it('saves a model that sees with the vision encoder that it came with', async () => {
    await write(replaced(TO_HUB));
    const from = folder;
    const model = await load();
    folder = join(scratch, `model-${folders++}`);
    await expect(saveHuggingFaceModel(folder, model)).rejects.toThrow(/expected visionFrom/);
    await saveHuggingFaceModel(folder, model, { visionFrom: from, maxShardBytes: 9000 });
    dispose(model);
    expect(await distanceFromTransformers()).toBeLessThan(1e-4);
  });

  it.each<[string, () => Promise<void>, RegExp]>([
    ['a folder that is not there', () => rm(folder, { recursive: true }), /config.json/],
    ['no weights', () => rm(join(folder, 'model.safetensors')), /Download the model whole/],
    [
      'pickled weights',
      async () => {
        await rm(join(folder, 'model.safetensors'));
        await writeFile(join(folder, 'pytorch_model.bin'), '');
      },
      /pytorch_model.bin is a pickle/,
    ],
    ['a truncated file', () => truncate('model.safetensors', 5000), /is the file truncated.*fetch it again/],
    ['a truncated configuration', () => truncate('config.json', 40), /JSON/],
    [
      'a weight that is not finite',
      async () => {
        const path = join(folder, 'model.safetensors');
        const tensors = new Map(decodeSafetensors(await readFile(path)).tensors);
        tensors.set(
          'model.language_model.norm.weight',
          tensorDataFromFloat32('F32', [24], new Float32Array(24).fill(NaN)),
        );
        await writeSafetensors(path, tensors);
      },
      /norm.weight: expected finite numbers, found NaN at 0/,
    ],
  ])('refuses %s', async (_, damage, message) => {
    await write();
    await damage();
    const error = await expectNoTensorLeak(() => load().then(undefined, (failure: unknown) => failure));
    expect(error).toBeInstanceOf(CheckpointError);
    expect((error as Error).message).toMatch(message);
  });

  async function truncate(name: string, length: number): Promise<void> {
    const path = join(folder, name);
    await writeFile(path, (await readFile(path)).subarray(0, length));
  }
});
