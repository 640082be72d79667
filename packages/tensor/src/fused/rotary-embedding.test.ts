import { createRandom } from '@pose-rft/random';
import { fc, test } from '@fast-check/vitest';
import { tensor1d, tensor2d, tidy, useBackend, zeros, type Tensor2D } from '@pose-rft/tensor';
import { checkGradients, trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { largestDifference, normalOperand, outcomeOf } from './op-outcome.js';
import { composedRotaryEmbedding, createRotaryTables, rotaryEmbedding } from './rotary-embedding.js';

trackTensorLeaks({ beforeAll, afterAll });

const MAX_POSITIONS = 50;
const sizes = {
  rows: fc.integer({ min: 0, max: 7 }),
  keyValueHeads: fc.integer({ min: 1, max: 3 }),
  groupSize: fc.integer({ min: 1, max: 3 }),
  half: fc.integer({ min: 1, max: 11 }),
  seed: fc.nat(),
};

function randomPositions(seed: number, count: number): Int32Array {
  const random = createRandom(seed);
  return Int32Array.from({ length: count }, () => random.integer(MAX_POSITIONS));
}

describe.each(['wasm', 'cpu'] as const)('on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  test('lengths stay, and scores depend on the distance of positions alone', () => {
    const tables = createRotaryTables({ headSize: 6, maxPositions: MAX_POSITIONS });
    const [query, key] = [normalOperand(1, 6).values, normalOperand(2, 6).values];
    const rotated = (position: number): { q: Float32Array; k: Float32Array; v: Float32Array } => {
      const row = tidy(() =>
        rotaryEmbedding(
          tensor2d([[...query, ...key, ...key]]),
          Int32Array.of(position),
          tables,
          1,
        ).dataSync(),
      ) as Float32Array;
      return { q: row.slice(0, 6), k: row.slice(6, 12), v: row.slice(12) };
    };
    const dot = (a: Float32Array, b: Float32Array): number =>
      a.reduce((sum, value, index) => sum + value * (b[index] as number), 0);
    expect(dot(rotated(17).q, rotated(17).q)).toBeCloseTo(dot(query, query), 5);
    expect(dot(rotated(9).q, rotated(4).k)).toBeCloseTo(dot(rotated(35).q, rotated(30).k), 4);
    expect(dot(rotated(9).q, rotated(4).k)).not.toBeCloseTo(dot(rotated(9).q, rotated(5).k), 2);
    expect(rotated(40).v).toEqual(key);
    tables.dispose();
  });

  test('positions outside the tables are named', () => {
    const tables = createRotaryTables({ headSize: 2, maxPositions: 4 });
    tidy(() => {
      const qkv: Tensor2D = zeros([2, 6]);
      const rotate = (positions: number[]) => rotaryEmbedding(qkv, Int32Array.from(positions), tables, 1);
      expect(() => rotate([3, 4])).toThrow('positions must be in [0, 4), found 4 at position 1');
      expect(() => rotate([-1, 0])).toThrow('found -1 at position 0');
      expect(() => rotate([0])).toThrow('positions must be 2 row indices, found 1');
      expect(() => rotaryEmbedding(qkv, tensor1d([0, 9], 'int32'), tables, 1)).toThrow(
        'found 9 at position 1',
      );
      expect(() => rotaryEmbedding(qkv, tensor1d([0, 1]), tables, 1)).toThrow('must be int32 [2]');
      expect(() => rotaryEmbedding(qkv, Int32Array.of(0, 0), tables, 4)).toThrow('12 equal parts');
    });
    tables.dispose();
  });
});

describe('on wasm', () => {
  beforeAll(() => useBackend('wasm'));

  test.prop(sizes, { numRuns: 40 })(
    'the kernel agrees with stock ops',
    ({ rows, keyValueHeads, groupSize, half, seed }) => {
      const heads = { queryHeads: groupSize * keyValueHeads, keyValueHeads };
      const tables = createRotaryTables({ headSize: 2 * half, maxPositions: MAX_POSITIONS });
      const positions = tensor1d(randomPositions(seed, rows), 'int32');
      const operands = [normalOperand(seed, rows, (groupSize + 2) * keyValueHeads * 2 * half)];
      const fused = outcomeOf((qkv: Tensor2D) => rotaryEmbedding(qkv, positions, tables, heads), operands);
      const composed = outcomeOf(
        (qkv: Tensor2D) => composedRotaryEmbedding(qkv, positions, tables, heads),
        operands,
      );
      positions.dispose();
      tables.dispose();
      expect(largestDifference(fused, composed)).toBeLessThan(1e-5);
    },
  );
});

describe('on cpu', () => {
  beforeAll(() => useBackend('cpu'));

  test('the gradient agrees with finite differences', () => {
    const tables = createRotaryTables({ headSize: 4, maxPositions: MAX_POSITIONS });
    const positions = randomPositions(5, 3);
    checkGradients(
      (qkv) => rotaryEmbedding(qkv as Tensor2D, positions, tables, 2),
      [normalOperand(4, 3, 24)],
      { tolerance: 2e-3 },
    );
    tables.dispose();
  });

  test('impossible tables are refused', () => {
    expect(() => createRotaryTables({ headSize: 3, maxPositions: 4 })).toThrow(
      'a positive even integer, found 3',
    );
    expect(() => createRotaryTables({ headSize: 4, maxPositions: 0 })).toThrow('maxPositions');
    expect(() => createRotaryTables({ headSize: 4, maxPositions: 4, theta: NaN })).toThrow('theta');
  });
});
