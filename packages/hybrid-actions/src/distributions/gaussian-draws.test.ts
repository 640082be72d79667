import { createRandom } from '@pose-rft/random';
import { tensor2d, tensor3d, tidy, useBackend, zeros, type Tensor } from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  createAutoregressive,
  createBernoulli,
  createBeta,
  createCategorical,
  createCholeskyGaussian,
  createDiagonalGaussian,
  createGaussianMixture,
  createIndependentJoint,
  createLowRankGaussian,
  createMultiCategorical,
  createRotationGaussian,
  createSquashedGaussian,
  createTokenSequence,
  createTransformed,
  expBijector,
} from '../index.js';

beforeAll(() => useBackend('cpu'));
trackTensorLeaks({ beforeAll, afterAll });

const numbers = (tensor: Tensor): number[] => Array.from(tensor.dataSync());
function expectClose(found: Tensor, expected: readonly number[]): void {
  expect(found.size).toBe(expected.length);
  numbers(found).forEach((value, index) => expect(value).toBeCloseTo(expected[index] ?? NaN, 5));
}

const mean = () =>
  tensor2d([
    [1, 2],
    [3, 4],
  ]);
const logStandardDeviation = () =>
  tensor2d([
    [0, 1],
    [-1, 0.5],
  ]);

describe('equal seeds draw equal values for good: the mean plus the noise in its order', () => {
  const noise = (count: number, from = createRandom(5)): number[] =>
    Array.from(from.fillNormal(new Float64Array(count)));
  const deviations = [0, 1, -1, 0.5].map(Math.exp);

  test('times the deviations', () => {
    tidy(() => {
      const gaussian = createDiagonalGaussian({ mean: mean(), logStandardDeviation: logStandardDeviation() });
      const drawn = noise(4).map((z, index) => index + 1 + (deviations[index] ?? NaN) * z);
      expectClose(gaussian.sample(createRandom(5)), drawn);
    });
  });

  test('times the Cholesky factor', () => {
    tidy(() => {
      const factor = [
        [2, 9, -1, 0.5],
        [1, 9, 3, -2],
      ] as const;
      const gaussian = createCholeskyGaussian({
        mean: mean(),
        choleskyFactor: tensor3d(
          factor.map(([a, above, b, c]) => [
            [a, above],
            [b, c],
          ]),
        ),
      });
      const [z = []] = [noise(4)];
      const at = (index: number): number => z[index] ?? NaN;
      expectClose(gaussian.sample(createRandom(5)), [
        1 + 2 * at(0),
        2 - at(0) + 0.5 * at(1),
        3 + at(2),
        4 + 3 * at(2) - 2 * at(3),
      ]);
    });
  });

  test('times the deviations, and the directions times theirs', () => {
    tidy(() => {
      const factors = [1, 2, -1, 3, 0.5, -2, 4, 1];
      const gaussian = createLowRankGaussian({
        mean: mean(),
        logStandardDeviation: logStandardDeviation(),
        lowRankFactor: tensor3d(factors, [2, 2, 2]),
      });
      const random = createRandom(5);
      const [own, shared] = [noise(4, random), noise(4, random)];
      const drawn = own.map((z, index) => {
        const first = 2 * Math.floor(index / 2);
        const along =
          (factors[2 * index] ?? NaN) * (shared[first] ?? NaN) +
          (factors[2 * index + 1] ?? NaN) * (shared[first + 1] ?? NaN);
        return index + 1 + (deviations[index] ?? NaN) * z + along;
      });
      expectClose(gaussian.sample(createRandom(5)), drawn);
    });
  });

  test('times the deviations of the Gaussian that was chosen', () => {
    tidy(() => {
      const mixture = createGaussianMixture({
        logits: tensor2d([[-Infinity, 0]]),
        mean: tensor3d([
          [
            [9, 9],
            [1, 2],
          ],
        ]),
        logStandardDeviation: tensor3d([
          [
            [0, 0],
            [0, 1],
          ],
        ]),
      });
      const random = createRandom(5);
      random.uniform();
      const drawn = [1 + random.normal(), 2 + Math.E * random.normal()];
      expectClose(mixture.sample(createRandom(5)), drawn);
    });
  });
});

test('every distribution says of what kind it is', () => {
  tidy(() => {
    const gaussian = () =>
      createDiagonalGaussian({ mean: mean(), logStandardDeviation: logStandardDeviation() });
    const box = { low: [0, 0], high: [1, 1] };
    const kinds = [
      gaussian(),
      createCategorical(mean()),
      createBernoulli(mean()),
      createMultiCategorical({ logits: mean(), categories: [2] }),
      createCholeskyGaussian({ mean: mean(), choleskyFactor: zeros([2, 2, 2]) }),
      createLowRankGaussian({
        mean: mean(),
        logStandardDeviation: mean(),
        lowRankFactor: zeros([2, 2, 1]),
      }),
      createSquashedGaussian({ mean: mean(), logStandardDeviation: mean(), ...box }),
      createBeta({ alpha: mean(), beta: mean(), ...box }),
      createGaussianMixture({
        logits: mean(),
        mean: zeros([2, 2, 1]),
        logStandardDeviation: zeros([2, 2, 1]),
      }),
      createRotationGaussian({ mean: zeros([2, 6]), logStandardDeviation: zeros([2, 1]) }),
      createTokenSequence({ logits: zeros([1, 2, 3]), end: 0 }),
      createAutoregressive({ batchSize: 1, maxLength: 1, end: 0, nextLogits: () => zeros([1, 2]) }),
      createTransformed(gaussian(), expBijector),
      createIndependentJoint([gaussian()]),
    ].map(({ kind }) => kind);
    expect(kinds).toEqual([
      'diagonalGaussian',
      'categorical',
      'bernoulli',
      'multiCategorical',
      'choleskyGaussian',
      'lowRankGaussian',
      'squashedGaussian',
      'beta',
      'gaussianMixture',
      'rotationGaussian',
      'tokenSequence',
      'autoregressive',
      'transformed',
      'independentJoint',
    ]);
  });
});

test('an independent joint may be a tuple: its parts by position', () => {
  tidy(() => {
    const joint = createIndependentJoint([
      createCategorical(tensor2d([[0, 9]])),
      createBernoulli(tensor2d([[-9, 9]])),
    ]);
    const [choice, flags] = joint.mode();
    expect([numbers(choice), numbers(flags)]).toEqual([[1], [0, 1]]);
    const logProbs = joint.componentLogProbs(joint.mode());
    expect(logProbs).toHaveLength(2);
    expectClose(joint.logProb(joint.mode()), [
      logProbs.reduce((sum, each) => sum + (numbers(each)[0] ?? NaN), 0),
    ]);
  });
});
