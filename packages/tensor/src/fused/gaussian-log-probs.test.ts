import { fc, test } from '@fast-check/vitest';
import { tidy, useBackend, zeros, type Tensor2D } from '@pose-rft/tensor';
import { checkGradients, trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { composedGaussianGroupLogProbs, diagonalGaussianGroupLogProbs } from './gaussian-log-probs.js';
import { largestDifference, normalOperand, outcomeOf } from './op-outcome.js';

trackTensorLeaks({ beforeAll, afterAll });

const sizes = {
  gaussians: fc.integer({ min: 1, max: 4 }),
  samples: fc.integer({ min: 1, max: 4 }),
  groups: fc.integer({ min: 1, max: 5 }),
  groupSize: fc.integer({ min: 1, max: 7 }),
  seed: fc.nat(),
};

describe.each(['wasm', 'cpu'] as const)('on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  test.prop(sizes, { numRuns: 40 })(
    'one pass agrees with stock ops',
    ({ gaussians, samples, groups, groupSize, seed }) => {
      const width = groups * groupSize;
      const data = normalOperand(seed + 2, gaussians, samples, width).values;
      const operands = [normalOperand(seed, gaussians, width), normalOperand(seed + 1, gaussians, width)];
      const compute =
        (op: typeof composedGaussianGroupLogProbs) =>
        (mean: Tensor2D, logStd: Tensor2D): ReturnType<typeof op> =>
          op(data, mean, logStd, groupSize);
      const fused = outcomeOf(compute(diagonalGaussianGroupLogProbs), operands);
      const composed = outcomeOf(compute(composedGaussianGroupLogProbs), operands);
      expect(largestDifference(fused, composed)).toBeLessThan(1e-5);
    },
  );

  test('without samples there is no gradient', () => {
    const logProbs = (mean: Tensor2D, logStd: Tensor2D) =>
      diagonalGaussianGroupLogProbs(new Float32Array(0), mean, logStd, 3);
    const outcome = outcomeOf(logProbs, [normalOperand(1, 2, 6), normalOperand(2, 2, 6)]);
    expect(outcome).toMatchObject({
      shape: [2, 0, 2],
      gradients: [new Float32Array(12), new Float32Array(12)],
    });
  });

  test('the gradient agrees with finite differences', () => {
    const data = normalOperand(9, 2, 3, 4).values;
    checkGradients(
      (mean, logStd) => diagonalGaussianGroupLogProbs(data, mean as Tensor2D, logStd as Tensor2D, 2),
      [normalOperand(10, 2, 4), { shape: [2, 4], values: [0.1, -0.2, 0.3, 0, 0.2, 0.1, -0.1, 0] }],
      { tolerance: 5e-3 },
    );
  });

  test('samples and groups that do not fit are refused', () => {
    tidy(() => {
      const parameters: Tensor2D = zeros([2, 6]);
      const logProbs = (count: number, groupSize: number) =>
        diagonalGaussianGroupLogProbs(new Float32Array(count), parameters, parameters, groupSize);
      expect(() => logProbs(13, 3)).toThrow('samples must be [2, S, 6], found 13 numbers');
      expect(() => logProbs(12, 4)).toThrow('equal parts');
      expect(() => logProbs(12, 0)).toThrow('equal parts');
    });
  });
});
