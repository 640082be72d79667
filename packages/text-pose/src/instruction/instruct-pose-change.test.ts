import { createRandom } from '@pose-rft/random';
import { describe, expect, it } from 'vitest';
import { ARMS_UP, posed, randomPoses, SQUAT } from '../../test/structured-poses.js';
import { PoseRangeError } from '../posecode/assert-pose.js';
import { INSTRUCTIONS } from './instruction-definitions.js';
import { INSTRUCTION_LIST } from './instructions.js';
import { instructPoseChange } from './instruct-pose-change.js';
import { PAIRCODES } from './paircodes.js';
import {
  InvalidPoseChangeError,
  measurePoseChanges,
  poseChangeHolds,
  poseChangeKey,
  poseChangeOf,
} from './pose-change.js';
import { readInstruction } from './read-instruction.js';

const standing = posed({});

describe('PAIRCODES', () => {
  it('have unique names, and categories that do not overlap', () => {
    expect(new Set(PAIRCODES.map(({ name }) => name)).size).toBe(PAIRCODES.length);
    for (const { categories, name } of PAIRCODES)
      categories.forEach(({ above, upTo }, index) => {
        expect(above, name).toBeLessThan(upTo);
        const next = categories[index + 1];
        if (next !== undefined) expect(upTo, name).toBeLessThanOrEqual(next.above);
      });
  });

  it('each have an instruction for each category, with at least three wordings', () => {
    const asked = new Set(INSTRUCTION_LIST.flatMap(({ changes }) => changes.map(poseChangeKey)));
    PAIRCODES.forEach(({ categories }, paircode) =>
      categories.forEach((_, category) => {
        expect(asked.has(poseChangeKey({ paircode, category }))).toBe(true);
      }),
    );
    for (const { name, wordings } of INSTRUCTIONS)
      expect(new Set(wordings).size, name).toBeGreaterThanOrEqual(3);
  });

  it('measure what changes, signed', () => {
    const changes = measurePoseChanges({ source: standing, target: posed({ ...SQUAT, ...ARMS_UP }) });
    const of = (name: string): number => changes[PAIRCODES.findIndex((one) => one.name === name)] as number;
    expect(of('angle:left_knee')).toBeLessThan(-90);
    expect(of('relativeY:left_wrist/left_shoulder')).toBeGreaterThan(0.5);
    expect(of('relativeZ:right_knee/right_hip')).toBeGreaterThan(0.2);
    expect(of('turn')).toBeNaN();
  });

  it('refuse unknown names', () => {
    expect(() => poseChangeOf('angle:left_ear', 'more')).toThrow(InvalidPoseChangeError);
    expect(() => poseChangeOf('torsoBend', 'slightlyMore')).toThrow(/Use one of: muchLess/);
    expect(() => poseChangeKey({ paircode: 999, category: 0 })).toThrow(InvalidPoseChangeError);
    expect(() => poseChangeHolds({ paircode: 0, category: 9 }, 1)).toThrow(InvalidPoseChangeError);
  });
});

describe('instructPoseChange', () => {
  it('asks both sides for what both do', () => {
    const texts = Array.from(
      { length: 30 },
      (_, seed) =>
        instructPoseChange({ source: standing, target: posed(SQUAT) }, createRandom(seed), { statements: 3 })
          .text,
    );
    expect(texts.filter((text) => /both/.test(text)).length).toBeGreaterThan(25);
    expect(texts.some((text) => /(?:Bend|bend|Flex|flex) both/.test(text))).toBe(true);
  });

  it('tells the turn of the body where it is known', () => {
    const { text } = instructPoseChange(
      { source: standing, target: standing, turnDegrees: 90 },
      createRandom(2),
    );
    expect(text).toMatch(/(?:quarter turn|90 degrees) to the left/);
  });

  it('writes sentences', () => {
    const poses = randomPoses(createRandom(5), 200);
    for (let pose = 0; pose < 199; pose++) {
      const { text } = instructPoseChange(
        { source: poses, sourceOffset: 72 * pose, target: poses, targetOffset: 72 * (pose + 1) },
        createRandom(pose),
      );
      expect(text).toMatch(/^(?:[A-Z][a-z0-9, ]*\.(?: |$))+$/);
      expect(text).not.toMatch(/@|\b(\w+) \1\b| {2}|\b(?:the|your) (?:the|your|both)\b/);
    }
  });

  it('refuses arrays without a pose and options out of range', () => {
    expect(() =>
      instructPoseChange({ source: new Float64Array(3), target: standing }, createRandom(1)),
    ).toThrow(PoseRangeError);
    for (const options of [{ statements: 0 }, { noise: -1 }])
      expect(() =>
        instructPoseChange({ source: standing, target: standing }, createRandom(1), options),
      ).toThrow(RangeError);
  });
});

describe('readInstruction', () => {
  const readKeys = (text: string): number[] => readInstruction(text).changes.map(poseChangeKey);

  it.each<[string, readonly [string, Parameters<typeof poseChangeOf>[1]][]]>([
    ['Bend your left knee more!', [['angle:left_knee', 'less']]],
    ['raise the right arm', [['relativeY:right_wrist/right_shoulder', 'more']]],
    ['You should turn your torso to the left.', [['torsoTwist', 'more']]],
    [
      'Straighten both of your legs more and then move your hands further apart',
      [
        ['angle:left_knee', 'more'],
        ['angle:right_knee', 'more'],
        ['distance:left_hand/right_hand', 'more'],
      ],
    ],
    ['lower your head a bit', [['headPitch', 'more']]],
  ])('reads "%s"', (text, expected) => {
    const keys = readKeys(text);
    const wanted = expected.map(([paircode, category]) => poseChangeKey(poseChangeOf(paircode, category)));
    expect(keys).toEqual(wanted);
  });

  it('names what it does not know', () => {
    expect(readInstruction('Juggle!')).toEqual({ changes: [], unreadWords: ['juggle'] });
  });
});
