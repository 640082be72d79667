import { fc, test } from '@fast-check/vitest';
import { useBackend } from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, expect } from 'vitest';
import {
  AttentionLayoutError,
  createAttentionLayout,
  narrowToWindow,
  type AttentionSegment,
} from './attention-layout.js';

beforeAll(() => useBackend('cpu'));
trackTensorLeaks({ beforeAll, afterAll });

/** Prompts of 0-4 rows, each followed by 0-3 answers of 0-4 rows. */
const groups = fc.array(fc.tuple(fc.nat(4), fc.array(fc.nat(4), { maxLength: 3 })), { maxLength: 4 });

function segmentsOf(lengths: readonly (readonly [number, readonly number[]])[]): AttentionSegment[] {
  return lengths.flatMap(([prompt, answers], index) => {
    const prefix = lengths.slice(0, index).reduce((count, [, others]) => count + 1 + others.length, 0);
    return [{ length: prompt }, ...answers.map((length) => ({ length, prefix }))];
  });
}

test.prop({ groups })(
  'each row sees its prefix and its segment up to itself, and nothing else',
  ({ groups }) => {
    const segments = segmentsOf(groups);
    const layout = createAttentionLayout(segments);
    const owners = segments.flatMap(({ length }, index) => Array.from({ length }, () => index));
    expect(layout.rowCount).toBe(owners.length);
    owners.forEach((owner, row) => {
      const [r0 = 0, r1 = 0, r2 = 0, r3 = 0] = layout.rangeData.subarray(4 * row);
      const seen = owners.flatMap((other, source) => {
        const inPrefix = other === segments[owner]?.prefix;
        return inPrefix || (other === owner && source <= row) ? [source] : [];
      });
      const named = [...Array(layout.rowCount).keys()].filter(
        (source) => (source >= r0 && source < r1) || (source >= r2 && source < r3),
      );
      expect(named).toEqual(seen);
      expect(layout.positionData[row]).toBe(seen.length - 1);
    });
    expect([...layout.ranges.dataSync()]).toEqual([...layout.rangeData]);
    expect([...layout.positions.dataSync()]).toEqual([...layout.positionData]);
    layout.dispose();
  },
);

test.prop({ groups, slidingWindow: fc.integer({ min: 1, max: 6 }) })(
  'with a sliding window, each row sees the last rows that it saw without one',
  ({ groups, slidingWindow }) => {
    const segments = segmentsOf(groups);
    const whole = createAttentionLayout(segments);
    const windowed = createAttentionLayout(segments, { slidingWindow });
    for (let row = 0; row < whole.rowCount; row++)
      expect(rowsSeen(windowed.rangeData, row)).toEqual(rowsSeen(whole.rangeData, row).slice(-slidingWindow));
    expect([...windowed.ranges.dataSync()]).toEqual([...windowed.rangeData]);
    expect(windowed.positionData).toEqual(whole.positionData);
    whole.dispose();
    windowed.dispose();
  },
);

/** The rows in both ranges of a row: prefix rows first, which is their order in the sequence. */
function rowsSeen(ranges: Int32Array, row: number): number[] {
  const [r0 = 0, r1 = 0, r2 = 0, r3 = 0] = ranges.subarray(4 * row);
  const from = (start: number, end: number) => Array.from({ length: end - start }, (_, i) => start + i);
  return [...from(r0, r1), ...from(r2, r3)];
}

test('a window that shows nothing is refused', () => {
  expect(() => narrowToWindow(Int32Array.of(0, 0, 0, 1), 0)).toThrow(AttentionLayoutError);
  expect(() => createAttentionLayout([{ length: 1 }], { slidingWindow: 1.5 })).toThrow('window is 1.5');
  expect(() => createAttentionLayout([{ length: 2, bidirectional: true }], { slidingWindow: 1 })).toThrow(
    'segment 0 is bidirectional',
  );
});

test('every row of a bidirectional segment sees all of it and its prefix', () => {
  const layout = createAttentionLayout([
    { length: 1 },
    { length: 2, prefix: 0, bidirectional: true },
    { length: 2 },
  ]);
  expect([...layout.rangeData.subarray(4)]).toEqual([0, 1, 1, 3, 0, 1, 1, 3, 0, 0, 3, 4, 0, 0, 3, 5]);
  expect([...layout.positionData]).toEqual([0, 1, 2, 0, 1]);
  layout.dispose();
});

test('a prefix may stand after its continuation', () => {
  const layout = createAttentionLayout([{ length: 1, prefix: 1 }, { length: 2 }]);
  expect([...layout.rangeData.subarray(0, 4)]).toEqual([1, 3, 0, 1]);
  expect([...layout.starts]).toEqual([0, 1]);
  layout.dispose();
});

test('impossible segments are refused', () => {
  const refused = (segments: readonly AttentionSegment[], message: string): void => {
    expect(() => createAttentionLayout(segments)).toThrow(AttentionLayoutError);
    expect(() => createAttentionLayout(segments)).toThrow(message);
  };
  refused([{ length: -1 }], 'segment 0 has length -1');
  refused([{ length: 1.5 }], 'segment 0 has length 1.5');
  refused([{ length: 1, prefix: 3 }], 'names segment 3 as its prefix');
  refused([{ length: 1, prefix: 0 }], 'names segment 0 as its prefix');
  refused(
    [{ length: 1 }, { length: 1, prefix: 0 }, { length: 1, prefix: 1 }],
    'which has a prefix itself (0)',
  );
});
