import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rewardLaws, type RewardSubject } from '../laws.js';
import type { RewardBatch, RewardScores } from '../reward.js';

interface Action {
  level: number;
}
type Batch = RewardBatch<string, Action>;
type Score = (batch: Batch) => RewardScores;

const row = fc.record({
  prompt: fc.constantFrom('a', 'b'),
  action: fc.record({ level: fc.integer({ min: 0, max: 9 }) }),
});
const rising = fc
  .tuple(fc.integer({ min: 0, max: 8 }), fc.integer({ min: 1, max: 9 }))
  .map(([level, more]) => {
    const at = (each: number): { prompt: string; action: Action } => ({
      prompt: 'a',
      action: { level: each },
    });
    return [at(level), at(Math.min(9, level + more))] as const;
  });

const honest: Score = ({ rows }) => ({ values: Float32Array.from(rows, ({ action }) => action.level / 9) });

async function brokenBy(
  score: Score,
  subject: Partial<RewardSubject<string, Action>> = {},
): Promise<readonly string[]> {
  const laws = rewardLaws(
    { reward: { score }, row, range: [0, 1], noBetterThan: rising, ...subject },
    { seed: 1 },
  );
  const verdicts = await Promise.all(
    laws.map(({ name, check }) =>
      check().then(
        () => [],
        () => [name],
      ),
    ),
  );
  return verdicts.flat();
}

const RANGE = 'one value a row, within the documented range where the reward applies';
const DECLINES = 'NaN exactly where the reward declines';
const CREDIT = 'credit for each group of dimensions, finite and within its range';
const ALONE = 'every row is judged by itself';
const GROUP = 'every group is judged by itself';
const ORDER = 'permuting the rows permutes the scores';
const AGAIN = 'scoring again gives the same and leaves the first answer alone';
const UNTOUCHED = 'prompts and actions stay as they are';
const MONOTONE = 'the better of two rows scores no less';

describe('rewardLaws', () => {
  it('pass an honest reward, and an honest one of groups', async () => {
    expect(await brokenBy(honest)).toEqual([]);
    const share: Score = ({ rows }) => ({
      values: Float32Array.from(rows, ({ prompt, action }) => {
        const levels = rows.filter((other) => other.prompt === prompt).map((other) => other.action.level);
        return action.level / Math.max(1, ...levels);
      }),
    });
    expect(await brokenBy(share, { groupOf: ({ prompt }) => prompt })).toEqual([]);
  });

  it.each<[string, string, Score, Partial<RewardSubject<string, Action>>?]>([
    ['values out of range', RANGE, (batch) => ({ values: honest(batch).values.map((value) => 2 * value) })],
    [
      'an infinite value',
      RANGE,
      (batch) => ({ values: honest(batch).values.map((value) => 1 / (1 - value)) }),
    ],
    ['a missing value', RANGE, (batch) => ({ values: honest(batch).values.slice(1) })],
    [
      'an undeclared decline',
      DECLINES,
      (batch) => ({ values: honest(batch).values.map((value) => (value > 0.5 ? Number.NaN : value)) }),
    ],
    ['a value where it should decline', DECLINES, honest, { declines: ({ prompt }) => prompt === 'b' }],
    ['no credit', CREDIT, honest, { groups: 2 }],
    [
      'credit out of range',
      CREDIT,
      (batch) => ({ ...honest(batch), perGroup: new Float32Array(2 * batch.rows.length).fill(3) }),
      { groups: 2 },
    ],
    [
      'credit that is NaN',
      CREDIT,
      (batch) => ({ ...honest(batch), perGroup: new Float32Array(2 * batch.rows.length).fill(Number.NaN) }),
      { groups: 2 },
    ],
    [
      'a comparison within the batch',
      ALONE,
      (batch) => {
        const { values } = honest(batch);
        return { values: values.map((value) => (value === Math.max(...values) ? 1 : 0)) };
      },
    ],
    [
      'a comparison across groups',
      GROUP,
      (batch) => {
        const { values } = honest(batch);
        return { values: values.map((value) => value / Math.max(1, values.length)) };
      },
      { groupOf: ({ prompt }) => prompt },
    ],
    [
      'a bonus for the first row',
      ORDER,
      (batch) => ({ values: honest(batch).values.map((value, index) => (index === 0 ? 1 : value)) }),
    ],
    [
      'a better row that scores less',
      MONOTONE,
      (batch) => ({ values: honest(batch).values.map((v) => 1 - v) }),
    ],
  ])('catch %s', async (_, law, score, subject) => {
    expect(await brokenBy(score, subject)).toContain(law);
  });

  it('catch a reused array', async () => {
    const reused = new Float32Array(6);
    const laws = await brokenBy((batch) => {
      reused.set(honest(batch).values);
      return { values: reused.subarray(0, batch.rows.length) };
    });
    expect(laws).toContain(AGAIN);
  });

  it('catch a score that drifts from call to call', async () => {
    let calls = 0;
    const laws = await brokenBy((batch) => {
      calls++;
      return { values: honest(batch).values.map((value) => value / (1 + calls)) };
    });
    expect(laws).toContain(AGAIN);
  });

  it('catch a reward that changes what it judges', async () => {
    const laws = await brokenBy((batch) => {
      for (const { action } of batch.rows) action.level = Math.min(9, action.level + 1);
      return honest(batch);
    });
    expect(laws).toContain(UNTOUCHED);
  });
});
