import { createRandom } from '@pose-rft/random';
import { tidy, useBackend } from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mllmConfig, parseMllmConfig } from './config.js';
import { createDecoder } from './decoder.js';
import { promptWithImages } from './image-prompt.js';
import { packSegments } from './packing.js';
import { createMllmParameters } from './parameters.js';
import { PromptError } from './prompt.js';
import { largestDifference } from './testing/small-model.js';
import { imageFeatureCount } from './vision-input.js';
import { visionPreset } from './vision/vision-config-json.js';
import type { VisionFusion } from './vision/vision-encoder.js';

beforeAll(() => useBackend('cpu'));
trackTensorLeaks({ beforeAll, afterAll });

const IMAGE = 3;

/** A model with the language-aligned and the pose-aware tower, fused in either way. */
const fused = (fusion: VisionFusion) =>
  mllmConfig('tiny', {
    hiddenSize: 8,
    headCount: 2,
    intermediateSize: 10,
    vocabularySize: 19,
    vision: {
      towers: [{ config: visionPreset('small-clip') }, { config: visionPreset('small-hmr2') }],
      fusion,
      projector: { depth: 2, activation: 'gelu', bias: true },
    },
  });
const TOKENS = fused({ kind: 'tokens' });
const CHANNELS = fused({ kind: 'channels', unequalGrids: 'resize' });
const features = (seed: number, size = imageFeatureCount(TOKENS)): Float32Array =>
  createRandom(seed).fillNormal(new Float32Array(size));

describe('promptWithImages', () => {
  it('gives every placeholder as many slots as the features of an image have rows', () => {
    // 8 x 8 patches of one tower, then 8 x 6 of the other; or the second resized to the first.
    expect([TOKENS.imageTokenCount, CHANNELS.imageTokenCount]).toEqual([112, 64]);
    const images = [features(1), [features(2, 64 * 64), features(3, 48 * 64)]];
    const { promptIds, imageFeatures } = promptWithImages([IMAGE, 9, IMAGE, 5], images, TOKENS);
    expect(promptIds).toEqual([...Array<number>(112).fill(IMAGE), 9, ...Array<number>(112).fill(IMAGE), 5]);
    expect(imageFeatures?.slice(-3)).toEqual(features(3, 48 * 64).slice(-3));
    expect(promptWithImages([9, 5], [], TOKENS)).toEqual({ promptIds: [9, 5] });
  });

  it.each<[string, () => unknown, RegExp]>([
    [
      'more images',
      () => promptWithImages([IMAGE, 9], [features(1), features(2)], TOKENS),
      /1 .*placeholders for 2/,
    ],
    [
      'fewer images',
      () => promptWithImages([IMAGE, 9, IMAGE], [features(1)], TOKENS),
      /2 .*placeholders for 1/,
    ],
    [
      'other features',
      () => promptWithImages([IMAGE], [features(1, 7)], TOKENS),
      /image 0 has 7 feature numbers; expected 7168, for 112 slots/,
    ],
    [
      'images for a model that sees none',
      () => {
        const tokenIds = { ...TOKENS.tokenIds, image: null };
        return promptWithImages([IMAGE], [features(1)], { ...TOKENS, tokenIds });
      },
      /This model sees none/,
    ],
    [
      'slots without their features',
      () => packSegments([{ ids: Array<number>(112).fill(IMAGE), imageFeatures: features(1, 60) }], TOKENS),
      /112 <image> slots, 112 an image, and 60 feature numbers, 7168 an image/,
    ],
  ])('refuses %s', (_, call, message) => {
    expect(call).toThrow(PromptError);
    expect(call).toThrow(message);
  });
});

describe.each([
  ['side by side along tokens', TOKENS],
  ['side by side along channels', CHANNELS],
])('two towers %s', (_, config) => {
  it('speak through the decoder, each of them, and the configuration survives JSON', () => {
    expect(parseMllmConfig(JSON.parse(JSON.stringify(config)))).toEqual(config);
    const parameters = createMllmParameters({ config, random: createRandom(1) });
    expect(parameters.names.filter((name) => name.startsWith('pose_projector.'))).toHaveLength(
      config === TOKENS ? 4 : 0,
    );
    const decoder = createDecoder({ config, parameters });
    const lastState = (image: Float32Array): Float32Array => {
      const prompt = promptWithImages([IMAGE, 9, 5], [image], config);
      const packed = packSegments([{ ids: prompt.promptIds, imageFeatures: prompt.imageFeatures }], config);
      const states = tidy(() => decoder.hiddenStates(packed).dataSync<'float32'>());
      packed.dispose();
      return states.slice(-config.hiddenSize);
    };
    const image = features(4);
    const before = lastState(image);
    for (const place of [0, image.length - 1]) {
      const changed = image.slice();
      changed[place] = 30;
      expect(largestDifference(lastState(changed), before)).toBeGreaterThan(1e-4);
    }
    decoder.dispose();
    parameters.dispose();
  });
});
