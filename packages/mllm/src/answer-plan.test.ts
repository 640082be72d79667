import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { planAnswers, type PromptedAnswer } from './answer-plan.js';
import { SPECIAL_TOKEN_IDS } from './tokenizer.js';

const { pose: POSE, endOfSequence: EOS } = SPECIAL_TOKEN_IDS;
const prompts = [{ promptIds: [4, 10, 5] }, { promptIds: [4, 11, 12, 5] }];

describe('planAnswers', () => {
  it('reads each token from the row before it', () => {
    const plan = planAnswers(prompts, [
      { prompt: 0, ids: [20, POSE, EOS] },
      { prompt: 1, ids: [21, EOS] },
    ]);
    expect(plan.segments.map(({ ids, prefix }) => [ids, prefix])).toEqual([
      [[4, 10, 5], undefined],
      [[4, 11, 12, 5], undefined],
      [[20, POSE], 0],
      [[21], 1],
    ]);
    expect([...plan.tokenRows]).toEqual([2, 7, 8, 6, 9]);
    expect([...plan.tokenIds]).toEqual([20, POSE, EOS, 21, EOS]);
    expect([...plan.tokenOffsets]).toEqual([0, 3, 5]);
    expect([...plan.poseRows]).toEqual([8]);
    expect([...plan.poseIndices]).toEqual([0, -1]);
  });

  it('gives the last token a row only if it is the first <POSE>', () => {
    const rowsOf = (ids: readonly number[]) => planAnswers(prompts, [{ prompt: 0, ids }]).segments[2]?.ids;
    expect(rowsOf([20, POSE])).toEqual([20, POSE]);
    expect(rowsOf([POSE, POSE])).toEqual([POSE]);
    expect(rowsOf([EOS])).toBeUndefined();
  });

  it('lets equal answers to one prompt share their rows', () => {
    const answer = [20, POSE, EOS];
    const plan = planAnswers(prompts, [
      { prompt: 0, ids: answer },
      { prompt: 0, ids: [...answer] },
      { prompt: 1, ids: answer },
    ]);
    expect(plan.segments).toHaveLength(4);
    expect([...plan.tokenIndices]).toEqual([0, 1, 2, 0, 1, 2, 3, 4, 5]);
    expect([...plan.poseIndices]).toEqual([0, 0, 1]);
  });

  const answers = fc.array(
    fc.record({
      prompt: fc.nat({ max: 1 }),
      ids: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 6 }),
    }),
    { minLength: 1, maxLength: 12 },
  );

  test.prop([answers])('finds every answer again in its rows', (all: readonly PromptedAnswer[]) => {
    const plan = planAnswers(prompts, all);
    const rows = plan.segments.flatMap(({ ids }) => [...ids]);
    all.forEach(({ prompt, ids }, index) => {
      const places = plan.tokenIndices.subarray(plan.tokenOffsets[index], plan.tokenOffsets[index + 1]);
      expect(Array.from(places, (place) => plan.tokenIds[place])).toEqual(ids);
      const read = Array.from(places, (place) => plan.tokenRows[place] as number);
      expect(read[0]).toBe(prompt === 0 ? 2 : 6);
      expect(read.slice(1).map((row) => rows[row])).toEqual(ids.slice(0, -1));
      const pose = plan.poseIndices[index] as number;
      expect(pose >= 0).toBe(ids.includes(POSE));
      if (pose >= 0) expect(rows[plan.poseRows[pose] as number]).toBe(POSE);
    });
  });
});
