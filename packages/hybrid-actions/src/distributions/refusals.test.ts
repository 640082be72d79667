import { createRandom } from '@pose-rft/random';
import {
  fill,
  ones,
  tensor1d,
  tensor2d,
  tensor3d,
  tidy,
  useBackend,
  zeros,
  type Tensor2D,
} from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  categorical,
  createAutoregressive,
  createBernoulli,
  createBeta,
  createCategorical,
  createCholeskyGaussian,
  createDiagonalGaussian,
  createGaussianMixture,
  createIndependentJoint,
  createJoint,
  createLowRankGaussian,
  createMultiCategorical,
  createRotationGaussian,
  createSquashedGaussian,
  createTokenSequence,
  createTransformed,
  DistributionError,
  estimateEntropy,
  estimateKl,
  expBijector,
  hybrid,
  keepTopK,
  keepTopP,
  maskCategories,
  real,
  scaleTemperature,
  tanhBijector,
} from '../index.js';

beforeAll(async () => {
  await useBackend('cpu');
});
trackTensorLeaks({ beforeAll, afterAll });

const random = createRandom(1);
const matrix = (rows: number, columns: number): Tensor2D => zeros([rows, columns]);
const gaussian = (rows: number, columns = 1) =>
  createDiagonalGaussian({ mean: matrix(rows, columns), logStandardDeviation: matrix(rows, columns) });
const unit = { low: [0], high: [1] };
const space = hybrid({ move: categorical({ categories: 2 }), by: real({ size: 1 }) });

describe('refused, with what was found and what is expected', () => {
  test.each<[string, () => unknown, RegExp]>([
    ['temperature 0', () => scaleTemperature(matrix(1, 2), 0), /temperature: .* positive number, got 0/],
    ['temperature Infinity', () => scaleTemperature(matrix(1, 2), Infinity), /got Infinity/],
    ['k = 0', () => keepTopK(matrix(1, 2), 0), /k: expected a positive integer, got 0/],
    ['k = 1.5', () => keepTopK(matrix(1, 2), 1.5), /got 1.5/],
    ['p = 0', () => keepTopP(matrix(1, 2), 0), /p: expected a number in \(0, 1\], got 0/],
    ['p above 1', () => keepTopP(matrix(1, 2), 1.1), /got 1.1/],
    [
      'a mask of another width',
      () => maskCategories(matrix(1, 2), tensor2d([[1, 1, 1]], undefined, 'bool')),
      /allowed has the shape \[1, 3\]; expected \[1, 2\]/,
    ],
    ['a NaN log-odds', () => createBernoulli(fill([1, 2], NaN)).sample(random), /logits\[0\] .* is NaN/],
    [
      'flags of another shape',
      () => createBernoulli(matrix(1, 2)).logProb(matrix(2, 2)),
      /sample has the shape/,
    ],
    [
      'divergence of other flags',
      () => createBernoulli(matrix(1, 2)).kl(createBernoulli(matrix(1, 3))),
      /other/,
    ],
    [
      'logits too narrow',
      () => createMultiCategorical({ logits: matrix(1, 4), categories: [2, 3] }),
      /shape \[1, 4\]; the categories 2, 3 need 5 columns/,
    ],
    ['no choices', () => createMultiCategorical({ logits: matrix(1, 0), categories: [] }), /need 0 columns/],
    [
      'other choices',
      () =>
        createMultiCategorical({ logits: matrix(1, 5), categories: [2, 3] }).kl(
          createMultiCategorical({ logits: matrix(1, 5), categories: [3, 2] }),
        ),
      /categories 2, 3, the other 3, 2/,
    ],
    [
      'a factor that is not square',
      () => createCholeskyGaussian({ mean: matrix(1, 2), choleskyFactor: zeros([1, 2, 3]) }),
      /choleskyFactor has the shape \[1, 2, 3\]; expected \[1, 2, 2\]/,
    ],
    [
      'a factor with a 0 on the diagonal',
      () =>
        createCholeskyGaussian({ mean: matrix(1, 1), choleskyFactor: zeros([1, 1, 1]) }).logProb(
          matrix(1, 1),
        ),
      /row 0 of matrix 0 must be finite and not 0/,
    ],
    [
      'a low-rank factor of another width',
      () =>
        createLowRankGaussian({
          mean: matrix(1, 2),
          logStandardDeviation: matrix(1, 2),
          lowRankFactor: zeros([1, 3, 1]),
        }),
      /lowRankFactor has the shape \[1, 3, 1\]; expected \[1, 2, 1\]/,
    ],
    [
      'a mixture without its weights',
      () =>
        createGaussianMixture({
          logits: matrix(1, 3),
          mean: zeros([1, 2, 1]),
          logStandardDeviation: zeros([1, 2, 1]),
        }),
      /logits has the shape \[1, 3\]; expected \[1, 2\]/,
    ],
    [
      'a box without width',
      () =>
        createSquashedGaussian({
          mean: matrix(1, 1),
          logStandardDeviation: matrix(1, 1),
          low: [1],
          high: [1],
        }),
      /corners \[1\] and \[1\]; expected 1 numbers each/,
    ],
    [
      'another box',
      () =>
        createBeta({ alpha: ones([1, 1]), beta: ones([1, 1]), ...unit }).kl(
          createBeta({ alpha: ones([1, 1]), beta: ones([1, 1]), low: [0], high: [2] }),
        ),
      /on the box \[0\] to \[1\], the other on \[0\] to \[2\]/,
    ],
    [
      'a concentration of 0',
      () => createBeta({ alpha: zeros([1, 1]), beta: ones([1, 1]), ...unit }).sample(random),
      /alpha and beta are 0 and 1 at 0/,
    ],
    [
      'rotations of five numbers',
      () => createRotationGaussian({ mean: matrix(1, 5), logStandardDeviation: matrix(1, 1) }),
      /mean has the shape \[1, 5\]; expected \[1, 6\]/,
    ],
    [
      'a spread beyond pi',
      () =>
        createRotationGaussian({
          mean: tensor2d([[1, 0, 0, 0, 1, 0]]),
          logStandardDeviation: tensor2d([[2]]),
        }).sample(random),
      /standard deviation at 0 .* is 7.38.* expected at most pi/,
    ],
    [
      'an end that is no token',
      () => createTokenSequence({ logits: zeros([1, 2, 3]), end: 3 }),
      /end: .* \[0, 3\)/,
    ],
    [
      'more steps than there are',
      () => createTokenSequence({ logits: zeros([1, 2, 3]), end: 0, lengths: [3] }),
      /lengths: expected 1 integers in \[0, 2\], got 3/,
    ],
    [
      'another end',
      () =>
        createTokenSequence({ logits: zeros([1, 2, 3]), end: 0 }).kl(
          createTokenSequence({ logits: zeros([1, 2, 3]), end: 1 }),
        ),
      /differ in their end token/,
    ],
    [
      'a model of another batch',
      () =>
        createAutoregressive({ batchSize: 2, maxLength: 2, end: 0, nextLogits: () => matrix(1, 3) }).sample(
          random,
        ),
      /nextLogits has the shape \[1, 3\]; expected \[2, 3\]/,
    ],
    [
      'another bijector',
      () => createTransformed(gaussian(1), expBijector).kl(createTransformed(gaussian(1), tanhBijector)),
      /different bijectors \(exp, tanh\)/,
    ],
    ['one draw', () => estimateEntropy(gaussian(1), { random, draws: 1 }), /draws: .* at least 2, got 1/],
    ['other rows', () => estimateKl(gaussian(1), gaussian(2), { random }), /p has 1 rows, q 2/],
    ['no parts', () => createIndependentJoint({}), /there is no part/],
    [
      'parts of other rows',
      () => createIndependentJoint({ a: gaussian(1), b: gaussian(2) }),
      /part b has 2 rows, part a 1/,
    ],
    [
      'a field that reads a later one',
      () =>
        createJoint(space, { move: ({ by }) => createCategorical(by), by: () => gaussian(1) }).sample(random),
      /the distribution of move reads by, which does not come before it \(fields: move, by\)/,
    ],
    [
      'fields of other rows',
      () =>
        createJoint(space, { move: () => createCategorical(matrix(2, 2)), by: () => gaussian(1) }).sample(
          random,
        ),
      /the distribution of by has 1 rows, that of move 2/,
    ],
  ])('%s', (_, act, message) => {
    tidy(() => {
      expect(act).toThrow(message);
    });
  });

  test('as a DistributionError', () => {
    tidy(() => {
      expect(() => keepTopK(matrix(1, 2), 0)).toThrow(DistributionError);
    });
  });
});

test('a flag that is neither 0 nor 1 has no log-probability', () => {
  tidy(() => {
    const flags = createBernoulli(matrix(1, 2));
    expect(flags.logProb(tensor2d([[2, 1]])).dataSync()[0]).toBeNaN();
  });
});

test('a value outside the box has probability 0, one on its side a finite density', () => {
  tidy(() => {
    for (const distribution of [
      createBeta({ alpha: fill([3, 1], 2), beta: fill([3, 1], 3), ...unit }),
      createSquashedGaussian({ mean: matrix(3, 1), logStandardDeviation: matrix(3, 1), ...unit }),
    ]) {
      const [below, on, inside] = distribution.logProb(tensor2d([[-0.01], [1], [0.5]])).dataSync();
      expect(below).toBe(-Infinity);
      expect(Number.isFinite(on) && Number.isFinite(inside)).toBe(true);
    }
  });
});

test('draws from logits of three dimensions do not leak', () => {
  tidy(() => {
    const sequence = createTokenSequence({
      logits: tensor3d([
        [
          [0, -Infinity],
          [-Infinity, 0],
        ],
      ]),
      end: 1,
    });
    expect(sequence.sample(createRandom(1)).dataSync().join()).toBe('0,1');
    expect(sequence.mode().dataSync().join()).toBe('0,1');
    expect(sequence.entropy().dataSync()[0]).toBe(0);
    expect(sequence.logProb(tensor2d([[0, 1]], undefined, 'int32')).dataSync()[0]).toBe(0);
    expect(tensor1d([1]).dataSync()[0]).toBe(1);
  });
});
