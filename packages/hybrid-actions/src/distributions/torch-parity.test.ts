import { readFileSync } from 'node:fs';
import { tensor1d, tensor2d, tidy, useBackend, type Tensor, type Tensor2D } from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCategorical } from './categorical.js';
import { createDiagonalGaussian } from './diagonal-gaussian.js';

interface Case {
  readonly rows: number;
  readonly columns: number;
  readonly value: number[];
  readonly logProb: number[];
  readonly entropy: number[];
  readonly kl: number[];
}

interface Golden {
  readonly torch: string;
  readonly categorical: readonly (Case & {
    readonly logits: number[];
    readonly otherLogits: number[];
    readonly mode: number[];
  })[];
  readonly diagonalGaussian: readonly (Case & {
    readonly mean: number[];
    readonly logStandardDeviation: number[];
    readonly otherMean: number[];
    readonly otherLogStandardDeviation: number[];
  })[];
}

const file = new URL('../../golden/torch-distributions.golden.json', import.meta.url);
const golden = JSON.parse(readFileSync(file, 'utf8')) as Golden;

beforeAll(async () => {
  await useBackend('cpu');
});
trackTensorLeaks({ beforeAll, afterAll });

function expectClose(found: Tensor, expected: readonly number[]): void {
  const values = Array.from(found.dataSync());
  expect(values).toHaveLength(expected.length);
  values.forEach((value, index) => {
    const want = expected[index] ?? NaN;
    expect(Math.abs(value - want), `${value} beside ${want}`).toBeLessThan(2e-6 * (1 + Math.abs(want)));
  });
}

describe(`torch.distributions ${golden.torch}`, () => {
  test.each(golden.categorical)('Categorical, $rows rows of $columns', (given) => {
    tidy(() => {
      const matrix = (numbers: number[]): Tensor2D => tensor2d(numbers, [given.rows, given.columns]);
      const p = createCategorical(matrix(given.logits));
      expectClose(p.logProb(tensor1d(given.value, 'int32')), given.logProb);
      expectClose(p.entropy(), given.entropy);
      expectClose(p.kl(createCategorical(matrix(given.otherLogits))), given.kl);
      expectClose(p.mode(), given.mode);
    });
  });

  test.each(golden.diagonalGaussian)('Normal, $rows rows of $columns', (given) => {
    tidy(() => {
      const matrix = (numbers: number[]): Tensor2D => tensor2d(numbers, [given.rows, given.columns]);
      const p = createDiagonalGaussian({
        mean: matrix(given.mean),
        logStandardDeviation: matrix(given.logStandardDeviation),
      });
      const q = createDiagonalGaussian({
        mean: matrix(given.otherMean),
        logStandardDeviation: matrix(given.otherLogStandardDeviation),
      });
      expectClose(p.logProb(matrix(given.value)), given.logProb);
      expectClose(p.entropy(), given.entropy);
      expectClose(p.kl(q), given.kl);
    });
  });
});
