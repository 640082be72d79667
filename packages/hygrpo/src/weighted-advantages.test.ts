import { describe, expect, test } from 'vitest';
import { RolloutShapeError } from './rollout-shape.js';
import { weightedAdvantages, type WeightedAdvantagesInput } from './weighted-advantages.js';
import { explicitLoss, type RatioGranularity } from './index.js';

const loss = (ratio: RatioGranularity) => explicitLoss({ kind: 'hygrpo' }, 'sequence', { ratio });

/** Three candidates: two tokens, none, one. */
const answer: WeightedAdvantagesInput = {
  name: 'answer',
  axes: { promptCount: 1, candidatesPerPrompt: 3, samplesPerCandidate: 1 },
  old: { kind: 'sequence', values: new Float32Array(3), offsets: Int32Array.of(0, 2, 2, 3) },
  advantages: { values: Float32Array.of(1, 5, -2), perGroup: false },
  loss: loss('token'),
  weights: { perToken: Float32Array.of(0.25, 0.5, 1), perSequence: Float32Array.of(4, 0, 8) },
  groups: 1,
};
const correction = Float32Array.of(2, 4, 0.5);

describe('of a sequence', () => {
  test.each<[RatioGranularity, number[], number[]]>([
    ['token', [0.25, 0.5, -2], [0.5, 2, -1]],
    ['mean-token', [0.25, 0.5, -2], [0.5, 2, -1]],
    // All tokens of a candidate together.
    ['mean', [0.75, 0, -2], [2.5, 0, -1]],
    // The candidate's own weight, times the mean of its corrections.
    ['sum', [4, 0, -16], [12, 0, -8]],
  ])('%s', (ratio, plain, corrected) => {
    const weigh = (more: object): number[] =>
      Array.from(weightedAdvantages({ ...answer, loss: loss(ratio), ...more }));
    expect(weigh({})).toEqual(plain);
    expect(weigh({ correction })).toEqual(corrected);
    expect(answer.weights.perToken).toEqual(Float32Array.of(0.25, 0.5, 1));
  });

  test('there must be one a candidate', () => {
    const advantages = { values: new Float32Array(2), perGroup: false };
    const refused = (): unknown => weightedAdvantages({ ...answer, advantages });
    expect(refused).toThrow(RolloutShapeError);
    expect(refused).toThrow(/'answer' has 2 advantages; expected 3, one a candidate/);
  });
});

/** One candidate, two samples, two groups of dimensions. */
const pose: WeightedAdvantagesInput = {
  name: 'pose',
  axes: { promptCount: 1, candidatesPerPrompt: 1, samplesPerCandidate: 2 },
  old: { kind: 'nested', values: new Float32Array(4), candidates: Int32Array.of(0), groups: 2 },
  advantages: { values: Float32Array.of(1, -2), perGroup: false },
  loss: loss('group'),
  weights: { perToken: Float32Array.of(0.25, 0.5), perSequence: Float32Array.of(4, 8) },
  groups: 2,
};
const credit = { values: Float32Array.of(1, 2, 3, -4), perGroup: true };
const ofPose = Float32Array.of(2, 4, 0.5, 1.5);

describe('of nested samples', () => {
  test.each<[RatioGranularity, number[], number[]]>([
    ['group', [0.25, -1], [0.5, 1, -0.5, -1.5]],
    ['mean-group', [0.25, -1], [0.5, 1, -0.5, -1.5]],
    ['mean', [0.5, -2], [1.5, -2]],
    ['sum', [4, -16], [12, -16]],
  ])('%s', (ratio, plain, corrected) => {
    const weigh = (more: object): number[] =>
      Array.from(weightedAdvantages({ ...pose, loss: loss(ratio), ...more }));
    expect(weigh({})).toEqual(plain);
    expect(weigh({ correction: ofPose })).toEqual(corrected);
  });

  test.each(['group', 'mean-group'] as const)('%s, with credit', (ratio) => {
    const weigh = (more: object): number[] =>
      Array.from(weightedAdvantages({ ...pose, advantages: credit, loss: loss(ratio), ...more }));
    expect(weigh({})).toEqual([0.25, 0.5, 1.5, -2]);
    expect(weigh({ correction: ofPose })).toEqual([0.5, 2, 0.75, -3]);
  });

  test.each(['sum', 'mean'] as const)('%s has no place for credit', (ratio) => {
    const refused = (): unknown => weightedAdvantages({ ...pose, advantages: credit, loss: loss(ratio) });
    expect(refused).toThrow(RolloutShapeError);
    expect(refused).toThrow(new RegExp(`only the ratios 'group' and 'mean-group' .* not '${ratio}'`));
  });
});
