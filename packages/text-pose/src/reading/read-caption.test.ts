import { createRandom } from '@pose-rft/random';
import { describe, expect, it } from 'vitest';
import { ANNOTATOR_SENTENCES } from '../../test/annotator-sentences.js';
import { FURTHER_SENTENCES } from '../../test/further-sentences.js';
import { posed, randomPoses } from '../../test/structured-poses.js';
import { constraintKey, constraintOf } from '../constraint/constraint.js';
import { captionPoseInDetail } from '../detailed-caption/caption-pose-in-detail.js';
import { explainConstraint, explainScore } from './explain-score.js';
import { readCaption } from './read-caption.js';
import { POSECODES } from '../posecode/posecodes.js';

const keysOf = (text: string): Set<number> =>
  new Set(readCaption(text).claims.map(({ constraint }) => constraintKey(constraint)));

function recovered(sentences: typeof ANNOTATOR_SENTENCES): number {
  let total = 0;
  let found = 0;
  for (const [sentence, claims] of sentences) {
    const keys = keysOf(sentence);
    total += claims.length;
    found += claims.filter(([posecode, category]) =>
      keys.has(constraintKey(constraintOf(posecode, category))),
    ).length;
  }
  return found / total;
}

describe('readCaption', () => {
  it('recovers at least 95 % of what 500 captions state, and nothing wrong', () => {
    const poses = randomPoses(createRandom(12), 500);
    let stated = 0;
    let missed = 0;
    let wrong = 0;
    for (let pose = 0; pose < 500; pose++) {
      const { text, constraints } = captionPoseInDetail(poses, 72 * pose, createRandom(pose));
      const read = keysOf(text);
      const said = new Set(constraints.map(constraintKey));
      stated += said.size;
      missed += [...said].filter((key) => !read.has(key)).length;
      wrong += [...read].filter((key) => !said.has(key)).length;
    }
    expect(stated).toBeGreaterThan(4000);
    expect(1 - missed / stated).toBeGreaterThanOrEqual(0.95);
    expect(wrong).toBe(0);
  });

  it('understands people: sentences in the manner of annotators', () => {
    expect(ANNOTATOR_SENTENCES.length).toBeGreaterThanOrEqual(40);
    expect(recovered(ANNOTATOR_SENTENCES)).toBeGreaterThanOrEqual(0.95);
    expect(recovered(FURTHER_SENTENCES)).toBeGreaterThanOrEqual(0.85);
  });

  it.each([
    ['The left arm is not raised.', 'relativeY:left_wrist/neck', 'above'],
    ['One hand is raised.', 'relativeY:left_wrist/neck', 'above'],
    ['The cat is raised.', 'relativeY:left_wrist/neck', 'above'],
    ['The right arm is raised.', 'relativeY:left_wrist/neck', 'above'],
  ] as const)('does not take "%s" for more than it says', (text, posecode, category) => {
    expect(keysOf(text)).not.toContain(constraintKey(constraintOf(posecode, category)));
  });

  it('is surer of its own wordings than of loose ones, and names what it did not read', () => {
    const sure = readCaption('The left elbow is bent at a right angle.').claims[0]?.confidence ?? 0;
    const loose = readCaption('The left elbow is kind of bent at a right angle.').claims[0]?.confidence ?? 1;
    expect(sure).toBe(1);
    expect(loose).toBeLessThan(sure);
    expect(loose).toBeGreaterThan(0);
    expect(readCaption('A purple elephant.').unreadWords).toEqual(['purple', 'elephant']);
    expect(readCaption('')).toEqual({ claims: [], unreadWords: [] });
    expect(readCaption('__proto__ constructor toString').claims).toEqual([]);
  });

  it('takes long and odd input in its stride', () => {
    expect(readCaption('left '.repeat(20_000)).claims).toEqual([]);
    expect(keysOf(`${'The left knee is bent. '.repeat(2000)}`).size).toBe(1);
    expect(readCaption('🤸 \u0000 左腕 LEFT ARM: RAISED!!!').claims.length).toBe(1);
  });
});

describe('explainScore', () => {
  it('says what was wanted and what is', () => {
    const joints = posed({ left_elbow: [0, -1.4, 0] });
    const { score, claims, unreadWords } = explainScore(
      'A person with the left elbow straight, the right elbow straight and both hands above the head, facing to the left.',
      joints,
      0,
    );
    const lines = claims.map(({ line }) => line);
    expect(lines[0]).toMatch(/^left elbow: wanted straight, is bent 8\d°$/);
    expect(lines[1]).toMatch(/^right elbow: straight, as wanted \(straight\)$/);
    expect(lines[2]).toMatch(/^left hand: wanted above the head, is 0\.\d\d m below$/);
    expect(lines[4]).toBe('head: wanted turned left, which cannot be told');
    expect(claims[4]?.holds).toBeUndefined();
    expect(score).toBeCloseTo(1 / 4, 9);
    expect(unreadWords).toEqual([]);
    expect(explainScore('Nothing at all.', joints, 0).score).toBeNaN();
  });

  it('has words for every constraint', () => {
    const lines = POSECODES.flatMap(({ categories }, posecode) =>
      categories.map((_, category) => explainConstraint({ posecode, category }, 0.1)),
    );
    for (const line of lines) expect(line).toMatch(/^[a-z][a-z ]+: .+/);
    expect(lines.join()).not.toMatch(/undefined|NaN|[A-Z]/);
  });
});
