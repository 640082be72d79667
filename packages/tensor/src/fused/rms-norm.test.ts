import { fc, test } from '@fast-check/vitest';
import { ones, tensor2d, tidy, useBackend, zeros, type Tensor1D, type Tensor2D } from '@pose-rft/tensor';
import { checkGradients, trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { largestDifference, normalOperand, outcomeOf } from './op-outcome.js';
import { FusedOperandError } from './operand.js';
import { composedRmsNorm, rmsNorm } from './rms-norm.js';

trackTensorLeaks({ beforeAll, afterAll });

const sizes = {
  rows: fc.integer({ min: 1, max: 9 }),
  width: fc.integer({ min: 1, max: 37 }),
  seed: fc.nat(),
};

describe('on wasm', () => {
  beforeAll(() => useBackend('wasm'));

  test.prop(sizes, { numRuns: 40 })('the kernel agrees with stock ops', ({ rows, width, seed }) => {
    const operands = [normalOperand(seed, rows, width), normalOperand(seed + 1, width)];
    const fused = outcomeOf((x: Tensor2D, gain: Tensor1D) => rmsNorm(x, gain, 1e-3), operands);
    const composed = outcomeOf((x: Tensor2D, gain: Tensor1D) => composedRmsNorm(x, gain, 1e-3), operands);
    expect(largestDifference(fused, composed)).toBeLessThan(1e-5);
  });

  test('without rows the gain has no gradient', () => {
    const normalise = (x: Tensor2D, gain: Tensor1D) => rmsNorm(x, gain);
    const outcome = outcomeOf(normalise, [normalOperand(1, 0, 6), normalOperand(2, 6)]);
    expect(outcome).toMatchObject({ shape: [0, 6], gradients: [new Float32Array(0), new Float32Array(6)] });
  });

  test('a row of zeros stays zero', () => {
    tidy(() => {
      expect([...rmsNorm(zeros([1, 5]), ones([5])).dataSync()]).toEqual([0, 0, 0, 0, 0]);
    });
  });

  test('NaN spreads over its own row only', () => {
    tidy(() => {
      const y = rmsNorm(
        tensor2d([
          [1, NaN],
          [3, 4],
        ]),
        ones([2]),
      ).dataSync();
      expect([...y].map(Number.isNaN)).toEqual([true, true, false, false]);
    });
  });
});

describe('on cpu', () => {
  beforeAll(() => useBackend('cpu'));

  test('the gradient agrees with finite differences', () => {
    checkGradients(
      (x, gain) => rmsNorm(x as Tensor2D, gain as Tensor1D),
      [normalOperand(1, 3, 5), normalOperand(2, 5)],
      { tolerance: 2e-3 },
    );
  });

  test('wrong shapes and dtypes are named', () => {
    tidy(() => {
      expect(() => rmsNorm(zeros([2, 3]), ones([4]))).toThrow(FusedOperandError);
      expect(() => rmsNorm(zeros([2, 3]), ones([4]))).toThrow(
        'rmsNorm: gain must be float32 [3], found float32 [4]',
      );
      expect(() => rmsNorm(zeros([2, 3], 'int32'), ones([3]))).toThrow('found int32 [2,3]');
    });
  });
});
