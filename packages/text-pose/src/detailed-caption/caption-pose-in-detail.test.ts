import { createRandom } from '@pose-rft/random';
import { axisAngleToRotation6d } from '@pose-rft/smpl';
import { describe, expect, it } from 'vitest';
import {
  ARMS_DOWN,
  ARMS_UP,
  axisAngles,
  BOW,
  HANDS_ON_HIPS,
  KICK_LEFT,
  KNEEL,
  KNEEL_ON_LEFT,
  LUNGE_LEFT,
  posed,
  randomPoses,
  SIT,
  SQUAT,
  STAND_ON_RIGHT,
  STRIDE_RIGHT,
  type JointTurns,
} from '../../test/structured-poses.js';
import { constraintKey } from '../constraint/constraint.js';
import { DETAILED_FACTS, detailedFact } from '../detailed-fact/detailed-facts.js';
import { DETAILED_POSTURES } from '../detailed-fact/detailed-postures.js';
import { bareText, phraseOf } from '../fact/phrase.js';
import { measurePose } from '../posecode/measure-pose.js';
import { posecodeIndex } from '../posecode/posecode-index.js';
import { PoseRangeError } from '../posecode/assert-pose.js';
import { uprightJoints } from '../posecode/upright-joints.js';
import { readingWords } from '../reading/reading-words.js';
import { captionPoseInDetail } from './caption-pose-in-detail.js';
import { labelPose } from './label-pose.js';
import { isTrue } from './select-facts.js';

/** A pose in the upright frame: the root's turn counts too. */
function upright(turns: JointTurns): { joints: Float64Array; pose6d: Float64Array } {
  const angles = axisAngles({ ...ARMS_DOWN, ...turns });
  const pose6d = new Float64Array(144);
  for (let joint = 0; joint < 24; joint++) axisAngleToRotation6d(angles, 3 * joint, pose6d, 6 * joint);
  const joints = new Float64Array(72);
  uprightJoints(pose6d, 0, joints, 0);
  return { joints, pose6d };
}

const firstPosture = (joints: Float64Array): string | undefined =>
  DETAILED_POSTURES.find((posture) => isTrue(posture, labelPose(measurePose(joints, 0))))?.name;

describe('detailed postures', () => {
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
    ['lying on the back', { pelvis: [-Math.PI / 2, 0, 0] }],
    ['lying on the stomach', { pelvis: [Math.PI / 2, 0, 0] }],
    ['lying on the left side', { pelvis: [0, 0, -Math.PI / 2] }],
    ['lying on the right side', { pelvis: [0, 0, Math.PI / 2] }],
    [
      'doing a handstand',
      { pelvis: [Math.PI, 0, 0], ...ARMS_UP, left_shoulder: [0, 0, 1.5], right_shoulder: [0, 0, -1.5] },
    ],
    [
      'on all fours',
      {
        pelvis: [1.45, 0, 0],
        left_hip: [-1.5, 0, 0],
        right_hip: [-1.5, 0, 0],
        left_knee: [1.5, 0, 0],
        right_knee: [1.5, 0, 0],
        left_shoulder: [0, -1.5, 0],
        right_shoulder: [0, 1.5, 0],
      },
    ],
  ])('tell %s', (name, turns) => {
    expect(firstPosture(upright(turns).joints)).toBe(name);
  });

  it('come at least five wordings each', () => {
    for (const { name, wordings, sideless } of DETAILED_POSTURES) {
      expect(new Set(wordings).size, name).toBeGreaterThanOrEqual(5);
      if (sideless !== undefined) expect(new Set(sideless.wordings).size, name).toBeGreaterThanOrEqual(5);
    }
  });
});

describe('detailed facts', () => {
  it('have unique names and at least five wordings each', () => {
    expect(new Set(DETAILED_FACTS.map(({ name }) => name)).size).toBe(DETAILED_FACTS.length);
    for (const { name, phrases } of DETAILED_FACTS)
      expect(new Set(phrases.map(bareText)).size, name).toBeGreaterThanOrEqual(5);
  });

  it('name coarser facts that exist and follow', () => {
    const poses = randomPoses(createRandom(1), 300);
    for (const fact of DETAILED_FACTS) {
      const { coarser } = fact.definition;
      if (coarser === undefined) continue;
      const less = detailedFact(fact.scope === 'whole' ? coarser : `${fact.scope} ${coarser}`);
      expect(less, fact.name).toBeDefined();
      for (let pose = 0; pose < 300 && less !== undefined; pose++) {
        const values = measurePose(poses, 72 * pose);
        if (isTrue(fact, values)) expect(isTrue(less, values), fact.name).toBe(true);
      }
    }
  });

  it('each wording that is written means one thing only', () => {
    const meaning = new Map<string, string>();
    const check = (text: string, keys: string): void => {
      const words = readingWords(text).join(' ');
      expect(meaning.get(words) ?? keys, text).toBe(keys);
      meaning.set(words, keys);
    };
    const keysOf = (constraints: Parameters<typeof constraintKey>[0][]): string =>
      constraints.map(constraintKey).sort().join();
    for (const { constraints, phrases } of DETAILED_FACTS)
      for (const phrase of phrases) check(bareText(phrase), keysOf([...constraints]));
    for (const { constraints, wordings, sideless } of DETAILED_POSTURES) {
      for (const wording of wordings) check(`person ${wording}`, keysOf([...constraints]));
      for (const wording of sideless?.wordings ?? [])
        check(`person ${wording}`, keysOf([...(sideless?.constraints ?? [])]));
    }
  });

  it('leave no placeholder in any wording', () => {
    for (const { definition, phrases, scope } of DETAILED_FACTS)
      for (const phrase of [
        ...phrases,
        ...(definition.readings ?? []).map((reading) => phraseOf(reading, scope)),
      ])
        expect(bareText(phrase)).not.toMatch(/[{}|]|\b[JSD]\b|\bL\b(?! shape)/);
  });
});

describe('captionPoseInDetail', () => {
  const poses = randomPoses(createRandom(8), 400);
  const texts = Array.from(
    { length: 400 },
    (_, pose) => captionPoseInDetail(poses, 72 * pose, createRandom(pose)).text,
  );

  it('writes sentences: capitals, full stops, no doubled words, articles or spaces', () => {
    for (const text of texts) {
      expect(text).toMatch(/^(?:[A-Z][a-zA-Z0-9, -]*\.(?: |$))+$/);
      expect(text).not.toMatch(/\b(\w+) \1\b/i);
      expect(text).not.toMatch(/ {2}| [,.]|\b(?:the|their|his|her|a|an) (?:the|their|his|her|both|a|an)\b/);
      expect(text).not.toMatch(/\ba [aeiou]|\ban (?!L )[^aeiou]/i);
    }
  });

  it('makes verbs agree with their subjects', () => {
    for (const text of texts) {
      expect(text).not.toMatch(/\b[Tt]hey (?:is|has|keeps)\b|\b(?:[Hh]e|[Ss]he) (?:are|have|keep)\b/);
      expect(text).not.toMatch(
        /\b(?:[Aa]n?|[Tt]he|[Tt]his) (?:person|man|woman|dancer|figure|human|guy|lady) (?:are|have|keep)\b/,
      );
      expect(text).not.toMatch(/\b[Bb]oth (?:of (?:their|his|her) )?\w+ (?:\w+ )?is\b/);
      expect(text).not.toMatch(/\b(?:hands|feet|knees|elbows|legs|arms|shoulders|ankles) is\b/);
      expect(text).not.toMatch(
        /\b(?:[Tt]he|[Tt]heir|[Hh]is|[Hh]er) (?:left|right) (?:arm|hand|elbow|leg|knee|foot|thigh|shin|forearm) are\b(?<! and .*)/,
      );
    }
  });

  it('uses one pronoun for one person', () => {
    for (const text of texts) {
      const pronouns = new Set(
        (text.toLowerCase().match(/\b(?:they|their|he|his|she|her)\b/g) ?? []).map(
          (word) => ({ they: 'they', their: 'they', he: 'he', his: 'he', she: 'she', her: 'she' })[word],
        ),
      );
      expect(pronouns.size, text).toBeLessThanOrEqual(1);
    }
  });

  it('varies', () => {
    expect(new Set(texts).size).toBe(texts.length);
    const words = new Set(texts.flatMap((text) => text.toLowerCase().match(/[a-z]+/g) ?? []));
    expect(words.size).toBeGreaterThan(180);
    const openings = new Set(texts.map((text) => text.split(' ').slice(0, 4).join(' ')));
    expect(openings.size).toBeGreaterThan(200);
  });

  it('says both where both sides hold, and how many things it was asked for', () => {
    const joints = posed({ ...SQUAT, ...ARMS_UP });
    const many = Array.from({ length: 40 }, (_, seed) =>
      captionPoseInDetail(joints, 0, createRandom(seed), { statements: 5 }),
    );
    expect(many.filter(({ text }) => /\bboth\b|\bhands\b|\barms\b/i.test(text)).length).toBeGreaterThan(35);
    expect(many.some(({ text }) => /squat|crouch/i.test(text))).toBe(true);
    const none = captionPoseInDetail(joints, 0, createRandom(1), { statements: 0 });
    expect(none.text).toMatch(/squat|crouch/i);
  });

  it('prefers the rare: hands on the hips are told of more often than arms that hang', () => {
    const said = (turns: JointTurns, pattern: RegExp): number =>
      Array.from(
        { length: 60 },
        (_, seed) => captionPoseInDetail(posed(turns), 0, createRandom(seed), { statements: 3 }).text,
      ).filter((text) => pattern.test(text)).length;
    expect(said(HANDS_ON_HIPS, /\bhips?\b/)).toBeGreaterThan(said({}, /hanging|pointing down|lowered/));
  });

  it('tells the turn of the head where rotations are given, and only there', () => {
    const { joints, pose6d } = upright({ neck: [0, 0.5, 0], head: [0, 0.5, 0] });
    const values = measurePose(joints, 0, { pose6d });
    expect(values[posecodeIndex('headTurn')]).toBeCloseTo(57.3, 0);
    const told = (options: Parameters<typeof captionPoseInDetail>[3]): number =>
      Array.from({ length: 40 }, (_, seed) =>
        captionPoseInDetail(joints, 0, createRandom(seed), options),
      ).filter(({ constraints }) =>
        constraints.some(({ posecode }) => posecode === posecodeIndex('headTurn')),
      ).length;
    expect(told({ rotations: { pose6d } })).toBeGreaterThan(10);
    expect(told({})).toBe(0);
  });

  it('keeps the neutral person most often, and men and women alike', () => {
    const share = (pattern: RegExp): number =>
      texts.filter((text) => pattern.test(text)).length / texts.length;
    expect(share(/\b(?:they|their)\b/i)).toBeGreaterThan(0.5);
    expect(Math.abs(share(/\b(?:he|his)\b/i) - share(/\b(?:she|her)\b/i))).toBeLessThan(0.1);
  });

  it('says nothing of NaN, and refuses what is no pose and options out of range', () => {
    expect(captionPoseInDetail(new Float64Array(72).fill(NaN), 0, createRandom(1))).toEqual({
      text: '',
      constraints: [],
    });
    expect(() => captionPoseInDetail(new Float64Array(71), 0, createRandom(1))).toThrow(PoseRangeError);
    for (const options of [{ statements: -1 }, { statements: 0.5 }, { noise: 2 }, { skipProbability: NaN }])
      expect(() => captionPoseInDetail(poses, 0, createRandom(1), options)).toThrow(RangeError);
  });
});
