import { createRandom } from '@pose-rft/random';
import { tensor2d, tidy, useBackend } from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  createDiagonalGaussian,
  createSquashedGaussian,
  type SquashedGaussianDistribution,
} from '../index.js';

beforeAll(() => useBackend('cpu'));
trackTensorLeaks({ beforeAll, afterAll });

const LOW = -3;
const HIGH = 5;

function squashed(mean: number, deviation: number): SquashedGaussianDistribution {
  return createSquashedGaussian({
    mean: tensor2d([[mean]]),
    logStandardDeviation: tensor2d([[Math.log(deviation)]]),
    low: [LOW],
    high: [HIGH],
  });
}

const onto = (x: number): number => LOW + (HIGH - LOW) * (0.5 + 0.5 * Math.tanh(x));
const normal = (x: number, mean: number, deviation: number): number =>
  Math.exp(-0.5 * ((x - mean) / deviation) ** 2) / (deviation * Math.sqrt(2 * Math.PI));
/** dy/dx. */
const slope = (x: number): number => ((HIGH - LOW) / 2) * (1 - Math.tanh(x) ** 2);

/** The midpoint rule in x over 12 deviations to either side, 40 000 nodes. */
function integral(of: (x: number) => number, mean: number, deviation: number): number {
  const nodes = 40_000;
  const step = (24 * deviation) / nodes;
  let total = 0;
  for (let node = 0; node < nodes; node++) {
    const x = mean + (node + 0.5) * step - 12 * deviation;
    total += step * normal(x, mean, deviation) * of(x);
  }
  return total;
}

const settings = [
  [0, 1],
  [0.7, 0.3],
  [-1.2, 0.5],
  [0.4, 2],
  [-0.3, 5],
] as const;

describe.each(settings)('of a Gaussian around %d with the deviation %d', (mean, deviation) => {
  test('the density is that of x over the slope of the squashing', () => {
    tidy(() => {
      for (const x of [-2, -0.5, 0, 0.1, 1.5]) {
        const [found = NaN] = squashed(mean, deviation)
          .logProb(tensor2d([[onto(x)]]))
          .dataSync();
        const expected = Math.log(normal(x, mean, deviation) / slope(x));
        expect(Math.abs(found - expected), `at ${x}`).toBeLessThan(1e-3 * (1 + Math.abs(expected)));
      }
    });
  });

  test('mean and entropy are their integrals', () => {
    tidy(() => {
      const distribution = squashed(mean, deviation);
      expect(distribution.mean().dataSync()[0]).toBeCloseTo(integral(onto, mean, deviation), 4);
      // log cosh, without overflow.
      const logSlope = (x: number): number =>
        Math.log((HIGH - LOW) / 2) - 2 * (Math.abs(x) + Math.log1p(Math.exp(-2 * Math.abs(x))) - Math.LN2);
      const entropy = 0.5 * (1 + Math.log(2 * Math.PI)) + Math.log(deviation);
      expect(distribution.entropy().dataSync()[0]).toBeCloseTo(
        entropy + integral(logSlope, mean, deviation),
        4,
      );
    });
  });

  test('no value is likelier than the mode', () => {
    tidy(() => {
      const distribution = squashed(mean, deviation);
      const at = (value: number): number => distribution.logProb(tensor2d([[value]])).dataSync()[0] ?? NaN;
      const [mode = NaN] = distribution.mode().dataSync();
      const highest = at(mode);
      for (let share = 0.005; share < 1; share += 0.005)
        expect(at(LOW + (HIGH - LOW) * share)).toBeLessThanOrEqual(highest + 1e-4);
    });
  });
});

test('the mode solves x = mean + 2 variance tanh(x), on the side of the mean', () => {
  tidy(() => {
    for (const [mean, deviation] of [
      [0.5, 0.5],
      [-0.5, 0.5],
      [1, 0.9],
      [0.01, 1],
      [-0.01, 1],
      [0, 0.5],
    ] as const) {
      const [mode = NaN] = squashed(mean, deviation).mode().dataSync();
      const x = Math.atanh((2 * (mode - LOW)) / (HIGH - LOW) - 1);
      expect(x - 2 * deviation ** 2 * Math.tanh(x)).toBeCloseTo(mean, 4);
      expect(x * mean).toBeGreaterThanOrEqual(0);
    }
    // Two peaks, alike: the upper one.
    const [mode = NaN] = squashed(0, 1).mode().dataSync();
    expect(mode).toBeGreaterThan(onto(1));
  });
});

test('a draw is that of the Gaussian, squashed; the divergence is that of the Gaussians', () => {
  tidy(() => {
    const parameters = (shift: number) => ({
      mean: tensor2d([
        [0.1 + shift, 1],
        [-0.5, 0],
      ]),
      logStandardDeviation: tensor2d([
        [0, -1],
        [0.3, -0.2],
      ]),
    });
    const box = { low: [LOW, 0], high: [HIGH, 0.5] };
    const own = createSquashedGaussian({ ...parameters(0), ...box });
    const base = createDiagonalGaussian(parameters(0));
    const expected = Array.from(base.sample(createRandom(6)).dataSync(), (x, index) =>
      index % 2 === 0 ? onto(x) : 0.25 + 0.25 * Math.tanh(x),
    );
    Array.from(own.sample(createRandom(6)).dataSync()).forEach((value, index) =>
      expect(value).toBeCloseTo(expected[index] ?? NaN, 5),
    );
    const other = createSquashedGaussian({ ...parameters(1), ...box });
    expect(Array.from(own.kl(other).dataSync())).toEqual([0.5, 0]);
    expect(() => own.kl(createSquashedGaussian({ ...parameters(1), ...box, low: [LOW, -1] }))).toThrow(
      'kl: this distribution lives on the box [-3, 0] to [5, 0.5], the other on [-3, -1] to [5, 0.5]',
    );
  });
});
