import { tensor1d, tensor3d, tidy, useBackend, type Tensor } from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  DimensionGroupError,
  importanceRatios,
  RolloutShapeError,
  type DimensionGroups,
  type RatioGranularity,
} from './index.js';

beforeAll(async () => {
  await useBackend('cpu');
});
trackTensorLeaks({ beforeAll, afterAll });

const ln = Math.log;
const rounded = (ratios: Tensor): number[] =>
  Array.from(ratios.dataSync(), (value) => Number(value.toFixed(5)));

describe('of a sequence', () => {
  const offsets = Int32Array.of(0, 2, 2, 3);
  const old = { kind: 'sequence', values: new Float32Array(3), offsets } as const;
  const current = (): { kind: 'sequence'; values: Tensor; offsets: Int32Array } => ({
    kind: 'sequence',
    values: tensor1d([ln(2), ln(8), ln(0.5)]),
    offsets,
  });

  test.each<[RatioGranularity, number[]]>([
    ['token', [2, 8, 0.5]],
    ['sum', [16, 1, 0.5]],
    ['mean', [4, 1, 0.5]],
    ['mean-token', [4, 4, 0.5]],
  ])('%s', (granularity, expected) => {
    tidy(() => {
      expect(rounded(importanceRatios(current(), old, granularity))).toEqual(expected);
    });
  });

  test.each<RatioGranularity>(['group', 'mean-group'])('%s is refused', (granularity) => {
    tidy(() => {
      const ratios = (): unknown => importanceRatios(current(), old, granularity);
      expect(ratios).toThrow(RolloutShapeError);
      expect(ratios).toThrow(
        `a sequence component has no '${granularity}' ratio; use 'token', 'sum', 'mean', 'mean-token'`,
      );
    });
  });
});

describe('of a nested component', () => {
  const layout = { kind: 'nested', candidates: Int32Array.of(3), groups: 3 } as const;
  const old = { ...layout, values: new Float32Array(6) };
  const current = (): typeof layout & { values: Tensor } => ({
    ...layout,
    values: tensor3d([ln(2), ln(4), ln(8), 0, ln(0.5), ln(2)], [1, 2, 3]),
  });

  test.each<[RatioGranularity, DimensionGroups | undefined, number[], number[]]>([
    ['group', undefined, [2, 4, 8, 1, 0.5, 2], [1, 2, 3]],
    ['sum', undefined, [64, 1], [1, 2, 1]],
    ['mean', undefined, [4, 1], [1, 2, 1]],
    ['mean-group', undefined, [4, 4, 4, 1, 1, 1], [1, 2, 3]],
    ['group', { ends: [0, 2], middle: [1] }, [16, 4, 2, 0.5], [1, 2, 2]],
    ['sum', { ends: [0, 2], middle: [1] }, [64, 1], [1, 2, 1]],
    ['mean', { ends: [0, 2], middle: [1] }, [8, 1], [1, 2, 1]],
    ['mean-group', { ends: [0, 2], middle: [1] }, [8, 8, 1, 1], [1, 2, 2]],
  ])('%s, merged into %j', (granularity, groups, expected, shape) => {
    tidy(() => {
      const ratios = importanceRatios(current(), old, granularity, groups);
      expect(rounded(ratios)).toEqual(expected);
      expect(ratios.shape).toEqual(shape);
    });
  });

  test.each<RatioGranularity>(['token', 'mean-token'])('%s is refused', (granularity) => {
    tidy(() => {
      expect(() => importanceRatios(current(), old, granularity)).toThrow(
        `a nested component has no '${granularity}' ratio; use 'group', 'sum', 'mean', 'mean-group'`,
      );
    });
  });

  test('without any candidate there are none', () => {
    tidy(() => {
      const none = { kind: 'nested', candidates: new Int32Array(0), groups: 3 } as const;
      const ratios = importanceRatios(
        { ...none, values: tensor3d([], [0, 0, 3]) },
        { ...none, values: new Float32Array(0) },
        'group',
      );
      expect(ratios.shape).toEqual([0, 0, 3]);
    });
  });

  test('groups that leave a dimension out, another kind and another shape are refused', () => {
    tidy(() => {
      expect(() => importanceRatios(current(), old, 'group', { ends: [0, 2] })).toThrow(DimensionGroupError);
      const sequence = {
        kind: 'sequence',
        values: new Float32Array(6),
        offsets: Int32Array.of(0, 6),
      } as const;
      expect(() => importanceRatios(current(), sequence, 'sum')).toThrow(
        /scored a 'nested' component, but the rollout has a 'sequence' one/,
      );
      const longer = { ...old, values: new Float32Array(9) };
      expect(() => importanceRatios(current(), longer, 'sum')).toThrow(
        /log-probabilities \[1, 2, 3\]; the rollout has \[1, 3, 3\]/,
      );
    });
  });
});
