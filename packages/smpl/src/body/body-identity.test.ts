import { describe, expect, it } from 'vitest';
import { createKinematics } from '../kinematics/kinematics.js';
import { jointIndex, MIRROR_JOINTS, type JointName } from '../skeleton/joints.js';
import { prepareIdentity, ShapeCoefficientsError, type BodyIdentity } from './body-identity.js';
import { syntheticBody } from './synthetic-body.js';
import { SYNTHETIC_SHAPE_NAMES } from './synthetic-shape-directions.js';

const body = syntheticBody();

function shaped(name: string, value: number): BodyIdentity {
  return prepareIdentity(body, { betas: SYNTHETIC_SHAPE_NAMES.map((other) => (other === name ? value : 0)) });
}

function heightMetres({ restVerticesMetres }: BodyIdentity): number {
  const heights = restVerticesMetres.filter((_, i) => i % 3 === 1);
  return Math.max(...heights) - Math.min(...heights);
}

function distanceMetres({ skeleton }: BodyIdentity, a: JointName, b: JointName): number {
  const joint = (name: JointName): Float64Array => skeleton.restJointsMetres.subarray(3 * jointIndex(name));
  return Math.hypot(...[0, 1, 2].map((i) => (joint(a)[i] as number) - (joint(b)[i] as number)));
}

describe('prepareIdentity', () => {
  it('is the template without coefficients', () => {
    const identity = prepareIdentity(body);
    expect(identity.restVerticesMetres).toBe(body.templateMetres);
    expect(identity.skeleton).toBe(body.skeleton);
    const zero = prepareIdentity(body, { betas: new Float32Array(6) });
    expect(zero.restVerticesMetres).toEqual(body.templateMetres);
    zero.skeleton.restJointsMetres.forEach((coordinate, i) => {
      expect(coordinate).toBeCloseTo(body.skeleton.restJointsMetres[i] as number, 12);
    });
  });

  it('refuses coefficients that the body does not have, or that are not finite', () => {
    expect(() => prepareIdentity(body, { betas: [0, 0, 0, 0, 0, 0, 0] })).toThrow(ShapeCoefficientsError);
    expect(() => prepareIdentity(body, { betas: [0, 0, 0, 0, 0, 0, 0] })).toThrow(
      /has 6 shape.*but 7 were given/,
    );
    expect(() => prepareIdentity(body, { expression: [1] })).toThrow(/has 0 expression coefficients/);
    expect(() => prepareIdentity(body, { betas: [0, NaN] })).toThrow(/Number 1 of the shape.*is NaN/);
    const { shapeSpace: _, ...shapeless } = body;
    expect(() => prepareIdentity(shapeless, { betas: [1] })).toThrow(ShapeCoefficientsError);
  });
});

describe("the synthetic body's coefficients", () => {
  it('are height, girth, lengths of arms and legs, widths of shoulders and hips', () => {
    expect(SYNTHETIC_SHAPE_NAMES).toEqual([
      'height',
      'girth',
      'arm length',
      'leg length',
      'shoulder width',
      'hip width',
    ]);
  });

  it.each<[string, (identity: BodyIdentity) => number, number, number]>([
    ['height', heightMetres, 0.05, 0.08],
    ['leg length', heightMetres, 0.03, 0.05],
    ['leg length', (identity) => distanceMetres(identity, 'left_hip', 'left_ankle'), 0.03, 0.05],
    ['arm length', (identity) => distanceMetres(identity, 'left_shoulder', 'left_wrist'), 0.018, 0.032],
    [
      'shoulder width',
      (identity) => distanceMetres(identity, 'left_shoulder', 'right_shoulder'),
      0.015,
      0.03,
    ],
    ['hip width', (identity) => distanceMetres(identity, 'left_hip', 'right_hip'), 0.006, 0.015],
  ])('%s lengthens what it names', (name, measure, least, most) => {
    const growth = (measure(shaped(name, 1)) - measure(shaped(name, -1))) / 2;
    expect(growth).toBeGreaterThan(least);
    expect(growth).toBeLessThan(most);
  });

  it('girth widens the waist, and not the height', () => {
    const waist = (identity: BodyIdentity): number =>
      Math.max(
        ...identity.restVerticesMetres.filter(
          (_, i) => i % 3 === 0 && Math.abs((body.templateMetres[i + 1] as number) - 0.12) < 0.03,
        ),
      );
    expect(waist(shaped('girth', 2)) / waist(shaped('girth', -2))).toBeGreaterThan(1.2);
    expect(heightMetres(shaped('girth', 2))).toBeCloseTo(heightMetres(shaped('girth', -2)), 2);
  });

  it('keep the pelvis in place and the sides alike', () => {
    for (const name of SYNTHETIC_SHAPE_NAMES) {
      const { restJointsMetres } = shaped(name, 2).skeleton;
      expect(Math.hypot(...restJointsMetres.subarray(0, 3))).toBeLessThan(2e-3);
      MIRROR_JOINTS.forEach((other, joint) => {
        const [x = 0, y = 0, z = 0] = restJointsMetres.subarray(3 * joint);
        const [mirroredX = 0, mirroredY = 0, mirroredZ = 0] = restJointsMetres.subarray(3 * other);
        expect(Math.hypot(x + mirroredX, y - mirroredY, z - mirroredZ), name).toBeLessThan(4e-3);
      });
    }
  });

  it('make skeletons that can be posed', () => {
    const joints = new Float64Array(72);
    createKinematics(shaped('height', 1).skeleton).jointsFromAxisAngle(new Float64Array(72), 0, joints, 0);
    expect(joints.every(Number.isFinite)).toBe(true);
  });
});
