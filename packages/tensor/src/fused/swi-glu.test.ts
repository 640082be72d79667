import { fc, test } from '@fast-check/vitest';
import { tensor2d, tidy, useBackend, zeros, type Tensor2D } from '@pose-rft/tensor';
import { checkGradients, trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { largestDifference, normalOperand, outcomeOf } from './op-outcome.js';
import { composedSwiGlu, swiGlu } from './swi-glu.js';

trackTensorLeaks({ beforeAll, afterAll });

const sizes = {
  rows: fc.integer({ min: 0, max: 9 }),
  width: fc.integer({ min: 1, max: 21 }),
  seed: fc.nat(),
};

describe('on wasm', () => {
  beforeAll(() => useBackend('wasm'));

  test.prop(sizes, { numRuns: 40 })('the kernel agrees with stock ops', ({ rows, width, seed }) => {
    const operands = [normalOperand(seed, rows, 2 * width)];
    const composed = outcomeOf((gateUp: Tensor2D) => composedSwiGlu(gateUp), operands);
    expect(largestDifference(outcomeOf(swiGlu, operands), composed)).toBeLessThan(1e-5);
  });

  test('gates far from zero are open or shut, not NaN', () => {
    tidy(() => {
      const activated = swiGlu(tensor2d([[-1e4, 1e4, -200, 200, 0, 2, 3, 4, 5, 6]])).dataSync();
      expect([...activated].map(Math.abs)).toEqual(
        [0, 3e4, 0, 1000, 0].map((size) => expect.closeTo(size, 3)),
      );
    });
  });
});

describe('on cpu', () => {
  beforeAll(() => useBackend('cpu'));

  test('the gradient agrees with finite differences', () => {
    checkGradients((gateUp) => swiGlu(gateUp as Tensor2D), [normalOperand(3, 3, 6)], { tolerance: 2e-3 });
  });

  test('an odd width is refused', () => {
    tidy(() => {
      expect(() => swiGlu(zeros([2, 3]))).toThrow('a width divisible into 2 equal parts, found width 3');
    });
  });
});
