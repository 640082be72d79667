import { describe, expect, test } from 'vitest';
import { importanceCorrection, ObjectiveOptionError, RolloutShapeError } from './index.js';

const ln = Math.log;
const offsets = Int32Array.of(0, 2, 2, 3);
const sequence = (...values: number[]) =>
  ({ kind: 'sequence', values: Float32Array.from(values), offsets }) as const;
const nested = (...values: number[]) =>
  ({
    kind: 'nested',
    values: Float32Array.from(values),
    candidates: Int32Array.of(1),
    groups: 2,
  }) as const;
const rounded = (values: Float32Array): number[] => Array.from(values, (value) => Number(value.toFixed(5)));

const sampler = sequence(0, 0, 0);
const old = sequence(ln(2), ln(0.25), ln(8));

describe('weights', () => {
  test.each([
    [{ level: 'token', beyond: 'truncate' }, [2, 0.25, 3]],
    [{ level: 'token', beyond: 'truncate', cap: 1.5, floor: 0.5 }, [1.5, 0.5, 1.5]],
    [{ level: 'token', beyond: 'mask' }, [2, 0.25, 0]],
    [{ level: 'token', beyond: 'mask', cap: 8.001, floor: 0.5 }, [2, 0, 8]],
    [{ level: 'sequence', beyond: 'truncate' }, [0.5, 0.5, 3]],
    [{ level: 'sequence', beyond: 'mask', floor: 0.6 }, [0, 0, 0]],
  ] as const)('%j', (correction, expected) => {
    expect(rounded(importanceCorrection(old, sampler, correction))).toEqual(expected);
  });

  test('exactly at the cap, and at the floor, are kept; both may be one', () => {
    const correction = { level: 'token', beyond: 'mask', cap: 1, floor: 1 } as const;
    expect(rounded(importanceCorrection(sampler, sampler, correction))).toEqual([1, 1, 1]);
  });

  test('of a nested component: each group of dimensions, or each sample', () => {
    const ofOld = nested(ln(2), ln(0.25), ln(1.5), 0);
    const ofSampler = nested(0, 0, 0, 0);
    const correct = (level: 'token' | 'sequence'): number[] =>
      rounded(importanceCorrection(ofOld, ofSampler, { level, beyond: 'truncate' }));
    expect(correct('token')).toEqual([2, 0.25, 1.5, 1]);
    expect(correct('sequence')).toEqual([0.5, 0.5, 1.5, 1.5]);
  });

  test('do not overflow', () => {
    const weights = importanceCorrection(sequence(500, -500, 0), sampler, {
      level: 'token',
      beyond: 'truncate',
      cap: 1e30,
    });
    expect(ln(weights[0] ?? NaN)).toBeCloseTo(20, 4);
    expect(ln(weights[1] ?? NaN)).toBeCloseTo(-20, 4);
  });
});

describe('what makes no sense is refused', () => {
  test.each([
    [{ cap: 0 }, /importanceCorrection\.cap is 0/],
    [{ cap: Infinity }, /cap is Infinity/],
    [{ floor: -1 }, /floor is -1; expected a number in \[0, cap\], the cap is 3/],
    [{ cap: 2, floor: 2.5 }, /the cap is 2/],
  ])('%j', (bounds, message) => {
    const correct = (): unknown =>
      importanceCorrection(old, sampler, { level: 'token', beyond: 'mask', ...bounds });
    expect(correct).toThrow(ObjectiveOptionError);
    expect(correct).toThrow(message);
  });

  test('log-probabilities of another structure', () => {
    const correction = { level: 'token', beyond: 'mask' } as const;
    expect(() => importanceCorrection(old, sequence(0, 0), correction)).toThrow(RolloutShapeError);
    expect(() => importanceCorrection(old, nested(0, 0, 0), correction)).toThrow(
      /3 log-probabilities of a nested component; the trainer has 3 of a sequence one/,
    );
  });
});
