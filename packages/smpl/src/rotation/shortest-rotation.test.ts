import { createRandom } from '@pose-rft/random';
import { describe, expect, it } from 'vitest';
import { axisAngleToMatrix } from './axis-angle.js';
import { geodesicDistanceRadians } from './geodesic-distance.js';
import { departureFromRotation } from './nearest-rotation.js';
import { NonFiniteRotationError } from './non-finite-rotation-error.js';
import { rotateVector } from './rotation-matrix.js';
import { shortestRotation } from './shortest-rotation.js';

const IDENTITY = Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1);

function shortest(from: readonly number[], to: readonly number[]): Float64Array {
  const matrix = new Float64Array(9);
  shortestRotation(Float64Array.from(from), 0, Float64Array.from(to), 0, matrix, 0);
  return matrix;
}

describe('the shortest rotation', () => {
  it('takes one direction to the other by the angle between them', () => {
    const random = createRandom(1);
    for (let trial = 0; trial < 100; trial++) {
      const [from, to] = [random.fillNormal(new Float64Array(3)), random.fillNormal(new Float64Array(3))];
      const matrix = shortest(Array.from(from), Array.from(to));
      const turned = new Float64Array(3);
      rotateVector(matrix, 0, from, 0, turned, 0);
      const scale = Math.hypot(...to) / Math.hypot(...from);
      turned.forEach((value, axis) => {
        expect(scale * value).toBeCloseTo(to[axis] ?? 9, 12);
      });
      const cosine = from.reduce((sum, value, axis) => sum + value * (to[axis] ?? 0), 0);
      const angle = Math.acos(cosine / Math.hypot(...from) / Math.hypot(...to));
      expect(geodesicDistanceRadians(matrix, 0, IDENTITY, 0)).toBeCloseTo(angle, 7);
    }
  });

  it.each([1e-15, 1e-9, 1e-5])('is exact %d short of a half turn, and about the right axis', (short) => {
    const matrix = shortest([1, 0, 0], [-Math.cos(short), 0, Math.sin(short)]);
    expect(departureFromRotation(matrix, 0)).toBeLessThan(1e-14);
    expect(Math.abs((matrix[0] ?? 9) + Math.cos(short))).toBeLessThan(1e-14);
    expect(Math.abs((matrix[4] ?? 9) - (short < 1e-12 ? (matrix[4] ?? 9) : 1))).toBeLessThan(1e-14);
  });

  it.each([
    [1, 0, 0],
    [0, -1, 0],
    [0, 0, 2],
    [1, 2, 3],
    [3, 2, 1],
    [2, 1, 3],
  ])('is a half turn for the opposite of %d %d %d', (x, y, z) => {
    const matrix = shortest([x, y, z], [-x, -y, -z]);
    expect(departureFromRotation(matrix, 0)).toBeLessThan(1e-14);
    expect(geodesicDistanceRadians(matrix, 0, IDENTITY, 0)).toBeCloseTo(Math.PI, 12);
    const turned = new Float64Array(3);
    rotateVector(matrix, 0, Float64Array.of(x, y, z), 0, turned, 0);
    [-x, -y, -z].forEach((value, axis) => {
      expect(turned[axis]).toBeCloseTo(value, 12);
    });
  });

  it.each([
    [
      [1, 2, 3],
      [0, 3, -2],
    ],
    [
      [-1, 2, 1],
      [0, 1, -2],
    ],
    [
      [1, 1, 2],
      [0, 2, -1],
    ],
    [
      [2, 1, 3],
      [-3, 0, 2],
    ],
    [
      [3, 2, 2],
      [-2, 0, 3],
    ],
    [
      [3, 2, 1],
      [2, -3, 0],
    ],
    [
      [2, 3, 1],
      [3, -2, 0],
    ],
  ] as const)('turns the opposite of %j about %j, as far as can be from the other axes', (from, axis) => {
    const [a, b, c] = axis;
    const length = Math.hypot(a, b, c);
    const expected = new Float64Array(9);
    const half = Math.PI / length;
    axisAngleToMatrix(Float64Array.of(half * a, half * b, half * c), 0, expected, 0);
    shortest(
      from,
      from.map((value) => -value),
    ).forEach((entry, index) => {
      expect(entry).toBeCloseTo(expected[index] ?? 9, 14);
    });
  });

  it('is the identity where a direction is missing, or both are the same', () => {
    expect(shortest([0, 0, 0], [1, 2, 3])).toEqual(IDENTITY);
    expect(shortest([1, 2, 3], [0, 0, 0])).toEqual(IDENTITY);
    expect(geodesicDistanceRadians(shortest([1, 2, 3], [2, 4, 6]), 0, IDENTITY, 0)).toBeLessThan(1e-15);
  });

  it('refuses bad input by name', () => {
    expect(() => shortest([Number.NaN, 0, 0], [1, 0, 0])).toThrow(NonFiniteRotationError);
    expect(() => shortest([1, 0, 0], [Infinity, 0, 0])).toThrow(/vector at offset 0/);
    expect(() => shortest([1, 0], [1, 0, 0])).toThrow(/first vector/);
    expect(() => shortest([1, 0, 0], [1, 0])).toThrow(/second vector/);
    expect(() => {
      shortestRotation(IDENTITY, 0, IDENTITY, 0, new Float64Array(8), 0);
    }).toThrow(/The rotation: expected 9/);
  });
});
