import { fc, test } from '@fast-check/vitest';
import {
  add,
  engine,
  grads,
  matMul,
  memory,
  mul,
  tensor1d,
  tensor2d,
  tidy,
  useBackend,
  zeros,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
} from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { largestDifference, normalOperand, outcomeOf } from './op-outcome.js';
import { projectedTokenLogProbs } from './projected-token-log-probs.js';
import { tokenLogProbs } from './token-log-probs.js';

trackTensorLeaks({ beforeAll, afterAll });

const sizes = {
  rows: fc.integer({ min: 1, max: 9 }),
  width: fc.integer({ min: 1, max: 7 }),
  vocabularySize: fc.integer({ min: 1, max: 12 }),
  rowsPerChunk: fc.integer({ min: 1, max: 4 }),
  transposed: fc.boolean(),
  temperature: fc.constantFrom(1, 0.7),
  seed: fc.nat(),
};

describe.each(['wasm', 'cpu'] as const)('on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  test.prop(sizes, { numRuns: 40 })(
    'chunks give what all logits at once give, in values and gradients',
    ({ rows, width, vocabularySize, rowsPerChunk, transposed, temperature, seed }) => {
      const ids = Int32Array.from({ length: rows }, (_, row) => (row * 7 + seed) % vocabularySize);
      const bias = tensor1d(normalOperand(seed + 1, vocabularySize).values);
      const operands = [
        normalOperand(seed, rows, width),
        normalOperand(seed + 2, ...(transposed ? [vocabularySize, width] : [width, vocabularySize])),
      ];
      const whole = outcomeOf((hidden: Tensor2D, weight: Tensor2D) => {
        const logits: Tensor2D = mul(add(matMul(hidden, weight, false, transposed), bias), 1 / temperature);
        return tokenLogProbs(logits, ids);
      }, operands);
      const options = { bias, temperature, transposed, rowsPerChunk };
      const chunked = outcomeOf(
        (hidden: Tensor2D, weight: Tensor2D) => projectedTokenLogProbs(hidden, weight, ids, options),
        operands,
      );
      bias.dispose();
      expect(largestDifference(chunked, whole)).toBeLessThan(1e-5);
    },
  );

  test('a frozen weight gets no gradient, and the hidden states the same', () => {
    const [hiddenData, weightData] = [normalOperand(1, 6, 4), normalOperand(2, 4, 9)];
    const ids = Int32Array.of(0, 8, 3, 3, 1, 7);
    tidy(() => {
      const weight = tensor2d(weightData.values, [4, 9]);
      const hidden = tensor2d(hiddenData.values, [6, 4]);
      const slopes = (weightLearns: boolean): Float32Array =>
        grads((rows: Tensor) =>
          projectedTokenLogProbs(rows as Tensor2D, weight, ids, { rowsPerChunk: 2, weightLearns }),
        )([hidden])[0]?.dataSync() as Float32Array;
      expect(slopes(false)).toEqual(slopes(true));
      const both = grads((rows: Tensor, head: Tensor) =>
        projectedTokenLogProbs(rows as Tensor2D, head as Tensor2D, ids, {
          rowsPerChunk: 2,
          weightLearns: false,
        }),
      );
      expect(() => both([hidden, weight])).toThrow(/Cannot compute gradient/);
    });
  });

  test('the logits of all rows are never there together', () => {
    const [rows, width, vocabularySize] = [256, 8, 500];
    const hidden = tensor2d(normalOperand(1, rows, width).values, [rows, width]);
    const weight = tensor2d(normalOperand(2, width, vocabularySize).values, [width, vocabularySize]);
    const ids = tensor1d(new Int32Array(rows), 'int32');
    const before = memory().numBytes;
    let most = 0;
    const track = (): void => {
      most = Math.max(most, engine().memory().numBytes - before);
    };
    const undo = trackAllocations(track);
    tidy(() => {
      grads((h: Tensor, w: Tensor): Tensor1D =>
        projectedTokenLogProbs(h as Tensor2D, w as Tensor2D, ids, { rowsPerChunk: 4 }),
      )([hidden, weight]);
    });
    undo();
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThan(0.5 * 4 * rows * vocabularySize);
    for (const tensor of [hidden, weight, ids]) tensor.dispose();
  });

  test('operands that do not fit are refused', () => {
    tidy(() => {
      const ids = Int32Array.of(0, 1);
      const hidden: Tensor2D = zeros([2, 3]);
      expect(() => projectedTokenLogProbs(hidden, zeros([4, 5]), ids)).toThrow(
        'weight must be float32 [3,any]',
      );
      expect(() => projectedTokenLogProbs(hidden, zeros([3, 5]), ids, { transposed: true })).toThrow(
        '[any,3]',
      );
      expect(() => projectedTokenLogProbs(hidden, zeros([3, 5]), ids, { bias: zeros([4]) })).toThrow('bias');
      expect(() => projectedTokenLogProbs(hidden, zeros([3, 5]), ids, { temperature: 0 })).toThrow(
        'temperature',
      );
      expect(() => projectedTokenLogProbs(hidden, zeros([3, 5]), ids, { rowsPerChunk: 0 })).toThrow(
        'rowsPerChunk',
      );
      for (const rowsPerChunk of [1, 2])
        expect(() =>
          projectedTokenLogProbs(hidden, zeros([3, 5]), Int32Array.of(0, 5), { rowsPerChunk }),
        ).toThrow('found 5 at position 1');
    });
  });
});

/** Calls `observe` whenever the engine takes a new tensor in; returns what ends it. */
function trackAllocations(observe: () => void): () => void {
  const present = engine();
  const original = present.trackTensor.bind(present);
  present.trackTensor = (...operands) => {
    original(...operands);
    observe();
  };
  return () => {
    present.trackTensor = original;
  };
}
