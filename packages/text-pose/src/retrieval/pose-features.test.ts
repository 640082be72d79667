import { fc, test } from '@fast-check/vitest';
import { createRandom } from '@pose-rft/random';
import { axisAngleToRotation6d, JOINT_COUNT } from '@pose-rft/smpl';
import { describe, expect, it } from 'vitest';
import { randomAxisAngles } from '../../test/structured-poses.js';
import {
  countPoses,
  createPoseFeatures,
  PoseBatchError,
  POSE_FEATURE_KINDS,
  poseFeatureSize,
} from './pose-features.js';

function randomPose6d(seed: number): Float32Array {
  const angles = randomAxisAngles(createRandom(seed));
  const pose6d = new Float32Array(6 * JOINT_COUNT);
  for (let joint = 0; joint < JOINT_COUNT; joint++)
    axisAngleToRotation6d(angles, 3 * joint, pose6d, 6 * joint);
  return pose6d;
}

function expectClose(found: Float32Array, expected: Float32Array): void {
  expect(found.length).toBe(expected.length);
  found.forEach((value, index) => expect(value).toBeCloseTo(expected[index] ?? Number.NaN, 5));
}

describe.each(POSE_FEATURE_KINDS)('%s', (kind) => {
  const featuresOf = createPoseFeatures(kind);

  test.prop({ seed: fc.nat(), root: fc.nat() }, { numRuns: 20 })(
    'do not see how the pelvis is turned, nor how long the 6D columns are',
    ({ seed, root }) => {
      const pose6d = randomPose6d(seed);
      const other = pose6d.slice();
      other.set(randomPose6d(root).subarray(6 * 16, 6 * 17));
      const random = createRandom(seed);
      for (let joint = 0; joint < JOINT_COUNT; joint++) {
        const [first, second] = [0.2 + 2 * random.uniform(), 0.2 + 2 * random.uniform()];
        for (let row = 0; row < 3; row++) {
          const at = 6 * joint + row;
          other[at] = (other[at] ?? 0) * first;
          other[at + 3] = (other[at + 3] ?? 0) * second + 0.3 * (other[at] ?? 0);
        }
      }
      expectClose(featuresOf(other), featuresOf(pose6d));
    },
  );

  it('of many poses are those of each', () => {
    const poses = Array.from({ length: 3 }, (_, seed) => randomPose6d(seed));
    const all = featuresOf(Float32Array.from(poses.flatMap((pose) => [...pose])));
    expect(all.length).toBe(3 * poseFeatureSize(kind));
    expect([...all]).toEqual(poses.flatMap((pose) => [...featuresOf(pose)]));
    expect(featuresOf(new Float32Array(0)).length).toBe(0);
  });

  it('refuse parts of poses, and numbers that are not finite', () => {
    expect(() => featuresOf(new Float32Array(143))).toThrow(PoseBatchError);
    expect(() => countPoses(new Float32Array(145))).toThrow('found 145 numbers');
    const broken = Float32Array.from([...randomPose6d(1), ...randomPose6d(2)]);
    broken[150] = NaN;
    expect(() => featuresOf(broken)).toThrow('found NaN in pose 1, number 6');
  });
});

it('rotations of frames add up along the body, local ones do not', () => {
  const turn = (degrees: number): Float32Array => {
    const angles = new Float64Array(3 * JOINT_COUNT);
    angles[3 * 3] = (degrees * Math.PI) / 180; // spine1 bends
    const pose6d = new Float32Array(6 * JOINT_COUNT);
    for (let joint = 0; joint < JOINT_COUNT; joint++)
      axisAngleToRotation6d(angles, 3 * joint, pose6d, 6 * joint);
    return pose6d;
  };
  const differing = (kind: 'local-rotations' | 'body-rotations'): number => {
    const [bent, straight] = [createPoseFeatures(kind)(turn(30)), createPoseFeatures(kind)(turn(0))];
    return Array.from({ length: 21 }, (_, joint) =>
      bent
        .subarray(6 * joint, 6 * joint + 6)
        .some((value, index) => Math.abs(value - (straight[6 * joint + index] ?? 0)) > 0.1),
    ).filter(Boolean).length;
  };
  expect(differing('local-rotations')).toBe(1);
  // spine1 to 3, neck, head, and both arms without hands.
  expect(differing('body-rotations')).toBe(13);
});
