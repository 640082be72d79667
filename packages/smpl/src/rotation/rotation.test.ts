import { describe, expect, it } from 'vitest';
import { ArrayRangeError } from '../real-array.js';
import {
  axisAngleToMatrix,
  axisAngleToQuaternion,
  matrixToAxisAngle,
  quaternionToAxisAngle,
} from './axis-angle.js';
import { geodesicDistanceRadians } from './geodesic-distance.js';
import { NonFiniteRotationError } from './non-finite-rotation-error.js';
import { matrixToQuaternion, quaternionToMatrix } from './quaternion.js';
import {
  axisAngleToRotation6d,
  matrixToRotation6d,
  rotation6dToAxisAngle,
  rotation6dToMatrix,
} from './rotation6d.js';
import { composeRotations, invertRotation, rotateVector } from './rotation-matrix.js';

const IDENTITY = [1, 0, 0, 0, 1, 0, 0, 0, 1];

function matrixOf(...axisAngle: readonly [number, number, number]): Float64Array {
  const matrix = new Float64Array(9);
  axisAngleToMatrix(Float64Array.from(axisAngle), 0, matrix, 0);
  return matrix;
}

function matrixOf6d(numbers: readonly number[], layout?: 'columns' | 'interleaved' | 'rows'): Float64Array {
  const matrix = new Float64Array(9);
  rotation6dToMatrix(Float64Array.from(numbers), 0, matrix, 0, layout);
  return matrix;
}

function axisAngleOf(matrix: Float64Array): number[] {
  const axisAngle = new Float64Array(3);
  matrixToAxisAngle(matrix, 0, axisAngle, 0);
  return Array.from(axisAngle);
}

describe('axis-angle', () => {
  it('turns x into y by a positive quarter turn about z', () => {
    const vector = Float64Array.of(1, 0, 0);
    rotateVector(matrixOf(0, 0, Math.PI / 2), 0, vector, 0, vector, 0);
    expect(vector[0]).toBeCloseTo(0, 15);
    expect(vector[1]).toBeCloseTo(1, 15);
  });

  it.each([0, 1e-300, 1e-160, 1e-12, 1e-5, 9.9e-5, 1.01e-4, 1e-2, 1, 3, Math.PI - 1e-9, Math.PI])(
    'comes back at an angle of %d to a relative precision of 1e-13',
    (angle) => {
      const axis = [2 / 7, 3 / 7, 6 / 7];
      const [x, y, z] = axisAngleOf(matrixOf(angle * (2 / 7), angle * (3 / 7), angle * (6 / 7)));
      for (const [index, value] of [x, y, z].entries()) {
        const expected = angle * (axis[index] as number);
        expect(Math.abs((value as number) - expected)).toBeLessThanOrEqual(1e-13 * angle);
      }
    },
  );

  it.each([
    [
      [1, 0, 0],
      [1, 0, 0, 0, -1, 0, 0, 0, -1],
    ],
    [
      [0, 1, 0],
      [-1, 0, 0, 0, 1, 0, 0, 0, -1],
    ],
    [
      [0, 0, 1],
      [-1, 0, 0, 0, -1, 0, 0, 0, 1],
    ],
    [
      [0.6, 0, -0.8],
      [-0.28, 0, -0.96, 0, -1, 0, -0.96, 0, 0.28],
    ],
    [
      [0, 0.6, -0.8],
      [-1, 0, 0, 0, -0.28, -0.96, 0, -0.96, 0.28],
    ],
    [
      [0.8, -0.6, 0],
      [0.28, -0.96, 0, -0.96, -0.28, 0, 0, 0, -1],
    ],
    [
      [0.6, -0.8, 0],
      [-0.28, -0.96, 0, -0.96, 0.28, 0, 0, 0, -1],
    ],
    [
      [0, 0.8, 0.6],
      [-1, 0, 0, 0, 0.28, 0.96, 0, 0.96, -0.28],
    ],
  ] as const)('writes the half turn about %j with the first non-zero number positive', (axis, matrix) => {
    const axisAngle = axisAngleOf(Float64Array.from(matrix));
    axis.forEach((component, index) => {
      expect(axisAngle[index]).toBeCloseTo(component * Math.PI, 14);
    });
  });

  it.each([1e-9, 1e-6, 5e-5, 9.9e-5])('is as exact in every number of a matrix at an angle of %d', (size) => {
    // By the series, of which the next terms are below rounding.
    const [x, y] = [0.6 * size, 0.8 * size];
    const matrix = matrixOf(x, y, 0);
    const b = (1 - (size * size) / 12) / 2;
    const a = 1 - (size * size) / 6;
    for (const [entry, expected] of [
      [1, b * x * y],
      [3, b * x * y],
      [2, a * y],
      [6, -a * y],
      [5, -a * x],
      [7, a * x],
    ] as const)
      expect(Math.abs((matrix[entry] ?? 9) / expected - 1)).toBeLessThan(1e-15);
    const quaternion = new Float64Array(4);
    axisAngleToQuaternion(Float64Array.of(x, y, 0), 0, quaternion, 0);
    expect(Math.abs((quaternion[0] ?? 9) / (x * (0.5 - (size * size) / 48)) - 1)).toBeLessThan(1e-15);
    expect(Math.abs((quaternion[1] ?? 9) / (y * (0.5 - (size * size) / 48)) - 1)).toBeLessThan(1e-15);
  });

  it('takes the short way for angles beyond pi', () => {
    const [x] = axisAngleOf(matrixOf(1.5 * Math.PI, 0, 0));
    expect(x).toBeCloseTo(-0.5 * Math.PI, 12);
  });
});

describe('quaternions', () => {
  it('are laid out x, y, z, w', () => {
    const quaternion = new Float64Array(4);
    axisAngleToQuaternion(Float64Array.of(0, 0, Math.PI / 3), 0, quaternion, 0);
    expect(quaternion[2]).toBeCloseTo(0.5, 15);
    expect(quaternion[3]).toBeCloseTo(Math.sqrt(3) / 2, 15);
  });

  it('need not be of unit length, and zero is the identity', () => {
    const matrix = new Float64Array(9);
    for (const length of [1e-200, 1, 1e200]) {
      quaternionToMatrix(Float64Array.of(0, 0, length / 2, (length * Math.sqrt(3)) / 2), 0, matrix, 0);
      expect(geodesicDistanceRadians(matrix, 0, matrixOf(0, 0, Math.PI / 3), 0)).toBeLessThan(1e-14);
    }
    quaternionToMatrix(new Float64Array(4), 0, matrix, 0);
    expect(Array.from(matrix)).toEqual(IDENTITY);
    const axisAngle = new Float64Array(3).fill(7);
    quaternionToAxisAngle(new Float64Array(4), 0, axisAngle, 0);
    expect(Array.from(axisAngle)).toEqual([0, 0, 0]);
  });
});

describe('6D rotations', () => {
  const quarterTurnAboutZ = [0, -1, 0, 1, 0, 0, 0, 0, 1];

  it.each([
    ['columns', [0, 1, 0, -1, 0, 0]],
    ['interleaved', [0, -1, 1, 0, 0, 0]],
    ['rows', [0, -1, 0, 1, 0, 0]],
  ] as const)('have the layout %s', (layout, expected) => {
    const rotation6d = new Float64Array(6);
    matrixToRotation6d(Float64Array.from(quarterTurnAboutZ), 0, rotation6d, 0, layout);
    expect(Array.from(rotation6d)).toEqual(expected);
    expect(Array.from(matrixOf6d(expected, layout), (value) => value + 0)).toEqual(quarterTurnAboutZ);
  });

  it.each([
    ['six zeros: the identity', [0, 0, 0, 0, 0, 0], IDENTITY],
    ['no first column: the x axis', [0, 0, 0, 0, 0, 5], [1, 0, 0, 0, 0, -1, 0, 1, 0]],
    ['no second column: the most perpendicular axis', [0, 3, 0, 0, 0, 0], [0, 0, 1, 1, 0, 0, 0, 1, 0]],
    ['parallel columns', [2, 0, 0, 1, 0, 0], IDENTITY],
    ['opposite columns', [2, 0, 0, -1, 0, 0], IDENTITY],
    ['vanishing columns', [1e-300, 0, 0, 0, 1e-300, 0], IDENTITY],
    ['huge columns', [1e300, 0, 0, 1e300, 1e300, 0], IDENTITY],
  ] as const)('are defined for %s', (_, numbers, expected) => {
    expect(Array.from(matrixOf6d(numbers), (value) => value + 0)).toEqual(expected);
  });

  it('stay rotations at the edge of the parallel fallback', () => {
    for (let exponent = -9; exponent < -4; exponent += 0.01) {
      const matrix = matrixOf6d([1, 2, -3, 1, 2 + 10 ** exponent, -3]);
      const gram = new Float64Array(9);
      invertRotation(matrix, 0, gram, 0);
      composeRotations(gram, 0, matrix, 0, gram, 0);
      gram.forEach((value, index) => {
        expect(Math.abs(value - (IDENTITY[index] as number))).toBeLessThan(1e-8);
      });
    }
  });

  it('convert to and from axis-angle', () => {
    const rotation6d = new Float32Array(8);
    axisAngleToRotation6d(Float64Array.of(9, 0.1, -2, 0.3), 1, rotation6d, 2);
    const axisAngle = new Float64Array(3);
    rotation6dToAxisAngle(rotation6d, 2, axisAngle, 0);
    [0.1, -2, 0.3].forEach((value, index) => {
      expect(axisAngle[index]).toBeCloseTo(value, 6);
    });
  });
});

describe('the geodesic distance', () => {
  it.each([0, 1e-15, 1e-9, 0.5, Math.PI - 1e-9, Math.PI])('is exact at %d', (angle) => {
    const base = matrixOf(0.3, -1.2, 0.7);
    const turned = new Float64Array(9);
    composeRotations(base, 0, matrixOf(0, angle, 0), 0, turned, 0);
    expect(Math.abs(geodesicDistanceRadians(base, 0, turned, 0) - angle)).toBeLessThan(2e-15);
  });
});

describe('in-place use', () => {
  it('lets the target be a source', () => {
    const first = matrixOf(0.3, -1.2, 0.7);
    const second = matrixOf(-0.8, 0.1, 2);
    const expected = new Float64Array(9);
    composeRotations(first, 0, second, 0, expected, 0);
    const onFirst = first.slice();
    composeRotations(onFirst, 0, second, 0, onFirst, 0);
    const onSecond = second.slice();
    composeRotations(first, 0, onSecond, 0, onSecond, 0);
    expect(onFirst).toEqual(expected);
    expect(onSecond).toEqual(expected);
    const inverse = new Float64Array(9);
    invertRotation(first, 0, inverse, 0);
    invertRotation(first, 0, first, 0);
    expect(first).toEqual(inverse);
  });
});

describe('bad input', () => {
  it('of too few numbers is refused by name', () => {
    const nine = new Float64Array(9);
    expect(() => {
      rotation6dToMatrix(new Float32Array(6), 1, nine, 0);
    }).toThrow(ArrayRangeError);
    expect(() => {
      axisAngleToMatrix(new Float32Array(3), -1, nine, 0);
    }).toThrow(/axis-angle vector: expected 3 numbers from offset -1, but the array has 3/);
    expect(() => {
      matrixToQuaternion(nine, 0, new Float32Array(3), 0);
    }).toThrow(ArrayRangeError);
    expect(() => {
      rotateVector(nine, 0, new Float64Array(3), 0.5, new Float64Array(3), 0);
    }).toThrow(ArrayRangeError);
  });

  it.each([Number.NaN, Infinity, -Infinity])('of %d is refused', (bad) => {
    const nine = new Float64Array(9);
    const four = new Float64Array(4);
    for (let position = 0; position < 6; position++) {
      const numbers = Float64Array.of(1, 0, 0, 0, 1, 0);
      numbers[position] = bad;
      expect(() => {
        rotation6dToMatrix(numbers, 0, nine, 0);
      }).toThrow(NonFiniteRotationError);
    }
    expect(() => {
      axisAngleToMatrix(Float64Array.of(0, bad, 0), 0, nine, 0);
    }).toThrow(NonFiniteRotationError);
    expect(() => {
      axisAngleToQuaternion(Float64Array.of(0, bad, 0), 0, four, 0);
    }).toThrow(NonFiniteRotationError);
    expect(() => {
      quaternionToMatrix(Float64Array.of(0, bad, 0, 1), 0, nine, 0);
    }).toThrow(NonFiniteRotationError);
    for (let position = 0; position < 9; position++) {
      const numbers = Float64Array.from(IDENTITY);
      numbers[position] = bad;
      expect(() => {
        matrixToQuaternion(numbers, 0, four, 0);
      }).toThrow(NonFiniteRotationError);
    }
  });
});
