import { createRandom } from '@pose-rft/random';
import { expect, test } from 'vitest';
import {
  bernoulli,
  box,
  categorical,
  multiCategorical,
  real,
  rotations,
  sampleAction,
  tokens,
} from '../index.js';

const seeds = Array.from({ length: 200 }, (_, seed) => seed);

test('tokens are drawn until the end token or the length limit', () => {
  const words = tokens({ vocabularySize: 4, maxLength: 5, end: 1 });
  for (const seed of seeds) {
    const random = createRandom(seed);
    const expected: number[] = [];
    for (let token = NaN; expected.length < 5 && token !== 1;) expected.push((token = random.integer(4)));
    expect(sampleAction(words, createRandom(seed))).toEqual(expected);
  }
  const lengths = new Set(seeds.map((seed) => sampleAction(words, createRandom(seed)).length));
  expect([...lengths].sort()).toEqual([1, 2, 3, 4, 5]);
  expect(sampleAction(tokens({ vocabularySize: 1, maxLength: 4, end: 0 }), createRandom(1))).toEqual([0]);
});

test('every rotation is a pair of orthogonal unit columns', () => {
  for (const seed of seeds) {
    const pose = sampleAction(rotations({ joints: 2 }), createRandom(seed));
    expect(pose).toHaveLength(12);
    for (const start of [0, 6]) {
      const [ax = 0, ay = 0, az = 0, bx = 0, by = 0, bz = 0] = pose.subarray(start, start + 6);
      expect(Math.hypot(ax, ay, az)).toBeCloseTo(1, 6);
      expect(Math.hypot(bx, by, bz)).toBeCloseTo(1, 6);
      expect(ax * bx + ay * by + az * bz).toBeCloseTo(0, 6);
    }
  }
});

test('rotations point everywhere alike: each number has the mean 0 and the mean square 1/3', () => {
  const sums = new Float64Array(6);
  const squares = new Float64Array(6);
  const random = createRandom(7);
  for (let draw = 0; draw < 3000; draw++)
    sampleAction(rotations({ joints: 1 }), random).forEach((value, index) => {
      sums[index] = (sums[index] ?? 0) + value / 3000;
      squares[index] = (squares[index] ?? 0) + value ** 2 / 3000;
    });
  // Five standard errors: sqrt(1 / 3 / 3000), and of a square sqrt(4 / 45 / 3000).
  for (const mean of sums) expect(Math.abs(mean)).toBeLessThan(0.053);
  for (const square of squares) expect(Math.abs(square - 1 / 3)).toBeLessThan(0.0273);
});

test('the second column is what is left of a Gaussian vector beside the first', () => {
  const [ax = 0, ay = 0, az = 0, bx = 0, by = 0, bz = 0] = createRandom(3).fillNormal(new Float32Array(6));
  const [, , , cx = 0, cy = 0, cz = 0] = sampleAction(rotations({ joints: 1 }), createRandom(3));
  // In the plane of both, on the side of b.
  const normal = [ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx];
  expect((normal[0] ?? 0) * cx + (normal[1] ?? 0) * cy + (normal[2] ?? 0) * cz).toBeCloseTo(0, 5);
  expect(bx * cx + by * cy + bz * cz).toBeGreaterThan(0);
});

test('choices, flags and points of a box cover their space', () => {
  const random = createRandom(5);
  const drawn = (draw: () => unknown): string[] =>
    [...new Set(seeds.map(() => JSON.stringify(draw())))].sort();
  expect(drawn(() => sampleAction(categorical({ categories: 3 }), random))).toEqual(['0', '1', '2']);
  expect(drawn(() => sampleAction(bernoulli({ size: 1 }), random))).toEqual(['[0]', '[1]']);
  expect(drawn(() => sampleAction(multiCategorical({ categories: [2, 1] }), random))).toEqual([
    '[0,0]',
    '[1,0]',
  ]);
  const points = seeds.map(() => sampleAction(box({ low: [2, -1], high: [4, 1] }), random));
  const [first, second] = [0, 1].map((dimension) => points.map((point) => point[dimension] ?? NaN));
  for (const [values = [], low, high] of [
    [first, 2, 4],
    [second, -1, 1],
  ] as const) {
    expect(Math.min(...values)).toBeGreaterThanOrEqual(low);
    expect(Math.min(...values)).toBeLessThan(low + 0.1);
    expect(Math.max(...values)).toBeLessThanOrEqual(high);
    expect(Math.max(...values)).toBeGreaterThan(high - 0.1);
  }
  expect(sampleAction(real({ size: 3 }), createRandom(2))).toEqual(
    createRandom(2).fillNormal(new Float32Array(3)),
  );
});
