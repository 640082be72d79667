import { createRandom } from '@pose-rft/random';
import { describe, expect, it } from 'vitest';
import { singularValueDecomposition3x3 } from '../linear-algebra/singular-value-decomposition.js';
import { departureFromRotation, nearestRotation } from './nearest-rotation.js';
import { writeOptimalRotation } from './optimal-rotation.js';

function traceWith(rotation: Float64Array, correlation: Float64Array): number {
  return rotation.reduce((sum, value, entry) => sum + value * (correlation[entry] ?? 0), 0);
}

function signedSingularValueSum(matrix: Float64Array): number {
  const values = new Float64Array(3);
  singularValueDecomposition3x3(matrix, 0, new Float64Array(9), 0, values, 0, new Float64Array(9), 0);
  return values.reduce((sum, value) => sum + value, 0);
}

describe('the optimal rotation', () => {
  it.each([1, 1e-200, 1e-80, 1e80, 1e200])('is that of the singular values, at a scale of %d', (scale) => {
    const random = createRandom(1);
    const rotation = new Float64Array(9);
    const expected = new Float64Array(9);
    for (let trial = 0; trial < 300; trial++) {
      const correlation = random.fillNormal(new Float64Array(9)).map((value) => scale * value);
      const trace = writeOptimalRotation(correlation, rotation);
      expect(Math.abs(trace / scale - signedSingularValueSum(correlation) / scale)).toBeLessThan(1e-12);
      nearestRotation(correlation, 0, expected, 0);
      expect(departureFromRotation(rotation, 0)).toBeLessThan(1e-11);
      rotation.forEach((entry, index) => {
        expect(Math.abs(entry - (expected[index] ?? 9))).toBeLessThan(1e-10);
      });
    }
  });

  it.each<[string, readonly number[]]>([
    ['a line', [4, 0, 0, 0, 0, 0, 0, 0, 0]],
    ['almost a line', [4, 0, 0, 0, 1e-7, 0, 0, 0, 0]],
    ['a plane', [4, 0, 0, 0, 3, 0, 0, 0, 0]],
    ['a mirrored set', [3, 0, 0, 0, 2, 0, 0, 0, -1]],
    ['a mirrored set of equal extents', [3, 0, 0, 0, 2, 0, 0, 0, -2]],
    ['almost that', [3, 0, 0, 0, 2, 0, 0, 0, -1.9999]],
    ['a point reflection', [-1, 0, 0, 0, -1, 0, 0, 0, -1]],
    ['nothing', [0, 0, 0, 0, 0, 0, 0, 0, 0]],
  ])('never reflects and reaches the greatest trace: %s', (_, numbers) => {
    const correlation = Float64Array.from(numbers);
    const rotation = new Float64Array(9);
    const trace = writeOptimalRotation(correlation, rotation);
    expect(departureFromRotation(rotation, 0)).toBeLessThan(1e-12);
    expect(trace).toBeCloseTo(signedSingularValueSum(correlation), 12);
    expect(traceWith(rotation, correlation)).toBeCloseTo(trace, 12);
  });

  /** U V^T of the singular value decomposition, to the last bit. */
  function bySingularValues(correlation: Float64Array): number[] {
    const rotation = new Float64Array(9);
    nearestRotation(correlation, 0, rotation, 0);
    return Array.from(rotation);
  }

  const optimal = (correlation: Float64Array): number[] => {
    const rotation = new Float64Array(9);
    writeOptimalRotation(correlation, rotation);
    return Array.from(rotation);
  };

  it.each([1, 1e-149, 1e149])('is of closed form where it is clear, at a size of %d', (scale) => {
    const random = createRandom(5);
    let differing = 0;
    for (let trial = 0; trial < 20; trial++) {
      const clear = [3, 1, 0, 0, 2, 1, 1, 0, 2].map((value) => scale * (value + random.normal() / 9));
      const correlation = Float64Array.from(clear, (value) => value / 5);
      const [actual, decomposed] = [optimal(correlation), bySingularValues(correlation)];
      actual.forEach((entry, index) => {
        expect(Math.abs(entry - (decomposed[index] ?? 9))).toBeLessThan(1e-14);
      });
      if (actual.some((entry, index) => entry !== decomposed[index])) differing++;
    }
    // The two ways round differently.
    expect(differing).toBeGreaterThan(15);
  });

  it.each<[string, readonly number[], number]>([
    ['vanishing', [3, 1, 0, 0, 2, 1, 1, 0, 2], 1e-152],
    ['overflowing', [3, 1, 0, 0, 2, 1, 1, 0, 2], 1e151],
    ['almost straight', [4, 1e-5, 0, 2e-5, 1e-4, 0, 0, 3e-5, 0], 1],
    ['almost ambiguously reflected', [3, 1e-3, 0, 0, 2, 1e-4, 0, 0, -1.9999], 1],
  ])('is that of the singular values, to the last bit, where it is not: %s', (_, numbers, scale) => {
    const correlation = Float64Array.from(numbers, (value) => scale * value);
    expect(optimal(correlation)).toEqual(bySingularValues(correlation));
  });

  it('is accurate on both sides of where the closed form gives way', () => {
    // There rounding, 2^-53, is amplified by the bound on the conditioning, 1000.
    const tolerance = 1000 * 2 ** -51;
    for (let exponent = -8; exponent < 0; exponent += 0.01) {
      const correlation = Float64Array.of(
        1,
        0.1,
        -0.2,
        0.1,
        10 ** exponent,
        0,
        -0.2,
        0,
        -(10 ** exponent) / 3,
      );
      const rotation = new Float64Array(9);
      const trace = writeOptimalRotation(correlation, rotation);
      expect(departureFromRotation(rotation, 0)).toBeLessThan(1e-11);
      expect(Math.abs(traceWith(rotation, correlation) - signedSingularValueSum(correlation))).toBeLessThan(
        tolerance,
      );
      expect(Math.abs(trace - signedSingularValueSum(correlation))).toBeLessThan(tolerance);
    }
  });
});
