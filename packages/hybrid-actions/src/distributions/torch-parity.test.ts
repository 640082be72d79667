import { readFileSync } from 'node:fs';
import {
  tensor1d,
  tensor2d,
  tensor3d,
  tidy,
  useBackend,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
} from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  createAffineBijector,
  createBernoulli,
  createBeta,
  createCategorical,
  createCholeskyGaussian,
  createDiagonalGaussian,
  createGaussianMixture,
  createLowRankGaussian,
  createMultiCategorical,
  createSquashedGaussian,
  expBijector,
  sigmoidBijector,
  softplusBijector,
  tanhBijector,
  type Bijector,
  type Distribution,
} from '../index.js';

type Kind =
  | 'categorical'
  | 'diagonalGaussian'
  | 'bernoulli'
  | 'multiCategorical'
  | 'choleskyGaussian'
  | 'lowRankGaussian'
  | 'squashedGaussian'
  | 'beta'
  | 'gaussianMixture';

/** Row-major numbers by name: parameters, those of a second distribution under `other...`, and what torch says. */
interface Case {
  readonly rows: number;
  readonly columns: number;
  readonly rank?: number;
  readonly count?: number;
  readonly [name: string]: number | readonly number[] | undefined;
}

interface BijectorCase {
  readonly name: string;
  readonly x: number[];
  readonly y: number[];
  readonly forwardLogDet: number[];
}

type Golden = Readonly<Record<Kind, readonly Case[]>> & {
  readonly torch: string;
  readonly bijector: readonly BijectorCase[];
};

const file = new URL('../../golden/torch-distributions.golden.json', import.meta.url);
const golden = JSON.parse(readFileSync(file, 'utf8')) as Golden;

/** One case's numbers as tensors. */
function reader(given: Case): {
  numbers(name: string): number[];
  matrix(name: string, columns?: number): Tensor2D;
  cube(name: string, second: number, third: number): Tensor3D;
  integers(name: string, columns: number): Tensor2D;
} {
  const numbers = (name: string): number[] => {
    const found = given[name];
    if (!Array.isArray(found)) throw new Error(`the golden case has no numbers '${name}'`);
    return [...(found as readonly number[])];
  };
  return {
    numbers,
    matrix: (name, columns = given.columns) => tensor2d(numbers(name), [given.rows, columns]),
    cube: (name, second, third) => tensor3d(numbers(name), [given.rows, second, third]),
    integers: (name, columns) => tensor2d(numbers(name), [given.rows, columns], 'int32'),
  };
}

function expectClose(found: Tensor, expected: readonly number[], tolerance = 1e-5): void {
  const values = Array.from(found.dataSync());
  expect(values).toHaveLength(expected.length);
  values.forEach((value, index) => {
    const want = expected[index] ?? NaN;
    expect(Math.abs(value - want), `${value} beside ${want}`).toBeLessThan(tolerance * (1 + Math.abs(want)));
  });
}

function compare<Sample>(
  given: Case,
  p: Distribution<Sample>,
  q: Distribution<Sample>,
  value: Sample,
  tolerance?: number,
): void {
  const { numbers } = reader(given);
  expectClose(p.logProb(value), numbers('logProb'), tolerance);
  expectClose(p.entropy(), numbers('entropy'), tolerance);
  expectClose(p.kl(q), numbers('kl'), tolerance);
}

trackTensorLeaks({ beforeAll, afterAll });

describe.each(['cpu', 'wasm'] as const)(`torch.distributions ${golden.torch} and %s`, (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  const cases = (kind: Kind, check: (given: Case) => void): void =>
    test.each(golden[kind])(`${kind}, $rows rows of $columns`, (given) => {
      tidy(() => check(given));
    });

  cases('categorical', (given) => {
    const { matrix, numbers } = reader(given);
    const p = createCategorical(matrix('logits'));
    compare(given, p, createCategorical(matrix('otherLogits')), tensor1d(numbers('value'), 'int32'), 2e-6);
    expectClose(p.mode(), numbers('mode'));
  });

  cases('diagonalGaussian', (given) => {
    const { matrix } = reader(given);
    const p = createDiagonalGaussian({
      mean: matrix('mean'),
      logStandardDeviation: matrix('logStandardDeviation'),
    });
    const q = createDiagonalGaussian({
      mean: matrix('otherMean'),
      logStandardDeviation: matrix('otherLogStandardDeviation'),
    });
    compare(given, p, q, matrix('value'), 2e-6);
  });

  cases('bernoulli', (given) => {
    const { matrix, integers, numbers } = reader(given);
    const p = createBernoulli(matrix('logits'));
    compare(given, p, createBernoulli(matrix('otherLogits')), integers('value', given.columns));
    expectClose(p.mean(), numbers('mean'));
  });

  cases('multiCategorical', (given) => {
    const { matrix, integers, numbers } = reader(given);
    const categories = numbers('categories');
    const p = createMultiCategorical({ logits: matrix('logits'), categories });
    const q = createMultiCategorical({ logits: matrix('otherLogits'), categories });
    compare(given, p, q, integers('value', categories.length));
  });

  cases('choleskyGaussian', (given) => {
    const { matrix, cube } = reader(given);
    const { columns } = given;
    const p = createCholeskyGaussian({
      mean: matrix('mean'),
      choleskyFactor: cube('choleskyFactor', columns, columns),
    });
    const q = createCholeskyGaussian({
      mean: matrix('otherMean'),
      choleskyFactor: cube('otherCholeskyFactor', columns, columns),
    });
    compare(given, p, q, matrix('value'));
  });

  cases('lowRankGaussian', (given) => {
    const { matrix, cube } = reader(given);
    const { columns, rank = NaN } = given;
    const p = createLowRankGaussian({
      mean: matrix('mean'),
      logStandardDeviation: matrix('logStandardDeviation'),
      lowRankFactor: cube('lowRankFactor', columns, rank),
    });
    const q = createLowRankGaussian({
      mean: matrix('otherMean'),
      logStandardDeviation: matrix('otherLogStandardDeviation'),
      lowRankFactor: cube('otherLowRankFactor', columns, rank),
    });
    compare(given, p, q, matrix('value'));
  });

  cases('squashedGaussian', (given) => {
    const { matrix, numbers } = reader(given);
    const corners = { low: numbers('low'), high: numbers('high') };
    const p = createSquashedGaussian({
      mean: matrix('mean'),
      logStandardDeviation: matrix('logStandardDeviation'),
      ...corners,
    });
    const q = createSquashedGaussian({
      mean: matrix('otherMean'),
      logStandardDeviation: matrix('otherLogStandardDeviation'),
      ...corners,
    });
    compare(given, p, q, matrix('value'));
    expectClose(p.mean(), numbers('expected'));
  });

  cases('beta', (given) => {
    const { matrix, numbers } = reader(given);
    const corners = { low: numbers('low'), high: numbers('high') };
    const p = createBeta({ alpha: matrix('alpha'), beta: matrix('beta'), ...corners });
    const q = createBeta({ alpha: matrix('otherAlpha'), beta: matrix('otherBeta'), ...corners });
    compare(given, p, q, matrix('value'));
    expectClose(p.mean(), numbers('expected'));
  });

  cases('gaussianMixture', (given) => {
    const { matrix, cube, numbers } = reader(given);
    const { columns, count = NaN } = given;
    const p = createGaussianMixture({
      logits: matrix('logits', count),
      mean: cube('mean', count, columns),
      logStandardDeviation: cube('logStandardDeviation', count, columns),
    });
    expectClose(p.logProb(matrix('value')), numbers('logProb'));
    expectClose(p.mean(), numbers('expected'));
  });

  test.each(golden.bijector)('the $name bijector', ({ name, x, y, forwardLogDet }) => {
    const bijectors: Readonly<Record<string, Bijector>> = {
      affine: createAffineBijector({ shift: 0.5, scale: -3 }),
      exp: expBijector,
      sigmoid: sigmoidBijector,
      softplus: softplusBijector,
      tanh: tanhBijector,
    };
    const bijector = bijectors[name];
    if (bijector === undefined) throw new Error(`there is no bijector '${name}'`);
    tidy(() => {
      const inputs = tensor2d(x, [x.length, 1]);
      expectClose(bijector.forward(inputs), y);
      expectClose(bijector.forwardLogDet(inputs), forwardLogDet);
    });
  });
});
