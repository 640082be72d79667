import { fc, test } from '@fast-check/vitest';
import { useBackend } from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { planAttention, type AttentionPlan } from './attention-blocks.js';
import { createAttentionLayout } from './attention-layout.js';

beforeAll(() => useBackend('cpu'));
trackTensorLeaks({ beforeAll, afterAll });

const range = fc.tuple(fc.nat(40), fc.nat(30)).map(([start, length]) => [start, start + length] as const);
const query = fc
  .tuple(range, range)
  .filter(([[start0, end0], [start1, end1]]) => end0 - start0 + end1 - start1 > 0);

/** The sources that a query sees by the plan, with repetitions. */
function seenBy(plan: AttentionPlan, query: number): number[] {
  let place = plan.places[query] as number;
  for (const { blockCount, queriesPerBlock, sourcesPerBlock, queryRows, sourceRows, mask } of plan.batches) {
    if (place >= blockCount * queriesPerBlock) {
      place -= blockCount * queriesPerBlock;
      continue;
    }
    expect(queryRows[place]).toBe(query);
    const block = Math.floor(place / queriesPerBlock);
    const sources = sourceRows.subarray(block * sourcesPerBlock, (block + 1) * sourcesPerBlock);
    return Array.from(sources).filter((_, index) => mask[place * sourcesPerBlock + index] === 0);
  }
  throw new Error(`query ${query} is in no batch`);
}

const work = ({ batches }: AttentionPlan): number => batches.reduce((sum, { mask }) => sum + mask.length, 0);

describe('a plan of attention', () => {
  test.prop([fc.array(query, { minLength: 1, maxLength: 60 })])(
    'shows each query its own sources, each as often as its ranges have it',
    (queries) => {
      const plan = planAttention(Int32Array.from(queries.flat(2)));
      queries.forEach((ranges, index) => {
        const expected = ranges.flatMap(([start, end]) =>
          Array.from({ length: end - start }, (_, offset) => start + offset),
        );
        expect(seenBy(plan, index).sort((a, b) => a - b)).toEqual(expected.sort((a, b) => a - b));
      });
      expect(new Set(plan.places).size).toBe(queries.length);
    },
  );

  test('costs what the segments cost alone, not all queries times all sources', () => {
    const alone = createAttentionLayout(Array.from({ length: 32 }, () => ({ length: 76 })));
    expect(work(planAttention(alone.rangeData))).toBe(32 * 76 * 76);
    alone.dispose();
    const shared = createAttentionLayout([
      { length: 608 },
      ...Array.from({ length: 8 }, () => ({ length: 16, prefix: 0 })),
    ]);
    // The answers of a prompt lie together: half as much again as one of them sees is the most that is wasted.
    expect(work(planAttention(shared.rangeData))).toBeLessThanOrEqual(608 * 608 + 1.5 * 128 * 624);
    shared.dispose();
  });
});
