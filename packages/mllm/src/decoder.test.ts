import { gatherRows, softmax, tidy, useBackend } from '@pose-rft/tensor';
import { expectNoTensorLeak, trackTensorLeaks } from '@pose-rft/tensor/testing';
import { createRandom } from '@pose-rft/random';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packSegments, type TokenSegment } from './packing.js';
import { PromptError } from './prompt.js';
import {
  createSmallModel,
  largestDifference,
  randomPrompt,
  randomWords,
  type SmallModel,
} from './testing/small-model.js';
import { SPECIAL_TOKEN_IDS } from './tokenizer.js';

beforeAll(() => useBackend('cpu'));
trackTensorLeaks({ beforeAll, afterAll });

let model: SmallModel;
beforeAll(() => {
  model = createSmallModel(1);
});
afterAll(() => model.dispose());

/** The hidden states of every segment, one array a segment. */
function hiddenStates(segments: readonly TokenSegment[]): Float32Array[] {
  return expectNoTensorLeak(() => {
    const packed = packSegments(segments, model.config);
    const data = tidy(() => model.decoder.hiddenStates(packed).dataSync<'float32'>());
    const { hiddenSize } = model.config;
    const rows = segments.map(({ ids }, index) => {
      const start = packed.layout.starts[index] as number;
      return data.slice(start * hiddenSize, (start + ids.length) * hiddenSize);
    });
    packed.dispose();
    return rows;
  });
}

const asSegment = (wordCount: number, hasImage: boolean, seed: number): TokenSegment => {
  const { promptIds, imageFeatures } = randomPrompt(model.config, createRandom(seed), {
    wordCount,
    hasImage,
  });
  return { ids: promptIds, imageFeatures };
};

describe('hiddenStates', () => {
  it('is causal: a later token changes no earlier state, and its own', () => {
    const ids = [...asSegment(6, false, 1).ids];
    const changed = ids.with(5, ids[5] === 8 ? 9 : 8);
    const [before = new Float32Array()] = hiddenStates([{ ids }]);
    const [after = new Float32Array()] = hiddenStates([{ ids: changed }]);
    const changedFrom = 5 * model.config.hiddenSize;
    expect(after.slice(0, changedFrom)).toEqual(before.slice(0, changedFrom));
    expect(largestDifference(after.slice(changedFrom), before.slice(changedFrom))).toBeGreaterThan(1e-3);
  });

  it('gives every segment of a ragged batch the states that it has alone, in any order', () => {
    const segments = [
      asSegment(3, true, 1),
      asSegment(7, false, 2),
      asSegment(1, true, 3),
      asSegment(4, false, 4),
    ];
    const alone = segments.map((segment) => hiddenStates([segment])[0] as Float32Array);
    const order = [2, 0, 3, 1];
    const together = hiddenStates(order.map((index) => segments[index] as TokenSegment));
    order.forEach((segment, place) => {
      expect(largestDifference(together[place] as Float32Array, alone[segment] as Float32Array)).toBeLessThan(
        1e-5,
      );
    });
  });

  it('lets an image speak from its slots on', () => {
    const segment = asSegment(2, true, 5);
    const features = segment.imageFeatures?.map((value) => -value);
    const [before = new Float32Array()] = hiddenStates([segment]);
    const [after = new Float32Array()] = hiddenStates([{ ...segment, imageFeatures: features }]);
    const lastRow = (segment.ids.length - 1) * model.config.hiddenSize;
    expect(largestDifference(before.slice(lastRow), after.slice(lastRow))).toBeGreaterThan(1e-3);
  });

  it('gives a continuation the states that it has behind its own copy of the prefix', () => {
    const prompt = asSegment(4, true, 6);
    const answers = [randomWords(createRandom(7), 3), randomWords(createRandom(8), 5)];
    const [, ...shared] = hiddenStates([prompt, ...answers.map((ids) => ({ ids, prefix: 0 }))]);
    answers.forEach((ids, index) => {
      const [whole = new Float32Array()] = hiddenStates([{ ...prompt, ids: [...prompt.ids, ...ids] }]);
      const tail = whole.slice(prompt.ids.length * model.config.hiddenSize);
      expect(largestDifference(shared[index] as Float32Array, tail)).toBeLessThan(1e-5);
    });
  });
});

describe('nextHiddenStates', () => {
  it('continues from the caches as if there were none', () => {
    const prompts = [asSegment(4, true, 9), asSegment(2, false, 10)];
    const answers = [randomWords(createRandom(11), 3), randomWords(createRandom(12), 3)];
    const { hiddenSize } = model.config;
    const whole = hiddenStates(
      prompts.map((prompt, index) => ({ ...prompt, ids: [...prompt.ids, ...(answers[index] ?? [])] })),
    );
    expectNoTensorLeak(() => {
      const packed = packSegments(prompts, model.config);
      const { rowCount, starts } = packed.layout;
      const caches = model.decoder.createCaches(rowCount + 6);
      tidy(() => {
        model.decoder.hiddenStates(packed, caches);
      });
      for (let step = 0; step < 3; step++) {
        const states = tidy(() =>
          model.decoder
            .nextHiddenStates(
              {
                ids: Int32Array.from(answers, (ids) => ids[step] as number),
                positions: Int32Array.from(prompts, ({ ids }) => ids.length + step),
                cacheRows: Int32Array.from(prompts, (_, index) => rowCount + 3 * index + step),
                ranges: Int32Array.from(
                  prompts.flatMap(({ ids }, index) => {
                    const start = starts[index] as number;
                    const own = rowCount + 3 * index;
                    return [start, start + ids.length, own, own + step + 1];
                  }),
                ),
              },
              caches,
            )
            .dataSync<'float32'>(),
        );
        prompts.forEach(({ ids }, index) => {
          const row = (ids.length + step) * hiddenSize;
          const expected = (whole[index] as Float32Array).slice(row, row + hiddenSize);
          const found = states.slice(index * hiddenSize, (index + 1) * hiddenSize);
          expect(largestDifference(found, expected)).toBeLessThan(1e-5);
        });
      }
      packed.dispose();
      for (const cache of caches) cache.dispose();
    });
  });
});

describe('logits', () => {
  it('leave no probability to tokens that are not for answers', () => {
    const packed = packSegments([asSegment(3, false, 13)], model.config);
    const probabilities = tidy(() => {
      const logits = model.decoder.logits(gatherRows(model.decoder.hiddenStates(packed), Int32Array.of(4)));
      return softmax(logits).dataSync();
    });
    packed.dispose();
    const { pad, image, user, assistant, unknown } = SPECIAL_TOKEN_IDS;
    for (const id of [pad, image, user, assistant, unknown]) {
      expect(model.decoder.canAnswerWith(id)).toBe(false);
      expect(probabilities[id]).toBe(0);
    }
    for (let id = 0; id < model.config.vocabularySize; id++)
      expect((probabilities[id] as number) > 0).toBe(model.decoder.canAnswerWith(id));
  });
});

describe('poses', () => {
  it('start near the mean pose, with bounded standard deviations', () => {
    const packed = packSegments([asSegment(3, true, 14)], model.config);
    const { mean, logStd } = tidy(() => {
      const poses = model.decoder.poses(model.decoder.hiddenStates(packed));
      return { mean: poses.mean.dataSync(), logStd: poses.logStandardDeviation.dataSync() };
    });
    packed.dispose();
    const identity = [1, 0, 0, 0, 1, 0];
    mean.forEach((value, index) =>
      expect(Math.abs(value - (identity[index % 6] as number))).toBeLessThan(0.5),
    );
    for (const value of logStd) expect(value > -4 && value < -2.5).toBe(true);
  });
});

describe('packSegments', () => {
  it.each<[string, TokenSegment[], RegExp]>([
    ['an empty segment', [{ ids: [] }], /segment 0 has no tokens/],
    ['an unknown id', [{ ids: [4, 99] }], /token id 99; expected an integer in \[0, \d+\)/],
    [
      'too many positions',
      [{ ids: new Array<number>(41).fill(7) }],
      /ends at position 41, but the model has 40/,
    ],
    ['too long an answer', [{ ids: [4] }, { ids: new Array<number>(40).fill(7), prefix: 0 }], /position 41/],
    [
      'slots without features',
      [{ ids: [3, 4] }],
      /1 <image> slots, so expected 1 x 5 = 5 image features, found 0/,
    ],
    ['features without slots', [{ ids: [4], imageFeatures: new Float32Array(5) }], /0 <image> slots/],
    [
      'NaN among features',
      [{ ids: [3], imageFeatures: Float32Array.of(0, 0, NaN, 0, 0) }],
      /feature 2 .* is NaN/,
    ],
  ])('refuses %s', (_, segments, message) => {
    expectNoTensorLeak(() => {
      expect(() => packSegments(segments, model.config)).toThrow(PromptError);
      expect(() => packSegments(segments, model.config)).toThrow(message);
    });
  });
});
