import { createRandom } from '@pose-rft/random';
import { describe, expect, it } from 'vitest';
import { ArrayRangeError } from '../real-array.js';
import { axisAngleToRotation6d } from '../rotation/rotation6d.js';
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

  it('refuses short arrays', () => {
    expect(() => {
      mirrorPose(new Float32Array(143), 0, new Float32Array(144), 0);
    }).toThrow(ArrayRangeError);
    expect(() => {
      mirrorAxisAnglePose(new Float32Array(72), 0, new Float32Array(72), 1);
    }).toThrow(/mirrored pose/);
  });
});
