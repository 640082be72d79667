import { createRandom } from '@pose-rft/random';
import { tensor2d, tidy, useBackend } from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createBeta, DistributionError, type BetaDistribution } from '../index.js';
import { logGammaVariate } from './log-gamma-variate.js';

beforeAll(() => useBackend('cpu'));
trackTensorLeaks({ beforeAll, afterAll });

const EDGE = 2 ** -24;

function unitBeta(alpha: number, beta: number): BetaDistribution {
  return createBeta({ alpha: tensor2d([[alpha]]), beta: tensor2d([[beta]]), low: [0], high: [1] });
}

test.each([
  [3, 2, 2 / 3],
  [2, 2, 0.5],
  [1, 1, 0.5],
  [1, 2, EDGE],
  [2, 1, 1 - EDGE],
  // Without a greatest density: the side it grows towards; of two alike, the lower.
  [0.5, 0.5, EDGE],
  [0.5, 2, EDGE],
  [2, 0.5, 1 - EDGE],
  [0.3, 0.6, EDGE],
  [0.6, 0.3, 1 - EDGE],
  [1, 0.5, 1 - EDGE],
  [0.5, 1, EDGE],
])('the mode for alpha %d and beta %d is at the share %d', (alpha, beta, share) => {
  tidy(() => {
    expect(unitBeta(alpha, beta).mode().dataSync()[0]).toBe(Math.fround(share));
  });
});

test('each dimension has its own side of the box', () => {
  tidy(() => {
    const distribution = createBeta({
      alpha: tensor2d([
        [3, 1],
        [2, 2],
      ]),
      beta: tensor2d([
        [2, 1],
        [2, 4],
      ]),
      low: [-3, 10],
      high: [3, 50],
    });
    const modes = Array.from(distribution.mode().dataSync());
    [1, 30, 0, 20].forEach((mode, index) => expect(modes[index]).toBeCloseTo(mode, 5));
    const means = Array.from(distribution.mean().dataSync());
    [0.6, 30, 0, 10 + 40 / 3].forEach((mean, index) => expect(means[index]).toBeCloseTo(mean, 5));
    // The density 6 x (1 - x) and 20 x (1 - x)^3, over the area 240.
    const logProbs = distribution.logProb(
      tensor2d([
        [0, 30],
        [0, 20],
      ]),
    );
    const expected = [12 * 0.5 ** 3, 1.5 * 20 * 0.25 * 0.75 ** 3].map((density) => Math.log(density / 240));
    expected.forEach((logProb, index) => expect(logProbs.dataSync()[index]).toBeCloseTo(logProb, 4));
  });
});

test('a draw is one gamma variate beside the sum of two', () => {
  tidy(() => {
    const [drawn = NaN] = unitBeta(2, 0.5).sample(createRandom(8)).dataSync();
    const random = createRandom(8);
    const high = Math.exp(logGammaVariate(0.5, random));
    const low = Math.exp(logGammaVariate(2, random));
    expect(drawn).toBeCloseTo(low / (low + high), 6);
  });
});

test.each([
  [2, 5],
  [0.5, 0.5],
  [6, 1],
])('draws for alpha %d and beta %d have their mean and variance', (alpha, beta) => {
  const count = 20_000;
  const column = (value: number) => tensor2d(new Array<number>(count).fill(value), [count, 1]);
  tidy(() => {
    const distribution = createBeta({ alpha: column(alpha), beta: column(beta), low: [0], high: [1] });
    const drawn = distribution.sample(createRandom(1)).dataSync<'float32'>();
    const mean = drawn.reduce((total, value) => total + value / count, 0);
    const variance = drawn.reduce((total, value) => total + (value - mean) ** 2 / count, 0);
    const sum = alpha + beta;
    const expected = (alpha * beta) / (sum ** 2 * (sum + 1));
    expect(Math.abs(mean - alpha / sum)).toBeLessThan(4 * Math.sqrt(expected / count));
    expect(Math.abs(variance / expected - 1)).toBeLessThan(0.05);
  });
});

describe('what is no concentration is refused with its place', () => {
  test.each([
    [0, 1],
    [1, 0],
    [-1, 1],
    [1, -1],
    [NaN, 1],
    [1, NaN],
    [Infinity, 1],
    [1, Infinity],
  ])('alpha %d, beta %d', (alpha, beta) => {
    tidy(() => {
      const distribution = createBeta({
        alpha: tensor2d([[1, alpha]]),
        beta: tensor2d([[1, beta]]),
        low: [0, 0],
        high: [1, 1],
      });
      for (const act of [() => distribution.mode(), () => distribution.sample(createRandom(1))]) {
        expect(act).toThrow(DistributionError);
        expect(act).toThrow(
          `alpha and beta are ${alpha} and ${beta} at 1 (row-major); expected positive, finite numbers`,
        );
      }
    });
  });
});
