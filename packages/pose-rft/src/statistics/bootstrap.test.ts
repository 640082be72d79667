import { fc, test } from '@fast-check/vitest';
import { createRandom } from '@pose-rft/random';
import { describe, expect, it } from 'vitest';
import { bootstrapMean, bootstrapPairedDifference } from './bootstrap.js';

const finite = fc.double({ min: -1e3, max: 1e3, noNaN: true });

describe('bootstrapMean', () => {
  it('covers the true mean about as often as it promises', () => {
    const random = createRandom(3);
    let covered = 0;
    const trials = 300;
    for (let trial = 0; trial < trials; trial++) {
      const sample = Float64Array.from({ length: 60 }, () => 2 + random.normal());
      const { low, high } = bootstrapMean(sample, { resamples: 200, random: random.split(trial) });
      if (low <= 2 && 2 <= high) covered += 1;
    }
    expect(covered / trials).toBeGreaterThan(0.89);
    expect(covered / trials).toBeLessThan(0.985);
  });

  it('leaves out values that do not apply, and says how many went in', () => {
    expect(bootstrapMean([1, Number.NaN, 3])).toMatchObject({ mean: 2, count: 2 });
    expect(bootstrapMean([Number.NaN])).toEqual({
      mean: Number.NaN,
      low: Number.NaN,
      high: Number.NaN,
      count: 0,
    });
  });

  test.prop([fc.array(finite, { minLength: 1, maxLength: 20 }), finite])(
    'moves with a shift of every value',
    (values, shift) => {
      const base = bootstrapMean(values, { resamples: 50 });
      const moved = bootstrapMean(
        values.map((value) => value + shift),
        { resamples: 50 },
      );
      expect(moved.low).toBeCloseTo(base.low + shift, 6);
      expect(moved.high).toBeCloseTo(base.high + shift, 6);
    },
  );
});

describe('bootstrapPairedDifference', () => {
  it('finds a constant gain exactly, whatever the spread between prompts', () => {
    const gain = bootstrapPairedDifference([1, 50, 900, Number.NaN], [2, 51, 901, 4]);
    expect(gain).toEqual({ mean: 1, low: 1, high: 1, count: 3 });
  });

  it('refuses lists that cannot be paired', () => {
    expect(() => bootstrapPairedDifference([1], [1, 2])).toThrow(/1 values before, 2 after/);
  });
});
