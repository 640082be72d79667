import { describe, expect, it } from 'vitest';
import { RewardInputError } from '../reward-input-error.js';
import { letterEncoder } from '../testing/letter-encoder.js';
import { embeddingSimilarityReward, type SentenceEncoder } from './embedding-similarity-reward.js';
import {
  createSentenceEncoder,
  MissingTransformersError,
  sentenceEncoderOf,
  type FeatureExtractionPipeline,
} from './sentence-encoder.js';

const access = {
  answer: (action: string) => action,
  reference: (prompt: string | undefined) => prompt,
};
const rows = (
  prompt: string | undefined,
  ...actions: string[]
): { prompt: string | undefined; action: string }[] => actions.map((action) => ({ prompt, action }));

describe('embeddingSimilarityReward', () => {
  it('is the cosine of the embeddings', async () => {
    const reward = embeddingSimilarityReward({ ...access, encoder: letterEncoder() });
    const { values } = await reward.score({
      rows: [...rows('ab', 'ba', 'aac', 'c', '?'), ...rows(undefined, 'a')],
    });
    expect([...values].map((value) => Number(value.toFixed(5)))).toEqual([
      1,
      Number((2 / Math.sqrt(10)).toFixed(5)),
      0,
      0,
      Number.NaN,
    ]);
  });

  it('encodes each text once, in calls of bounded size, and remembers', async () => {
    const encoder = letterEncoder();
    const reward = embeddingSimilarityReward({ ...access, encoder, textsPerCall: 2 });
    await reward.score({ rows: rows('a', 'b', 'b', 'c', 'a') });
    expect(encoder.calls).toEqual([['b', 'a'], ['c']]);
    await reward.score({ rows: rows('a', 'd') });
    expect(encoder.calls.slice(2)).toEqual([['d']]);
    const forgetful = letterEncoder();
    const uncached = embeddingSimilarityReward({ ...access, encoder: forgetful, cacheEntries: 0 });
    await uncached.score({ rows: rows('a', 'a') });
    await uncached.score({ rows: rows('a', 'a') });
    expect(forgetful.calls).toEqual([['a'], ['a']]);
  });

  it('stops between calls', async () => {
    const stop = new AbortController();
    const encoder = letterEncoder();
    const reward = embeddingSimilarityReward({
      ...access,
      encoder: {
        ...encoder,
        encode: (texts) => {
          stop.abort(new Error('enough'));
          return encoder.encode(texts);
        },
      },
      textsPerCall: 1,
    });
    await expect(reward.score({ rows: rows('a', 'b', 'c'), signal: stop.signal })).rejects.toThrow('enough');
    expect(encoder.calls).toHaveLength(1);
  });

  it('refuses embeddings of other shapes, and those that are not finite', async () => {
    const saying = (...numbers: number[]): Promise<unknown> => {
      const encoder: SentenceEncoder = {
        name: 'wrong',
        featureSize: 2,
        encode: () => Promise.resolve(Float32Array.from(numbers)),
      };
      return embeddingSimilarityReward({ ...access, encoder }).score({ rows: rows('a', 'a') });
    };
    await expect(saying(1)).rejects.toThrow(/gave 1 numbers for 1 texts/);
    await expect(saying(1, Number.NaN)).rejects.toThrow(RewardInputError);
    expect(() => embeddingSimilarityReward({ ...access, encoder: letterEncoder(), textsPerCall: 0 })).toThrow(
      RangeError,
    );
  });
});

/** Has the shape of a pipeline's call, and remembers how it was called. */
function fakePipeline(): { pipeline: FeatureExtractionPipeline; calls: unknown[] } {
  const calls: unknown[] = [];
  const letters = letterEncoder();
  return {
    calls,
    pipeline: async (texts, options) => {
      calls.push([texts, options]);
      return { data: await letters.encode(texts), dims: [texts.length, 26] };
    },
  };
}

describe('createSentenceEncoder', () => {
  it('makes a feature-extraction pipeline and asks for normalised rows', async () => {
    const { pipeline, calls } = fakePipeline();
    const made: unknown[] = [];
    const encoder = await createSentenceEncoder({
      model: 'Xenova/bge-m3',
      pipelineOptions: { dtype: 'q8' },
      importTransformers: () =>
        Promise.resolve({
          pipeline: (...given: unknown[]) => {
            made.push(given);
            return Promise.resolve(pipeline);
          },
        }),
    });
    expect(made).toEqual([['feature-extraction', 'Xenova/bge-m3', { dtype: 'q8' }]]);
    expect(encoder.featureSize).toBe(26);
    expect((await encoder.encode(['ab', 'c'])).length).toBe(52);
    expect(await encoder.encode([])).toHaveLength(0);
    expect(calls.at(-1)).toEqual([['ab', 'c'], { pooling: 'cls', normalize: true }]);
    const reward = embeddingSimilarityReward({ ...access, encoder });
    expect((await reward.score({ rows: rows('ab', 'ba') })).values[0]).toBeCloseTo(1, 6);
  });

  it('says how to get the package where it is missing, or is something else', async () => {
    const missing = createSentenceEncoder({
      model: 'm',
      importTransformers: () => Promise.reject(new Error("Cannot find package '@huggingface/transformers'")),
    });
    await expect(missing).rejects.toThrow(MissingTransformersError);
    await expect(missing).rejects.toThrow(/npm install @huggingface\/transformers/);
    const other = createSentenceEncoder({ model: 'm', importTransformers: () => Promise.resolve({}) });
    await expect(other).rejects.toThrow(/no function named pipeline/);
  });

  it('hands on what the package throws for a model that it cannot read', async () => {
    const failing = createSentenceEncoder({
      model: 'none',
      importTransformers: () =>
        Promise.resolve({ pipeline: () => Promise.reject(new Error('no such model')) }),
    });
    await expect(failing).rejects.toThrow('no such model');
  });

  it('refuses rows that are none', async () => {
    const perToken: FeatureExtractionPipeline = (texts) =>
      Promise.resolve({ data: new Float32Array(texts.length * 6), dims: [texts.length, 3, 2] });
    await expect(sentenceEncoderOf('m', perToken, 'mean')).rejects.toThrow(/\[1, 3, 2\] for 1 texts/);
  });
});
