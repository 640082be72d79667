import { describe, expect, it } from 'vitest';
import { isJointName, JOINT_COUNT, JOINT_NAMES, jointIndex, MIRROR_JOINTS, PARENTS } from './joints.js';
import { UnknownJointError, type JointName } from './joints.js';
import { movedJoints, movingRotations } from './kinematic-tree.js';
import { assertValidSkeleton, InvalidSkeletonError, type Skeleton } from './skeleton.js';
import { SYNTHETIC_SKELETON } from './synthetic-skeleton.js';

const heightOf = (name: JointName): number =>
  SYNTHETIC_SKELETON.restJointsMetres[3 * jointIndex(name) + 1] as number;

describe('the joints of SMPL', () => {
  it('stand in the order of the model', () => {
    expect(JOINT_COUNT).toBe(24);
    expect(JOINT_NAMES.map((name) => jointIndex(name))).toEqual(JOINT_NAMES.map((_, index) => index));
    expect(MIRROR_JOINTS).toEqual([
      0, 2, 1, 3, 5, 4, 6, 8, 7, 9, 11, 10, 12, 14, 13, 15, 17, 16, 19, 18, 21, 20, 23, 22,
    ]);
  });

  it('have a tree that the mirror maps onto itself', () => {
    PARENTS.forEach((parent, joint) => {
      const mirroredParent = PARENTS[MIRROR_JOINTS[joint] ?? -1];
      expect(mirroredParent).toBe(parent < 0 ? -1 : MIRROR_JOINTS[parent]);
    });
  });

  it('are told from other names', () => {
    expect(isJointName('left_knee')).toBe(true);
    expect(isJointName('tail')).toBe(false);
    const name = String('left_kneee');
    expect(() => jointIndex(name as JointName)).toThrow(UnknownJointError);
    expect(() => jointIndex(name as JointName)).toThrow(/'left_kneee'.*left_knee/);
  });
});

describe('the kinematic tree', () => {
  it('tells which joints a rotation moves', () => {
    const moved = movedJoints(SYNTHETIC_SKELETON);
    expect(moved[0]).toEqual(JOINT_NAMES.map((_, index) => index).slice(1));
    expect(moved[jointIndex('left_hip')]).toEqual([4, 7, 10]);
    expect(moved[jointIndex('left_hand')]).toEqual([]);
  });

  it('lists the movers of a joint as the transpose of what they move', () => {
    const moved = movedJoints(SYNTHETIC_SKELETON);
    const moving = movingRotations(SYNTHETIC_SKELETON);
    for (let joint = 0; joint < JOINT_COUNT; joint++) {
      for (let rotation = 0; rotation < JOINT_COUNT; rotation++) {
        expect(moving[joint]?.includes(rotation)).toBe(moved[rotation]?.includes(joint));
      }
    }
  });
});

describe('the synthetic skeleton', () => {
  it('is symmetric, upright and of adult size', () => {
    const rest = SYNTHETIC_SKELETON.restJointsMetres;
    MIRROR_JOINTS.forEach((mirror, joint) => {
      expect(rest[3 * mirror]).toBe(-(rest[3 * joint] as number) + 0);
      expect(rest[3 * mirror + 1]).toBe(rest[3 * joint + 1]);
      expect(rest[3 * mirror + 2]).toBe(rest[3 * joint + 2]);
    });
    expect(heightOf('head') - heightOf('left_foot')).toBeGreaterThan(1.4);
    expect(heightOf('head') - heightOf('left_foot')).toBeLessThan(1.7);
    expect(rest[3 * jointIndex('left_hand')]).toBeGreaterThan(0.7);
    expect(rest[3 * jointIndex('left_foot') + 2]).toBeGreaterThan(0);
  });
});

describe('assertValidSkeleton', () => {
  const valid: Skeleton = {
    names: ['root', 'tip'],
    parents: Int32Array.of(-1, 0),
    restJointsMetres: Float64Array.of(0, 0, 0, 0, 1, 0),
  };

  it('accepts a tree', () => {
    expect(() => {
      assertValidSkeleton(valid);
    }).not.toThrow();
  });

  it.each<[string, Partial<Skeleton>]>([
    ['a cycle', { parents: Int32Array.of(-1, 1) }],
    ['a second root', { parents: Int32Array.of(-1, -1) }],
    ['no root', { parents: Int32Array.of(1, 0) }],
    ['a missing name', { names: ['root'] }],
    ['missing coordinates', { restJointsMetres: new Float64Array(3) }],
    ['NaN', { restJointsMetres: Float64Array.of(0, 0, 0, 0, Number.NaN, 0) }],
  ])('refuses %s', (_, change) => {
    expect(() => {
      assertValidSkeleton({ ...valid, ...change });
    }).toThrow(InvalidSkeletonError);
  });
});
