import { expect, test } from 'vitest';
import { requireNear } from './require-near.js';

test.each([
  [1.00019, 1],
  [-1.00019, -1],
  [0.00009, 0],
  [0, 0],
  [100.0099, 100],
])('%d is near %d', (found, expected) => {
  expect(() => requireNear('x', found, expected)).not.toThrow();
});

test.each([
  [1.00021, 1],
  [0.99979, 1],
  [-1.00021, -1],
  [0.00011, 0],
  [100.011, 100],
  [NaN, 1],
  [1, NaN],
  [NaN, NaN],
  [undefined, 1],
  [1, undefined],
  [undefined, undefined],
  [Infinity, 1],
])('%s is not near %s', (found, expected) => {
  expect(() => requireNear('x', found, expected)).toThrow(`x is ${found}; expected ${expected}`);
});
