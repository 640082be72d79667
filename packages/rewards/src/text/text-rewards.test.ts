import { constraintOf } from '@pose-rft/text-pose';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatReward } from './format-reward.js';
import type { Reward } from './reward.js';
import { statementReward } from './statement-reward.js';
import { textSimilarity } from './text-similarity-reward.js';

const answer = (action: string): string => action;

function scoresOf(reward: Reward<undefined, string>, ...actions: string[]): number[] {
  return [...reward.score({ rows: actions.map((action) => ({ prompt: undefined, action })) }).values];
}

describe('formatReward', () => {
  it('wants text, then exactly one <POSE> at the end', () => {
    const reward = formatReward<undefined, string>({ answer });
    expect(
      scoresOf(
        reward,
        'The SMPL pose of this person is <POSE>.',
        'sure, it is <POSE>',
        ' the pose is <POSE> . ',
        '<POSE>',
        'it is <POSE> <POSE>.',
        'it is <POSE>, I think',
        'no pose',
        '',
      ),
    ).toEqual([1, 1, 1, 0, 0, 0, 0, 0]);
  });

  it('takes another template, even one that remembers its position, and applies where it is told', () => {
    const reward = formatReward({
      answer,
      template: /^yes$/g,
      appliesTo: (prompt: string) => prompt !== 'vqa',
    });
    const { values } = reward.score({
      rows: ['pose', 'pose', 'vqa'].map((prompt) => ({ prompt, action: 'yes' })),
    });
    expect([...values]).toEqual([1, 1, Number.NaN]);
  });
});

describe('statementReward', () => {
  const reward = statementReward<undefined, string>({
    answer,
    facts: () => [
      constraintOf('angle:left_elbow', 'bent'),
      constraintOf('angle:left_elbow', 'rightAngle'),
      constraintOf('angle:right_knee', 'bent'),
    ],
  });

  it('counts the first two statements that are true and of different measurements', () => {
    expect(
      scoresOf(
        reward,
        'left elbow bent, right knee bent: <POSE>.',
        'the left elbow is bent and the right knee is bent. <POSE>',
        'right knee bent, right elbow bent <POSE>',
        'left elbow bent, left elbow at a right angle <POSE>',
        'left knee bent, right elbow bent, right knee bent <POSE>',
        'sure, left elbow bent, right knee bent <POSE>',
        '<POSE> left elbow bent, right knee bent',
        '',
      ),
    ).toEqual([1, 1, 0.5, 0.5, 0, 0.5, 0, 0]);
  });

  it('declines where there is nothing to say', () => {
    const silent = statementReward<undefined, string>({ answer, facts: () => [] });
    expect(scoresOf(silent, 'left elbow bent')).toEqual([Number.NaN]);
    expect(() => statementReward({ answer, facts: () => [], statements: 0 })).toThrow(RangeError);
  });
});

describe('textSimilarity', () => {
  it('is symmetric, bounded, and 1 for the same words', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (first, second) => {
        const similarity = textSimilarity(first, second);
        expect(similarity).toBeGreaterThanOrEqual(0);
        expect(similarity).toBeLessThanOrEqual(1);
        expect(textSimilarity(second, first)).toBeCloseTo(similarity, 12);
        expect(textSimilarity(first, first)).toBeCloseTo(1, 12);
      }),
    );
    expect(textSimilarity('A dog, running!', 'a dog running')).toBeCloseTo(1, 12);
  });

  it('orders what has more in common first, and notices the order of words', () => {
    const text = 'the man raises his left arm';
    expect(textSimilarity(text, 'the man raises his right arm')).toBeGreaterThan(
      textSimilarity(text, 'a woman sits on a chair'),
    );
    expect(textSimilarity('dog bites man', 'man bites dog')).toBeLessThan(0.95);
    expect(textSimilarity('', 'a dog')).toBe(0);
  });
});
