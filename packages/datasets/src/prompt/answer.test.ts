import { createRandom } from '@pose-rft/random';
import { describe, expect, test } from 'vitest';
import { evidenceAnswer, isWellFormedAnswer, malformedAnswer, TEXT_ANSWERS, textAnswer } from './answer.js';

const random = createRandom(8);

describe('answers', () => {
  test('are well formed', () => {
    for (let draw = 0; draw < 50; draw++) expect(textAnswer(random)).toSatisfy(isWellFormedAnswer);
    const named = evidenceAnswer(['left elbow bent', 'torso upright']);
    expect(named).toBe('left elbow bent , torso upright : <POSE> .');
    expect(named).toSatisfy(isWellFormedAnswer);
  });

  test('that are malformed have one of three faults, in the documented shares', () => {
    const good = `${TEXT_ANSWERS[0] ?? ''} <POSE> .`;
    const faults = { 'no pose': 0, 'no full stop': 0, 'two poses': 0 };
    const draws = 2000;
    for (let draw = 0; draw < draws; draw++) {
      const bad = malformedAnswer(good, random);
      expect(isWellFormedAnswer(bad)).toBe(false);
      const poses = bad.split('<POSE>').length - 1;
      if (poses === 0) faults['no pose'] += 1;
      else if (poses === 2) faults['two poses'] += 1;
      else if (!bad.endsWith('.')) faults['no full stop'] += 1;
    }
    expect(faults['no pose'] / draws).toBeCloseTo(0.5, 1);
    expect(faults['no full stop'] / draws).toBeCloseTo(0.25, 1);
    expect(faults['two poses'] / draws).toBeCloseTo(0.25, 1);
    expect(faults['no pose'] + faults['no full stop'] + faults['two poses']).toBe(draws);
  });

  test.for([
    '',
    '<POSE> .',
    'here : <POSE>',
    'here <POSE> . <POSE> .',
    'here <image> : <POSE> .',
    'here : <POSE> . more',
  ])('%j is not well formed', (answer) => {
    expect(isWellFormedAnswer(answer)).toBe(false);
  });
});
