import { createRandom } from '@pose-rft/random';
import { describe, expect, test } from 'vitest';
import { continuousRankedProbabilityScore, covers, forecastOf, normalCumulative } from './forecast.js';

describe('the continuous ranked probability score', () => {
  test('is the integral of the squared distance between the distribution functions', () => {
    const forecast = { mean: 1, standardDeviation: 2 };
    for (const truth of [-4, 0.3, 1, 6]) {
      let integral = 0;
      const step = 0.002;
      for (let x = -30; x < 30; x += step) {
        const said = normalCumulative((x + step / 2 - forecast.mean) / forecast.standardDeviation);
        integral += step * (said - (x + step / 2 >= truth ? 1 : 0)) ** 2;
      }
      expect(continuousRankedProbabilityScore(forecast, truth)).toBeCloseTo(integral, 3);
    }
  });

  test('is proper: on draws from N(1, 2) nothing beats saying N(1, 2)', () => {
    const random = createRandom(1);
    const truths = Array.from({ length: 20_000 }, () => 1 + 2 * random.normal());
    const mean = (forecast: { mean: number; standardDeviation: number }): number =>
      truths.reduce((sum, truth) => sum + continuousRankedProbabilityScore(forecast, truth), 0) /
      truths.length;
    const honest = mean({ mean: 1, standardDeviation: 2 });
    for (const lie of [
      { mean: 1, standardDeviation: 1.4 },
      { mean: 1, standardDeviation: 2.8 },
      { mean: 0.4, standardDeviation: 2 },
      { mean: 1.6, standardDeviation: 2 },
    ])
      expect(mean(lie)).toBeGreaterThan(honest + 0.005);
  });

  test('tends to the absolute error as the forecast becomes certain', () => {
    expect(continuousRankedProbabilityScore({ mean: 2, standardDeviation: 1e-6 }, 5)).toBeCloseTo(3, 5);
  });
});

describe('a forecast', () => {
  test('is read from the two numbers of an action', () => {
    expect(forecastOf(Float32Array.of(-0.5, 0))).toEqual({ mean: -5, standardDeviation: 1 });
  });

  test('covers 80 % of draws from itself', () => {
    const random = createRandom(2);
    const forecast = { mean: 3, standardDeviation: 5 };
    let covered = 0;
    for (let draw = 0; draw < 20_000; draw++) covered += covers(forecast, 3 + 5 * random.normal()) ? 1 : 0;
    expect(covered / 20_000).toBeCloseTo(0.8, 2);
  });

  test.each([
    [0, 0.5],
    [1.96, 0.9750021],
    [-1.2815515655, 0.1],
    [5, 0.9999997],
  ])('the distribution function at %d is %d', (z, probability) => {
    expect(normalCumulative(z)).toBeCloseTo(probability, 6);
  });
});
