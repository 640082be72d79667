import { describe, expect, it } from 'vitest';
import { createAnalyticInverseKinematics } from '../inverse-kinematics/analytic-inverse-kinematics.js';
import type { RealArray } from '../real-array.js';
import { eulerToMatrix, matrixToEuler } from '../rotation/euler.js';
import { geodesicDistanceRadians } from '../rotation/geodesic-distance.js';
import { chordalMeanRotation, geodesicMeanRotation } from '../rotation/mean-rotation.js';
import { nearestRotation } from '../rotation/nearest-rotation.js';
import { slerpRotations } from '../rotation/slerp.js';
import { SYNTHETIC_SKELETON } from '../skeleton/synthetic-skeleton.js';
import { eulerLaws } from './euler-laws.js';
import { interpolationLaws } from './interpolation-laws.js';
import { inverseKinematicsLaws } from './inverse-kinematics-laws.js';
import type { Law } from './law.js';

describe.each<[string, readonly Law[]]>([
  ['Euler angles', eulerLaws()],
  ['interpolation', interpolationLaws()],
  ['inverse kinematics', inverseKinematicsLaws(createAnalyticInverseKinematics(SYNTHETIC_SKELETON))],
])('the laws of %s', (_, laws) => {
  it.each(laws)('$name', ({ check }) => {
    check();
  });
});

/** The names of the laws that an implementation breaks. */
function brokenLaws(laws: readonly Law[]): readonly string[] {
  return laws.flatMap(({ name, check }) => {
    try {
      check({ numRuns: 100, seed: 1, endOnFailure: true });
      return [];
    } catch {
      return [name];
    }
  });
}

const own = {
  geodesicDistanceRadians,
  slerpRotations,
  chordalMeanRotation,
  geodesicMeanRotation,
  nearestRotation,
};

describe('the laws catch', () => {
  it('Euler angles that take every convention for one', () => {
    const broken = eulerLaws({
      eulerToMatrix(source, sourceOffset, target, targetOffset) {
        eulerToMatrix(source, sourceOffset, target, targetOffset, 'intrinsic-xyz');
      },
      matrixToEuler(source, sourceOffset, target, targetOffset) {
        matrixToEuler(source, sourceOffset, target, targetOffset, 'intrinsic-xyz');
      },
    });
    expect(brokenLaws(broken)).toContain('intrinsic turns are extrinsic ones in reverse order');
    expect(brokenLaws(broken)).toContain('the inverse makes the opposite turns in reverse order');
  });

  it('Euler angles that are undefined at gimbal lock', () => {
    const broken = eulerLaws({
      eulerToMatrix,
      matrixToEuler(source, sourceOffset, target, targetOffset, convention) {
        matrixToEuler(source, sourceOffset, target, targetOffset, convention);
        if (target[targetOffset + 2] === 0) target[targetOffset] = 0;
      },
    });
    expect(brokenLaws(broken)).toContain(
      'Euler -> matrix -> Euler -> matrix is one matrix, at gimbal lock too',
    );
  });

  it('a linear interpolation that is projected back', () => {
    const broken = interpolationLaws({
      ...own,
      slerpRotations(first, firstOffset, second, secondOffset, fraction, target, targetOffset) {
        for (let entry = 0; entry < 9; entry++) {
          target[targetOffset + entry] =
            (1 - fraction) * (first[firstOffset + entry] ?? 0) +
            fraction * (second[secondOffset + entry] ?? 0);
        }
        nearestRotation(target, targetOffset, target, targetOffset);
      },
    });
    expect(brokenLaws(broken)).toContain('slerp travels at constant speed');
  });

  it('a distance from the trace, which is inexact near zero', () => {
    const broken = interpolationLaws({
      ...own,
      geodesicDistanceRadians(first, firstOffset, second, secondOffset) {
        let trace = 0;
        for (let entry = 0; entry < 9; entry++) {
          trace += (first[firstOffset + entry] ?? 0) * (second[secondOffset + entry] ?? 0);
        }
        return Math.acos(Math.min(1, Math.max(-1, (trace - 1) / 2)));
      },
    });
    expect(brokenLaws(broken)).toContain('the distance is a metric');
  });

  it('a nearest rotation that may reflect', () => {
    const broken = interpolationLaws({
      ...own,
      nearestRotation(source: RealArray, sourceOffset, target, targetOffset) {
        nearestRotation(source, sourceOffset, target, targetOffset);
        const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0, i = 0] = source.subarray(sourceOffset);
        const isReflected = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g) < 0;
        if (isReflected)
          for (let entry = 0; entry < 9; entry++)
            target[targetOffset + entry] = -(target[targetOffset + entry] ?? 0);
      },
    });
    expect(brokenLaws(broken)).toEqual(['the nearest rotation is one, for any nine numbers']);
  });

  it('a mean that forgets the last of its rotations', () => {
    const broken = interpolationLaws({
      ...own,
      chordalMeanRotation(matrices, offset, count, target, targetOffset) {
        chordalMeanRotation(matrices, offset, Math.max(1, count - 1), target, targetOffset);
      },
    });
    expect(brokenLaws(broken)).toContain('chordalMeanRotation does not depend on the order');
  });

  it('inverse kinematics that loses a joint', () => {
    const analytic = createAnalyticInverseKinematics(SYNTHETIC_SKELETON);
    const broken = inverseKinematicsLaws({
      skeleton: SYNTHETIC_SKELETON,
      rotation6dFromJoints(joints, offset, pose6d, poseOffset) {
        analytic.rotation6dFromJoints(joints, offset, pose6d, poseOffset);
        pose6d.set([1, 0, 0, 0, 1, 0], poseOffset + 6);
      },
    });
    expect(brokenLaws(broken)).toContain('positions that the skeleton can take are met');
  });
});
