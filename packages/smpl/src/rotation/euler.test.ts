import { createRandom } from '@pose-rft/random';
import { describe, expect, it } from 'vitest';
import { ArrayRangeError } from '../real-array.js';
import { axisAngleToMatrix } from './axis-angle.js';
import {
  EULER_CONVENTIONS,
  eulerToMatrix,
  eulerToQuaternion,
  matrixToEuler,
  quaternionToEuler,
  UnknownEulerConventionError,
  type EulerConvention,
} from './euler.js';
import { geodesicDistanceRadians } from './geodesic-distance.js';
import { NonFiniteRotationError } from './non-finite-rotation-error.js';
import { quaternionToMatrix } from './quaternion.js';
import { composeRotations } from './rotation-matrix.js';

function turn(axis: number, angle: number): Float64Array {
  const vector = new Float64Array(3);
  vector[axis] = angle;
  const matrix = new Float64Array(9);
  axisAngleToMatrix(vector, 0, matrix, 0);
  return matrix;
}

describe('Euler angles', () => {
  it('come in 24 conventions', () => {
    expect(new Set(EULER_CONVENTIONS).size).toBe(24);
    expect(EULER_CONVENTIONS).toContain('intrinsic-zxy');
    expect(EULER_CONVENTIONS).toContain('extrinsic-zyz');
  });

  it.each(EULER_CONVENTIONS)('%s is the product of three turns, and comes back', (convention) => {
    const random = createRandom(7);
    const [frame, letters = ''] = convention.split('-');
    const matrix = new Float64Array(9);
    const angles = new Float64Array(3);
    for (let trial = 0; trial < 20; trial++) {
      const triple = random.fillNormal(new Float64Array(3));
      const expected = Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1);
      triple.forEach((angle, place) => {
        const next = turn('xyz'.indexOf(letters.charAt(place)), angle);
        if (frame === 'intrinsic') composeRotations(expected, 0, next, 0, expected, 0);
        else composeRotations(next, 0, expected, 0, expected, 0);
      });
      eulerToMatrix(triple, 0, matrix, 0, convention);
      expect(geodesicDistanceRadians(matrix, 0, expected, 0)).toBeLessThan(1e-14);
      matrixToEuler(matrix, 0, angles, 0, convention);
      eulerToMatrix(angles, 0, matrix, 0, convention);
      expect(geodesicDistanceRadians(matrix, 0, expected, 0)).toBeLessThan(1e-13);
      const isProper = letters.charAt(0) === letters.charAt(2);
      const [first = 9, second = 9, third = 9] = angles;
      expect(Math.max(Math.abs(first), Math.abs(third))).toBeLessThanOrEqual(Math.PI);
      expect(second).toBeGreaterThanOrEqual(isProper ? 0 : -Math.PI / 2);
      expect(second).toBeLessThanOrEqual(isProper ? Math.PI : Math.PI / 2);
    }
  });

  it.each(EULER_CONVENTIONS)(
    '%s has a third angle of zero at gimbal lock, and is still right',
    (convention) => {
      const isProper = convention.charAt(10) === convention.charAt(12);
      for (const end of isProper ? [0, Math.PI] : [-Math.PI / 2, Math.PI / 2]) {
        const matrix = new Float64Array(9);
        eulerToMatrix(Float64Array.of(0.4, end, -1.1), 0, matrix, 0, convention);
        const angles = new Float64Array(3);
        matrixToEuler(matrix, 0, angles, 0, convention);
        expect(angles[2]).toBe(0);
        expect(angles[1]).toBeCloseTo(end, 7);
        const back = new Float64Array(9);
        eulerToMatrix(angles, 0, back, 0, convention);
        expect(geodesicDistanceRadians(matrix, 0, back, 0)).toBeLessThan(1e-7);
      }
    },
  );

  it('of the zero quaternion are zero, as of the identity', () => {
    for (const convention of EULER_CONVENTIONS) {
      const angles = new Float64Array(3).fill(7);
      quaternionToEuler(new Float64Array(4), 0, angles, 0, convention);
      const matrix = new Float64Array(9);
      eulerToMatrix(angles, 0, matrix, 0, convention);
      expect(geodesicDistanceRadians(matrix, 0, turn(0, 0), 0)).toBeLessThan(1e-12);
    }
  });

  it('do not depend on the length or the sign of the quaternion', () => {
    const quaternion = Float64Array.of(0.1, -0.7, 0.3, 0.4);
    const expected = new Float64Array(3);
    quaternionToEuler(quaternion, 0, expected, 0, 'extrinsic-zxz');
    for (const factor of [3, -1, -0.2]) {
      const angles = new Float64Array(3);
      quaternionToEuler(
        quaternion.map((value) => factor * value),
        0,
        angles,
        0,
        'extrinsic-zxz',
      );
      angles.forEach((angle, index) => {
        const difference = angle - (expected[index] ?? 0);
        expect(Math.abs(Math.sin(difference / 2))).toBeLessThan(1e-14);
      });
    }
  });

  it('write nothing but their numbers', () => {
    const numbers = new Float64Array(8).fill(7);
    eulerToQuaternion(Float64Array.of(0.1, 0.2, 0.3), 0, numbers, 2, 'intrinsic-xyz');
    expect([numbers[0], numbers[1], numbers[6], numbers[7]]).toEqual([7, 7, 7, 7]);
    quaternionToEuler(numbers.slice(), 2, numbers.fill(7), 2, 'intrinsic-xyz');
    expect([numbers[0], numbers[1], numbers[5], numbers[6], numbers[7]]).toEqual([7, 7, 7, 7, 7]);
  });

  it.each<[EulerConvention, number]>([
    ['intrinsic-xyz', Math.PI],
    ['extrinsic-zyx', Math.PI],
    ['intrinsic-zxz', Math.PI],
  ])('of a half turn about the first axis are %s: pi, which is not turned round', (convention, angle) => {
    const axis = 'xyz'.indexOf(convention.charAt(10));
    for (const sign of [1, -1]) {
      const halfTurn = new Float64Array(4);
      halfTurn[axis] = sign;
      const angles = new Float64Array(3);
      quaternionToEuler(halfTurn, 0, angles, 0, convention);
      expect(Math.abs(angles[0] ?? 9)).toBe(angle);
      expect([Math.abs(angles[1] ?? 9), Math.abs(angles[2] ?? 9)]).toEqual([0, 0]);
    }
  });

  it('may be converted in place, at an offset', () => {
    const numbers = Float64Array.of(9, 9, 0.3, -0.4, 0.5, 0);
    const matrix = new Float64Array(9);
    eulerToMatrix(numbers, 2, matrix, 0, 'intrinsic-yzx');
    eulerToQuaternion(numbers, 2, numbers, 2, 'intrinsic-yzx');
    const back = new Float64Array(9);
    quaternionToMatrix(numbers, 2, back, 0);
    expect(geodesicDistanceRadians(matrix, 0, back, 0)).toBeLessThan(1e-14);
    quaternionToEuler(numbers, 2, numbers, 2, 'intrinsic-yzx');
    expect(numbers[2]).toBeCloseTo(0.3, 13);
    expect(numbers[4]).toBeCloseTo(0.5, 13);
    expect(numbers[0]).toBe(9);
  });

  it('refuse bad input by name', () => {
    const nine = new Float64Array(9);
    const unknown = 'intrinsic-xxy' as string as EulerConvention;
    expect(() => {
      eulerToMatrix(nine, 0, nine, 0, unknown);
    }).toThrow(UnknownEulerConventionError);
    expect(() => {
      matrixToEuler(nine, 0, nine, 0, unknown);
    }).toThrow(/'intrinsic-xxy' is not a convention.*intrinsic-xyz/);
    for (let place = 0; place < 3; place++) {
      const angles = new Float64Array(3);
      angles[place] = place === 1 ? Infinity : Number.NaN;
      expect(() => {
        eulerToMatrix(angles, 0, nine, 0, 'intrinsic-xyz');
      }).toThrow(NonFiniteRotationError);
    }
    expect(() => {
      quaternionToEuler(Float64Array.of(0, 0, Number.NaN, 1), 0, nine, 0, 'intrinsic-xyz');
    }).toThrow(NonFiniteRotationError);
    expect(() => {
      eulerToQuaternion(nine, 7, nine, 0, 'intrinsic-xyz');
    }).toThrow(/Euler angles: expected 3 numbers from offset 7/);
    expect(() => {
      eulerToQuaternion(nine, 0, nine, 6, 'intrinsic-xyz');
    }).toThrow(ArrayRangeError);
    expect(() => {
      quaternionToEuler(nine, 6, nine, 0, 'intrinsic-xyz');
    }).toThrow(ArrayRangeError);
    expect(() => {
      quaternionToEuler(Float64Array.of(0, 0, 0, 1), 0, nine, 7, 'intrinsic-xyz');
    }).toThrow(ArrayRangeError);
  });
});
