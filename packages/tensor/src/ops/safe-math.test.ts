import {
  grad,
  safeAcos,
  safeEntropy,
  safeNorm,
  safeSqrt,
  stopGradient,
  sum,
  tensor,
  tensor1d,
  tidy,
  useBackend,
  type Tensor,
} from '@pose-rft/tensor';
import { checkGradients, trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

trackTensorLeaks({ beforeAll, afterAll });

describe.each(['cpu', 'wasm'] as const)('on %s', (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  const valueAt = (body: (x: Tensor) => Tensor, at: readonly number[]): number[] =>
    Array.from(tidy(() => body(tensor1d([...at])).dataSync()));
  const slopeAt = (body: (x: Tensor) => Tensor, at: readonly number[]): number[] =>
    Array.from(tidy(() => grad((x) => sum(body(x)))(tensor1d([...at])).dataSync()));

  describe('safeSqrt', () => {
    test('is the root with a finite gradient at and below 0', () => {
      expect(valueAt(safeSqrt, [4, 0]).map(Math.abs)).toEqual([2, 0]);
      expect(Math.abs(valueAt(safeSqrt, [-1e-9])[0] ?? NaN)).toBe(0);
      expect(slopeAt(safeSqrt, [4, 0, -1])).toEqual([0.25, 0, 0]);
      expect(valueAt(safeSqrt, [NaN])[0]).toBeNaN();
      checkGradients(safeSqrt, [{ shape: [3], values: [0.5, 1, 7] }], { step: 0.001 });
    });
    test('has the right second derivative', () => {
      const second = (x: Tensor): Tensor => grad((y) => sum(safeSqrt(y)))(x);
      expect(slopeAt(second, [1, 0])[0]).toBeCloseTo(-0.25, 5);
      expect(Math.abs(slopeAt(second, [1, 0])[1] ?? NaN)).toBe(0);
    });
  });

  describe('safeNorm', () => {
    test('has gradient 0 at 0 and the unit vector elsewhere', () => {
      expect(slopeAt((x) => safeNorm(x), [0, 0])).toEqual([0, 0]);
      expect(slopeAt((x) => safeNorm(x), [3, -4])[1]).toBeCloseTo(-0.8, 6);
    });
    test.each([1e-30, 1, 1e30])('neither under- nor overflows at %d', (scale) => {
      expect((valueAt((x) => safeNorm(x), [3 * scale, 4 * scale])[0] ?? NaN) / (5 * scale)).toBeCloseTo(1, 5);
      expect(slopeAt((x) => safeNorm(x), [3 * scale, 4 * scale])[0]).toBeCloseTo(0.6, 5);
    });
    test('works along any axis', () => {
      const values = [1, 2, -1, 0.5, 3, -2];
      checkGradients((x) => safeNorm(x, 0), [{ shape: [2, 3], values }]);
      checkGradients((x) => safeNorm(x, -1, true), [{ shape: [2, 3], values }]);
      tidy(() => {
        expect(safeNorm(tensor(values, [2, 3]), -2).shape).toEqual([3]);
        expect(safeNorm(tensor(values, [2, 3]), 1, true).shape).toEqual([2, 1]);
      });
    });
  });

  describe('safeAcos', () => {
    test('is the angle, clamped at the ends', () => {
      const angles = valueAt(safeAcos, [1, -1, 0, 1.0001, -1.5]);
      [0, Math.PI, Math.PI / 2, 0, Math.PI].forEach((angle, index) =>
        expect(angles[index]).toBeCloseTo(angle, 6),
      );
      expect(valueAt(safeAcos, [NaN])[0]).toBeNaN();
    });
    test('has a finite gradient everywhere', () => {
      const slopes = slopeAt(safeAcos, [1, -1, 2, 1 - 2 ** -24, 0.5]);
      expect(slopes.slice(0, 3).map(Math.abs)).toEqual([0, 0, 0]);
      expect(Number.isFinite(slopes[3])).toBe(true);
      expect(slopes[4]).toBeCloseTo(-1 / Math.sqrt(0.75), 5);
      checkGradients(safeAcos, [{ shape: [3], values: [-0.9, 0.1, 0.9] }], { step: 0.001, tolerance: 0.02 });
    });
  });

  describe('safeEntropy', () => {
    test('counts masked outcomes as 0 log 0 = 0, in value and gradient', () => {
      expect(valueAt(safeEntropy, [0, 0, -Infinity])[0]).toBeCloseTo(Math.log(2), 6);
      expect(valueAt(safeEntropy, [5, -Infinity])[0]).toBeCloseTo(0, 6);
      const slopes = slopeAt(safeEntropy, [1, 2, -Infinity]);
      expect(slopes[2]).toBe(0);
      // dH/dlogit_i = -p_i (log p_i + H)
      const p = Math.exp(1) / (Math.exp(1) + Math.exp(2));
      const entropy = -p * Math.log(p) - (1 - p) * Math.log(1 - p);
      expect(slopes[0]).toBeCloseTo(-p * (Math.log(p) + entropy), 5);
    });
    test('is right for large logits and batches', () => {
      expect(valueAt(safeEntropy, [1e4, 1e4, -1e4])[0]).toBeCloseTo(Math.log(2), 5);
      checkGradients(safeEntropy, [{ shape: [2, 3], values: [1, 0, -1, 2, 2, 0.5] }]);
    });
  });

  describe('stopGradient', () => {
    test('is a constant of the same values', () => {
      expect(valueAt(stopGradient, [1, 2])).toEqual([1, 2]);
      expect(slopeAt((x) => x.mul(stopGradient(x)), [3, 4])).toEqual([3, 4]);
      expect(slopeAt((x) => x.add(stopGradient(x.square())), [3])).toEqual([1]);
    });
    test('outlives its argument and frees the memory last', () => {
      const x = tensor1d([1, 2]);
      const constant = stopGradient(x);
      x.dispose();
      expect(Array.from(constant.dataSync())).toEqual([1, 2]);
      constant.dispose();
      expect(() => stopGradient(x)).toThrow(/disposed/);
    });
    test('computes nothing behind it: an op without a gradient may stand there', () => {
      expect(slopeAt((x) => x.mul(stopGradient(x.topk(1).values.sum())), [3, 4])).toEqual([4, 4]);
    });
  });
});
