import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { singularValueDecomposition3x3 } from '../linear-algebra/singular-value-decomposition.js';
import {
  eulerToMatrix,
  eulerToQuaternion,
  matrixToEuler,
  quaternionToEuler,
  type EulerConvention,
} from '../rotation/euler.js';
import { chordalMeanRotation, geodesicMeanRotation } from '../rotation/mean-rotation.js';
import { nearestRotation } from '../rotation/nearest-rotation.js';
import { matrixToQuaternion, quaternionToMatrix } from '../rotation/quaternion.js';
import { slerpQuaternions, slerpRotations } from '../rotation/slerp.js';

type Numbers = readonly number[];

/** What SciPy answered: `tools/parity/rotations/generate.py` writes these files. */
function readGolden(name: 'euler' | 'interpolation'): unknown {
  return JSON.parse(readFileSync(new URL(`${name}.golden.json`, import.meta.url), 'utf8'));
}

function expectClose(actual: Float64Array, expected: Numbers, tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  actual.forEach((value, index) => {
    expect(Math.abs(value - (expected[index] as number))).toBeLessThanOrEqual(tolerance);
  });
}

/** The same angles, where pi and -pi are one. */
function expectSameAngles(actual: Float64Array, expected: Numbers, tolerance: number): void {
  actual.forEach((value, index) => {
    const difference = value - (expected[index] as number);
    expect(Math.abs(difference - 2 * Math.PI * Math.round(difference / (2 * Math.PI)))).toBeLessThanOrEqual(
      tolerance,
    );
  });
}

const sameSign = (quaternion: Float64Array, expected: Numbers): Float64Array =>
  quaternion.reduce((sum, value, index) => sum + value * (expected[index] as number), 0) < 0
    ? quaternion.map((value) => -value)
    : quaternion;

describe('Euler angles', () => {
  const { conventions } = readGolden('euler') as {
    conventions: readonly {
      convention: EulerConvention;
      cases: readonly { angles: Numbers; quaternion: Numbers; found: Numbers }[];
    }[];
  };

  it('are given for all 24 conventions', () => {
    expect(new Set(conventions.map(({ convention }) => convention)).size).toBe(24);
  });

  it.each(conventions)('$convention agree with SciPy, at gimbal lock too', ({ convention, cases }) => {
    const quaternion = new Float64Array(4);
    const matrix = new Float64Array(9);
    const expectedMatrix = new Float64Array(9);
    const found = new Float64Array(3);
    for (const golden of cases) {
      eulerToQuaternion(Float64Array.from(golden.angles), 0, quaternion, 0, convention);
      expectClose(sameSign(quaternion, golden.quaternion), golden.quaternion, 1e-11);
      quaternionToMatrix(Float64Array.from(golden.quaternion), 0, expectedMatrix, 0);
      eulerToMatrix(Float64Array.from(golden.angles), 0, matrix, 0, convention);
      expectClose(matrix, Array.from(expectedMatrix), 1e-11);

      // Near gimbal lock the first and third angles are ill conditioned: twelve digits of quaternion fix them to 1e-6,
      // and nearer than a millionth they are not comparable one by one; there the rotation is.
      const [, second = 0] = golden.found;
      const bends = convention.charAt(10) === convention.charAt(12) ? second : second + Math.PI / 2;
      const fromLock = Math.min(bends, Math.PI - bends);
      quaternionToEuler(Float64Array.from(golden.quaternion), 0, found, 0, convention);
      if (fromLock > 1e-4 || golden.found[2] === 0) expectSameAngles(found, golden.found, 1e-6);
      eulerToMatrix(found, 0, matrix, 0, convention);
      expectClose(matrix, Array.from(expectedMatrix), 2e-7);
      matrixToEuler(expectedMatrix, 0, found, 0, convention);
      eulerToMatrix(found, 0, matrix, 0, convention);
      expectClose(matrix, Array.from(expectedMatrix), 2e-7);
    }
  });
});

describe('interpolation, means and nearest rotations', () => {
  const { slerp, means, nearest } = readGolden('interpolation') as {
    slerp: readonly { first: Numbers; second: Numbers; fraction: number; between: Numbers }[];
    means: readonly { matrices: Numbers; weights: Numbers; chordal: Numbers; geodesic: Numbers }[];
    nearest: readonly { matrix: Numbers; singularValues: Numbers; rotation: Numbers }[];
  };
  const matrix = new Float64Array(9);

  it('slerp as SciPy', () => {
    const [first, second] = [new Float64Array(4), new Float64Array(4)];
    for (const golden of slerp) {
      slerpRotations(
        Float64Array.from(golden.first),
        0,
        Float64Array.from(golden.second),
        0,
        golden.fraction,
        matrix,
        0,
      );
      // Twelve digits of two matrices a millionth short of a half turn apart fix the axis between to 1e-6.
      expectClose(matrix, golden.between, 1e-6);
      matrixToQuaternion(Float64Array.from(golden.first), 0, first, 0);
      matrixToQuaternion(Float64Array.from(golden.second), 0, second, 0);
      slerpQuaternions(first, 0, second, 0, golden.fraction, first, 0);
      quaternionToMatrix(first, 0, matrix, 0);
      expectClose(matrix, golden.between, 1e-6);
    }
  });

  it.each(means)('average $weights.length rotations as SciPy', (golden) => {
    const matrices = Float64Array.from(golden.matrices);
    const { weights } = golden;
    chordalMeanRotation(matrices, 0, weights.length, matrix, 0, { weights });
    expectClose(matrix, golden.chordal, 1e-10);
    geodesicMeanRotation(matrices, 0, weights.length, matrix, 0, { weights });
    expectClose(matrix, golden.geodesic, 1e-7);
  });

  it.each(nearest)('decompose $matrix as LAPACK', (golden) => {
    const source = Float64Array.from(golden.matrix);
    const [left, values, right] = [new Float64Array(9), new Float64Array(3), new Float64Array(9)];
    singularValueDecomposition3x3(source, 0, left, 0, values, 0, right, 0);
    const size = Math.abs(golden.singularValues[0] as number);
    expectClose(
      values.map((value) => value / size),
      golden.singularValues.map((value) => value / size),
      1e-11,
    );
    nearestRotation(source, 0, matrix, 0);
    // A singular matrix, a product of twelve digits: its third direction is theirs up to rounding.
    expectClose(matrix, golden.rotation, 1e-8);
  });
});
