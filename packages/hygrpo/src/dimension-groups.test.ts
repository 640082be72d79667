import { describe, expect, test } from 'vitest';
import {
  dimensionGroupIndices,
  DimensionGroupError,
  dimensionGroupMatrix,
  mergeCredit,
  sumOverGroups,
} from './dimension-groups.js';

const joints = { hip: [2, 0], knee: [1] };

test('dimensions go to their groups, in the order of the names', () => {
  expect(Array.from(dimensionGroupIndices(joints, 3))).toEqual([0, 1, 0]);
  expect(Array.from(dimensionGroupMatrix(joints, 3))).toEqual([1, 0, 0, 1, 1, 0]);
});

test('log-probabilities are summed, credit is averaged', () => {
  const rows = Float32Array.of(1, 2, 4, 8, 16, 32);
  expect(Array.from(sumOverGroups(rows, joints, 3))).toEqual([5, 2, 40, 16]);
  expect(Array.from(mergeCredit(rows, joints, 3))).toEqual([2.5, 2, 20, 16]);
});

describe('groups that do not share out the dimensions are refused by a DimensionGroupError', () => {
  test.each([
    [{ hip: [0, 3], knee: [1, 2] }, /'hip' names dimension 3; expected integers from 0 to 2/],
    [{ hip: [0.5], knee: [1, 2] }, /names dimension 0\.5/],
    [{ hip: [-1, 0], knee: [1, 2] }, /names dimension -1/],
    [{ hip: [0, 1], knee: [1, 2] }, /dimension 1 is in the groups 'hip' and 'knee'/],
    [{ hip: [0], knee: [2] }, /dimension 1 of 3 is in none of the groups hip, knee/],
  ])('%j', (groups, message) => {
    expect(() => dimensionGroupIndices(groups, 3)).toThrow(DimensionGroupError);
    expect(() => dimensionGroupIndices(groups, 3)).toThrow(message);
    expect(() => dimensionGroupIndices(groups, 3)).toThrow(
      expect.objectContaining({ name: 'DimensionGroupError' }) as Error,
    );
  });
});
