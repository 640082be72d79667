import { createRandom } from '@pose-rft/random';
import { describe, expect, it } from 'vitest';
import {
  NonFiniteMatrixError,
  singularValueDecomposition3x3,
} from '../linear-algebra/singular-value-decomposition.js';
import { ArrayRangeError } from '../real-array.js';
import { axisAngleToMatrix } from './axis-angle.js';
import {
  assertRotationMatrix,
  departureFromRotation,
  nearestRotation,
  NotARotationError,
} from './nearest-rotation.js';
import { NonFiniteRotationError } from './non-finite-rotation-error.js';

const IDENTITY = [1, 0, 0, 0, 1, 0, 0, 0, 1];

function decompose(numbers: readonly number[]) {
  const [left, values, right] = [new Float64Array(9), new Float64Array(3), new Float64Array(9)];
  singularValueDecomposition3x3(Float64Array.from(numbers), 0, left, 0, values, 0, right, 0);
  const product = Array.from({ length: 9 }, (_, entry) => {
    const [row, column] = [3 * Math.floor(entry / 3), 3 * (entry % 3)];
    return [0, 1, 2].reduce(
      (sum, k) => sum + (left[row + k] ?? 0) * (values[k] ?? 0) * (right[column + k] ?? 0),
      0,
    );
  });
  return { left, values, right, product };
}

describe('singular values', () => {
  it.each<[string, readonly number[], readonly number[]]>([
    ['the identity', IDENTITY, [1, 1, 1]],
    ['a reflection', [1, 0, 0, 0, 1, 0, 0, 0, -1], [1, 1, -1]],
    ['a point reflection', [-1, 0, 0, 0, -1, 0, 0, 0, -1], [1, 1, -1]],
    ['an unsorted diagonal', [1, 0, 0, 0, 3, 0, 0, 0, 2], [3, 2, 1]],
    ['a rank of two', [3, 0, 0, 0, 0, 0, 0, 0, 4], [4, 3, 0]],
    ['a rank of one', [1, 2, 2, 2, 4, 4, 2, 4, 4], [9, 0, 0]],
    ['a rank of one along an axis', [0, 0, 0, 0, 0, -5, 0, 0, 0], [5, 0, 0]],
    ['nothing', [0, 0, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0]],
    ['a shear', [1, 1, 0, 0, 1, 0, 0, 0, 1], [(Math.sqrt(5) + 1) / 2, 1, (Math.sqrt(5) - 1) / 2]],
    ['equal columns', [1, 1, 1, 1, 1, 1, 1, 1, 1], [3, 0, 0]],
    ['tiny numbers', [1e-300, 0, 0, 0, -2e-300, 0, 0, 0, 3e-300], [3e-300, 2e-300, -1e-300]],
    ['huge numbers', [1e300, 0, 0, 0, 2e300, 0, 0, 0, 3e300], [3e300, 2e300, 1e300]],
    ['values far apart', [1, 1, 0, 1e-9, -1e-9, 0, 0, 0, 1e-18], [Math.SQRT2, Math.SQRT2 * 1e-9, -1e-18]],
  ])('of %s', (_, matrix, expected) => {
    const { left, values, right, product } = decompose(matrix);
    const size = Math.max(...expected, 1e-308);
    expected.forEach((value, index) => {
      expect(Math.abs((values[index] ?? 9) - value)).toBeLessThanOrEqual(
        1e-14 * Math.max(Math.abs(value), 1e-2 * size),
      );
    });
    product.forEach((value, entry) => {
      expect(Math.abs(value - (matrix[entry] ?? 9))).toBeLessThanOrEqual(1e-14 * size);
    });
    expect(departureFromRotation(left, 0)).toBeLessThan(1e-14);
    expect(departureFromRotation(right, 0)).toBeLessThan(1e-14);
  });

  it('keep the relative accuracy of the smallest', () => {
    const { values } = decompose([1, 1, 0, 1e-9, -1e-9, 0, 0, 0, 1e-18]);
    expect((values[2] ?? 0) / -1e-18).toBeCloseTo(1, 13);
    expect((values[1] ?? 0) / (Math.SQRT2 * 1e-9)).toBeCloseTo(1, 13);
  });

  it('hold for random matrices, with frames that are rotations', () => {
    const random = createRandom(3);
    for (let trial = 0; trial < 200; trial++) {
      const matrix = Array.from(random.fillNormal(new Float64Array(9)));
      const { left, values, right, product } = decompose(matrix);
      product.forEach((value, entry) => {
        expect(Math.abs(value - (matrix[entry] ?? 9))).toBeLessThan(1e-13);
      });
      expect(departureFromRotation(left, 0)).toBeLessThan(1e-14);
      expect(departureFromRotation(right, 0)).toBeLessThan(1e-14);
      expect(values[0]).toBeGreaterThanOrEqual(values[1] ?? 9);
      expect(values[1]).toBeGreaterThanOrEqual(Math.abs(values[2] ?? 9));
    }
  });

  it('refuse bad input', () => {
    const [nine, three] = [new Float64Array(9), new Float64Array(3)];
    const bad = nine.slice();
    for (const value of [Number.NaN, Infinity, -Infinity]) {
      bad[4] = value;
      expect(() => {
        singularValueDecomposition3x3(bad, 0, nine, 0, three, 0, nine, 0);
      }).toThrow(NonFiniteMatrixError);
    }
    expect(() => {
      singularValueDecomposition3x3(nine, 1, nine, 0, three, 0, nine, 0);
    }).toThrow(/The matrix: expected 9/);
    expect(() => {
      singularValueDecomposition3x3(nine, 0, nine, 1, three, 0, nine, 0);
    }).toThrow(/left singular vectors/);
    expect(() => {
      singularValueDecomposition3x3(nine, 0, nine, 0, three, 1, nine, 0);
    }).toThrow(/singular values: expected 3/);
    expect(() => {
      singularValueDecomposition3x3(nine, 0, nine, 0, three, 0, nine, 1);
    }).toThrow(/right singular vectors/);
  });
});

describe('the nearest rotation', () => {
  it('of a rotation is itself, at any offset and in place', () => {
    const numbers = new Float64Array(12);
    axisAngleToMatrix(Float64Array.of(0.3, -2, 1), 0, numbers, 2);
    const expected = numbers.slice();
    nearestRotation(numbers, 2, numbers, 2);
    numbers.forEach((value, index) => {
      expect(value).toBeCloseTo(expected[index] ?? 9, 14);
    });
  });

  it('is nearer than any rotation nearby', () => {
    const random = createRandom(5);
    const distance = (first: Float64Array, second: Float64Array): number =>
      Math.hypot(...first.map((value, index) => value - (second[index] ?? 0)));
    for (let trial = 0; trial < 20; trial++) {
      const matrix = random.fillNormal(new Float64Array(9));
      const nearest = new Float64Array(9);
      nearestRotation(matrix, 0, nearest, 0);
      assertRotationMatrix(nearest, 0, 1e-14);
      const other = new Float64Array(9);
      for (let attempt = 0; attempt < 50; attempt++) {
        axisAngleToMatrix(random.fillNormal(new Float64Array(3)), 0, other, 0);
        expect(distance(matrix, other)).toBeGreaterThanOrEqual(distance(matrix, nearest) - 1e-12);
      }
    }
  });

  it('of the zero matrix is the identity', () => {
    const matrix = new Float64Array(9);
    nearestRotation(matrix, 0, matrix, 0);
    expect(Array.from(matrix)).toEqual(IDENTITY);
  });
});

describe('the strict check', () => {
  it('measures the departure from a rotation', () => {
    expect(departureFromRotation(Float64Array.from(IDENTITY), 0)).toBe(0);
    expect(departureFromRotation(Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, -1), 0)).toBe(2);
    expect(departureFromRotation(Float64Array.of(2, 0, 0, 0, 1, 0, 0, 0, 1), 0)).toBe(3);
    expect(departureFromRotation(Float64Array.of(1, 0.5, 0, 0, 1, 0, 0, 0, 1), 0)).toBe(0.5);
    expect(departureFromRotation(Float64Array.of(1, 0, 0, 0, 1, 0.25, 0, 0, 1), 0)).toBe(0.25);
    expect(departureFromRotation(Float64Array.of(7, 1, 0, 0.25, 0, 1, 0, 0, 0, 1), 1)).toBe(0.25);
    expect(departureFromRotation(new Float64Array(9).fill(Number.NaN), 0)).toBeNaN();
  });

  it('lets rotations pass in either precision', () => {
    const single = new Float32Array(9);
    axisAngleToMatrix(Float64Array.of(1, 2, -0.5), 0, single, 0);
    assertRotationMatrix(single, 0);
    expect(() => {
      assertRotationMatrix(single, 0, 1e-12);
    }).toThrow(NotARotationError);
  });

  it('says what is wrong', () => {
    expect(() => {
      assertRotationMatrix(Float64Array.of(0, 1, 0, 1, 0, 0, 0, 0, 1), 0);
    }).toThrow(/reflects.*nearestRotation/);
    expect(() => {
      assertRotationMatrix(Float64Array.of(1, 0.5, 0, 0, 1, 0, 0, 0, 1), 0);
    }).toThrow(/not orthonormal: R\^T R departs from the identity by 0.500/);
    const bad = Float64Array.from(IDENTITY);
    bad[3] = Infinity;
    expect(() => {
      assertRotationMatrix(bad, 0);
    }).toThrow(NonFiniteRotationError);
    expect(() => {
      nearestRotation(bad, 0, bad, 0);
    }).toThrow(NonFiniteRotationError);
    expect(() => {
      assertRotationMatrix(bad, 1);
    }).toThrow(ArrayRangeError);
    expect(() => {
      nearestRotation(bad, 1, bad, 0);
    }).toThrow(/The matrix/);
    expect(() => {
      nearestRotation(bad, 0, bad, 1);
    }).toThrow(/nearest rotation/);
  });
});

describe('how far numbers are from a rotation', () => {
  it('is 1 for nothing, 2 for a reflection, and not a number for what is not finite', () => {
    expect(departureFromRotation(new Float64Array(9), 0)).toBe(1);
    expect(departureFromRotation(Float64Array.of(-1, 0, 0, 0, 1, 0, 0, 0, 1), 0)).toBe(2);
    expect(departureFromRotation(new Float64Array(9).fill(Infinity), 0)).toBeNaN();
    expect(departureFromRotation(new Float64Array(9).fill(-Infinity), 0)).toBeNaN();
    expect(() => departureFromRotation(new Float64Array(10), 2)).toThrow('The matrix: expected 9 numbers');
  });

  it('may be the tolerance itself', () => {
    const identity = Float64Array.from(IDENTITY);
    assertRotationMatrix(identity, 0, 0);
    identity[8] = 0.5;
    assertRotationMatrix(identity, 0, 0.75);
    expect(() => {
      assertRotationMatrix(identity, 0, 0.7499);
    }).toThrow(NotARotationError);
  });

  it('is told with the numbers, and apart from a reflection', () => {
    const numbers = Float64Array.of(5, 5, 1, 0, 0, 0, 1, 0, 0, 0, 0);
    expect(() => {
      assertRotationMatrix(numbers, 2);
    }).toThrow(
      'The matrix at offset 2, [1, 0, 0, 0, 1, 0, 0, 0, 0], is not a rotation: its columns are not orthonormal: ' +
        'R^T R departs from the identity by 1.00, and 0.00001 is allowed.',
    );
    numbers[10] = -1;
    expect(() => {
      assertRotationMatrix(numbers, 2);
    }).toThrow('is not a rotation: it reflects: its determinant is negative.');
  });
});
