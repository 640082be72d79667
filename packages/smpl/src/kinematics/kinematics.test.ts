import { createRandom } from '@pose-rft/random';
import { describe, expect, it } from 'vitest';
import { ArrayRangeError } from '../real-array.js';
import { axisAngleToMatrix } from '../rotation/axis-angle.js';
import { axisAngleToRotation6d } from '../rotation/rotation6d.js';
import { JOINT_COUNT, jointIndex, type JointName } from '../skeleton/joints.js';
import { SYNTHETIC_SKELETON } from '../skeleton/synthetic-skeleton.js';
import { createKinematics, type KinematicsOptions } from './kinematics.js';
import { NonFinitePoseError } from './non-finite-pose-error.js';

const kinematics = createKinematics(SYNTHETIC_SKELETON);

function identityPose6d(): Float64Array {
  const pose6d = new Float64Array(6 * JOINT_COUNT);
  for (let joint = 0; joint < JOINT_COUNT; joint++) pose6d.set([1, 0, 0, 0, 1, 0], 6 * joint);
  return pose6d;
}

function jointsOf(pose6d: Float64Array | Float32Array, options?: KinematicsOptions): Float64Array {
  const joints = new Float64Array(3 * JOINT_COUNT);
  kinematics.jointsFromRotation6d(pose6d, 0, joints, 0, options);
  return joints;
}

function position(joints: Float64Array, name: JointName): readonly [number, number, number] {
  const [x = 0, y = 0, z = 0] = joints.subarray(3 * jointIndex(name));
  return [x, y, z];
}

describe('joints', () => {
  it('are the rest joints at the identity', () => {
    jointsOf(identityPose6d()).forEach((coordinate, index) => {
      expect(coordinate).toBeCloseTo(SYNTHETIC_SKELETON.restJointsMetres[index] as number, 14);
    });
  });

  it.each<
    [string, JointName, readonly [number, number, number], JointName, (delta: readonly number[]) => boolean]
  >([
    [
      'a knee bends backwards about +x',
      'left_knee',
      [1.5, 0, 0],
      'left_ankle',
      ([, , z]) => Number(z) < -0.3,
    ],
    [
      'a thigh lifts forwards about -x',
      'right_hip',
      [-1.5, 0, 0],
      'right_knee',
      ([, , z]) => Number(z) > 0.3,
    ],
    ['a left arm rises about +z', 'left_shoulder', [0, 0, 1.5], 'left_elbow', ([, y]) => Number(y) > 0.2],
    ['a right arm rises about -z', 'right_shoulder', [0, 0, -1.5], 'right_elbow', ([, y]) => Number(y) > 0.2],
    [
      'a left forearm folds forwards about -y',
      'left_elbow',
      [0, -1.5, 0],
      'left_wrist',
      ([, , z]) => Number(z) > 0.2,
    ],
  ])('show that %s', (_, turned, axisAngle, watched, holds) => {
    const pose6d = identityPose6d();
    axisAngleToRotation6d(Float64Array.from(axisAngle), 0, pose6d, 6 * jointIndex(turned));
    const joints = jointsOf(pose6d);
    const origin = position(joints, turned);
    expect(holds(position(joints, watched).map((coordinate, axis) => coordinate - (origin[axis] ?? 0)))).toBe(
      true,
    );
  });

  it('agree whether the pose is 6D, matrices or axis-angle, at any offset and precision', () => {
    const axisAngles = createRandom(3).fillNormal(new Float64Array(3 * JOINT_COUNT + 2));
    const pose6d = new Float64Array(6 * JOINT_COUNT + 5);
    const matrices = new Float64Array(9 * JOINT_COUNT + 7);
    for (let joint = 0; joint < JOINT_COUNT; joint++) {
      axisAngleToRotation6d(axisAngles, 2 + 3 * joint, pose6d, 5 + 6 * joint);
      axisAngleToMatrix(axisAngles, 2 + 3 * joint, matrices, 7 + 9 * joint);
    }
    const joints = new Float64Array(4 * 3 * JOINT_COUNT);
    kinematics.jointsFromAxisAngle(axisAngles, 2, joints, 0);
    kinematics.jointsFromRotation6d(pose6d, 5, joints, 72);
    kinematics.jointsFromMatrices(matrices, 7, joints, 144);
    kinematics.jointsFromRotation6d(Float32Array.from(pose6d), 5, joints, 216);
    for (let index = 0; index < 72; index++) {
      expect(joints[72 + index]).toBeCloseTo(joints[index] as number, 12);
      expect(joints[144 + index]).toBeCloseTo(joints[index] as number, 12);
      expect(joints[216 + index]).toBeCloseTo(joints[index] as number, 5);
    }
  });

  it('lose the global orientation on request, and nothing else', () => {
    const pose6d = createRandom(4).fillNormal(new Float64Array(144));
    const withoutRoot = pose6d.slice();
    withoutRoot.set([1, 0, 0, 0, 1, 0]);
    expect(jointsOf(pose6d, { globalOrientation: 'identity' })).toEqual(jointsOf(withoutRoot));
    expect(jointsOf(pose6d, { globalOrientation: 'keep' })).toEqual(jointsOf(pose6d));
  });

  it('follow from the world rotations bone by bone', () => {
    const pose6d = createRandom(5).fillNormal(new Float64Array(144));
    const joints = jointsOf(pose6d);
    const world = new Float64Array(9 * JOINT_COUNT);
    kinematics.worldRotations(pose6d, 0, world, 0);
    const rest = SYNTHETIC_SKELETON.restJointsMetres;
    SYNTHETIC_SKELETON.parents.forEach((parent, joint) => {
      if (parent < 0) return;
      for (let row = 0; row < 3; row++) {
        let expected = joints[3 * parent + row] as number;
        for (let axis = 0; axis < 3; axis++) {
          const bone = (rest[3 * joint + axis] as number) - (rest[3 * parent + axis] as number);
          expected += (world[9 * parent + 3 * row + axis] as number) * bone;
        }
        expect(joints[3 * joint + row]).toBeCloseTo(expected, 13);
      }
    });
  });
});

describe('jointGradientToRotation6d', () => {
  const step = 1e-6;

  it.each<KinematicsOptions['globalOrientation']>(['keep', 'identity'])(
    'equals central differences (root: %s)',
    (globalOrientation = 'keep') => {
      const random = createRandom(6);
      for (let trial = 0; trial < 5; trial++) {
        const pose6d = random.fillNormal(new Float64Array(144));
        const jointGradient = random.fillNormal(new Float64Array(72));
        const gradient = new Float64Array(146).fill(9);
        kinematics.jointGradientToRotation6d(pose6d, 0, jointGradient, 0, gradient, 1, { globalOrientation });
        expect([gradient[0], gradient[145]]).toEqual([9, 9]);
        const loss = (pose: Float64Array): number =>
          jointsOf(pose, { globalOrientation }).reduce(
            (sum, coordinate, index) => sum + coordinate * (jointGradient[index] as number),
            0,
          );
        for (let number = 0; number < 144; number++) {
          const above = pose6d.slice();
          const below = pose6d.slice();
          above[number] = (above[number] as number) + step;
          below[number] = (below[number] as number) - step;
          const expected = (loss(above) - loss(below)) / (2 * step);
          const actual = gradient[1 + number] as number;
          expect(Math.abs(actual - expected)).toBeLessThan(1e-7 * (1 + Math.abs(expected)));
        }
      }
    },
  );

  it('is finite and zero where six numbers have no derivative', () => {
    const pose6d = identityPose6d();
    pose6d.fill(0, 0, 6);
    pose6d.set([1, 0, 0, 2, 0, 0], 6 * jointIndex('left_hip'));
    const gradient = new Float64Array(144).fill(Number.NaN);
    kinematics.jointGradientToRotation6d(pose6d, 0, new Float64Array(72).fill(1), 0, gradient, 0);
    expect(Array.from(gradient.subarray(0, 12))).toEqual(new Array(12).fill(0));
    expect(gradient.every(Number.isFinite)).toBe(true);
    expect(gradient.some((value) => value !== 0)).toBe(true);
  });
});

describe('bad input', () => {
  it('is refused, naming the joint', () => {
    const pose6d = identityPose6d();
    pose6d[6 * jointIndex('right_hand') + 4] = Number.NaN;
    expect(() => jointsOf(pose6d)).toThrow(NonFinitePoseError);
    expect(() => jointsOf(pose6d)).toThrow(/joint 23 \('right_hand'\)/);
    const joints = new Float64Array(72);
    const axisAngles = new Float64Array(72);
    axisAngles[71] = Infinity;
    expect(() => {
      kinematics.jointsFromAxisAngle(axisAngles, 0, joints, 0);
    }).toThrow(NonFinitePoseError);
    expect(() => {
      kinematics.jointsFromMatrices(new Float64Array(216).fill(Number.NaN), 0, joints, 0);
    }).toThrow(/joint 0 \('pelvis'\)/);
  });

  it('of the wrong length is refused', () => {
    expect(() => jointsOf(new Float32Array(143))).toThrow(ArrayRangeError);
    expect(() => {
      kinematics.jointsFromRotation6d(identityPose6d(), 0, new Float32Array(71), 0);
    }).toThrow(/The joints: expected 72 numbers/);
    expect(() => {
      kinematics.jointGradientToRotation6d(
        identityPose6d(),
        0,
        new Float64Array(71),
        0,
        new Float64Array(144),
        0,
      );
    }).toThrow(ArrayRangeError);
  });
});
