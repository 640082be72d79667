import { createRandom } from '@pose-rft/random';
import { useBackend } from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RetrievalConfig } from './retrieval-config.js';
import { createRetrievalModel } from './retrieval-model.js';
import {
  createSentenceFeatures,
  featureExtractionEncoder,
  SentenceFeaturesError,
  type SentenceEncoder,
} from './sentence-features.js';
import { trainRetrieval } from './train-retrieval.js';

beforeAll(() => useBackend('wasm'));
trackTensorLeaks({ beforeAll, afterAll });

/** A frozen encoder that counts letters: enough to tell ten texts apart. */
function letterCounter(calls: string[][] = []): SentenceEncoder {
  return {
    name: 'letters',
    featureSize: 26,
    encode: async (texts) => {
      calls.push([...texts]);
      const counts = new Float32Array(26 * texts.length);
      texts.forEach((text, row) => {
        for (const letter of text) {
          const at = letter.charCodeAt(0) - 97;
          if (at >= 0 && at < 26) counts[26 * row + at] = (counts[26 * row + at] ?? 0) + 0.5;
        }
      });
      return counts;
    },
  };
}

const CONFIG: RetrievalConfig = {
  embeddingSize: 16,
  text: { kind: 'sentence-encoder', name: 'letters', featureSize: 26 },
  pose: { features: 'local-rotations', hiddenSize: 32, layerCount: 1 },
};

describe('createSentenceFeatures', () => {
  it('asks the encoder once for each text, in batches', async () => {
    const calls: string[][] = [];
    const features = createSentenceFeatures(letterCounter(calls));
    const texts = Array.from({ length: 70 }, (_, index) => `text ${'a'.repeat(index)}`);
    await features.add(texts);
    await features.add([...texts, 'b', 'b']);
    expect(calls.map(({ length }) => length)).toEqual([64, 6, 1]);
    expect(features.get('b')[1]).toBe(0.5);
  });

  it('refuses texts that were not added, and encoders that give other shapes or no numbers', async () => {
    const features = createSentenceFeatures(letterCounter());
    expect(() => features.get('unheard')).toThrow(SentenceFeaturesError);
    expect(() => features.get('unheard')).toThrow('no features of "unheard"');
    const bad = (values: Float32Array): Promise<void> =>
      createSentenceFeatures({ name: 'bad', featureSize: 2, encode: async () => values }).add(['a']);
    await expect(bad(new Float32Array(3))).rejects.toThrow('gave 3 numbers for 1 texts; expected 1 x 2');
    await expect(bad(Float32Array.of(1, NaN))).rejects.toThrow(SentenceFeaturesError);
  });
});

describe('featureExtractionEncoder', () => {
  it('asks a pipeline for normalised mean-pooled features, and checks their shape', async () => {
    const options: unknown[] = [];
    const encoder = featureExtractionEncoder('tiny', 2, async (texts, given) => {
      options.push(given);
      return { data: texts.flatMap(({ length }) => [length, 1]), dims: [texts.length, 2] };
    });
    expect([...(await encoder.encode(['abc', 'a']))]).toEqual([3, 1, 1, 1]);
    expect(options).toEqual([{ pooling: 'mean', normalize: true }]);
    const tokens = featureExtractionEncoder('unpooled', 2, async () => ({ data: [], dims: [1, 5, 2] }));
    await expect(tokens.encode(['a'])).rejects.toThrow('gave [1, 5, 2] for 1 texts; expected [1, 2]');
  });
});

describe('a model over a sentence encoder', () => {
  it('learns a linear map on frozen features', async () => {
    const sentenceFeatures = createSentenceFeatures(letterCounter());
    const texts = ['squat', 'kneel', 'bow', 'lunge', 'kick', 'stride', 'wave', 'jump', 'fold', 'zigzag'];
    await sentenceFeatures.add(texts);
    const poses6d = createRandom(1).fillNormal(new Float32Array(144 * texts.length));
    const model = createRetrievalModel({ config: CONFIG, random: createRandom(2), sentenceFeatures });
    let last = Infinity;
    for await (const { loss } of trainRetrieval({
      model,
      pairs: { poses6d, textOf: (pose) => texts[pose] ?? '' },
      random: createRandom(3),
      steps: 80,
      batchSize: 10,
    }))
      last = loss;
    expect(last).toBeLessThan(0.1);
    expect(() => model.similarity(['unheard'], poses6d.subarray(0, 144))).toThrow(SentenceFeaturesError);
    model.dispose();
  });

  it('needs the encoder that its configuration names', () => {
    const build = (sentenceFeatures?: ReturnType<typeof createSentenceFeatures>) => () =>
      createRetrievalModel({
        config: CONFIG,
        random: createRandom(1),
        ...(sentenceFeatures === undefined ? {} : { sentenceFeatures }),
      });
    expect(build()).toThrow(SentenceFeaturesError);
    expect(build()).toThrow('reads 26 features of the sentence encoder letters; found none');
    const other = createSentenceFeatures({ ...letterCounter(), featureSize: 3 });
    expect(build(other)).toThrow('found 3 of letters');
  });
});
