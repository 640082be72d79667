import { describe, expect, it } from 'vitest';
import { RewardInputError } from '../reward-input-error.js';
import { semanticSimilarityReward } from './semantic-similarity-reward.js';

interface Prompt {
  readonly text?: string;
}
const access = {
  pose6d: (action: Float32Array | undefined) => action,
  text: (prompt: Prompt) => prompt.text,
};
const pose = (first: number): Float32Array => new Float32Array(144).fill(first);
const rows = [
  { prompt: { text: 'a' }, action: pose(0.25) },
  { prompt: {}, action: pose(0.5) },
  { prompt: { text: 'b' }, action: undefined },
  { prompt: { text: 'c' }, action: pose(-0.5) },
];

/** Stands in for a retrieval model: the pose's first number. */
const similarity = (texts: readonly string[], poses6d: Float32Array): Float32Array =>
  Float32Array.from(texts, (_, index) => poses6d[144 * index] ?? Number.NaN);

describe('semanticSimilarityReward', () => {
  it('asks the model once, about the rows that it applies to', () => {
    const asked: (readonly [readonly string[], number])[] = [];
    const reward = semanticSimilarityReward({
      ...access,
      similarity: (texts, poses6d) => {
        asked.push([texts, poses6d.length]);
        return similarity(texts, poses6d);
      },
    });
    expect([...reward.score({ rows }).values]).toEqual([0.25, Number.NaN, Number.NaN, -0.5]);
    expect(asked).toEqual([[['a', 'c'], 288]]);
    expect([...reward.score({ rows: rows.slice(1, 3) }).values]).toEqual([Number.NaN, Number.NaN]);
    expect(asked).toHaveLength(1);
  });

  it('answers later where the model does', async () => {
    const reward = semanticSimilarityReward({
      ...access,
      similarity: (texts, poses6d) => Promise.resolve(similarity(texts, poses6d)),
    });
    expect([...(await reward.score({ rows })).values]).toEqual([0.25, Number.NaN, Number.NaN, -0.5]);
  });

  it('forgives rounding, and nothing else', () => {
    const saying = (...values: number[]): (() => unknown) => {
      const reward = semanticSimilarityReward({ ...access, similarity: () => Float32Array.from(values) });
      return () => reward.score({ rows }).values[0];
    };
    expect(saying(1.00005, 0)()).toBe(1);
    expect(saying(1.1, 0)).toThrow(/row 0 is 1\.1/);
    expect(saying(0, Number.NaN)).toThrow(/row 3 is NaN/);
    expect(saying(0)).toThrow(RewardInputError);
    const reward = semanticSimilarityReward({ ...access, similarity });
    expect(() => reward.score({ rows: [{ prompt: { text: 'a' }, action: new Float32Array(6) }] })).toThrow(
      /row 0 has 6/,
    );
  });
});
