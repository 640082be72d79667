import { describe, expect, test } from 'vitest';
import {
  AdvantageShapeError,
  aggregateAdvantages,
  groupAdvantages,
  nestedAdvantages,
  nestedSegments,
  structuredAdvantages,
} from './index.js';

const bare = { stdFloor: 0, relativeStdFloor: 0 };
const rounded = (values: Float32Array): number[] =>
  Array.from(values, (value) => Number(value.toFixed(4)) + 0);

describe('groupAdvantages', () => {
  const rewards = Float32Array.of(0, 2, 4, 10, 10, 13);

  test.each([
    ['group-std', [-1.2247, 0, 1.2247, -0.7071, -0.7071, 1.4142]],
    ['mean-only', [-2, 0, 2, -1, -1, 2]],
    // The standard deviation of all six is 4.7522.
    ['batch-std', [-0.4209, 0, 0.4209, -0.2104, -0.2104, 0.4209]],
  ] as const)('scaled by %s', (scale, expected) => {
    expect(rounded(groupAdvantages(rewards, { groupSize: 3, scale, ...bare }).values)).toEqual(expected);
  });

  test('over the valid subset only, told by NaN or by a mask', () => {
    const byNaN = groupAdvantages(Float32Array.of(1, NaN, 3, NaN, NaN, NaN), { groupSize: 3, ...bare });
    const mask = Uint8Array.of(1, 0, 1, 0, 0, 0);
    const byMask = groupAdvantages(Float32Array.of(1, 9, 3, 9, 9, 9), { groupSize: 3, mask, ...bare });
    expect(byNaN).toEqual(byMask);
    expect(byNaN).toEqual({ values: Float32Array.of(-1, 0, 1, 0, 0, 0), groupCount: 1, flatGroupCount: 0 });
  });

  test('a group of one is flat', () => {
    expect(groupAdvantages(Float32Array.of(NaN, 7), { groupSize: 2 })).toEqual({
      values: new Float32Array(2),
      groupCount: 1,
      flatGroupCount: 1,
    });
  });

  test('the floors damp, the relative one by the spread of the batch', () => {
    const half = groupAdvantages(Float32Array.of(0, 2), { groupSize: 2, ...bare, stdFloor: 1 });
    expect(rounded(half.values)).toEqual([-0.5, 0.5]);
    const relative = groupAdvantages(Float32Array.of(0, 0.02, 0, 200), {
      groupSize: 2,
      ...bare,
      relativeStdFloor: 0.1,
    });
    expect(Math.abs(relative.values[0] ?? 1)).toBeLessThan(0.01);
    expect(relative.flatGroupCount).toBe(1);
    expect(relative.values[3]).toBeGreaterThan(0.9);
  });

  test('a spread that is only rounding is flat, however small the floor', () => {
    const rounding = Float32Array.of(1e6, 1e6 + 0.0625, 1e6, 1e6);
    expect(groupAdvantages(rounding, { groupSize: 4, ...bare }).flatGroupCount).toBe(1);
  });

  test('what does not divide into groups is refused', () => {
    expect(() => groupAdvantages(new Float32Array(5), { groupSize: 2 })).toThrow(AdvantageShapeError);
    const mask = new Uint8Array(3);
    expect(() => groupAdvantages(new Float32Array(4), { groupSize: 2, mask })).toThrow(/mask has 3 entries/);
  });
});

describe('nested samples', () => {
  const axes = { candidates: Int32Array.of(0, 2, 3), candidatesPerPrompt: 2, samplesPerCandidate: 2 };

  test('are compared within their candidate or within their prompt', () => {
    expect(Array.from(nestedSegments(axes, 'candidate'))).toEqual([0, 2, 4, 6]);
    expect(Array.from(nestedSegments(axes, 'group'))).toEqual([0, 2, 6]);
    const rewards = Float32Array.of(0, 2, 0, 2, 10, 12);
    const within = (scope: 'candidate' | 'group'): number[] =>
      rounded(nestedAdvantages(rewards, { ...axes, scope, scale: 'mean-only', ...bare }).values);
    expect(within('candidate')).toEqual([-1, 1, -1, 1, -1, 1]);
    expect(within('group')).toEqual([-1, 1, -6, -4, 4, 6]);
  });

  test('get credit for each group of dimensions, in units of the whole reward', () => {
    // The formula of the prototype: (C[v, k] - mean_v C[., k]) / (std_v R + floor).
    const rewards = Float32Array.of(1, 2, 4);
    const credit = Float32Array.of(1, 0, 2, 5, 6, 1);
    const { values } = nestedAdvantages(rewards, {
      candidates: Int32Array.of(0),
      candidatesPerPrompt: 1,
      samplesPerCandidate: 3,
      scope: 'candidate',
      credit,
      ...bare,
      stdFloor: 0.1,
    });
    const std = Math.sqrt(((1 - 7 / 3) ** 2 + (2 - 7 / 3) ** 2 + (4 - 7 / 3) ** 2) / 3);
    const expected = [1 - 3, 0 - 2, 2 - 3, 5 - 2, 6 - 3, 1 - 2].map((centred) => centred / (std + 0.1));
    values.forEach((value, index) => expect(value).toBeCloseTo(expected[index] ?? NaN, 5));
  });

  test('that decline take no credit and give none', () => {
    const { values } = structuredAdvantages(Float32Array.of(1, NaN, 3), Float32Array.of(1, 2, 99, 99, 3, 2), {
      segments: Int32Array.of(0, 3),
      groups: 2,
      ...bare,
    });
    expect(rounded(values)).toEqual([-1, 0, 0, 0, 1, 0]);
  });

  test('must be in order', () => {
    const disordered = { ...axes, candidates: Int32Array.of(2, 0, 3) };
    expect(() => nestedSegments(disordered, 'group')).toThrow(/0 follows 2/);
  });
});

describe('several rewards', () => {
  const segments = Int32Array.of(0, 3);
  const small = { name: 'small', weight: 1, values: Float32Array.of(1, 0, 0) };
  const large = { name: 'large', weight: 2, values: Float32Array.of(0, 0, 900) };

  test('are normalised and then summed, so that scale does not decide', () => {
    const options = { aggregation: 'normalise-then-sum', ...bare } as const;
    expect(rounded(aggregateAdvantages([small, large], segments, options).values)).toEqual([
      0, -2.1213, 2.1213,
    ]);
  });

  test('or summed and then normalised', () => {
    const options = { aggregation: 'sum-then-normalise', ...bare } as const;
    expect(rounded(aggregateAdvantages([small, large], segments, options).values)).toEqual([
      -0.7065, -0.7077, 1.4142,
    ]);
  });

  test('one that declines leaves the row to the others', () => {
    const partial = { name: 'partial', weight: 1, values: Float32Array.of(NaN, 1, 3) };
    for (const aggregation of ['normalise-then-sum', 'sum-then-normalise'] as const) {
      const both = aggregateAdvantages([small, partial], segments, { aggregation, ...bare });
      const alone = aggregateAdvantages([partial], segments, { aggregation, ...bare });
      expect(rounded(alone.values)).toEqual([0, -1, 1]);
      expect(both.values.every(Number.isFinite)).toBe(true);
      expect(both.groupCount).toBe(1);
    }
  });

  test('a whole reward counts for every group of dimensions beside one with credit', () => {
    const credited = { ...small, perGroup: Float32Array.of(1, 0, 0, 0, 0, 0) };
    const { values, perGroup } = aggregateAdvantages([credited, large], segments, {
      aggregation: 'normalise-then-sum',
      groups: 2,
      ...bare,
    });
    expect(perGroup).toBe(true);
    expect(rounded(values)).toEqual([0, -1.4142, -2.1213, -1.4142, 2.1213, 2.8284]);
  });

  test('rewards that cancel are seen to be flat', () => {
    const opposite = { name: 'opposite', weight: -1, values: small.values };
    const found = aggregateAdvantages([small, opposite], segments, { aggregation: 'normalise-then-sum' });
    expect(found).toMatchObject({ groupCount: 1, flatGroupCount: 1, rewardStandardDeviation: 0 });
  });
});
