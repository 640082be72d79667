import { fc, test } from '@fast-check/vitest';
import { createRandom } from '@pose-rft/random';
import { describe, expect, it } from 'vitest';
import {
  ARMS_UP,
  BOW,
  HANDS_ON_HIPS,
  jointsOf,
  KICK_LEFT,
  KNEEL,
  KNEEL_ON_LEFT,
  LUNGE_LEFT,
  posed,
  randomAxisAngles,
  randomPoses,
  SIT,
  SQUAT,
  STAND_ON_RIGHT,
  STRIDE_RIGHT,
  type JointTurns,
} from '../../test/structured-poses.js';
import { constraintKey, constraintOf, satisfiedFraction } from '../constraint/constraint.js';
import { FACTS, factHolds } from '../fact/facts.js';
import { bareText } from '../fact/phrase.js';
import { POSTURES } from '../fact/postures.js';
import { PoseRangeError } from '../posecode/assert-pose.js';
import { CAPTION_VOCABULARY } from '../sentence/caption-vocabulary.js';
import { normaliseSentence } from '../sentence/normalise-sentence.js';
import { captionPose } from './caption-pose.js';
import { composeSentence } from './sentence-frames.js';
import { parseCaption } from './parse-caption.js';

const anySeed = fc.integer();
const anyPose = anySeed.map((seed) => jointsOf(randomAxisAngles(createRandom(seed))));

describe('captionPose', () => {
  test.prop([anyPose, anySeed, fc.integer({ min: 1, max: 6 })])(
    'states only what is true',
    (joints, seed, statements) => {
      const { constraints, text } = captionPose(joints, 0, createRandom(seed), { statements });
      expect(satisfiedFraction(constraints, joints, 0), text).toBe(1);
      expect(new Set(constraints.map(constraintKey)).size).toBe(constraints.length);
    },
  );

  test.prop([anyPose, anySeed])('is a function of the pose and the stream', (joints, seed) => {
    expect(captionPose(joints, 0, createRandom(seed))).toEqual(captionPose(joints, 0, createRandom(seed)));
  });

  test.prop([anyPose, anySeed])('can be read back by rules', (joints, seed) => {
    const { text, constraints } = captionPose(joints, 0, createRandom(seed));
    const parsed = parseCaption(text);
    const read = new Set(parsed.constraints.map(constraintKey));
    expect(
      constraints.filter((constraint) => !read.has(constraintKey(constraint))),
      text,
    ).toEqual([]);
    expect(satisfiedFraction(parsed.constraints, joints, 0), text).toBe(1);
    expect(parsed.unknownWords).toEqual([]);
  });

  it('stays inside its vocabulary, and normalising leaves it as it is', () => {
    const random = createRandom(2);
    const known = new Set(CAPTION_VOCABULARY);
    const texts = new Set<string>();
    const count = 2000;
    const joints = randomPoses(random, count);
    for (let pose = 0; pose < count; pose++) {
      const { text, constraints } = captionPose(joints, 72 * pose, random);
      const words = text
        .replaceAll(/([,.])/g, ' $1 ')
        .trim()
        .split(/ +/);
      expect(
        words.filter((word) => !known.has(word)),
        text,
      ).toEqual([]);
      expect(normaliseSentence(text)).toEqual(words);
      expect(constraints.length, text).toBeGreaterThan(0);
      texts.add(text);
    }
    expect(texts.size).toBeGreaterThan(0.9 * count);
    expect(CAPTION_VOCABULARY.length).toBeLessThanOrEqual(450);
  });

  it('reads well: no doubled words, no double article, no two "with"', () => {
    const random = createRandom(4);
    const joints = randomPoses(random, 500);
    for (let pose = 0; pose < 500; pose++) {
      const { text } = captionPose(joints, 72 * pose, random);
      expect(text).not.toMatch(/\b(\w+) \1\b/);
      expect(text).not.toMatch(/ {2}| [,.]|[,.]\w|\bthe (both|their|one)\b/);
      expect(text).toMatch(/^[a-z ,.]+$/);
      expect(
        text
          .replaceAll('level with', 'level')
          .split(/[,.]/)
          .every((clause) => clause.split(' with ').length <= 2),
      ).toBe(true);
    }
  });

  it.each<[string, JointTurns]>([
    ['squatting', SQUAT],
    ['sitting', SIT],
    ['kneeling on both knees', KNEEL],
    ['kneeling on one knee, left', KNEEL_ON_LEFT],
    ['standing on one leg, right', STAND_ON_RIGHT],
    ['kicking, left', KICK_LEFT],
    ['lunging, left', LUNGE_LEFT],
    ['striding, right', STRIDE_RIGHT],
    ['bowing', BOW],
    ['standing', {}],
  ])('tells %s', (name, turns) => {
    const joints = posed(turns);
    const first = POSTURES.find(({ constraints }) => satisfiedFraction(constraints, joints, 0) === 1);
    expect(first?.name).toBe(name);
  });

  it.each<[string, JointTurns]>([
    ['someone squatting with both arms raised', { ...SQUAT, ...ARMS_UP }],
    [
      'a person kneeling on the left knee with the right arm out to the side',
      { ...KNEEL_ON_LEFT, right_shoulder: [0, 0, 0] },
    ],
    ['a man standing on the right leg with the left knee raised', STAND_ON_RIGHT],
    ['a woman standing with both hands on the hips', HANDS_ON_HIPS],
  ])('writes "%s", and holds what it says', (sentence, turns) => {
    const joints = posed(turns);
    const posture = POSTURES.find(({ constraints }) => satisfiedFraction(constraints, joints, 0) === 1);
    const facts = FACTS.filter((fact) => factHolds(fact, joints, 0));
    const random = createRandom(3);
    const openings = posture?.wordings.filter((wording) => sentence.includes(` ${wording} with `)) ?? [];
    const endings = facts
      .flatMap(({ phrases }) => phrases)
      .filter((phrase) => sentence.endsWith(bareText(phrase)));
    expect(openings).not.toEqual([]);
    expect(endings).not.toEqual([]);
    const written = Array.from({ length: 400 }, () =>
      composeSentence(openings[0], endings.slice(0, 1), random),
    );
    expect(written).toContain(sentence);
    expect(satisfiedFraction(parseCaption(sentence).constraints, joints, 0)).toBe(1);
    expect(parseCaption(sentence).constraints.length).toBeGreaterThan(posture?.constraints.length ?? 0);
  });

  it('refuses an array without a pose, and a senseless number of statements', () => {
    expect(() => captionPose(new Float32Array(71), 0, createRandom(1))).toThrow(PoseRangeError);
    expect(() => captionPose(posed({}), 0, createRandom(1), { statements: 0 })).toThrow(RangeError);
  });
});

describe('parseCaption', () => {
  const keys = (text: string): number[] => parseCaption(text).constraints.map(constraintKey);
  const raised = [
    constraintOf('relativeY:left_wrist/neck', 'above'),
    constraintOf('relativeY:right_wrist/neck', 'above'),
  ].map(constraintKey);

  it.each([
    'someone squatting with both arms raised',
    'A guy squats, arms up!',
    'squat with raised arms',
    'Crouching; both of their arms are lifted... no: both arms are lifted.',
  ])('understands "%s"', (text) => {
    expect(keys(text)).toEqual(expect.arrayContaining(raised));
    expect(keys(text)).toContain(constraintKey(constraintOf('angle:left_knee', 'deeplyBent')));
  });

  it('cuts a sentence so that all of it is read', () => {
    expect(keys('the person is stepping forward with left foot behind the right foot.').sort()).toEqual(
      [
        constraintOf('gapZ:left_ankle/right_ankle', 'wide'),
        constraintOf('relativeZ:left_ankle/right_ankle', 'behind'),
      ]
        .map(constraintKey)
        .sort(),
    );
  });

  it('understands a posture without its side', () => {
    expect(keys('standing on one leg')).toEqual([
      constraintKey(constraintOf('gapY:left_foot/right_foot', 'apart')),
    ]);
  });

  it('names the words that it does not know', () => {
    expect(parseCaption('a purple person with the left elbow bent, juggling').unknownWords).toEqual([
      'purple',
      'juggling',
    ]);
    expect(parseCaption('').constraints).toEqual([]);
  });
});
