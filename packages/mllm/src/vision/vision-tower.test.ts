import { createRandom } from '@pose-rft/random';
import {
  createParameterStore,
  mul,
  square,
  sum,
  tensor2d,
  useBackend,
  valueAndGradients,
  zeros,
} from '@pose-rft/tensor';
import { countTensors, expectNoTensorLeak, trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PixelValues } from '../image/pixel-values.js';
import { largestGap } from './__golden__/golden-tower.js';
import { batchedFullAttention, fullAttention } from './full-attention.js';
import { cutPatches, VisionInputError } from './patches.js';
import { parseVisionConfig, visionPreset } from './vision-config-json.js';
import { defaultFeature, patchGrid, type VisionTransformerConfig } from './vision-config.js';
import { createVisionParameters, planVisionTower } from './vision-parameters.js';
import { createVisionTower, type VisionTower } from './vision-tower.js';

trackTensorLeaks({ beforeAll, afterAll });
beforeAll(() => useBackend('wasm'));

const clip = parseVisionConfig({
  model_type: 'clip_vision_model',
  hidden_size: 16,
  intermediate_size: 24,
  num_hidden_layers: 3,
  num_attention_heads: 2,
  image_size: 16,
  patch_size: 4,
});
const hmr2 = parseVisionConfig({
  model_type: 'hmr2_vision_model',
  hidden_size: 16,
  intermediate_size: 24,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  image_size: 32,
  patch_size: 8,
  side_crop: 4,
  patch_padding: 1,
});

function randomPictures(config: VisionTransformerConfig, count: number, seed = 1): PixelValues[] {
  const { channelCount, imageHeight: height, imageWidth: width } = config;
  const random = createRandom(seed);
  return Array.from({ length: count }, () => ({
    data: random.fillNormal(new Float32Array(channelCount * height * width)),
    channelCount,
    height,
    width,
  }));
}

function withTower<Result>(
  config: VisionTransformerConfig,
  use: (tower: VisionTower) => Result,
  feature = defaultFeature(config),
): Result {
  const parameters = createVisionParameters(planVisionTower(config, feature), createRandom(5));
  const result = use(createVisionTower({ config, feature, parameters }));
  parameters.dispose();
  return result;
}

describe('cutPatches', () => {
  it('cuts what a padded, strided convolution sees', () => {
    const [picture] = randomPictures(hmr2, 1) as [PixelValues];
    const patches = cutPatches(hmr2, [picture]);
    const { rows, columns } = patchGrid(hmr2);
    expect([rows, columns]).toEqual([4, 3]);
    const at = (channel: number, y: number, x: number): number =>
      y < 0 || x < 4 || y >= 32 || x >= 28 ? 0 : (picture.data[(channel * 32 + y) * 32 + x] as number);
    let index = 0;
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++)
        for (let channel = 0; channel < 3; channel++)
          for (let y = 0; y < 8; y++)
            for (let x = 0; x < 8; x++, index++)
              expect(patches[index]).toBe(at(channel, 8 * row - 1 + y, 4 + 8 * column - 1 + x));
    expect(index).toBe(patches.length);
  });

  it('refuses pictures of another size', () => {
    const [picture] = randomPictures(hmr2, 1) as [PixelValues];
    expect(() => cutPatches(clip, [picture])).toThrow(VisionInputError);
    const truncated = { ...picture, data: picture.data.subarray(1) };
    expect(() => cutPatches(hmr2, [truncated])).toThrow(/3071 numbers/);
  });
});

describe('fullAttention', () => {
  it('is the same from the fused kernel and from products, with its gradient', () => {
    expectNoTensorLeak(() => {
      const rows = tensor2d(createRandom(3).fillNormal(new Float32Array(10 * 24)), [10, 24]);
      const store = createParameterStore({ rows });
      const evaluate = (attend: typeof fullAttention): readonly Float32Array[] => {
        const attended = attend(rows, 5, 2);
        const { gradients } = valueAndGradients(store, () => ({
          loss: sum(square(attend(rows, 5, 2))),
          aux: null,
        }));
        const found = [attended, gradients['rows'] ?? zeros([1])];
        const values = found.map((result) => Float32Array.from(result.dataSync<'float32'>()));
        found.forEach((result) => result.dispose());
        return values;
      };
      const [expected = [], slope = []] = evaluate(batchedFullAttention);
      const [found = [], foundSlope = []] = evaluate(fullAttention);
      store.dispose();
      expect(largestGap(found, expected)).toBeLessThan(1e-6);
      expect(largestGap(foundSlope, slope)).toBeLessThan(1e-5);
    });
  });
});

describe('createVisionTower', () => {
  it.each([
    ['clip', clip],
    ['hmr2', hmr2],
  ] as const)('%s: a batch is its pictures one by one, in any order', (_, config) => {
    withTower(config, (tower) => {
      const pictures = randomPictures(config, 3);
      const batch = tower.encode(pictures);
      const size = tower.tokenCount * tower.featureSize;
      expect(batch.length).toBe(3 * size);
      pictures.forEach((picture, index) => {
        const alone = tower.encode([picture]);
        expect(largestGap(alone, batch.subarray(index * size, (index + 1) * size))).toBeLessThan(2e-6);
      });
      const backwards = tower.encode(pictures.toReversed());
      expect(largestGap(backwards.subarray(0, size), batch.subarray(2 * size))).toBeLessThan(2e-6);
    });
  });

  it('gives nothing for no pictures, and is the same when it goes in several passes', () => {
    const config = { ...clip, imageHeight: 64, imageWidth: 64 };
    withTower(config, (tower) => {
      expect(tower.encode([])).toEqual(new Float32Array());
      const pictures = randomPictures(config, 9);
      const size = tower.tokenCount * tower.featureSize;
      const last = tower.encode(pictures.slice(8));
      expect(largestGap(tower.encode(pictures).subarray(8 * size), last)).toBeLessThan(2e-6);
    });
  });

  it('selects and joins hidden states, with and without the class token', () => {
    const pictures = randomPictures(clip, 2);
    const feature = { layers: [1, -1, 0], dropClassToken: true, finalNorm: false };
    withTower(
      clip,
      (tower) => {
        const joined = tower.encode(pictures);
        const states = tower.hiddenStates(pictures);
        expect(tower.featureSize).toBe(48);
        [1, 3, 0].forEach((depth, part) => {
          const state = states[depth]?.dataSync<'float32'>() ?? new Float32Array();
          for (let image = 0; image < 2; image++)
            for (let token = 0; token < 16; token++) {
              const from = (image * 16 + token) * 48 + part * 16;
              const expected = state.slice((image * 17 + token + 1) * 16, (image * 17 + token + 2) * 16);
              expect(largestGap(joined.subarray(from, from + 16), expected)).toBeLessThan(1e-6);
            }
        });
        states.forEach((state) => state.dispose());
      },
      feature,
    );
  });

  it('runs, and has parameters for, only the blocks that its features need', () => {
    const names = Object.keys(planVisionTower(clip));
    expect(names.some((name) => name.includes('layers.1.'))).toBe(true);
    expect(names.some((name) => name.includes('layers.2.') || name.includes('post_layernorm'))).toBe(false);
  });

  it('is frozen by default and leaves nothing on the tape; trainable parts have gradients', () => {
    withTower(hmr2, (tower) => {
      const pictures = randomPictures(hmr2, 1);
      const { parameters } = tower;
      const scale = createParameterStore({ scale: zeros([1]) });
      const before = countTensors();
      const { gradients } = valueAndGradients(scale, () => {
        const inside = countTensors();
        const features = tower.features(pictures);
        // The features, and the patches that the gradient of nothing would go to.
        expect(countTensors() - inside).toBeLessThanOrEqual(4);
        return { loss: sum(mul(features, scale.get('scale'))), aux: null };
      });
      expect(Object.keys(gradients)).toEqual(['scale']);
      gradients['scale']?.dispose();
      expect(countTensors()).toBe(before);
      scale.dispose();

      parameters.unfreeze((name) => name.includes('blocks.1.mlp'));
      const trained = valueAndGradients(parameters, () => ({
        loss: sum(square(tower.features(pictures))),
        aux: null,
      }));
      expect(Object.keys(trained.gradients).length).toBe(4);
      Object.values(trained.gradients).forEach((gradient) => gradient.dispose());
    });
  });

  it('has the sizes of the real towers', () => {
    const count = (preset: Parameters<typeof visionPreset>[0]): number =>
      Object.values(planVisionTower(visionPreset(preset))).reduce(
        (total, { shape }) => total + shape.reduce((product, length) => product * length, 1),
        0,
      );
    // CLIP ViT-L/14-336 has 303,507,456 numbers in its vision model: less the last block and the last LayerNorm.
    expect(count('clip-vit-large-patch14-336')).toBe(303_507_456 - 12_596_224 - 2 * 1024);
    expect(patchGrid(visionPreset('clip-vit-large-patch14-336'))).toEqual({ rows: 24, columns: 24 });
    expect(patchGrid(visionPreset('siglip-so400m-patch14-384'))).toEqual({ rows: 27, columns: 27 });
    expect(patchGrid(visionPreset('hmr2-vit-huge'))).toEqual({ rows: 16, columns: 12 });
    // ViT-H: 32 blocks of 12 d^2 + 13 d numbers, patches with bias, 193 positions, the last LayerNorm.
    const d = 1280;
    expect(count('hmr2-vit-huge')).toBe(32 * (12 * d * d + 13 * d) + (768 + 1) * d + 193 * d + 2 * d);
  });
});
