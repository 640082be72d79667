import { expect, test } from 'vitest';
import { aggregateAdvantages, type ScoredReward } from './index.js';

const bare = { scale: 'mean-only', stdFloor: 0, relativeStdFloor: 0 } as const;
const normalised = { aggregation: 'normalise-then-sum', ...bare } as const;
const summed = { aggregation: 'sum-then-normalise', ...bare } as const;

/** Two groups of two rows; three groups of dimensions. */
const segments = Int32Array.of(0, 2, 4);
const credited: ScoredReward = {
  name: 'credited',
  weight: 2,
  values: Float32Array.of(0, 2, 5, 5),
  perGroup: Float32Array.of(0, 1, 2, 4, 1, 8, 1, 2, 3, 1, 2, 3),
};
const whole: ScoredReward = { name: 'whole', weight: 1, values: Float32Array.of(1, 3, 0, 0) };

test('rewards are summed, and so is their credit; a whole reward is credit for every group of dimensions', () => {
  const found = aggregateAdvantages([credited, whole], segments, { ...summed, groups: 3 });
  expect(found).toEqual({
    // Credit 2 * [0 1 2], 2 * [4 1 8] beside the whole rewards 1 and 3; the second group has one credit for both rows.
    values: Float32Array.of(-5, -1, -7, 5, 1, 7, 0, 0, 0, 0, 0, 0),
    perGroup: true,
    groupCount: 2,
    flatGroupCount: 1,
    // Sums 1, 7 and 10, 10.
    rewardStandardDeviation: 1.5,
  });
});

test('a group is flat only if all advantages of all its rows and groups of dimensions are 0', () => {
  const oneDimension = { ...credited, perGroup: Float32Array.of(0, 1, 2, 0, 1, 2, 0, 0, 1, 0, 0, 3) };
  const varied = { ...oneDimension, values: Float32Array.of(0, 2, 5, 6) };
  const found = aggregateAdvantages([varied], segments, { ...normalised, groups: 3 });
  expect(found.values).toEqual(Float32Array.of(0, 0, 0, 0, 0, 0, 0, 0, -2, 0, 0, 2));
  expect(found).toMatchObject({ groupCount: 2, flatGroupCount: 1 });
});

test('a group that all rewards decline does not count; one that some rows decline does', () => {
  const declined = { ...whole, values: Float32Array.of(NaN, NaN, 3, NaN, 1, NaN, 3) };
  const found = aggregateAdvantages([declined], Int32Array.of(0, 2, 4, 7), normalised);
  expect(found).toEqual({
    values: Float32Array.of(0, 0, 0, 0, -1, 0, 1),
    perGroup: false,
    groupCount: 2,
    flatGroupCount: 1,
    rewardStandardDeviation: 0.5,
  });
});

test('whole rewards are used where credit is not asked for, whatever is named', () => {
  const dimensionGroups = { arm: [0, 1], leg: [2] };
  for (const options of [normalised, summed])
    for (const groups of [0, undefined]) {
      const found = aggregateAdvantages([credited], segments, {
        ...options,
        dimensionGroups,
        ...(groups === undefined ? {} : { groups }),
      });
      expect(found).toMatchObject({ values: Float32Array.of(-2, 2, 0, 0), perGroup: false });
    }
});

test('a gate closes the groups in which it is flat throughout, and no other', () => {
  const threes = Int32Array.of(0, 3, 6);
  // The middle row of the first group has exactly the mean of the outcomes.
  const outcome = { name: 'outcome', weight: 0, values: Float32Array.of(0, 1, 2, 4, 4, 4) };
  const shaped = { name: 'shaped', weight: 1, values: Float32Array.of(1, 2, 6, 1, 2, 6) };
  const gated = { ...normalised, gate: 'outcome' };
  expect(aggregateAdvantages([outcome, shaped], threes, gated).values).toEqual(
    Float32Array.of(-2, -1, 3, 0, 0, 0),
  );
  const perGroup = Float32Array.of(0, 1, 0, 1, 3, 4, 0, 1, 0, 1, 3, 4);
  expect(
    aggregateAdvantages([outcome, { ...shaped, perGroup }], threes, { ...gated, groups: 2 }).values,
  ).toEqual(Float32Array.of(-1, -1, -1, -1, 2, 2, 0, 0, 0, 0, 0, 0));
});

test('whitened over the rows that were scored, all their groups of dimensions', () => {
  const partial: ScoredReward = {
    name: 'partial',
    weight: 1,
    values: Float32Array.of(NaN, 0, 4, NaN),
    perGroup: Float32Array.of(9, 9, 0, 0, 2, 6, 9, 9),
  };
  const options = { ...normalised, groups: 2, whitenBatch: true };
  const found = aggregateAdvantages([partial], Int32Array.of(0, 4), options);
  // -1, -3, 1, 3 over their standard deviation, sqrt(5).
  const expected = [0, 0, -1, -3, 1, 3, 0, 0].map((value) => value / Math.sqrt(5));
  found.values.forEach((value, index) => expect(value).toBeCloseTo(expected[index] ?? NaN, 6));
  const floored = aggregateAdvantages([partial], Int32Array.of(0, 4), { ...options, stdFloor: 1 });
  expect(floored.values[5]).toBeCloseTo(3 / (Math.sqrt(5) + 1), 6);
});

test('whitening has the default floor, and the kind of standard deviation that is chosen', () => {
  const rewards = [{ name: 'a', weight: 1, values: Float32Array.of(0, 2) }];
  const options = { aggregation: 'normalise-then-sum', scale: 'mean-only', whitenBatch: true } as const;
  const at = (more: object): number | undefined =>
    aggregateAdvantages(rewards, Int32Array.of(0, 2), { ...options, ...more }).values[1];
  expect(at({})).toBeCloseTo(1 / 1.0001, 7);
  expect(at({ standardDeviation: 'sample' })).toBeCloseTo(1 / (Math.SQRT2 + 1e-4), 7);
});
