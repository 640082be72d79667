import { createRandom } from '@pose-rft/random';
import { ones, tensor2d, tidy, useBackend, zeros, type Tensor2D, type Tensor3D } from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  createAutoregressive,
  createBernoulli,
  createBeta,
  createCategorical,
  createCholeskyGaussian,
  createDiagonalGaussian,
  createGaussianMixture,
  createLowRankGaussian,
  createMultiCategorical,
  createRotationGaussian,
  createSquashedGaussian,
  createTokenSequence,
  DistributionError,
  maskCategories,
} from '../index.js';
import { requireShape } from './distribution.js';

beforeAll(() => useBackend('cpu'));
trackTensorLeaks({ beforeAll, afterAll });

const matrix = (rows: number, columns: number): Tensor2D => zeros([rows, columns]);
const cube = (first: number, second: number, third: number): Tensor3D => zeros([first, second, third]);
const box = (size: number) => ({
  low: new Array<number>(size).fill(0),
  high: new Array<number>(size).fill(1),
});

const beta = (rows: number, columns: number) =>
  createBeta({ alpha: ones([rows, columns]), beta: ones([rows, columns]), ...box(columns) });
const bernoulli = (rows: number, columns: number) => createBernoulli(matrix(rows, columns));
const diagonal = (rows: number, columns: number) =>
  createDiagonalGaussian({ mean: matrix(rows, columns), logStandardDeviation: matrix(rows, columns) });
const cholesky = (rows: number, columns: number) =>
  createCholeskyGaussian({ mean: matrix(rows, columns), choleskyFactor: cube(rows, columns, columns) });
const lowRank = (rows: number, columns: number) =>
  createLowRankGaussian({
    mean: matrix(rows, columns),
    logStandardDeviation: matrix(rows, columns),
    lowRankFactor: cube(rows, columns, 1),
  });
const squashed = (rows: number, columns: number) =>
  createSquashedGaussian({
    mean: matrix(rows, columns),
    logStandardDeviation: matrix(rows, columns),
    ...box(columns),
  });
const mixture = (rows: number, columns: number) =>
  createGaussianMixture({
    logits: matrix(rows, 2),
    mean: cube(rows, 2, columns),
    logStandardDeviation: cube(rows, 2, columns),
  });
const rotation = (rows: number, joints: number) =>
  createRotationGaussian({ mean: matrix(rows, 6 * joints), logStandardDeviation: matrix(rows, joints) });
const sequence = (rows: number, steps: number) =>
  createTokenSequence({ logits: cube(rows, steps, 3), end: 0 });
const autoregressive = (allLogits: Tensor3D) =>
  createAutoregressive({
    batchSize: 2,
    maxLength: 3,
    end: 0,
    nextLogits: () => matrix(1, 4),
    allLogits: () => allLogits,
  });
const tokens = (rows: number, steps: number): Tensor2D =>
  tensor2d(new Int32Array(rows * steps), [rows, steps], 'int32');

test.each<[() => unknown, string]>([
  [
    () => createBeta({ alpha: ones([2, 3]), beta: ones([2, 2]), ...box(3) }),
    'beta has the shape [2, 2]; expected [2, 3], that of alpha',
  ],
  [() => beta(2, 3).logProb(matrix(2, 2)), 'sample has the shape [2, 2]; expected [2, 3], that of alpha'],
  [() => beta(2, 3).kl(beta(1, 3)), 'the other alpha has the shape [1, 3]; expected [2, 3], that of alpha'],
  [
    () => bernoulli(2, 3).logProb(matrix(1, 3)),
    'sample has the shape [1, 3]; expected [2, 3], that of the logits',
  ],
  [
    () => bernoulli(2, 3).kl(bernoulli(2, 2)),
    "the other's logits has the shape [2, 2]; expected [2, 3], that of these logits",
  ],
  [
    () => createDiagonalGaussian({ mean: matrix(2, 3), logStandardDeviation: matrix(2, 1) }),
    'logStandardDeviation has the shape [2, 1]; expected [2, 3], that of the mean',
  ],
  [
    () => diagonal(2, 3).logProb(matrix(2, 4)),
    'sample has the shape [2, 4]; expected [2, 3], that of the mean',
  ],
  [
    () => diagonal(2, 3).kl(diagonal(3, 3)),
    'the other mean has the shape [3, 3]; expected [2, 3], that of the mean',
  ],
  [
    () => createCholeskyGaussian({ mean: matrix(2, 3), choleskyFactor: cube(1, 3, 3) }),
    'choleskyFactor has the shape [1, 3, 3]; expected [2, 3, 3], that of a matrix a row of the mean',
  ],
  [
    () => cholesky(2, 3).logProb(matrix(2, 4)),
    'sample has the shape [2, 4]; expected [2, 3], that of the mean',
  ],
  [
    () => cholesky(2, 3).kl(cholesky(2, 2)),
    'the other mean has the shape [2, 2]; expected [2, 3], that of the mean',
  ],
  [
    () =>
      createLowRankGaussian({
        mean: matrix(2, 3),
        logStandardDeviation: matrix(2, 2),
        lowRankFactor: cube(2, 3, 1),
      }),
    'logStandardDeviation has the shape [2, 2]; expected [2, 3], that of the mean',
  ],
  [
    () =>
      createLowRankGaussian({
        mean: matrix(2, 3),
        logStandardDeviation: matrix(2, 3),
        lowRankFactor: cube(2, 2, 5),
      }),
    'lowRankFactor has the shape [2, 2, 5]; expected [2, 3, 5], that of K columns a row of the mean',
  ],
  [
    () => lowRank(2, 3).logProb(matrix(2, 4)),
    'sample has the shape [2, 4]; expected [2, 3], that of the mean',
  ],
  [
    () => lowRank(2, 3).kl(lowRank(1, 3)),
    'the other mean has the shape [1, 3]; expected [2, 3], that of the mean',
  ],
  [
    () => squashed(2, 3).logProb(matrix(2, 4)),
    'sample has the shape [2, 4]; expected [2, 3], that of the mean',
  ],
  [
    () =>
      createGaussianMixture({
        logits: matrix(2, 3),
        mean: cube(2, 2, 1),
        logStandardDeviation: cube(2, 2, 1),
      }),
    'logits has the shape [2, 3]; expected [2, 2], that of a weight a Gaussian',
  ],
  [
    () =>
      createGaussianMixture({
        logits: matrix(2, 2),
        mean: cube(2, 2, 1),
        logStandardDeviation: cube(2, 1, 1),
      }),
    'logStandardDeviation has the shape [2, 1, 1]; expected [2, 2, 1], that of the mean',
  ],
  [
    () => mixture(2, 3).logProb(matrix(2, 4)),
    'sample has the shape [2, 4]; expected [2, 3], that of a row of the means',
  ],
  [
    () => createRotationGaussian({ mean: matrix(2, 7), logStandardDeviation: matrix(2, 1) }),
    'mean has the shape [2, 7]; expected [2, 6], that of six numbers a standard deviation',
  ],
  [
    () => rotation(2, 1).logProb(matrix(2, 7)),
    'sample has the shape [2, 7]; expected [2, 6], that of the mean',
  ],
  [
    () => createMultiCategorical({ logits: matrix(2, 5), categories: [2, 3] }).logProb(tokens(2, 3)),
    'sample has the shape [2, 3]; expected [2, 2], that of the batch and its choices',
  ],
  [
    () => sequence(2, 3).logProb(tokens(2, 2)),
    'sample has the shape [2, 2]; expected [2, 3], that of the steps of the logits',
  ],
  [
    () => sequence(2, 3).kl(sequence(2, 2)),
    'the other logits has the shape [2, 2, 3]; expected [2, 3, 3], that of these logits',
  ],
  [
    () => autoregressive(cube(2, 3, 4)).sample(createRandom(1)),
    'nextLogits has the shape [1, 4]; expected [2, 4], that of the batch and the vocabulary',
  ],
  [
    () => autoregressive(cube(2, 3, 4)).logProb(tokens(2, 2)),
    'sample has the shape [2, 2]; expected [2, 3], that of the batch and the longest sequence',
  ],
  [
    () => autoregressive(cube(2, 2, 4)).logProb(tokens(2, 3)),
    'allLogits has the shape [2, 2, 4]; expected [2, 3, 4], that of the batch and its steps',
  ],
  [
    () => maskCategories(matrix(2, 3), tensor2d([[1, 0]], undefined, 'bool')),
    'allowed has the shape [1, 2]; expected [1, 3], that of the logits',
  ],
  [
    () => maskCategories(matrix(2, 1), tensor2d([[1], [0], [1]], undefined, 'bool')),
    'allowed has the shape [3, 1]; expected [2, 1], that of the logits',
  ],
])('refused %#', (act, message) => {
  tidy(() => {
    expect(act).toThrow(DistributionError);
    expect(act).toThrow(expect.objectContaining({ name: 'DistributionError', message }) as Error);
  });
});

test('divergences of other shapes are refused', () => {
  tidy(() => {
    expect(() => createCategorical(zeros([2, 3])).kl(createCategorical(zeros([1, 3])))).toThrow(
      'kl: this distribution has logits [2, 3], the other [1, 3]',
    );
    const found = [zeros([2, 3, 1]), zeros([2])];
    for (const tensor of found)
      expect(() => requireShape('sample', tensor, [2, 3], 'the logits')).toThrow(
        `sample has the shape [${tensor.shape.join(', ')}]; expected [2, 3], that of the logits`,
      );
  });
});
