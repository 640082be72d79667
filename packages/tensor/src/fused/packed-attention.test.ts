import { fc, test } from '@fast-check/vitest';
import { mul, sum, tensor2d, tidy, useBackend, zeros, type Tensor2D } from '@pose-rft/tensor';
import { checkGradients, trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { createAttentionLayout, type AttentionSegment } from './attention-layout.js';
import { largestDifference, normalOperand, outcomeOf } from './op-outcome.js';
import { composedPackedAttention, packedAttention } from './packed-attention.js';

trackTensorLeaks({ beforeAll, afterAll });

const sizes = {
  prompts: fc.array(fc.nat(9), { minLength: 1, maxLength: 3 }),
  answers: fc.array(fc.tuple(fc.nat(9), fc.nat(2)), { maxLength: 4 }),
  keyValueHeads: fc.integer({ min: 1, max: 3 }),
  groupSize: fc.integer({ min: 1, max: 3 }),
  slidingWindow: fc.option(fc.integer({ min: 1, max: 12 })),
  headSize: fc.integer({ min: 1, max: 21 }),
  bidirectional: fc.boolean(),
  seed: fc.nat(),
};

/** Prompts, and answers each of which continues one of them. */
function segmentsOf(
  prompts: readonly number[],
  answers: readonly (readonly [number, number])[],
  bidirectional: boolean,
) {
  const segments: AttentionSegment[] = prompts.map((length) => ({ length, bidirectional }));
  for (const [length, prompt] of answers) segments.push({ length, prefix: prompt % prompts.length });
  return segments;
}

const countRows = (segments: readonly AttentionSegment[]): number =>
  segments.reduce((sum, { length }) => sum + length, 0);

describe('on wasm', () => {
  beforeAll(() => useBackend('wasm'));

  test.prop(sizes, { numRuns: 80 })(
    'the kernel agrees with stock ops',
    ({ prompts, answers, bidirectional, keyValueHeads, groupSize, slidingWindow, headSize, seed }) => {
      const layout = createAttentionLayout(
        segmentsOf(prompts, answers, bidirectional),
        slidingWindow === null || bidirectional ? {} : { slidingWindow },
      );
      const heads = { queryHeads: groupSize * keyValueHeads, keyValueHeads };
      const width = (groupSize + 2) * keyValueHeads * headSize;
      const operands = [normalOperand(seed, layout.rowCount, width)];
      const fused = outcomeOf((qkv: Tensor2D) => packedAttention(qkv, layout, heads), operands);
      const composed = outcomeOf((qkv: Tensor2D) => composedPackedAttention(qkv, layout, heads), operands);
      layout.dispose();
      expect(largestDifference(fused, composed)).toBeLessThan(1e-5);
    },
  );

  test('scores far apart do not overflow', () => {
    const layout = createAttentionLayout([{ length: 6 }]);
    const rows = normalOperand(3, 6, 12).values.map((value, index) => (index % 12 < 8 ? 300 * value : value));
    const operands = [{ shape: [6, 12], values: rows }];
    const fused = outcomeOf((qkv: Tensor2D) => packedAttention(qkv, layout, 1), operands);
    const composed = outcomeOf((qkv: Tensor2D) => composedPackedAttention(qkv, layout, 1), operands);
    layout.dispose();
    expect(largestDifference(fused, composed)).toBeLessThan(1e-4);
  });
});

describe.each(['wasm', 'cpu'] as const)('on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  test('a shared prompt gives what a copy of it for every answer gives, in values and gradients', () => {
    const [promptRows, answerRows, answerCount, heads, width] = [7, 5, 3, 2, 12];
    const shared = createAttentionLayout([
      { length: promptRows },
      ...Array.from({ length: answerCount }, () => ({ length: answerRows, prefix: 0 })),
    ]);
    const replicated = createAttentionLayout(
      Array.from({ length: answerCount }, () => ({ length: promptRows + answerRows })),
    );
    /** Where row r of the replicated layout stands in the shared one. */
    const origin = Int32Array.from({ length: replicated.rowCount }, (_, row) => {
      const offset = row % (promptRows + answerRows);
      const answer = Math.floor(row / (promptRows + answerRows));
      return offset < promptRows ? offset : answer * answerRows + offset;
    });
    const qkv = normalOperand(11, shared.rowCount, 3 * width);
    const rowWidth = 3 * width;
    const copies = new Float32Array(replicated.rowCount * rowWidth);
    origin.forEach((row, copy) => {
      copies.set(qkv.values.subarray(row * rowWidth, (row + 1) * rowWidth), copy * rowWidth);
    });

    // The prompt's outputs have no weight: each copy of the prompt has outputs of its own.
    const answersAlone = (layout: typeof shared, originOf: (row: number) => number) => (rows: Tensor2D) => {
      const weights = Float32Array.from({ length: layout.rowCount * width }, (_, index) => {
        const row = originOf(Math.floor(index / width));
        return row < promptRows ? 0 : Math.sin(row * width + (index % width));
      });
      return sum(mul(packedAttention(rows, layout, heads), tensor2d(weights, [layout.rowCount, width])));
    };
    const one = outcomeOf(
      answersAlone(shared, (row) => row),
      [qkv],
    );
    const many = outcomeOf(
      answersAlone(replicated, (row) => origin[row] ?? 0),
      [{ shape: [replicated.rowCount, rowWidth], values: copies }],
    );
    shared.dispose();
    replicated.dispose();

    const addedUp = new Float32Array(qkv.values.length);
    many.gradients[0]?.forEach((slope, index) => {
      const target = (origin[Math.floor(index / rowWidth)] ?? 0) * rowWidth + (index % rowWidth);
      addedUp[target] = (addedUp[target] ?? 0) + slope;
    });
    expect(largestDifference(one, { ...many, gradients: [addedUp] })).toBeLessThan(1e-5);
  });

  test('grouped queries give what copies of their keys and values give, in values and gradients', () => {
    const layout = createAttentionLayout([{ length: 4 }, { length: 3, prefix: 0 }, { length: 2, prefix: 0 }]);
    const [keyValueHeads, groupSize, headSize] = [2, 3, 6];
    const queryWidth = keyValueHeads * groupSize * headSize;
    const grouped = normalOperand(17, layout.rowCount, queryWidth + 2 * keyValueHeads * headSize);
    const groupedWidth = queryWidth + 2 * keyValueHeads * headSize;
    /** Where column c of plain queries | keys | values stands among the grouped ones. */
    const origin = (column: number): number => {
      if (column < queryWidth) return column;
      const part = Math.floor((column - queryWidth) / queryWidth);
      const head = Math.floor((column % queryWidth) / headSize / groupSize);
      return queryWidth + (part * keyValueHeads + head) * headSize + (column % headSize);
    };
    const plainWidth = 3 * queryWidth;
    const plain = {
      shape: [layout.rowCount, plainWidth],
      values: Float32Array.from({ length: layout.rowCount * plainWidth }, (_, index) => {
        const row = Math.floor(index / plainWidth);
        return grouped.values[row * groupedWidth + origin(index % plainWidth)] as number;
      }),
    };
    const heads = { queryHeads: keyValueHeads * groupSize, keyValueHeads };
    const shared = outcomeOf((qkv: Tensor2D) => packedAttention(qkv, layout, heads), [grouped]);
    const copied = outcomeOf((qkv: Tensor2D) => packedAttention(qkv, layout, heads.queryHeads), [plain]);
    layout.dispose();
    const addedUp = new Float32Array(grouped.values.length);
    copied.gradients[0]?.forEach((slope, index) => {
      const target = Math.floor(index / plainWidth) * groupedWidth + origin(index % plainWidth);
      addedUp[target] = (addedUp[target] ?? 0) + slope;
    });
    expect(largestDifference(shared, { ...copied, gradients: [addedUp] })).toBeLessThan(1e-5);
  });

  test('a row is untouched by later rows and by other segments', () => {
    const layout = createAttentionLayout([{ length: 5 }, { length: 6, prefix: 0 }, { length: 6, prefix: 0 }]);
    const qkv = normalOperand(12, layout.rowCount, 24);
    const changed = { ...qkv, values: qkv.values.slice() };
    const observed = 8; // The fourth row of the first answer.
    for (const row of [9, 10, 11, 12, 16]) changed.values.fill(1e4, row * 24, (row + 1) * 24);
    const attend = ({ values }: typeof qkv): Float32Array =>
      outcomeOf((rows: Tensor2D) => packedAttention(rows, layout, 2), [{ ...qkv, values }]).values;
    const upToObserved = (values: Float32Array) => [...values.subarray(0, (observed + 1) * 8)];
    expect(upToObserved(attend(changed))).toEqual(upToObserved(attend(qkv)));
    layout.dispose();
  });

  test('rows that do not fit the layout or the heads are refused', () => {
    const layout = createAttentionLayout([{ length: 2 }]);
    tidy(() => {
      const rows: Tensor2D = zeros([3, 6]);
      expect(() => packedAttention(rows, layout, 1)).toThrow(
        'qkv must be float32 [2,any], found float32 [3,6]',
      );
      expect(() => packedAttention(zeros([2, 6]), layout, 4)).toThrow('12 equal parts');
      const uneven = { queryHeads: 3, keyValueHeads: 2 };
      expect(() => packedAttention(zeros([2, 7]), layout, uneven)).toThrow('3 query heads and 2 key-value');
    });
    layout.dispose();
  });
});

describe('on cpu', () => {
  beforeAll(() => useBackend('cpu'));

  test.each([false, true])(
    'the gradient agrees with finite differences (bidirectional: %s)',
    (bidirectional) => {
      const segments = segmentsOf(
        [3],
        [
          [2, 0],
          [2, 0],
        ],
        bidirectional,
      );
      const layout = createAttentionLayout(segments);
      checkGradients(
        (qkv) => packedAttention(qkv as Tensor2D, layout, 2),
        [normalOperand(13, countRows(segments), 12)],
        { tolerance: 2e-3 },
      );
      layout.dispose();
    },
  );
});
