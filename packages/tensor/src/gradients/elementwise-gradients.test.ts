import {
  abs,
  add,
  cumprod,
  cumsum,
  grad,
  maximum,
  minimum,
  prod,
  scalar,
  sum,
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

  const slopeAt = (body: (x: Tensor) => Tensor, ...at: number[]): number[] =>
    Array.from(tidy(() => grad((x) => sum(body(x)))(tensor1d(at)).dataSync()));

  describe.each([
    ['minimum', minimum],
    ['maximum', maximum],
  ] as const)('%s', (_name, choose) => {
    const matrix = { shape: [2, 3], values: [1, -2, 0.5, 0.3, 2, -1] };
    test.each([
      ['a row', { shape: [3], values: [0, 0.7, 0.1] }],
      ['a column', { shape: [2, 1], values: [0.6, -0.2] }],
      ['a scalar', { shape: [], values: [0.2] }],
      ['another rank', { shape: [2, 1, 3], values: [0, 0.7, 0.1, -1.5, 3, 0.2] }],
    ])('sums the gradient of %s back to its shape', (_what, other) => {
      checkGradients((x, y) => choose(x, y), [matrix, other]);
      checkGradients((x, y) => choose(y, x), [matrix, other]);
    });
    test('gives a tie to the first operand', () => {
      expect(slopeAt((x) => choose(x, scalar(1)), 1)).toEqual([1]);
      expect(slopeAt((x) => choose(scalar(1), x), 1)).toEqual([0]);
      expect(slopeAt((x) => choose(x, add(x, 0)), 1)).toEqual([1]);
    });
  });

  test('abs has derivative 0 at 0', () => {
    expect(slopeAt((x) => abs(x), -2, 0, 3)).toEqual([-1, 0, 1]);
  });

  test('prod, whose stock gradient needs chained ops', () => {
    checkGradients((x) => prod(x), [{ shape: [3], values: [1, 0, 3] }]);
  });

  describe.each([
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ])('cumprod (exclusive %s, reverse %s)', (exclusive, reverse) => {
    test('has the right gradient, also where factors are zero', () => {
      const values = [1, 2, 0.5, 3, 0, -2, 0, 0, 4, 1, 1, 2];
      checkGradients((x) => cumprod(x, 0, exclusive, reverse), [{ shape: [3, 2, 2], values }]);
      checkGradients((x) => cumprod(x, 1, exclusive, reverse), [{ shape: [2, 3, 2], values }]);
      checkGradients((x) => cumprod(x, -1, exclusive, reverse), [{ shape: [3, 4], values }]);
    });
  });

  test.each([
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ])('cumsum (exclusive %s, reverse %s) has the right gradient along any axis', (exclusive, reverse) => {
    const values = [1, 2, 0.5, 3, 0, -2, 0, 0, 4, 1, 1, 2];
    for (const axis of [0, 1, 2])
      checkGradients((x) => cumsum(x, axis, exclusive, reverse), [{ shape: [3, 2, 2], values }]);
  });
});
