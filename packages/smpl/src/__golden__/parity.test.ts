import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createKinematics } from '../kinematics/kinematics.js';
import { mpjpeMillimetres } from '../metrics/joint-error.js';
import { paMpjpeMillimetres } from '../metrics/procrustes.js';
import {
  axisAngleToMatrix,
  axisAngleToQuaternion,
  matrixToAxisAngle,
  quaternionToAxisAngle,
} from '../rotation/axis-angle.js';
import { matrixToQuaternion, quaternionToMatrix } from '../rotation/quaternion.js';
import { rotation6dToMatrix } from '../rotation/rotation6d.js';
import type { RealArray } from '../real-array.js';
import { SYNTHETIC_SKELETON } from '../skeleton/synthetic-skeleton.js';

/** What other libraries answered: `tools/parity/smpl/generate.py` writes these files. */
function readGolden(name: 'rotations' | 'kinematics' | 'alignment'): unknown {
  return JSON.parse(readFileSync(new URL(`${name}.golden.json`, import.meta.url), 'utf8'));
}

type Numbers = readonly number[];

function expectClose(actual: RealArray, expected: Numbers, tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  actual.forEach((value, index) => {
    expect(Math.abs(value - (expected[index] as number))).toBeLessThanOrEqual(tolerance);
  });
}

describe('rotations', () => {
  const { conversions, gramSchmidt } = readGolden('rotations') as {
    conversions: readonly {
      axisAngle: Numbers;
      matrix: Numbers;
      quaternion: Numbers;
      shortestAxisAngle: Numbers;
    }[];
    gramSchmidt: readonly { rotation6d: Numbers; matrix: Numbers }[];
  };
  const matrix = new Float64Array(9);
  const quaternion = new Float64Array(4);
  const vector = new Float64Array(3);

  it.each(conversions)('of axis-angle $axisAngle agree with SciPy', (golden) => {
    axisAngleToMatrix(Float64Array.from(golden.axisAngle), 0, matrix, 0);
    expectClose(matrix, golden.matrix, 1e-10);
    quaternionToMatrix(Float64Array.from(golden.quaternion), 0, matrix, 0);
    expectClose(matrix, golden.matrix, 1e-10);

    // A half turn has two quaternions and two vectors; the golden ones fix which of them to compare with.
    const isHalfTurn = Math.PI - Math.hypot(...golden.shortestAxisAngle) < 1e-9;
    const sameSide = (actual: Float64Array, expected: Numbers): Float64Array => {
      const product = actual.reduce((sum, value, index) => sum + value * (expected[index] as number), 0);
      return isHalfTurn && product < 0 ? actual.map((value) => -value) : actual;
    };
    matrixToQuaternion(Float64Array.from(golden.matrix), 0, quaternion, 0);
    expectClose(sameSide(quaternion, golden.quaternion), golden.quaternion, 1e-10);
    axisAngleToQuaternion(Float64Array.from(golden.shortestAxisAngle), 0, quaternion, 0);
    expectClose(sameSide(quaternion, golden.quaternion), golden.quaternion, 1e-10);
    matrixToAxisAngle(Float64Array.from(golden.matrix), 0, vector, 0);
    expectClose(sameSide(vector, golden.shortestAxisAngle), golden.shortestAxisAngle, 1e-10);
    quaternionToAxisAngle(Float64Array.from(golden.quaternion), 0, vector, 0);
    expectClose(sameSide(vector, golden.shortestAxisAngle), golden.shortestAxisAngle, 1e-10);
  });

  it.each(gramSchmidt)('of 6D $rotation6d agree with the QR decomposition', (golden) => {
    rotation6dToMatrix(Float64Array.from(golden.rotation6d), 0, matrix, 0);
    expectClose(matrix, golden.matrix, 1e-10);
  });
});

describe('kinematics', () => {
  const { restJointsMetres, poses, gradients } = readGolden('kinematics') as {
    restJointsMetres: Numbers;
    poses: readonly { axisAngle: Numbers; joints: Numbers }[];
    gradients: readonly { pose6d: Numbers; jointGradient: Numbers; poseGradient: Numbers }[];
  };
  const kinematics = createKinematics(SYNTHETIC_SKELETON);

  it('were computed on this skeleton', () => {
    expectClose(SYNTHETIC_SKELETON.restJointsMetres, restJointsMetres, 1e-12);
  });

  it('put joints where smplx puts them', () => {
    for (const { axisAngle, joints } of poses) {
      const actual = new Float64Array(72);
      kinematics.jointsFromAxisAngle(Float64Array.from(axisAngle), 0, actual, 0);
      expectClose(actual, joints, 1e-10);
      const single = new Float32Array(72);
      kinematics.jointsFromAxisAngle(Float32Array.from(axisAngle), 0, single, 0);
      expectClose(single, joints, 1e-5);
    }
  });

  it("have the gradient of PyTorch's autograd through smplx", () => {
    for (const { pose6d, jointGradient, poseGradient } of gradients) {
      const actual = new Float64Array(144);
      kinematics.jointGradientToRotation6d(
        Float64Array.from(pose6d),
        0,
        Float64Array.from(jointGradient),
        0,
        actual,
        0,
      );
      expectClose(actual, poseGradient, 1e-9);
    }
  });
});

describe('alignment', () => {
  const { cases } = readGolden('alignment') as {
    cases: readonly { kind: string; predicted: Numbers; target: Numbers; mpjpe: number; paMpjpe: number }[];
  };

  it.each(cases)('of a $kind set agrees with the singular value decomposition', (golden) => {
    const predicted = Float64Array.from(golden.predicted);
    const target = Float64Array.from(golden.target);
    const count = target.length / 3;
    expect(Math.abs(mpjpeMillimetres(predicted, 0, target, 0, count) - golden.mpjpe)).toBeLessThan(1e-8);
    expect(Math.abs(paMpjpeMillimetres(predicted, 0, target, 0, count) - golden.paMpjpe)).toBeLessThan(1e-8);
  });
});
