import { createRandom } from '@pose-rft/random';
import {
  tensor1d,
  tensor2d,
  tidy,
  useBackend,
  zeros,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
} from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  createAutoregressive,
  createTokenSequence,
  createTransformed,
  createDiagonalGaussian,
  DistributionError,
  estimateEntropy,
  estimateKl,
  expBijector,
  keepTopK,
  keepTopP,
  scaleTemperature,
  tanhBijector,
  type SampledDistribution,
} from '../index.js';

beforeAll(() => useBackend('cpu'));
trackTensorLeaks({ beforeAll, afterAll });

const ln = Math.log;
const numbers = (tensor: Tensor): number[] => Array.from(tensor.dataSync());

/** Draws 0, 1, 2, ... in turn; the log-probability of n is `slope` n. */
function counting(
  slope: number,
  batchSize = 1,
): SampledDistribution<Tensor1D> & { readonly draws: () => number } {
  let next = 0;
  const sample = (): Tensor1D => tensor1d(new Array<number>(batchSize).fill(next++));
  const logProb = (values: Tensor1D): Tensor1D => tensor1d(numbers(values).map((value) => slope * value));
  return {
    kind: 'counting',
    batchSize,
    sample,
    logProb,
    sampleAndLogProb: () => {
      const drawn = sample();
      return { sample: drawn, logProb: logProb(drawn) };
    },
    draws: () => next,
  };
}

describe('an estimate', () => {
  const random = createRandom(1);

  test('is the mean over the draws that are asked for, 64 unless told', () => {
    tidy(() => {
      expect(numbers(estimateEntropy(counting(-1, 2), { random, draws: 5 }))).toEqual([2, 2]);
      const many = counting(-1);
      expect(numbers(estimateEntropy(many, { random }))).toEqual([31.5]);
      expect(many.draws()).toBe(64);
      expect(numbers(estimateKl(counting(-1), counting(-3), { random, draws: 5 }))).toEqual([4]);
    });
  });

  test.each([1, 0, 2.5, NaN])('of %d draws is refused', (draws) => {
    tidy(() => {
      const refused = (): unknown => estimateEntropy(counting(1), { random, draws });
      expect(refused).toThrow(DistributionError);
      expect(refused).toThrow(`draws: expected an integer of at least 2, got ${draws}`);
    });
  });

  test('compares distributions of as many rows', () => {
    tidy(() => {
      expect(() => estimateKl(counting(1, 2), counting(1, 3), { random, draws: 2 })).toThrow(
        'estimateKl: p has 2 rows, q 3',
      );
    });
  });
});

describe('an autoregressive distribution', () => {
  /** Of three tokens, 1 is the end; after 2 comes the end for certain. */
  const model = (asked: string[] = [], bias = 0) =>
    createAutoregressive({
      batchSize: 2,
      maxLength: 4,
      end: 1,
      nextLogits: (prefix) => {
        const [rows, length] = prefix.shape;
        const tokens = numbers(prefix);
        asked.push(tokens.join());
        return tensor2d(
          Array.from({ length: rows }, (_, row) =>
            tokens[row * length + length - 1] === 2
              ? [-Infinity, 0, -Infinity]
              : [bias, -Infinity, row === 0 ? 9 : -9],
          ),
        );
      },
    });
  const ENDED = [2, 1, -1, -1];
  const sample = (): Tensor2D => tensor2d([ENDED, [0, 0, 0, 0]], undefined, 'int32');

  test('asks for the next token with the tokens so far, until every row has ended', () => {
    tidy(() => {
      const asked: string[] = [];
      expect(numbers(model(asked).greedy())).toEqual([...ENDED, 0, 0, 0, 0]);
      expect(asked).toEqual(['', '2,0', '2,1,0,0', '2,1,-1,0,0,0']);
      const both: string[] = [];
      const ending = createAutoregressive({
        batchSize: 2,
        maxLength: 4,
        end: 1,
        nextLogits: (prefix) => {
          both.push(String(prefix.shape));
          return tensor2d([
            [0, 9],
            [0, 9],
          ]);
        },
      });
      expect(numbers(ending.greedy())).toEqual([1, -1, -1, -1, 1, -1, -1, -1]);
      expect(both).toEqual(['2,0']);
    });
  });

  test('scores, and estimates along a sample, step by step up to the end', () => {
    tidy(() => {
      // The odds of going on: of 2 in the first row, of 0 in the second.
      const [first, second] = [-ln(1 + Math.exp(-9)), -ln(1 + Math.exp(-9))];
      const steps = numbers(model().stepLogProbs(sample()));
      [first, 0, 0, 0, second, second, second, second].forEach((value, index) =>
        expect(steps[index]).toBeCloseTo(value, 5),
      );
      const p = 1 / (1 + Math.exp(-9));
      const entropy = -p * ln(p) - (1 - p) * ln(1 - p);
      const entropies = numbers(model().entropyAlong(sample()));
      expect(entropies[0]).toBeCloseTo(entropy, 5);
      expect(entropies[1]).toBeCloseTo(4 * entropy, 5);
      expect(numbers(model().klAlong(model(), sample()))).toEqual([0, 0]);
      const biased = numbers(model().klAlong(model([], 1), sample()));
      const q = 1 / (1 + Math.exp(-10));
      const kl = p * ln(p / q) + (1 - p) * ln((1 - p) / (1 - q));
      expect(biased[1]).toBeCloseTo(4 * kl, 4);
    });
  });

  test('does not choose among NaN', () => {
    tidy(() => {
      const broken = createAutoregressive({
        batchSize: 1,
        maxLength: 1,
        end: 0,
        nextLogits: () => tensor2d([[0, NaN]]),
      });
      expect(() => broken.greedy()).toThrow('greedy: the logits of row 0 hold NaN');
    });
  });

  test('is a token sequence where nothing depends on anything', () => {
    tidy(() => {
      const free = createAutoregressive({
        batchSize: 2,
        maxLength: 4,
        end: 1,
        nextLogits: () => zeros([2, 3]),
      });
      const sequence = createTokenSequence({ logits: zeros([2, 4, 3]), end: 1 });
      expect(numbers(free.sample(createRandom(4)))).toHaveLength(8);
      expect(numbers(free.logProb(sample()))).toEqual(numbers(sequence.logProb(sample())));
    });
  });
});

describe('transformed distributions', () => {
  const gaussian = () => createDiagonalGaussian({ mean: zeros([1, 1]), logStandardDeviation: zeros([1, 1]) });

  test('have the divergence of their bases, if the map is one', () => {
    tidy(() => {
      const other = createDiagonalGaussian({ mean: tensor2d([[1]]), logStandardDeviation: zeros([1, 1]) });
      const found = createTransformed(gaussian(), expBijector).kl(createTransformed(other, expBijector));
      expect(numbers(found)).toEqual([0.5]);
      expect(() =>
        createTransformed(gaussian(), expBijector).kl(createTransformed(other, tanhBijector)),
      ).toThrow('kl: the two distributions have different bijectors (exp, tanh); use estimateKl');
    });
  });
});

describe('logit transforms', () => {
  const rows = (): Tensor2D =>
    tensor2d([
      [ln(1), ln(2), ln(5)],
      [ln(4), ln(4), ln(2)],
    ]);
  const kept = (logits: Tensor2D): boolean[] => numbers(logits).map((logit) => logit > -Infinity);

  test('keep what they are told, row by row', () => {
    tidy(() => {
      expect(kept(keepTopK(rows(), 1))).toEqual([false, false, true, true, true, false]);
      expect(kept(keepTopK(rows(), 2))).toEqual([false, true, true, true, true, false]);
      expect(numbers(keepTopK(rows(), 3))).toEqual(numbers(rows()));
      // Shares 1/8, 2/8, 5/8 and 4/10, 4/10, 2/10.
      expect(kept(keepTopP(rows(), 0.39))).toEqual([false, false, true, true, true, false]);
      expect(kept(keepTopP(rows(), 0.7))).toEqual([false, true, true, true, true, false]);
      expect(kept(keepTopP(rows(), 0.9))).toEqual([true, true, true, true, true, true]);
      expect(numbers(keepTopP(rows(), 1))).toEqual(numbers(rows()));
      expect(numbers(scaleTemperature(tensor2d([[1, -2]]), 2))).toEqual([0.5, -1]);
    });
  });

  test.each([
    [() => scaleTemperature(rows(), -1), 'temperature: expected a positive number, got -1'],
    [() => scaleTemperature(rows(), NaN), 'temperature: expected a positive number, got NaN'],
    [() => keepTopK(rows(), -1), 'k: expected a positive integer, got -1'],
    [() => keepTopP(rows(), -0.1), 'p: expected a number in (0, 1], got -0.1'],
    [() => keepTopP(rows(), NaN), 'p: expected a number in (0, 1], got NaN'],
  ])('refuse the rest %#', (act, message) => {
    tidy(() => {
      expect(act).toThrow(message);
    });
  });
});
