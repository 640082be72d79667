import { fc, test } from '@fast-check/vitest';
import { createRandom } from '@pose-rft/random';
import { JOINT_COUNT, jointIndex } from '@pose-rft/smpl';
import { describe, expect, it } from 'vitest';
import { jointsOf, posed, randomAxisAngles, randomPoses } from '../../test/structured-poses.js';
import { measure } from '../posecode/measure.js';
import { POSECODES } from '../posecode/posecodes.js';
import {
  constraintKey,
  constraintOf,
  holds,
  InvalidConstraintError,
  satisfiedFraction,
  softSatisfaction,
  type Constraint,
} from './constraint.js';
import { constraintRotations } from './constraint-rotations.js';
import { describeConstraint } from './describe-constraint.js';

const ALL: readonly Constraint[] = POSECODES.flatMap(({ categories }, posecode) =>
  categories.map((_, category) => ({ posecode, category })),
);
const anyConstraint = fc.constantFrom(...ALL);
const anyPose = fc.integer().map((seed) => jointsOf(randomAxisAngles(createRandom(seed))));

describe('constraints', () => {
  test.prop([anyConstraint, anyPose])(
    'holds exactly where soft satisfaction is above one half',
    (constraint, joints) => {
      const soft = softSatisfaction(constraint, joints, 0);
      if (POSECODES[constraint.posecode]?.kind === 'headTurn') {
        expect(soft).toBeNaN();
        expect(holds(constraint, joints, 0)).toBe(false);
        return;
      }
      expect(soft).toBeGreaterThan(0);
      expect(soft).toBeLessThanOrEqual(1);
      if (Math.abs(soft - 0.5) > 1e-9) expect(holds(constraint, joints, 0)).toBe(soft > 0.5);
    },
  );

  test.prop([fc.array(anyConstraint, { maxLength: 8 }), anyPose])(
    'the satisfied fraction is the mean of holds, in any order',
    (constraints, joints) => {
      const expected = constraints.filter((constraint) => holds(constraint, joints, 0)).length;
      const fraction = satisfiedFraction(constraints, joints, 0);
      expect(fraction).toBeCloseTo(constraints.length === 0 ? 1 : expected / constraints.length, 12);
      expect(satisfiedFraction([...constraints].reverse(), joints, 0)).toBe(fraction);
    },
  );

  test.prop([anyPose])('the intervals of PoseScript partition an angle', (joints) => {
    const posecode = POSECODES.findIndex(({ name }) => name === 'angle:left_knee');
    const fine = [
      'completelyBent',
      'almostCompletelyBent',
      'rightAngle',
      'partiallyBent',
      'slightlyBent',
      'straight',
    ] as const;
    const held = fine.filter((name) => holds(constraintOf('angle:left_knee', name), joints, 0));
    expect(held).toHaveLength(1);
    expect(measure(posecode, joints, 0)).toBeGreaterThanOrEqual(0);
  });

  it('keys are distinct, and unknown constraints are refused', () => {
    expect(new Set(ALL.map(constraintKey)).size).toBe(ALL.length);
    const joints = posed({});
    expect(() => holds({ posecode: 999, category: 0 }, joints, 0)).toThrow(InvalidConstraintError);
    expect(() => holds({ posecode: 0, category: 99 }, joints, 0)).toThrow(/angle:left_elbow/);
    expect(() => holds({ posecode: 1, category: -1 }, joints, 0)).toThrow(InvalidConstraintError);
    expect(() => constraintOf('angle:left_elbow', 'wide')).toThrow(InvalidConstraintError);
  });

  it('hold on nothing where the joints are NaN', () => {
    const joints = new Float32Array(72).fill(Number.NaN);
    for (const constraint of ALL) {
      expect(holds(constraint, joints, 0)).toBe(false);
      expect(softSatisfaction(constraint, joints, 0)).toBeNaN();
    }
  });

  it('can all be described', () => {
    expect(new Set(ALL.map(describeConstraint)).size).toBe(ALL.length);
    expect(describeConstraint(constraintOf('angle:left_elbow', 'rightAngle'))).toBe(
      'angle at left elbow between 75 and 105 degrees',
    );
  });
});

describe('constraintRotations', () => {
  it('are exactly the rotations that change the measured value', () => {
    const random = createRandom(11);
    const changing = POSECODES.map(() => new Set<number>());
    for (let trial = 0; trial < 160; trial++) {
      // Half of the poses are contorted, so that any part of the body may be its lowest.
      const angles = trial % 2 === 0 ? randomAxisAngles(random) : random.fillNormal(new Float64Array(72));
      const before = jointsOf(angles);
      for (let rotation = 0; rotation < JOINT_COUNT; rotation++) {
        const turned = angles.slice();
        for (let axis = 0; axis < 3; axis++) {
          turned[3 * rotation + axis] = (turned[3 * rotation + axis] as number) + 0.5 * random.normal();
        }
        const after = jointsOf(turned);
        POSECODES.forEach((_, posecode) => {
          if (Math.abs(measure(posecode, after, 0) - measure(posecode, before, 0)) > 1e-7) {
            changing[posecode]?.add(rotation);
          }
        });
      }
    }
    const head = [jointIndex('neck'), jointIndex('head')];
    POSECODES.forEach(({ kind, name }, posecode) => {
      if (kind === 'headTurn') {
        expect(changing[posecode]?.size, 'no joint moves').toBe(0);
        expect(constraintRotations({ posecode, category: 0 })).toEqual(head);
        return;
      }
      const found = [...(changing[posecode] ?? [])].sort((a, b) => a - b);
      const declared = constraintRotations({ posecode, category: 0 });
      // That the head is the lowest part of the body happens too seldom to wait for.
      if (name.endsWith('/body')) expect(declared, name).toEqual(expect.arrayContaining(found));
      else expect(declared, name).toEqual(found);
    });
  });

  it('refuses unknown posecodes', () => {
    expect(() => constraintRotations({ posecode: -1, category: 0 })).toThrow(InvalidConstraintError);
  });
});

describe('the catalogue', () => {
  it('keeps what stored constraints stand for: indices of posecodes, and their first categories', () => {
    const at = (index: number): string => POSECODES[index]?.name ?? '';
    expect([0, 4, 45, 89, 90].map(at)).toEqual([
      'angle:left_elbow',
      'distance:left_hand/right_hand',
      'relativeY:right_elbow/right_shoulder',
      'headTilt',
      'distance:left_elbow/left_knee',
    ]);
    expect(constraintKey(constraintOf('headTilt', 'left'))).toBe(473);
  });
});

describe('a batch of poses', () => {
  it('gives the same answers as its poses one by one', () => {
    const batch = randomPoses(createRandom(5), 6);
    for (let pose = 0; pose < 6; pose++) {
      const alone = batch.slice(72 * pose, 72 * (pose + 1));
      for (const constraint of ALL) {
        expect(softSatisfaction(constraint, batch, 72 * pose)).toBe(softSatisfaction(constraint, alone, 0));
      }
    }
  });
});
