import { createRandom } from '@pose-rft/random';
import { expect, test } from 'vitest';
import { logGammaVariate } from './log-gamma-variate.js';

/** By the recurrence and the asymptotic series; exact to 1e-10. */
function digamma(shape: number): number {
  if (shape < 8) return digamma(shape + 1) - 1 / shape;
  const square = 1 / shape ** 2;
  return Math.log(shape) - 0.5 / shape - square * (1 / 12 - square * (1 / 120 - square * (1 / 252)));
}

function trigamma(shape: number): number {
  if (shape < 8) return trigamma(shape + 1) + 1 / shape ** 2;
  const square = 1 / shape ** 2;
  return (1 + 0.5 / shape + square * (1 / 6 - square * (1 / 30 - square / 42))) / shape;
}

test.each([0.05, 0.4, 0.999, 1, 1.5, 4, 30])(
  'a variate of shape %d has the mean digamma and the variance trigamma',
  (shape) => {
    const count = 100_000;
    const random = createRandom(12);
    const drawn = Float64Array.from({ length: count }, () => logGammaVariate(shape, random));
    const mean = drawn.reduce((total, value) => total + value / count, 0);
    const variance = drawn.reduce((total, value) => total + (value - mean) ** 2 / count, 0);
    expect(Math.abs(mean - digamma(shape))).toBeLessThan(3.5 * Math.sqrt(trigamma(shape) / count));
    expect(Math.abs(variance / trigamma(shape) - 1)).toBeLessThan(0.04);
  },
);

test('a variate of a small shape is finite, however small', () => {
  const random = createRandom(3);
  for (let draw = 0; draw < 1000; draw++) expect(Number.isFinite(logGammaVariate(1e-3, random))).toBe(true);
});

test('equal seeds give equal variates, in the order of the draws', () => {
  const [first, second] = [createRandom(4), createRandom(4)].map((random) =>
    [0.5, 2, 2].map((shape) => logGammaVariate(shape, random)),
  );
  expect(first).toEqual(second);
  expect(first?.[1]).not.toBe(first?.[2]);
});
