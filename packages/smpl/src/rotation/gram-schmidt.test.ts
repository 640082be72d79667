import { createRandom } from '@pose-rft/random';
import { describe, expect, it } from 'vitest';
import { isNearlyParallel, orthonormaliseColumns } from './gram-schmidt.js';
import { departureFromRotation } from './nearest-rotation.js';

type Six = readonly [number, number, number, number, number, number];
type Three = readonly [number, number, number];

function rotationOf(numbers: Six): Float64Array {
  const matrix = new Float64Array(9);
  expect(orthonormaliseColumns(...numbers, matrix, 0)).toBe(true);
  return matrix;
}

function sixOf(numbers: ArrayLike<number>): Six {
  const [a0 = NaN, a1 = NaN, a2 = NaN, b0 = NaN, b1 = NaN, b2 = NaN] = Array.from(numbers);
  return [a0, a1, a2, b0, b1, b2];
}

const scaled = ([a0, a1, a2, b0, b1, b2]: Six, a: number, b: number): Six => [
  a * a0,
  a * a1,
  a * a2,
  b * b0,
  b * b1,
  b * b2,
];

/** Gram-Schmidt as it is usually written, for columns of ordinary length: whose bits checkpoints were trained with. */
function ordinary([a0, a1, a2, b0, b1, b2]: Six): number[] {
  const a = 1 / Math.sqrt(a0 * a0 + a1 * a1 + a2 * a2);
  const [x0, x1, x2] = [a0 * a, a1 * a, a2 * a];
  const along = x0 * b0 + x1 * b1 + x2 * b2;
  const [u0, u1, u2] = [b0 - along * x0, b1 - along * x1, b2 - along * x2];
  const u = 1 / Math.sqrt(u0 * u0 + u1 * u1 + u2 * u2);
  const [y0, y1, y2] = [u0 * u, u1 * u, u2 * u];
  return [x0, y0, x1 * y2 - x2 * y1, x1, y1, x2 * y0 - x0 * y2, x2, y2, x0 * y1 - x1 * y0];
}

const random = createRandom(21);
const SIXES = Array.from({ length: 40 }, () => sixOf(random.fillNormal(new Float64Array(6))));

describe('orthonormaliseColumns', () => {
  it.each([
    [1, 1],
    [1e-28, 1e-28],
    [1e28, 1e28],
    [1e-20, 1e25],
    [1e20, 1e100],
  ])('gives the bits of plain Gram-Schmidt for columns of lengths near %d and %d', (a, b) => {
    for (const six of SIXES) {
      const numbers = scaled(six, a, b);
      expect(Array.from(rotationOf(numbers))).toEqual(ordinary(numbers));
    }
  });

  it.each([1e-300, 1e-200, 1e-160, 1e-155, 1, 1e155, 1e160, 1e200, 1e300])(
    'loses nothing where squares vanish or overflow: a length of %d',
    (length) => {
      for (const six of SIXES) {
        const expected = rotationOf(six);
        for (const [a, b] of [
          [length, 1],
          [1, length],
          [length, length],
          [length, 1 / length],
        ] as const) {
          const matrix = rotationOf(scaled(six, a, b));
          expect(departureFromRotation(matrix, 0)).toBeLessThan(3e-15);
          matrix.forEach((entry, index) => {
            // The second column may be almost along the first, which amplifies rounding.
            expect(Math.abs(entry - (expected[index] ?? 9))).toBeLessThan(1e-12);
          });
        }
      }
    },
  );

  it.each<[Three, Three]>([
    [
      [1, 0, 0],
      [0, 1, 0],
    ],
    [
      [0, 1, 0],
      [0, 0, 1],
    ],
    [
      [0, 0, 1],
      [0, 1, 0],
    ],
    [
      [1, 2, 3],
      [1, 0, 0],
    ],
    [
      [-2, 1, 3],
      [0, 1, 0],
    ],
    [
      [3, 2, -1],
      [0, 0, 1],
    ],
    [
      [1, -1, 1],
      [0, 1, 0],
    ],
    [
      [1, 1, 2],
      [0, 1, 0],
    ],
    [
      [2, 1, 1],
      [0, 1, 0],
    ],
    [
      [1, 2, 1],
      [0, 0, 1],
    ],
    [
      [1, 3, 2],
      [1, 0, 0],
    ],
    [
      [2, 3, 1],
      [0, 0, 1],
    ],
  ])('of a first column %j alone takes the axis %j for the second', (first, axis) => {
    const expected = rotationOf([...first, ...axis]);
    const [x, y, z] = first;
    for (const second of [[0, 0, 0], first, [-5 * x, -5 * y, -5 * z]] as const) {
      const matrix = rotationOf([...first, ...second]);
      matrix.forEach((entry, index) => {
        expect(Math.abs(entry - (expected[index] ?? 9))).toBeLessThan(1e-15);
      });
    }
  });

  it('takes columns for parallel by the angle between them, whatever their lengths', () => {
    for (const length of [1e-8, 1, 1e10, 1e-200, 1e200]) {
      const turned = rotationOf([1, 0, 0, length, 0, 1.1e-6 * length]);
      expect(turned[7]).toBeCloseTo(1, 12);
      const fallback = rotationOf([1, 0, 0, length, 0, 0.9e-6 * length]);
      expect(fallback[4]).toBe(1);
    }
  });

  it.each([NaN, Infinity, -Infinity])('refuses %d at any place, and writes nothing', (bad) => {
    for (let place = 0; place < 6; place++) {
      const numbers = [1, 0, 0, 0, 1, 0].map((value, index) => (index === place ? bad : value));
      const matrix = new Float64Array(9).fill(7);
      expect(orthonormaliseColumns(...sixOf(numbers), matrix, 0)).toBe(false);
      expect(matrix).toEqual(new Float64Array(9).fill(7));
    }
  });

  it('writes nine numbers at its offset, the short way and the long', () => {
    for (const six of [SIXES[0] as Six, [0, 0, 0, 0, 0, 0] as const]) {
      const matrix = new Float64Array(12).fill(7);
      orthonormaliseColumns(...six, matrix, 2);
      expect([matrix[0], matrix[1], matrix[11]]).toEqual([7, 7, 7]);
      expect(matrix.slice(2, 11)).toEqual(rotationOf(six));
    }
  });
});

describe('isNearlyParallel', () => {
  it.each([1e-10, 1e-3, 1, 1e10])('is a question of the angle alone: at a length of %d', (length) => {
    for (const sign of [1, -1]) {
      expect(isNearlyParallel(length, sign * 0.9e-6 * length)).toBe(true);
      expect(isNearlyParallel(length, sign * 1.1e-6 * length)).toBe(false);
      expect(isNearlyParallel(sign * length, 1e-5 * length)).toBe(false);
      expect(isNearlyParallel(0, sign * length)).toBe(false);
    }
  });

  it('is true of nothing, and of what is not a number', () => {
    expect(isNearlyParallel(0, 0)).toBe(true);
    expect(isNearlyParallel(NaN, 1)).toBe(true);
    expect(isNearlyParallel(1, NaN)).toBe(true);
  });
});
