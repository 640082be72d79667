import {
  add,
  oneHot,
  slice,
  sub,
  sum,
  tensor2d,
  tile,
  useBackend,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
} from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCategorical, type CategoricalDistribution } from '../distributions/categorical.js';
import type { Distribution } from '../distributions/distribution.js';
import {
  createDiagonalGaussian,
  type DiagonalGaussianDistribution,
} from '../distributions/diagonal-gaussian.js';
import { distributionLaws, type DistributionSubject } from '../laws.js';

beforeAll(async () => {
  await useBackend('cpu');
});
trackTensorLeaks({ beforeAll, afterAll });

/** Evenly spread; `fc.double` prefers numbers near 0, where all distributions look alike. */
const number = (min: number, max: number): fc.Arbitrary<number> =>
  fc.integer({ min: 0, max: 64 }).map((step) => min + ((max - min) * step) / 64);

interface GaussianRow {
  readonly mean: readonly number[];
  readonly logStandardDeviation: readonly number[];
}

const categorical: DistributionSubject<readonly number[], Tensor1D, CategoricalDistribution> = {
  row: fc.array(number(-2, 2), { minLength: 4, maxLength: 4 }),
  parameters: (rows) => [tensor2d(rows.map((row) => [...row]))],
  create: ([logits]) => createCategorical(logits as Tensor2D),
  embed: (sample: Tensor1D) => oneHot(sample, 4),
};

const diagonalGaussian: DistributionSubject<GaussianRow, Tensor2D, DiagonalGaussianDistribution> = {
  row: fc.record({
    mean: fc.array(number(-2, 2), { minLength: 2, maxLength: 2 }),
    logStandardDeviation: fc.array(number(-1, 0.5), { minLength: 2, maxLength: 2 }),
  }),
  parameters: (rows) => [
    tensor2d(rows.map(({ mean }) => [...mean])),
    tensor2d(rows.map(({ logStandardDeviation }) => [...logStandardDeviation])),
  ],
  create: ([mean, logStandardDeviation]) =>
    createDiagonalGaussian({
      mean: mean as Tensor2D,
      logStandardDeviation: logStandardDeviation as Tensor2D,
    }),
  embed: (sample) => sample,
};

describe('categorical distributions', () => {
  for (const law of distributionLaws(categorical)) test(law.name, () => law.check());
});

describe('diagonal Gaussians', () => {
  for (const law of distributionLaws(diagonalGaussian)) test(law.name, () => law.check());
});

describe('the laws catch', () => {
  const broken = <Row, Sample extends Tensor, Made extends Distribution<Sample>>(
    subject: DistributionSubject<Row, Sample, Made>,
  ): string[] =>
    distributionLaws(subject, { runs: 2, draws: 1000 })
      .filter((law) => {
        try {
          law.check();
          return false;
        } catch {
          return true;
        }
      })
      .map((law) => law.name);

  test('a density that is not normalised', () => {
    const create = (parameters: readonly Tensor[]): DiagonalGaussianDistribution => {
      const sound = diagonalGaussian.create(parameters);
      const logProb = (sample: Tensor2D): Tensor1D =>
        add(sound.logProb(sample), sum(sound.parameters.logStandardDeviation, 1));
      return { ...sound, logProb };
    };
    expect(broken({ ...diagonalGaussian, create })).toContain(
      'the score has mean zero: log p is normalised, and differentiable',
    );
  });

  test('an entropy of the wrong formula', () => {
    const create = (parameters: readonly Tensor[]): DiagonalGaussianDistribution => {
      const sound = diagonalGaussian.create(parameters);
      return { ...sound, entropy: () => sub(sound.entropy(), 1) };
    };
    expect(broken({ ...diagonalGaussian, create })).toEqual(['entropy is the expectation of -log p']);
  });

  test('a divergence the wrong way round', () => {
    const create = (parameters: readonly Tensor[]): CategoricalDistribution => {
      const sound = categorical.create(parameters);
      return { ...sound, kl: (other) => createCategorical(other.logits).kl(sound) };
    };
    expect(broken({ ...categorical, create })).toEqual([
      'KL(p || q) >= 0 is the expectation of log p - log q',
    ]);
  });

  test('a sampler that draws every row from the first', () => {
    const create = (parameters: readonly Tensor[]): CategoricalDistribution => {
      const sound = categorical.create(parameters);
      const [logits] = parameters as [Tensor2D];
      const first = createCategorical(tile(slice(logits, [0], [1]), [logits.shape[0], 1]));
      return {
        ...sound,
        sample: first.sample,
        sampleAndLogProb: (random) => {
          const sample = first.sample(random);
          return { sample, logProb: sound.logProb(sample) };
        },
      };
    };
    expect(broken({ ...categorical, create })).toContain('samples average to the mean');
  });
});
