import { expect, test } from 'vitest';
import { ratioStatistics } from './index.js';

test('a ratio exactly at its bound is not clipped, nor is one whose advantage is 0', () => {
  const epsilon = { low: 0.25, high: 0.5, dual: 4 };
  const unclipped = { clipFraction: 0, clipFractionLow: 0, clipFractionHigh: 0, dualClipFraction: 0 };
  expect(ratioStatistics(Float32Array.of(1.5, 0.75, 4), Float32Array.of(1, -1, -1), epsilon)).toMatchObject(
    unclipped,
  );
  expect(ratioStatistics(Float32Array.of(9, 0.1), new Float32Array(2), epsilon)).toMatchObject(unclipped);
});

test('the lower of dual clip and cap is what a ratio runs into', () => {
  const ratios = Float32Array.of(5, 7, 7, 1);
  const advantages = Float32Array.of(-1, -1, 1, -1);
  const bounds = { low: 0.25, high: 0.5 };
  const share = (more: object): number =>
    ratioStatistics(ratios, advantages, { ...bounds, ...more }).dualClipFraction;
  expect(share({})).toBe(0);
  expect(share({ dual: 6, ratioCap: 4 })).toBe(0.5);
  expect(share({ dual: 6 })).toBe(0.25);
  expect(share({ ratioCap: 6 })).toBe(0.25);
});

test('an advantage stands for as many ratios as there are to each', () => {
  const found = ratioStatistics(Float32Array.of(2, 2, 0.5, 1), Float32Array.of(1, -1), {
    low: 0.25,
    high: 0.5,
  });
  expect(found).toEqual({
    mean: 1.375,
    min: 0.5,
    max: 2,
    clipFraction: 0.75,
    clipFractionLow: 0.25,
    clipFractionHigh: 0.5,
    dualClipFraction: 0,
  });
});
