import { describe, expect, test } from 'vitest';
import {
  AdvantageShapeError,
  AdvantageValueError,
  aggregateAdvantages,
  DimensionGroupError,
  groupAdvantages,
  nestedAdvantages,
  nestedSegments,
  segmentAdvantages,
  structuredAdvantages,
} from './index.js';
import { meanGroupStandardDeviation } from './advantage.js';

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

  test('against the mean of the others, as RLOO does', () => {
    const options = { groupSize: 3, scale: 'mean-only', baseline: 'leave-one-out', ...bare } as const;
    // 0 - (2 + 4) / 2, 2 - (0 + 4) / 2, ...
    expect(rounded(groupAdvantages(rewards, options).values)).toEqual([-3, 0, 3, -1.5, -1.5, 3]);
    const declined = groupAdvantages(Float32Array.of(0, NaN, 4), options);
    expect(rounded(declined.values)).toEqual([-4, 0, 4]);
  });

  test('by the standard deviation of a sample, which divides by n - 1', () => {
    const options = { groupSize: 3, standardDeviation: 'sample', ...bare } as const;
    expect(rounded(groupAdvantages(rewards, options).values)).toEqual([-1, 0, 1, -0.5774, -0.5774, 1.1547]);
  });

  test('a group whose spread is below the least that counts is flat', () => {
    const given = Float32Array.of(0, 0.4, 0, 4);
    const found = groupAdvantages(given, { groupSize: 2, minimumSpread: 0.3, ...bare });
    expect(found).toEqual({ values: Float32Array.of(0, 0, -1, 1), groupCount: 2, flatGroupCount: 1 });
    const least = groupAdvantages(given, { groupSize: 2, minimumSpread: Math.fround(0.4) / 2, ...bare });
    expect(least.flatGroupCount).toBe(0);
  });

  test('an infinite reward is refused, with its row', () => {
    for (const infinite of [Infinity, -Infinity]) {
      const refused = (): unknown => groupAdvantages(Float32Array.of(1, 2, infinite, 0), { groupSize: 2 });
      expect(refused).toThrow(AdvantageValueError);
      expect(refused).toThrow(expect.objectContaining({ row: 2, value: infinite }) as Error);
    }
  });

  test('without any group there is nothing', () => {
    expect(groupAdvantages(new Float32Array(0), { groupSize: 4 })).toEqual({
      values: new Float32Array(0),
      groupCount: 0,
      flatGroupCount: 0,
    });
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

  test.each([
    [5, 2],
    [3, 1.5],
    [4, -2],
    [4, 0],
    [4, NaN],
  ])('%d rewards do not divide into groups of %d', (count, groupSize) => {
    const refused = (): unknown => groupAdvantages(new Float32Array(count), { groupSize });
    expect(refused).toThrow(
      expect.objectContaining({
        name: 'AdvantageShapeError',
        message: `${count} rewards do not divide into groups of ${groupSize}`,
      }) as Error,
    );
  });

  test('a group is flat below the least size of its advantages, not at it', () => {
    // Its standard deviation is 1, and so is the floor: advantages of 1/2.
    const at = (flatBelow: number): number =>
      groupAdvantages(Float32Array.of(0, 2), { groupSize: 2, ...bare, stdFloor: 1, flatBelow })
        .flatGroupCount;
    expect([0.49, 0.5, 0.51].map(at)).toEqual([0, 0, 1]);
  });

  test('what does not divide into groups is refused', () => {
    expect(() => groupAdvantages(new Float32Array(5), { groupSize: 2 })).toThrow(AdvantageShapeError);
    const mask = new Uint8Array(3);
    expect(() => groupAdvantages(new Float32Array(4), { groupSize: 2, mask })).toThrow(/mask has 3 entries/);
  });
});

describe('segments', () => {
  test('may be empty', () => {
    const segments = Int32Array.of(0, 0, 2, 2, 4);
    const found = segmentAdvantages(Float32Array.of(0, 2, 3, 5), segments, { scale: 'mean-only' });
    expect(found).toEqual({ values: Float32Array.of(-1, 1, -1, 1), groupCount: 2, flatGroupCount: 0 });
  });

  test.each([
    ['do not begin at 0', [1, 3]],
    ['end too early', [0, 2]],
    ['end too late', [0, 4]],
    ['go back', [0, 2, 1, 3]],
    ['are none', []],
  ])('that %s are refused', (_, segments) => {
    const rewards = new Float32Array(3);
    const given = Int32Array.from(segments);
    for (const refused of [
      () => segmentAdvantages(rewards, given),
      () => structuredAdvantages(rewards, rewards, { segments: given, groups: 1 }),
    ])
      expect(refused).toThrow(
        expect.objectContaining({
          name: 'AdvantageShapeError',
          message: `segments [${segments.join(', ')}] do not cover 3 rewards: expected 0 first, ascending, 3 last`,
        }) as Error,
      );
  });

  test('have a mean standard deviation, over those with any reward', () => {
    const spread = (rewards: number[], segments: number[]): number =>
      meanGroupStandardDeviation(Float32Array.from(rewards), Int32Array.from(segments));
    expect(spread([0, 2, NaN, NaN, 0, 8, 5], [0, 2, 4, 6, 7])).toBeCloseTo((1 + 4 + 0) / 3, 12);
    expect(spread([NaN, NaN], [0, 2])).toBe(0);
    expect(spread([], [0])).toBe(0);
  });
});

test('a refused reward is named by its row', () => {
  expect(() => segmentAdvantages(Float32Array.of(0, Infinity), Int32Array.of(0, 2))).toThrow(
    expect.objectContaining({ name: 'AdvantageValueError', row: 1, value: Infinity }) as Error,
  );
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

  test('take credit against the mean of the others, too', () => {
    const { values } = structuredAdvantages(Float32Array.of(1, 2, 4), Float32Array.of(0, 1, 5), {
      segments: Int32Array.of(0, 3),
      groups: 1,
      scale: 'mean-only',
      baseline: 'leave-one-out',
    });
    expect(rounded(values)).toEqual([-3, -1.5, 4.5]);
  });

  test('of a flat candidate, or of one that declines, teach nothing', () => {
    const rewards = Float32Array.of(1, 3, 5, 5, NaN, NaN, 0, 4);
    const credit = Float32Array.of(1, 3, 7, 8, 9, 9, 0, 4);
    const segments = Int32Array.of(0, 2, 4, 6, 8);
    const found = structuredAdvantages(rewards, credit, { segments, groups: 1, scale: 'mean-only' });
    expect(found).toEqual({
      values: Float32Array.of(-1, 1, 0, 0, 0, 0, -2, 2),
      groupCount: 3,
      flatGroupCount: 1,
    });
  });

  test('must have credit for each group of dimensions', () => {
    const refused = (): unknown =>
      structuredAdvantages(new Float32Array(2), new Float32Array(3), {
        segments: Int32Array.of(0, 2),
        groups: 2,
      });
    expect(refused).toThrow(AdvantageShapeError);
    expect(refused).toThrow(/credit has 3 numbers; expected 2 rows \* 2 groups/);
  });

  test('must have finite credit where they have a reward', () => {
    const refused = (): unknown =>
      structuredAdvantages(Float32Array.of(NaN, 3), Float32Array.of(NaN, NaN, 0, NaN), {
        segments: Int32Array.of(0, 2),
        groups: 2,
      });
    expect(refused).toThrow(AdvantageValueError);
    expect(refused).toThrow(/the credit of group 1 of row 1 is NaN; .* since the reward is 3/);
  });

  test('must be in order', () => {
    const disordered = { ...axes, candidates: Int32Array.of(2, 0, 3) };
    expect(() => nestedSegments(disordered, 'group')).toThrow(/0 follows 2/);
    const twice = { ...axes, candidates: Int32Array.of(2, 2) };
    expect(() => nestedSegments(twice, 'group')).toThrow(/2 follows 2/);
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

  test('must be as many as each other', () => {
    const short = { name: 'short', weight: 1, values: new Float32Array(2) };
    expect(() =>
      aggregateAdvantages([small, short], segments, { aggregation: 'normalise-then-sum' }),
    ).toThrow(/'short' has 2 numbers; expected 3, as 'small' has/);
    expect(() => aggregateAdvantages([], segments, { aggregation: 'normalise-then-sum' })).toThrow(
      AdvantageShapeError,
    );
  });

  test('whitened at the end, as GDPO does: two rewards do not make twice the update', () => {
    const options = { aggregation: 'normalise-then-sum', whitenBatch: true, ...bare } as const;
    const groups = Int32Array.of(0, 2, 4);
    const reward = (name: string) => ({ name, weight: 1, values: Float32Array.of(0, 1, 2, 2) });
    const one = aggregateAdvantages([reward('a')], groups, options);
    const two = aggregateAdvantages([reward('a'), reward('b')], groups, options);
    // [-1, 1, 0, 0] over its standard deviation, sqrt(1 / 2).
    expect(rounded(one.values)).toEqual([-1.4142, 1.4142, 0, 0]);
    expect(rounded(two.values)).toEqual([-1.4142, 1.4142, 0, 0]);
    const nothing = { ...reward('flat'), values: new Float32Array(4) };
    expect(rounded(aggregateAdvantages([nothing], groups, options).values)).toEqual([0, 0, 0, 0]);
  });

  test('whitened over those that were scored', () => {
    const options = { aggregation: 'sum-then-normalise', whitenBatch: true, ...bare } as const;
    const partial = { name: 'partial', weight: 1, values: Float32Array.of(NaN, 0, 1, NaN) };
    const found = aggregateAdvantages([partial], Int32Array.of(0, 4), options);
    expect(rounded(found.values)).toEqual([0, -1, 1, 0]);
  });

  test('teach nothing where their gate, the outcome, is flat, however much the shaped ones vary', () => {
    const groups = Int32Array.of(0, 2, 4);
    const outcome = { name: 'outcome', weight: 1, values: Float32Array.of(1, 1, 0, 1) };
    const shaped = { name: 'shaped', weight: 1, values: Float32Array.of(0.2, 0.9, 0.3, 0.4) };
    const options = { aggregation: 'normalise-then-sum', gate: 'outcome', ...bare } as const;
    const found = aggregateAdvantages([outcome, shaped], groups, options);
    expect(rounded(found.values)).toEqual([0, 0, -2, 2]);
    expect(found).toMatchObject({ groupCount: 2, flatGroupCount: 1 });
    const credited = { ...shaped, perGroup: Float32Array.of(0, 1, 1, 0, 0, 1, 1, 0) };
    const perGroup = aggregateAdvantages([outcome, credited], groups, { ...options, groups: 2 });
    expect(Array.from(perGroup.values.subarray(0, 4))).toEqual([0, 0, 0, 0]);
    expect(perGroup.values.subarray(4).every((value) => value !== 0)).toBe(true);
    expect(() => aggregateAdvantages([shaped], groups, options)).toThrow(
      /the gate 'outcome' is none of the rewards: shaped/,
    );
  });

  test('with credit for dimensions that are merged into named groups', () => {
    const credited = { ...small, perGroup: Float32Array.of(1, 3, 0, 0, 0, 6, 0, 0, 0) };
    const options = { aggregation: 'normalise-then-sum', scale: 'mean-only', groups: 3 } as const;
    const dimensionGroups = { arm: [0, 1], leg: [2] };
    for (const aggregation of ['normalise-then-sum', 'sum-then-normalise'] as const) {
      const found = aggregateAdvantages([credited], segments, { ...options, aggregation, dimensionGroups });
      // Credit [2, 0], [0, 6], [0, 0] hence [mean of dimensions 0 and 1, dimension 2].
      expect(rounded(found.values)).toEqual([1.3333, -2, -0.6667, 4, -0.6667, -2]);
    }
    expect(() =>
      aggregateAdvantages([credited], segments, { ...options, dimensionGroups: { arm: [0, 1] } }),
    ).toThrow(DimensionGroupError);
    const whole = aggregateAdvantages([small], segments, { ...options, dimensionGroups });
    expect(whole.perGroup).toBe(false);
  });
});
