import { createRandom } from '@pose-rft/random';
import { fc, test } from '@fast-check/vitest';
import { tensor1d, tensor2d, tidy, useBackend, zeros, type Tensor2D } from '@pose-rft/tensor';
import { checkGradients, trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { largestDifference, normalOperand, outcomeOf } from './op-outcome.js';
import { composedTokenLogProbs, tokenLogProbs } from './token-log-probs.js';

trackTensorLeaks({ beforeAll, afterAll });

const sizes = {
  rows: fc.integer({ min: 0, max: 9 }),
  vocabulary: fc.integer({ min: 1, max: 39 }),
  seed: fc.nat(),
};

describe.each(['wasm', 'cpu'] as const)('on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  test('an excluded token has no probability and no gradient', () => {
    const row = { shape: [1, 5], values: Float32Array.of(0, -Infinity, 0, -Infinity, -Infinity) };
    const { values, gradients } = outcomeOf(
      (logits: Tensor2D) => tokenLogProbs(logits, Int32Array.of(2)),
      [row],
    );
    expect(values[0]).toBeCloseTo(-Math.LN2, 6);
    const slope = Math.sin(0.4) / 2; // outcomeOf weighs the first output by sin(0.4).
    expect([...(gradients[0] ?? [])]).toEqual([-slope, 0, slope, 0, 0].map((x) => expect.closeTo(x, 6)));
  });

  test('large logits do not overflow', () => {
    tidy(() => {
      const logProbs = tokenLogProbs(tensor2d([[1e4, 1e4 - 1, -1e4]]), Int32Array.of(1)).dataSync();
      expect(logProbs[0]).toBeCloseTo(-1 - Math.log(1 + Math.exp(-1)), 2);
    });
  });

  test('tokens outside the vocabulary are named', () => {
    tidy(() => {
      const logits: Tensor2D = zeros([2, 3]);
      expect(() => tokenLogProbs(logits, Int32Array.of(0, 3))).toThrow('in [0, 3), found 3 at position 1');
      expect(() => tokenLogProbs(logits, Int32Array.of(0))).toThrow('2 row indices, found 1');
    });
  });
});

describe('on wasm', () => {
  beforeAll(() => useBackend('wasm'));

  test.prop(sizes, { numRuns: 40 })('the kernel agrees with stock ops', ({ rows, vocabulary, seed }) => {
    const random = createRandom(seed);
    const ids = tensor1d(
      Int32Array.from({ length: rows }, () => random.integer(vocabulary)),
      'int32',
    );
    const operands = [normalOperand(seed, rows, vocabulary)];
    const fused = outcomeOf((logits: Tensor2D) => tokenLogProbs(logits, ids), operands);
    const composed = outcomeOf((logits: Tensor2D) => composedTokenLogProbs(logits, ids), operands);
    ids.dispose();
    expect(largestDifference(fused, composed)).toBeLessThan(1e-5);
  });
});

describe('on cpu', () => {
  beforeAll(() => useBackend('cpu'));

  test('the gradient agrees with finite differences', () => {
    const ids = Int32Array.of(4, 0, 2);
    checkGradients((logits) => tokenLogProbs(logits as Tensor2D, ids), [normalOperand(7, 3, 5)], {
      tolerance: 2e-3,
    });
  });
});
