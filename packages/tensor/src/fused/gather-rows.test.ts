import { createRandom } from '@pose-rft/random';
import { fc, test } from '@fast-check/vitest';
import { tensor1d, tidy, useBackend, zeros, type Tensor2D } from '@pose-rft/tensor';
import { checkGradients, trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { composedGatherRows, gatherRows } from './gather-rows.js';
import { largestDifference, normalOperand, outcomeOf } from './op-outcome.js';

trackTensorLeaks({ beforeAll, afterAll });

const sizes = {
  rows: fc.integer({ min: 0, max: 30 }),
  tableRows: fc.integer({ min: 1, max: 9 }),
  width: fc.integer({ min: 1, max: 13 }),
  seed: fc.nat(),
};

describe.each(['wasm', 'cpu'] as const)('on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  test('ids outside the table are named', () => {
    tidy(() => {
      const table: Tensor2D = zeros([3, 2]);
      expect(() => gatherRows(table, Int32Array.of(0, 3))).toThrow(
        'ids must be in [0, 3), found 3 at position 1',
      );
      expect(() => gatherRows(table, tensor1d([-1], 'int32'))).toThrow('found -1 at position 0');
      expect(() => gatherRows(table, tensor1d([1]))).toThrow('must be int32');
    });
  });

  test('the gradient agrees with finite differences; repeated ids add up', () => {
    checkGradients(
      (table) => gatherRows(table as Tensor2D, Int32Array.of(2, 0, 2, 2)),
      [normalOperand(6, 4, 3)],
      { tolerance: 2e-3 },
    );
  });
});

describe('on wasm', () => {
  beforeAll(() => useBackend('wasm'));

  test.prop(sizes, { numRuns: 40 })(
    'the kernel agrees with stock ops',
    ({ rows, tableRows, width, seed }) => {
      const random = createRandom(seed);
      const ids = tensor1d(
        Int32Array.from({ length: rows }, () => random.integer(tableRows)),
        'int32',
      );
      const operands = [normalOperand(seed, tableRows, width)];
      const fused = outcomeOf((table: Tensor2D) => gatherRows(table, ids), operands);
      const composed = outcomeOf((table: Tensor2D) => composedGatherRows(table, ids), operands);
      ids.dispose();
      expect(largestDifference(fused, composed)).toBeLessThan(1e-5);
    },
  );
});
