import { createRandom } from '@pose-rft/random';
import { describe, expect, it } from 'vitest';
import { ArrayRangeError } from '../real-array.js';
import { axisAngleToMatrix } from '../rotation/axis-angle.js';
import { axisAngleToRotation6d, rotation6dToMatrix } from '../rotation/rotation6d.js';
import { JOINT_COUNT, jointIndex, type JointName } from '../skeleton/joints.js';
import { InvalidSkeletonError } from '../skeleton/skeleton.js';
import { SYNTHETIC_SKELETON } from '../skeleton/synthetic-skeleton.js';
import { createKinematics, type KinematicsOptions } from './kinematics.js';
import { NonFinitePoseError, nonFinitePose } from './non-finite-pose-error.js';

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

describe('offsets', () => {
  const pose6d = createRandom(8).fillNormal(new Float64Array(150));

  it('bound what is written', () => {
    const joints = new Float64Array(75).fill(7);
    kinematics.jointsFromRotation6d(pose6d, 3, joints, 2);
    expect([joints[0], joints[1], joints[74]]).toEqual([7, 7, 7]);
    expect(joints.slice(2, 74)).toEqual(jointsOf(pose6d.slice(3)));
    const world = new Float64Array(219).fill(7);
    kinematics.worldRotations(pose6d, 3, world, 1);
    expect([world[0], world[217], world[218]]).toEqual([7, 7, 7]);
    const expected = new Float64Array(216);
    kinematics.worldRotations(pose6d.slice(3), 0, expected, 0);
    expect(world.slice(1, 217)).toEqual(expected);
    const root = new Float64Array(9);
    rotation6dToMatrix(pose6d, 3, root, 0);
    expect(world.slice(1, 10)).toEqual(root);
  });

  it('are where a gradient is read and written', () => {
    const jointGradient = createRandom(9).fillNormal(new Float64Array(80));
    const [there, here] = [new Float64Array(148).fill(7), new Float64Array(144)];
    kinematics.jointGradientToRotation6d(pose6d, 3, jointGradient, 5, there, 2);
    kinematics.jointGradientToRotation6d(pose6d.slice(3), 0, jointGradient.slice(5), 0, here, 0);
    expect(there.slice(2, 146)).toEqual(here);
    expect([there[0], there[1], there[146], there[147]]).toEqual([7, 7, 7, 7]);
  });
});

describe('a skeleton', () => {
  it('that is changed afterwards changes nothing', () => {
    const parents = SYNTHETIC_SKELETON.parents.slice();
    const own = createKinematics({ ...SYNTHETIC_SKELETON, parents });
    parents.fill(0, 1);
    const pose6d = createRandom(10).fillNormal(new Float64Array(144));
    const joints = new Float64Array(72);
    own.jointsFromRotation6d(pose6d, 0, joints, 0);
    expect(joints).toEqual(jointsOf(pose6d));
    const [expected, gradient] = [new Float64Array(144), new Float64Array(144)];
    kinematics.jointGradientToRotation6d(pose6d, 0, joints, 0, expected, 0);
    own.jointGradientToRotation6d(pose6d, 0, joints, 0, gradient, 0);
    expect(gradient).toEqual(expected);
    expect(gradient.every(Number.isFinite)).toBe(true);
  });

  it('must be a tree', () => {
    const parents = SYNTHETIC_SKELETON.parents.slice();
    parents[1] = 2;
    expect(() => createKinematics({ ...SYNTHETIC_SKELETON, parents })).toThrow(InvalidSkeletonError);
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
    pose6d.fill(0, 6 * 23);
    const longer = new Float64Array(146).fill(7);
    kinematics.jointGradientToRotation6d(pose6d, 0, new Float64Array(72).fill(1), 0, longer, 1);
    expect(Array.from(longer.subarray(139))).toEqual([0, 0, 0, 0, 0, 0, 7]);
  });
});

describe('the edge of where six numbers have a derivative', () => {
  const left = 6 * jointIndex('left_hip');

  function gradientAtLeftHip(sixNumbers: readonly number[]): number[] {
    const pose6d = identityPose6d();
    pose6d.set(sixNumbers, left);
    const jointGradient = createRandom(12).fillNormal(new Float64Array(72));
    const gradient = new Float64Array(144);
    kinematics.jointGradientToRotation6d(pose6d, 0, jointGradient, 0, gradient, 0);
    return Array.from(gradient.subarray(left, left + 6));
  }

  it('is a column of length 1e-30: above, the gradient grows as the column shrinks', () => {
    const full = gradientAtLeftHip([1, 0, 0, 0, 1, 0]);
    const short = gradientAtLeftHip([1e-29, 0, 0, 0, 1e-28, 0]);
    full.forEach((value, number) => {
      expect(Math.abs((short[number] ?? 9) * (number < 3 ? 1e-29 : 1e-28) - value)).toBeLessThan(1e-14);
    });
    expect(full.filter((value) => value !== 0)).toHaveLength(3);
    expect(gradientAtLeftHip([1e-30, 0, 0, 0, 1, 0])).not.toEqual([0, 0, 0, 0, 0, 0]);
    expect(gradientAtLeftHip([1, 0, 0, 0, 1e-30, 0])).not.toEqual([0, 0, 0, 0, 0, 0]);
    expect(gradientAtLeftHip([1e-31, 0, 0, 0, 1, 0])).toEqual([0, 0, 0, 0, 0, 0]);
    expect(gradientAtLeftHip([1, 0, 0, 0, 1e-31, 0])).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it('is an angle of a millionth between the columns', () => {
    expect(gradientAtLeftHip([1, 0, 0, 1, 0.9e-6, 0])).toEqual([0, 0, 0, 0, 0, 0]);
    expect(gradientAtLeftHip([1, 0, 0, -1, 0.9e-6, 0])).toEqual([0, 0, 0, 0, 0, 0]);
    const beyond = gradientAtLeftHip([1, 0, 0, 1, 1.1e-6, 0]);
    const full = gradientAtLeftHip([1, 0, 0, 0, 1, 0]);
    expect((beyond[5] ?? 9) * 1.1e-6).toBeCloseTo(full[5] ?? 9, 12);
    expect(beyond[1]).toBeCloseTo(full[1] ?? 9, 12);
  });
});

describe('bad input', () => {
  it('is refused without a word of the result being written', () => {
    const joints = new Float64Array(72);
    const short = [
      () => {
        kinematics.jointsFromAxisAngle(new Float64Array(71), 0, joints, 0);
      },
      () => {
        kinematics.jointsFromMatrices(new Float64Array(215), 0, joints, 0);
      },
      () => {
        kinematics.worldRotations(identityPose6d(), 0, new Float64Array(215), 0);
      },
      () => {
        kinematics.jointGradientToRotation6d(identityPose6d(), 0, joints, 1, new Float64Array(144), 0);
      },
      () => {
        kinematics.jointGradientToRotation6d(identityPose6d(), 0, joints, 0, new Float64Array(143), 0);
      },
      () => {
        kinematics.jointGradientToRotation6d(new Float64Array(143), 0, joints, 0, new Float64Array(144), 0);
      },
    ];
    const messages = [
      'The pose (axis-angle): expected 72',
      'The pose (matrices): expected 216',
      'The world rotations: expected 216',
      "The joints' gradient: expected 72",
      "The pose's gradient: expected 144",
      'The pose (6D): expected 144',
    ];
    short.forEach((call, index) => {
      expect(call).toThrow(messages[index]);
      expect(call).toThrow(ArrayRangeError);
    });
    expect(Array.from(joints)).toEqual(new Array(72).fill(0));
  });

  it.each([0, 1, 2])('in number %d of an axis-angle vector is named with its joint', (number) => {
    for (const bad of [NaN, Infinity, -Infinity]) {
      const axisAngles = new Float64Array(76).fill(0.1);
      axisAngles[2 + 3 * 5 + number] = bad;
      const numbers = Array.from(axisAngles.subarray(17, 20)).join(', ');
      const call = (): void => {
        kinematics.jointsFromAxisAngle(axisAngles, 2, new Float64Array(72), 0);
      };
      expect(call).toThrow(NonFinitePoseError);
      expect(call).toThrow(`The rotation of joint 5 ('right_knee') is [${numbers}].`);
    }
  });

  it.each([0, 4, 8])('in entry %d of a matrix is named with its joint', (entry) => {
    const matrices = new Float64Array(218).fill(0.5);
    matrices[2 + 9 * 23 + entry] = -Infinity;
    const numbers = Array.from(matrices.subarray(2 + 9 * 23)).join(', ');
    const call = (): void => {
      kinematics.jointsFromMatrices(matrices, 2, new Float64Array(72), 0);
    };
    expect(call).toThrow(NonFinitePoseError);
    expect(call).toThrow(`The rotation of joint 23 ('right_hand') is [${numbers}].`);
  });

  it('in a joint without a name is told by its number', () => {
    expect(nonFinitePose(7, undefined, new Float64Array(3), 0, 3).name).toBe('NonFinitePoseError');
    expect(nonFinitePose(7, undefined, Float64Array.of(1, NaN, 3), 1, 2).message).toContain(
      "joint 7 ('unnamed') is [NaN, 3]",
    );
  });

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
