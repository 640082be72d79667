import { fc, test } from '@fast-check/vitest';
import { slice, tensor2d, tidy, useBackend, zeros } from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { createAttentionLayout } from './attention-layout.js';
import { cachedAttention } from './cached-attention.js';
import { gatherRows } from './gather-rows.js';
import { appendToCache, createKeyValueCache } from './key-value-cache.js';
import { normalOperand } from './op-outcome.js';
import { packedAttention } from './packed-attention.js';

trackTensorLeaks({ beforeAll, afterAll });

const sizes = {
  promptRows: fc.integer({ min: 1, max: 9 }),
  candidates: fc.integer({ min: 1, max: 3 }),
  steps: fc.integer({ min: 1, max: 6 }),
  keyValueHeads: fc.integer({ min: 1, max: 2 }),
  groupSize: fc.integer({ min: 1, max: 3 }),
  headSize: fc.integer({ min: 1, max: 9 }),
  seed: fc.nat(),
};

describe.each(['wasm', 'cpu'] as const)('on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  test.prop(sizes, { numRuns: 25 })(
    'decoding row by row gives what packed attention gives',
    ({ promptRows, candidates, steps, keyValueHeads, groupSize, headSize, seed }) => {
      const heads = { queryHeads: groupSize * keyValueHeads, keyValueHeads };
      const width = heads.queryHeads * headSize;
      const qkvWidth = width + 2 * keyValueHeads * headSize;
      const layout = createAttentionLayout([
        { length: promptRows },
        ...Array.from({ length: candidates }, () => ({ length: steps, prefix: 0 })),
      ]);
      const cache = createKeyValueCache(layout.rowCount, keyValueHeads * headSize);
      tidy(() => {
        const data = normalOperand(seed, layout.rowCount, qkvWidth).values;
        const rows = tensor2d(data, [layout.rowCount, qkvWidth]);
        const expected = packedAttention(rows, layout, heads).dataSync();
        appendToCache(
          slice(rows, [0, 0], [promptRows, qkvWidth]),
          cache,
          Int32Array.from({ length: promptRows }, (_, row) => row),
        );
        for (let step = 0; step < steps; step++) {
          const newRows = Int32Array.from({ length: candidates }, (_, c) => promptRows + c * steps + step);
          const newQkv = gatherRows(rows, newRows);
          appendToCache(newQkv, cache, newRows);
          const ranges = Int32Array.from([...newRows].flatMap((row) => [0, promptRows, row - step, row + 1]));
          const attended = cachedAttention(newQkv, cache, ranges, heads).dataSync();
          newRows.forEach((row, candidate) => {
            for (let column = 0; column < width; column++)
              expect(attended[candidate * width + column]).toBeCloseTo(
                expected[row * width + column] ?? NaN,
                5,
              );
          });
        }
      });
      cache.dispose();
      layout.dispose();
    },
  );

  test('rows outside the cache, and queries that see nothing, are named', () => {
    const cache = createKeyValueCache(4, 1);
    tidy(() => {
      const qkv = tensor2d([[0, 0, 1]]);
      const attend = (...ranges: number[]) => cachedAttention(qkv, cache, Int32Array.from(ranges), 1);
      expect(() => appendToCache(qkv, cache, Int32Array.of(4))).toThrow('in [0, 4), found 4 at position 0');
      expect(() => appendToCache(qkv, cache, Int32Array.of(0, 1))).toThrow('1 row indices, found 2');
      expect(() => attend(0, 5, 0, 0)).toThrow('found 0, 5, 0, 0 at row 0');
      expect(() => attend(2, 1, 0, 1)).toThrow('found 2, 1, 0, 1 at row 0');
      expect(() => attend(-1, 1, 0, 1)).toThrow('found -1, 1, 0, 1 at row 0');
      expect(() => attend(1, 1, 2, 2)).toThrow('not both empty');
      expect(() => attend(0, 1)).toThrow('ranges must be [1, 4], found 2 numbers');
      expect(() => cachedAttention(zeros([1, 6]), cache, Int32Array.of(0, 1, 0, 0), 1)).toThrow('[any,3]');
      expect(() => appendToCache(zeros([1, 2]), cache, Int32Array.of(0))).toThrow('keys of 1 numbers');
    });
    cache.dispose();
  });

  test('a cache needs room', () => {
    expect(() => createKeyValueCache(0, 4)).toThrow('rowCount must be a positive integer, found 0');
    expect(() => createKeyValueCache(4, 1.5)).toThrow('width must be a positive integer, found 1.5');
  });
});
