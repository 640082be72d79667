import type { Rollout } from '@pose-rft/hybrid-actions';
import { describe, expect, test } from 'vitest';
import { concatenateRollouts, selectPrompts } from './index.js';
import { selectAdvantages, selectScored } from './rollout-slice.js';

// Three prompts of two candidates, two samples each; candidates 1, 4 and 5 have a pose of two groups.
const rollout = {
  prompts: ['a', 'b', 'c'],
  candidatesPerPrompt: 2,
  samplesPerCandidate: 2,
  actions: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
  logProbs: {
    text: {
      kind: 'sequence',
      values: Float32Array.of(1, 2, 3, 4, 5, 6, 7),
      offsets: Int32Array.of(0, 2, 2, 3, 4, 6, 7),
    },
    pose: {
      kind: 'nested',
      values: Float32Array.from({ length: 12 }, (_, index) => index),
      candidates: Int32Array.of(1, 4, 5),
      groups: 2,
    },
  },
  policyVersion: 5,
} as const satisfies Rollout<string, number>;
const { text, pose } = rollout.logProbs;

test('prompts are selected in the order that is asked for', () => {
  expect(selectPrompts(rollout, [2, 0])).toEqual({
    ...rollout,
    prompts: ['c', 'a'],
    actions: [8, 9, 10, 11, 0, 1, 2, 3],
    logProbs: {
      text: {
        kind: 'sequence',
        values: Float32Array.of(5, 6, 7, 1, 2),
        offsets: Int32Array.of(0, 2, 3, 5, 5),
      },
      pose: {
        kind: 'nested',
        values: Float32Array.of(4, 5, 6, 7, 8, 9, 10, 11, 0, 1, 2, 3),
        candidates: Int32Array.of(0, 1, 3),
        groups: 2,
      },
    },
  });
  expect(selectPrompts(rollout, [1]).logProbs.pose).toEqual({
    kind: 'nested',
    values: new Float32Array(0),
    candidates: new Int32Array(0),
    groups: 2,
  });
  expect(selectPrompts(rollout, [])).toMatchObject({ prompts: [], actions: [] });
  expect(selectPrompts(rollout, [0, 1, 2])).toBe(rollout);
  expect(selectPrompts(rollout, [0, 2, 1])).not.toBe(rollout);
});

test('so are advantages and scores, with their credit', () => {
  const ofText = { values: Float32Array.of(10, 11, 12, 13, 14, 15), perGroup: false };
  expect(selectAdvantages(ofText, text, rollout, [1, 0])).toEqual({
    values: Float32Array.of(12, 13, 10, 11),
    perGroup: false,
  });
  expect(selectAdvantages(ofText, text, rollout, [0, 1, 2])).toBe(ofText);
  const perRow = { values: Float32Array.of(0, 1, 2, 3, 4, 5), perGroup: false };
  expect(selectAdvantages(perRow, pose, rollout, [2]).values).toEqual(Float32Array.of(2, 3, 4, 5));
  const credited = { values: Float32Array.from({ length: 12 }, (_, index) => index), perGroup: true };
  expect(selectAdvantages(credited, pose, rollout, [0, 1]).values).toEqual(Float32Array.of(0, 1, 2, 3));

  const scored = [
    { name: 'near', weight: 2, values: perRow.values, perGroup: credited.values },
    { name: 'smooth', weight: 1, values: perRow.values },
  ];
  expect(selectScored(scored, pose, rollout, [2])).toEqual([
    {
      name: 'near',
      weight: 2,
      values: Float32Array.of(2, 3, 4, 5),
      perGroup: Float32Array.of(4, 5, 6, 7, 8, 9, 10, 11),
    },
    { name: 'smooth', weight: 1, values: Float32Array.of(2, 3, 4, 5) },
  ]);
  expect(selectScored(scored, pose, rollout, [0, 1, 2])).toBe(scored);
  const empty = { ...pose, candidates: new Int32Array(0), values: new Float32Array(0) };
  expect(
    selectAdvantages({ values: new Float32Array(0), perGroup: true }, empty, rollout, [1]).values,
  ).toEqual(new Float32Array(0));
});

test('rollouts are joined one after the other', () => {
  const parts = [[0], [1], [2]].map((prompts) => selectPrompts(rollout, prompts));
  expect(concatenateRollouts(parts)).toEqual(rollout);
  expect(concatenateRollouts([rollout])).toBe(rollout);
  const twice = concatenateRollouts([rollout, rollout]);
  expect(twice).toMatchObject({ prompts: ['a', 'b', 'c', 'a', 'b', 'c'], policyVersion: 5 });
  expect(twice.logProbs).toMatchObject({
    text: { offsets: Int32Array.of(0, 2, 2, 3, 4, 6, 7, 9, 9, 10, 11, 13, 14) },
    pose: { candidates: Int32Array.of(1, 4, 5, 7, 10, 11) },
  });
});

describe('what does not fit is refused', () => {
  const misfit = (name: string): string =>
    `component '${name}' is not in all rollouts, or not of the same kind in all`;
  const withLogProbs = (logProbs: Rollout<string, number>['logProbs']): Rollout<string, number> => ({
    ...rollout,
    logProbs,
  });

  test.each([-1, 3, 0.5, NaN])('the prompt %d of three', (prompt) => {
    expect(() => selectPrompts(rollout, [0, prompt])).toThrow(
      expect.objectContaining({
        name: 'RolloutShapeError',
        message: `there is no prompt ${prompt}: the rollout has 3`,
      }) as Error,
    );
  });

  test.each<[string, readonly Rollout<string, number>[], string]>([
    ['none', [], 'no rollouts to concatenate'],
    [
      'other candidates',
      [rollout, { ...rollout, candidatesPerPrompt: 3 }],
      'rollouts of 2 * 2 and of 3 * 2 candidates * samples cannot be joined',
    ],
    [
      'other samples',
      [rollout, { ...rollout, samplesPerCandidate: 1 }],
      'rollouts of 2 * 2 and of 2 * 1 candidates * samples cannot be joined',
    ],
    ['a component too few', [rollout, withLogProbs({ text })], misfit('pose')],
    ['a sequence that is missing', [rollout, withLogProbs({ pose })], misfit('text')],
    ['a sequence that is nested', [rollout, withLogProbs({ text: pose, pose })], misfit('text')],
    ['a nested one that is a sequence', [rollout, withLogProbs({ text, pose: text })], misfit('pose')],
    ['other groups', [rollout, withLogProbs({ text, pose: { ...pose, groups: 4 } })], misfit('pose')],
  ])('%s', (_, rollouts, message) => {
    expect(() => concatenateRollouts(rollouts)).toThrow(
      expect.objectContaining({ name: 'RolloutShapeError', message }) as Error,
    );
  });
});
