import { createRandom } from '@pose-rft/random';
import { tensor2d, tensor3d, tidy, useBackend } from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createGaussianMixture } from '../index.js';
import { gaussianMixtureMode } from './gaussian-mixture-mode.js';

beforeAll(() => useBackend('cpu'));
trackTensorLeaks({ beforeAll, afterAll });

interface Mixture {
  readonly logWeights: readonly number[];
  readonly means: readonly (readonly number[])[];
  readonly deviations: readonly (readonly number[])[];
}

function density({ logWeights, means, deviations }: Mixture, point: readonly number[]): number {
  return logWeights.reduce((total, logWeight, k) => {
    let value = Math.exp(logWeight);
    point.forEach((x, d) => {
      const deviation = deviations[k]?.[d] ?? NaN;
      value *= Math.exp(-0.5 * ((x - (means[k]?.[d] ?? NaN)) / deviation) ** 2) / deviation;
    });
    return total + value;
  }, 0);
}

function modeOf({ logWeights, means, deviations }: Mixture): number[] {
  return Array.from(
    gaussianMixtureMode(
      Float32Array.from(logWeights),
      Float32Array.from(means.flat()),
      Float32Array.from(deviations.flat()),
    ),
  );
}

const mixtures: readonly (readonly [string, Mixture])[] = [
  ['one Gaussian', { logWeights: [3], means: [[2, -1]], deviations: [[0.5, 2]] }],
  [
    'two that melt into one',
    {
      logWeights: [0, 0],
      means: [
        [-0.5, 1],
        [0.5, 2],
      ],
      deviations: [
        [1, 1],
        [1, 1],
      ],
    },
  ],
  [
    'a heavy broad one and a light narrow one',
    {
      logWeights: [1, 0],
      means: [
        [0, 0],
        [3, 3],
      ],
      deviations: [
        [3, 3],
        [0.2, 0.1],
      ],
    },
  ],
  [
    'three that overlap unevenly',
    {
      logWeights: [0.3, 0, 0.6],
      means: [
        [0, 0],
        [1, 0.5],
        [0.4, 1.5],
      ],
      deviations: [
        [0.7, 1],
        [1, 0.6],
        [0.9, 0.8],
      ],
    },
  ],
  [
    'one whose likeliest mean is not its highest peak',
    { logWeights: [0.2, 0, 0], means: [[-4], [0], [0.6]], deviations: [[1], [1], [1]] },
  ],
];

describe.each(mixtures)('the mode of %s', (_, mixture) => {
  test('is where no near or far point is denser', () => {
    const mode = modeOf(mixture);
    const highest = density(mixture, mode);
    const size = mode.length;
    for (let d = 0; d < size; d++)
      for (const step of [-1e-2, 1e-2])
        expect(density(mixture, mode.with(d, (mode[d] ?? NaN) + step))).toBeLessThan(highest);
    const grid = Array.from({ length: 101 }, (_, index) => -5 + index / 10);
    for (const x of grid)
      for (const y of size === 1 ? [0] : grid)
        expect(density(mixture, [x, y].slice(0, size))).toBeLessThanOrEqual(highest * (1 + 1e-6));
  });
});

test('peaks are found to four digits, and a Gaussian that is left out has none', () => {
  expect(modeOf({ logWeights: [0, 0], means: [[-0.5], [0.5]], deviations: [[1], [1]] })[0]).toBeCloseTo(0, 4);
  const leftOut = { logWeights: [-Infinity, 0], means: [[5], [2]], deviations: [[0.01], [1]] };
  expect(modeOf(leftOut)).toEqual([2]);
  // The first of two alike.
  expect(modeOf({ logWeights: [0, 0], means: [[-9], [9]], deviations: [[1], [1]] })[0]).toBeCloseTo(-9, 6);
});

describe('a batch of mixtures', () => {
  const create = () =>
    createGaussianMixture({
      logits: tensor2d([
        [Math.log(3), 0],
        [-Infinity, 5],
      ]),
      mean: tensor3d([
        [
          [0, 10],
          [4, 2],
        ],
        [
          [1, 1],
          [7, -7],
        ],
      ]),
      logStandardDeviation: tensor3d([
        [
          [0, -1],
          [0, 0],
        ],
        [
          [0, 0],
          [1, -2],
        ],
      ]),
    });

  test('has the mean and the mode of each', () => {
    tidy(() => {
      expect(Array.from(create().mean().dataSync())).toEqual([1, 8, 7, -7]);
      const modes = Array.from(create().mode().dataSync());
      [0, 10, 7, -7].forEach((mode, index) => expect(modes[index]).toBeCloseTo(mode, 3));
    });
  });

  test('has the density of each', () => {
    tidy(() => {
      const found = create().logProb(
        tensor2d([
          [1, 9],
          [6, -7],
        ]),
      );
      const first =
        (0.75 * Math.exp(-0.5) * Math.exp(-0.5 * Math.E ** 2) * Math.E +
          0.25 * Math.exp(-4.5) * Math.exp(-24.5)) /
        (2 * Math.PI);
      const second = (Math.exp(-0.5 / Math.E ** 2) * Math.E) / (2 * Math.PI);
      [first, second].forEach((value, row) => expect(found.dataSync()[row]).toBeCloseTo(Math.log(value), 4));
    });
  });

  test('draws each row from one of its Gaussians', () => {
    tidy(() => {
      const random = createRandom(4);
      const draws = 2000;
      let high = 0;
      const sums = new Float64Array(4);
      const squares = new Float64Array(4);
      for (let draw = 0; draw < draws; draw++) {
        const values = Array.from(create().sample(random).dataSync());
        if ((values[1] ?? 0) > 6) high += 1;
        values.forEach((value, index) => {
          sums[index] = (sums[index] ?? 0) + value / draws;
          squares[index] = (squares[index] ?? 0) + value ** 2 / draws;
        });
      }
      expect(Math.abs(high / draws - 0.75)).toBeLessThan(0.04);
      [1, 8, 7, -7].forEach((mean, index) => expect(Math.abs((sums[index] ?? 0) - mean)).toBeLessThan(0.3));
      const deviation = (index: number): number => Math.sqrt((squares[index] ?? 0) - (sums[index] ?? 0) ** 2);
      expect(deviation(2)).toBeCloseTo(Math.E, 0);
      expect(deviation(3)).toBeCloseTo(Math.exp(-2), 1);
    });
  });
});
