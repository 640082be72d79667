import { createRandom } from '@pose-rft/random';
import { describe, expect, it } from 'vitest';
import { ArrayRangeError } from '../real-array.js';
import { axisAngleToRotation6d } from '../rotation/rotation6d.js';
import { MIRROR_JOINTS } from '../skeleton/joints.js';
import { SYNTHETIC_SKELETON } from '../skeleton/synthetic-skeleton.js';
import { createKinematics } from './kinematics.js';
import { mirrorAxisAnglePose, mirrorJoints, mirrorPose } from './mirror-pose.js';

const kinematics = createKinematics(SYNTHETIC_SKELETON);

describe('mirroring', () => {
  it('of the pose mirrors the joints', () => {
    const pose6d = createRandom(1).fillNormal(new Float64Array(144));
    const mirrored = new Float64Array(144);
    mirrorPose(pose6d, 0, mirrored, 0);
    const joints = new Float64Array(72);
    kinematics.jointsFromRotation6d(pose6d, 0, joints, 0);
    mirrorJoints(joints, 0, joints, 0);
    const actual = new Float64Array(72);
    kinematics.jointsFromRotation6d(mirrored, 0, actual, 0);
    actual.forEach((coordinate, index) => {
      expect(coordinate).toBeCloseTo(joints[index] as number, 13);
    });
  });

  it('is the same in 6D and in axis-angle', () => {
    const axisAngles = createRandom(2).fillNormal(new Float64Array(72));
    const toPose6d = (source: Float64Array): Float64Array => {
      const pose6d = new Float64Array(144);
      for (let joint = 0; joint < 24; joint++) axisAngleToRotation6d(source, 3 * joint, pose6d, 6 * joint);
      return pose6d;
    };
    const expected = toPose6d(axisAngles);
    mirrorPose(expected, 0, expected, 0);
    mirrorAxisAnglePose(axisAngles, 0, axisAngles, 0);
    toPose6d(axisAngles).forEach((number, index) => {
      expect(number).toBeCloseTo(expected[index] as number, 14);
    });
  });

  it.each([
    ['mirrorPose', mirrorPose, 6, [1, -1, -1, -1, 1, 1]],
    ['mirrorAxisAnglePose', mirrorAxisAnglePose, 3, [1, -1, -1]],
    ['mirrorJoints', mirrorJoints, 3, [-1, 1, 1]],
  ] as const)('%s swaps the sides and turns signs, at offsets', (_, mirror, width, signs) => {
    const source = Float64Array.from({ length: 24 * width + 2 }, (_number, i) => i + 1);
    const target = new Float64Array(24 * width + 5).fill(7);
    mirror(source, 1, target, 3);
    const expected = Array.from({ length: 24 * width }, (_number, i) => {
      const [joint, number] = [Math.floor(i / width), i % width];
      return (signs[number] ?? 9) * (source[1 + width * (MIRROR_JOINTS[joint] ?? 99) + number] ?? 9);
    });
    expect(Array.from(target)).toEqual([7, 7, 7, ...expected, 7, 7]);
    mirror(source, 1, source, 1);
    expect(Array.from(source)).toEqual([1, ...expected, 24 * width + 2]);
  });

  it.each([
    ['pose (6D)', mirrorPose, 144],
    ['pose (axis-angle)', mirrorAxisAnglePose, 72],
    ['joints', mirrorJoints, 72],
  ] as const)('names the array that is too short: the %s', (what, mirror, size) => {
    const [long, short] = [new Float32Array(size), new Float32Array(size - 1)];
    expect(() => {
      mirror(short, 0, long, 0);
    }).toThrow(`The ${what}: expected ${size} numbers`);
    expect(() => {
      mirror(long, 0, short, 0);
    }).toThrow(`The mirrored ${what}: expected ${size} numbers`);
  });

  it('refuses short arrays', () => {
    expect(() => {
      mirrorPose(new Float32Array(143), 0, new Float32Array(144), 0);
    }).toThrow(ArrayRangeError);
    expect(() => {
      mirrorAxisAnglePose(new Float32Array(72), 0, new Float32Array(72), 1);
    }).toThrow(/mirrored pose/);
  });
});
