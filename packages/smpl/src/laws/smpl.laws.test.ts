import { describe, expect, it } from 'vitest';
import { createKinematics } from '../kinematics/kinematics.js';
import { mpjpeMillimetres } from '../metrics/joint-error.js';
import { paMpjpeMillimetres } from '../metrics/procrustes.js';
import { axisAngleToMatrix, matrixToAxisAngle } from '../rotation/axis-angle.js';
import { matrixToQuaternion, quaternionToMatrix } from '../rotation/quaternion.js';
import { matrixToRotation6d, rotation6dToMatrix } from '../rotation/rotation6d.js';
import { SYNTHETIC_SKELETON } from '../skeleton/synthetic-skeleton.js';
import { alignmentLaws } from './alignment-laws.js';
import { kinematicsLaws } from './kinematics-laws.js';
import type { Law } from './law.js';
import { mirrorLaws } from './mirror-laws.js';
import { rotationLaws } from './rotation-laws.js';

const kinematics = createKinematics(SYNTHETIC_SKELETON);

describe.each<[string, readonly Law[]]>([
  ['rotations', rotationLaws()],
  ['kinematics', kinematicsLaws(kinematics)],
  ['mirroring', mirrorLaws()],
  ['alignment', alignmentLaws()],
])('the laws of %s', (_, laws) => {
  it.each(laws)('$name', ({ check }) => {
    check();
  });
});

/** The names of the laws that an implementation breaks. */
function brokenLaws(laws: readonly Law[]): readonly string[] {
  return laws.flatMap(({ name, check }) => {
    try {
      check({ numRuns: 200, seed: 1 });
      return [];
    } catch {
      return [name];
    }
  });
}

describe('the laws', () => {
  const rotations = {
    rotation6dToMatrix,
    matrixToRotation6d,
    axisAngleToMatrix,
    matrixToAxisAngle,
    quaternionToMatrix,
    matrixToQuaternion,
  };

  it('catch an angle taken from the trace, which is inexact at its ends', () => {
    const broken = brokenLaws(
      rotationLaws({
        ...rotations,
        matrixToAxisAngle(source, sourceOffset, target, targetOffset) {
          const [m00 = 0, m01 = 0, m02 = 0, m10 = 0, m11 = 0, m12 = 0, m20 = 0, m21 = 0, m22 = 0] =
            source.subarray(sourceOffset);
          const angle = Math.acos(Math.min(1, Math.max(-1, (m00 + m11 + m22 - 1) / 2)));
          const scale = angle === 0 ? 0 : angle / (2 * Math.sin(angle));
          target.set([scale * (m21 - m12), scale * (m02 - m20), scale * (m10 - m01)], targetOffset);
        },
      }),
    );
    expect(broken).toContain('matrix -> axis-angle -> matrix is the identity');
  });

  it('catch a mixed-up 6D layout', () => {
    const broken = brokenLaws(
      rotationLaws({
        ...rotations,
        rotation6dToMatrix(source, sourceOffset, target, targetOffset) {
          rotation6dToMatrix(source, sourceOffset, target, targetOffset, 'interleaved');
        },
      }),
    );
    expect(broken).toContain('matrix -> 6D -> matrix is the identity');
  });

  it('catch a gradient with one wrong number', () => {
    const broken = brokenLaws(
      kinematicsLaws({
        ...kinematics,
        jointGradientToRotation6d(
          pose6d,
          poseOffset,
          jointGradient,
          gradientOffset,
          poseGradient,
          outOffset,
        ) {
          kinematics.jointGradientToRotation6d(
            pose6d,
            poseOffset,
            jointGradient,
            gradientOffset,
            poseGradient,
            outOffset,
          );
          poseGradient[outOffset] = 1.01 * (poseGradient[outOffset] as number) + 0.01;
        },
      }),
    );
    expect(broken).toEqual(['the pose gradient is the derivative along any direction']);
  });

  it('catch an alignment that reflects, and one that does not scale', () => {
    const reflecting = brokenLaws(
      alignmentLaws({
        mpjpeMillimetres,
        paMpjpeMillimetres(predicted, predictedOffset, target, targetOffset, jointCount) {
          const reflected = Float64Array.from(predicted, (value, index) =>
            index % 3 === 0 ? -value : value,
          );
          return Math.min(
            paMpjpeMillimetres(predicted, predictedOffset, target, targetOffset, jointCount),
            paMpjpeMillimetres(reflected, predictedOffset, target, targetOffset, jointCount),
          );
        },
      }),
    );
    expect(reflecting).toEqual(['PA-MPJPE never reflects: the mirror image of a chiral set stays apart']);
    const rigid = brokenLaws(alignmentLaws({ mpjpeMillimetres, paMpjpeMillimetres: mpjpeMillimetres }));
    expect(rigid).toContain('PA-MPJPE of a similarity copy is zero');
  });
});
