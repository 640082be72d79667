import { createRandom } from '@pose-rft/random';
import { describe, expect, it } from 'vitest';
import { ArrayRangeError } from '../real-array.js';
import { axisAngleToMatrix } from './axis-angle.js';
import { geodesicDistanceRadians } from './geodesic-distance.js';
import { chordalMeanRotation, geodesicMeanRotation, MeanRotationError } from './mean-rotation.js';
import { assertRotationMatrix } from './nearest-rotation.js';
import { NonFiniteRotationError } from './non-finite-rotation-error.js';
import { matrixToQuaternion, quaternionToMatrix } from './quaternion.js';
import { composeQuaternions, invertQuaternion } from './quaternion-product.js';
import { composeRotations } from './rotation-matrix.js';
import { slerpQuaternions, slerpRotations } from './slerp.js';

function rotation(...axisAngle: readonly [number, number, number]): Float64Array {
  const matrix = new Float64Array(9);
  axisAngleToMatrix(Float64Array.from(axisAngle), 0, matrix, 0);
  return matrix;
}

function quaternionOf(matrix: Float64Array): Float64Array {
  const quaternion = new Float64Array(4);
  matrixToQuaternion(matrix, 0, quaternion, 0);
  return quaternion;
}

const distance = (first: Float64Array, second: Float64Array): number =>
  geodesicDistanceRadians(first, 0, second, 0);

describe('quaternion products', () => {
  it('are matrix products', () => {
    const [first, second] = [rotation(0.3, 1, -0.2), rotation(-2, 0.4, 0.9)];
    const expected = new Float64Array(9);
    composeRotations(first, 0, second, 0, expected, 0);
    for (const target of ['first', 'second', 'elsewhere']) {
      const [a, b] = [quaternionOf(first), quaternionOf(second)];
      const product = target === 'first' ? a : target === 'second' ? b : new Float64Array(4);
      composeQuaternions(a, 0, b, 0, product, 0);
      const matrix = new Float64Array(9);
      quaternionToMatrix(product, 0, matrix, 0);
      expect(distance(matrix, expected)).toBeLessThan(1e-14);
    }
  });

  it('with the inverse are the identity', () => {
    const numbers = new Float64Array(9);
    numbers.set(quaternionOf(rotation(1, 2, 3)), 1);
    invertQuaternion(numbers, 1, numbers, 5);
    composeQuaternions(numbers, 1, numbers, 5, numbers, 0);
    [0, 0, 0, 1].forEach((value, index) => {
      expect(numbers[index]).toBeCloseTo(value, 14);
    });
    invertQuaternion(numbers, 0, numbers, 0);
    expect(numbers[3]).toBeCloseTo(1, 14);
  });

  it('refuse short arrays', () => {
    const four = new Float64Array(4);
    expect(() => {
      composeQuaternions(four, 1, four, 0, four, 0);
    }).toThrow(/first quaternion/);
    expect(() => {
      composeQuaternions(four, 0, four, 1, four, 0);
    }).toThrow(/second quaternion/);
    expect(() => {
      composeQuaternions(four, 0, four, 0, four, 1);
    }).toThrow(/product/);
    expect(() => {
      invertQuaternion(four, 1, four, 0);
    }).toThrow(/The quaternion/);
    expect(() => {
      invertQuaternion(four, 0, four, 1);
    }).toThrow(/inverse/);
  });
});

describe('slerp', () => {
  it.each([0, 1e-12, 1e-5, 0.7, 3, Math.PI])('travels a turn of %d at constant speed', (angle) => {
    const base = rotation(0.4, -1, 0.3);
    const end = new Float64Array(9);
    composeRotations(base, 0, rotation(0, angle, 0), 0, end, 0);
    for (const fraction of [-0.5, 0, 0.25, 0.5, 1]) {
      const between = new Float64Array(9);
      slerpRotations(base, 0, end, 0, fraction, between, 0);
      expect(Math.abs(distance(base, between) - Math.abs(fraction) * angle)).toBeLessThan(1e-14);
      if (fraction >= 0)
        expect(Math.abs(distance(between, end) - (1 - fraction) * angle)).toBeLessThan(3e-15);
      const quaternion = quaternionOf(end);
      const back = new Float64Array(9);
      // A half turn has two shortest ways; rounding decides which a quaternion takes.
      if (angle < 3.1) {
        slerpQuaternions(quaternionOf(base), 0, quaternion, 0, fraction, quaternion, 0);
        quaternionToMatrix(quaternion, 0, back, 0);
        expect(distance(back, between)).toBeLessThan(1e-14);
      }
    }
  });

  it('takes the shorter way whatever the sign of a quaternion, and keeps the sign of the first', () => {
    const first = quaternionOf(rotation(0, 0, 0.2));
    const second = quaternionOf(rotation(0, 0, 1)).map((value) => -value);
    const between = new Float64Array(4);
    slerpQuaternions(first, 0, second, 0, 0.5, between, 0);
    expect(between[2]).toBeCloseTo(Math.sin(0.3), 14);
    expect(between[3]).toBeCloseTo(Math.cos(0.3), 14);
  });

  it('refuses NaN and short arrays', () => {
    const nine = rotation(0, 0, 0);
    expect(() => {
      slerpRotations(nine, 0, nine, 0, Number.NaN, nine, 0);
    }).toThrow(NonFiniteRotationError);
    expect(() => {
      slerpRotations(nine, 1, nine, 0, 0.5, nine, 0);
    }).toThrow(ArrayRangeError);
    expect(() => {
      slerpQuaternions(nine, 0, nine, 6, 0.5, nine, 0);
    }).toThrow(ArrayRangeError);
  });
});

describe('means', () => {
  const means = { chordalMeanRotation, geodesicMeanRotation };

  it.each(Object.entries(means))(
    '%s of equal rotations is that rotation, and may be written in place',
    (_, mean) => {
      const matrices = new Float64Array(28).fill(9);
      for (let index = 0; index < 3; index++) matrices.set(rotation(0.1, 2, -1), 1 + 9 * index);
      mean(matrices, 1, 3, matrices, 10);
      expect(distance(matrices.subarray(10), rotation(0.1, 2, -1))).toBeLessThan(1e-13);
      expect(matrices[0]).toBe(9);
    },
  );

  it.each(Object.entries(means))('%s weighs', (name, mean) => {
    const matrices = new Float64Array([...rotation(0, 0, 0), ...rotation(0, 0, 0.9)]);
    const target = new Float64Array(9);
    mean(matrices, 0, 2, target, 0, { weights: [2, 1] });
    const angle = distance(target, rotation(0, 0, 0));
    if (name === 'geodesicMeanRotation') expect(angle).toBeCloseTo(0.3, 13);
    else expect(angle).toBeCloseTo(Math.atan2(Math.sin(0.9), 2 + Math.cos(0.9)), 13);
    mean(matrices, 0, 2, target, 0, { weights: [0, 1] });
    expect(distance(target, rotation(0, 0, 0.9))).toBeLessThan(1e-13);
  });

  it.each(Object.entries(means))('%s turns with its rotations', (_, mean) => {
    const random = createRandom(8);
    const turn = rotation(1, -2, 0.5);
    const matrices = new Float64Array(45);
    const turned = new Float64Array(45);
    for (let index = 0; index < 5; index++) {
      axisAngleToMatrix(
        random.fillNormal(new Float64Array(3)).map((value) => value / 2),
        0,
        matrices,
        9 * index,
      );
      composeRotations(turn, 0, matrices, 9 * index, turned, 9 * index);
    }
    const [expected, actual] = [new Float64Array(9), new Float64Array(9)];
    mean(matrices, 0, 5, expected, 0);
    composeRotations(turn, 0, expected, 0, expected, 0);
    mean(turned, 0, 5, actual, 0);
    expect(distance(actual, expected)).toBeLessThan(1e-12);
  });

  it.each(Object.entries(means))('%s refuses bad input by name', (_, mean) => {
    const matrices = new Float64Array([...rotation(0, 0, 0), ...rotation(0, 0, 1)]);
    const call = (count: number, weights?: readonly number[], target = new Float64Array(9)) => {
      return () => {
        mean(matrices, 0, count, target, 0, weights === undefined ? {} : { weights });
      };
    };
    expect(call(0)).toThrow(/count is 0/);
    expect(call(1.5)).toThrow(MeanRotationError);
    expect(call(3)).toThrow(ArrayRangeError);
    expect(call(2, undefined, new Float64Array(8))).toThrow(/mean rotation: expected 9/);
    expect(call(2, [1])).toThrow(/weights has 1 numbers; 2 rotations need 2/);
    expect(call(2, [1, -1])).toThrow(/weights\[1\] is -1/);
    expect(call(2, [Number.NaN, 1])).toThrow(/weights\[0\] is NaN/);
    expect(call(2, [1, Infinity])).toThrow(/weights\[1\] is Infinity/);
    expect(call(2, [0, 0])).toThrow(/add up to 0/);
    expect(call(2, [1e308, 1e308])).toThrow('The weights add up to Infinity.');
    expect(call(3)).toThrow('The matrices: expected 27 numbers from offset 0, but the array has 18.');
    matrices[10] = Number.NaN;
    expect(call(2)).toThrow(NonFiniteRotationError);
  });

  it('of rotations spread over the whole group settle at a rotation, or say that they do not', () => {
    const random = createRandom(4);
    let settled = 0;
    for (let trial = 0; trial < 20; trial++) {
      const matrices = new Float64Array(9 * 12);
      for (let index = 0; index < 12; index++) {
        axisAngleToMatrix(
          random.fillNormal(new Float64Array(3)).map((value) => 4 * value),
          0,
          matrices,
          9 * index,
        );
      }
      const mean = new Float64Array(9);
      try {
        geodesicMeanRotation(matrices, 0, 12, mean, 0);
        assertRotationMatrix(mean, 0, 1e-12);
        settled++;
      } catch (error) {
        expect(error).toBeInstanceOf(MeanRotationError);
      }
    }
    expect(settled).toBeGreaterThan(15);
  });
});
