import { tensor1d, tensor2d, tidy, useBackend } from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { requireClose, requireEqual, requireMeans } from './numeric-claims.js';
import { rowOf } from './row-of.js';
import { sameAction } from './same-action.js';

beforeAll(() => useBackend('cpu'));
trackTensorLeaks({ beforeAll, afterAll });

test('equal tensors have one shape and the same bits', () => {
  tidy(() => {
    const two = tensor1d([1, NaN]);
    expect(() => requireEqual('x', two, tensor1d([1, NaN]))).not.toThrow();
    expect(() => requireEqual('x', two, tensor1d([1, 2]))).toThrow(/^x: .* differs from /s);
    expect(() => requireEqual('x', two, tensor2d([[1, NaN]]))).toThrow(/differs/);
    expect(() => requireEqual('x', tensor1d([1]), tensor1d([1 + 2 ** -23]))).toThrow(/differs/);
  });
});

test('close tensors agree to 1e-4 of 1 + the expected number, and NaN is near nothing', () => {
  tidy(() => {
    const close = (found: number[], expected: number[]) => (): void =>
      requireClose('x', tensor1d(found), tensor1d(expected));
    expect(close([1.00015, -9.9992], [1, -10])).not.toThrow();
    expect(close([0, 1.00025], [0, 1])).toThrow(/^x\[1\] is 1\.0002.*; expected 1$/);
    expect(close([0, -10.0012], [0, -10])).toThrow(/^x\[1\]/);
    expect(close([0.00009], [0])).not.toThrow();
    expect(close([0.00011], [0])).toThrow(/^x\[0\]/);
    expect(close([NaN], [NaN])).toThrow(/^x\[0\] is NaN; expected NaN$/);
    expect(close([1], [1, 1])).toThrow('x has the shape [1]; expected [2]');
    expect(close([1, 1], [1])).toThrow('x has the shape [2]; expected [1]');
  });
});

test('means are compared over even and over odd rows, within their own error', () => {
  tidy(() => {
    // Even rows: means 2 and 10 with the standard error 1 / sqrt(2); odd rows: 4 and 0 without spread.
    const samples = tensor2d([
      [1, 10],
      [4, 0],
      [1, 10],
      [4, 0],
      [3, 10],
      [4, 0],
      [3, 10],
      [4, 0],
    ]);
    const means = (expected: number[]) => (): void =>
      requireMeans('x', samples, tensor2d(expected, [2, expected.length / 2]));
    expect(means([2, 10, 4, 0])).not.toThrow();
    const error = Math.sqrt(4 / 3 / 4);
    expect(means([2 + 5.9 * error, 10, 4, 0])).not.toThrow();
    expect(means([2 + 6.1 * error, 10, 4, 0])).toThrow(
      /^the mean of x over 4 samples of row 0, column 0, is 2 \(standard error 0\.577/,
    );
    expect(means([2, 10.01, 4, 0])).toThrow(/row 0, column 1, is 10/);
    expect(means([2, 10, 4.01, 0])).toThrow(/row 1, column 0, is 4/);
    expect(means([2, 10, 4, 0.01])).toThrow(/row 1, column 1, is 0/);
    expect(means([2, 10, 4, 0.00009])).not.toThrow();
    expect(means([2, 10, NaN, 0])).toThrow(/row 1, column 0/);
    expect(means([2, 10])).toThrow('x has 2 columns; expected 1');
  });
});

test('a row of tensors in tuples and objects is a batch of one', () => {
  tidy(() => {
    const rows = {
      a: [tensor1d([1, 2, 3])],
      b: tensor2d([
        [1, 2],
        [3, 4],
        [5, 6],
      ]),
    };
    const { a, b } = rowOf(rows, 1);
    expect([a[0]?.shape, Array.from(a[0]?.dataSync() ?? [])]).toEqual([[1], [2]]);
    expect([b.shape, Array.from(b.dataSync())]).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });
});

test('actions are the same to the bit, their fields in order', () => {
  const action = { a: [1, Float32Array.of(NaN, -0)], b: 2 };
  expect(sameAction(action, { a: [1, Float32Array.of(NaN, -0)], b: 2 })).toBe(true);
  for (const other of [
    { b: 2, a: [1, Float32Array.of(NaN, -0)] },
    { a: [1, Float32Array.of(NaN, 0)], b: 2 },
    { a: [1, [NaN, -0]], b: 2 },
    { a: [1, Float32Array.of(NaN, -0)] },
    { a: [1, Float32Array.of(NaN, -0)], b: 2, c: 3 },
    { a: [1, Float32Array.of(NaN)], b: 2 },
    { a: 1, b: 2 },
    2,
    null,
    undefined,
  ]) {
    expect(sameAction(action, other)).toBe(false);
    expect(sameAction(other, action)).toBe(false);
  }
  expect(sameAction(null, null)).toBe(true);
  expect(sameAction(null, {})).toBe(false);
});
