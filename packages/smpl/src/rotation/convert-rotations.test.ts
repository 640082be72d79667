import { createRandom } from '@pose-rft/random';
import { describe, expect, it, vi } from 'vitest';
import { ArrayRangeError, type RealArray } from '../real-array.js';
import {
  convertRotations,
  ROTATION_FORMATS,
  rotationSize,
  UnknownRotationFormatError,
  type RotationFormat,
} from './convert-rotations.js';
import { NotARotationError } from './nearest-rotation.js';
import { NonFiniteRotationError } from './non-finite-rotation-error.js';

const COUNT = 5;

/** [COUNT] rotations in a format, none of them near a singularity of Euler angles. */
function batch(format: RotationFormat): Float64Array {
  const axisAngles = createRandom(11).fillNormal(new Float64Array(3 * COUNT));
  const converted = new Float64Array(rotationSize(format) * COUNT);
  convertRotations(COUNT, 'axis-angle', axisAngles, 0, format, converted, 0);
  return converted;
}

const matricesOf = (format: RotationFormat, numbers: RealArray, offset = 0): Float64Array => {
  const matrices = new Float64Array(9 * COUNT);
  convertRotations(COUNT, format, numbers, offset, 'matrix', matrices, 0);
  return matrices;
};

const largestDifference = (first: Float64Array, second: Float64Array): number =>
  first.reduce((largest, value, index) => Math.max(largest, Math.abs(value - (second[index] ?? 9))), 0);

const PAIRS = ROTATION_FORMATS.flatMap((from) => ROTATION_FORMATS.map((to) => [from, to] as const));

describe('convertRotations', () => {
  it('knows 31 formats', () => {
    expect(ROTATION_FORMATS.length).toBe(31);
    expect(ROTATION_FORMATS.map(rotationSize).sort().join('')).toBe(`${'3'.repeat(25)}446669`);
  });

  it('gives the same rotations whatever the two formats, elsewhere or in place', () => {
    for (const [from, to] of PAIRS) {
      const source = batch(from);
      const expected = matricesOf(from, source);
      const elsewhere = new Float64Array(rotationSize(to) * COUNT + 2);
      convertRotations(COUNT, from, source, 0, to, elsewhere, 1);
      expect(elsewhere[0]).toBe(0);
      expect(elsewhere[elsewhere.length - 1]).toBe(0);
      expect(largestDifference(matricesOf(to, elsewhere, 1), expected), `${from} to ${to}`).toBeLessThan(
        1e-12,
      );

      const shared = new Float64Array(9 * COUNT + 4);
      for (const [readAt, writeAt] of [
        [2, 2],
        [0, 4],
        [4, 0],
        [1, 3],
      ] as const) {
        shared.set(source, readAt);
        convertRotations(COUNT, from, shared, readAt, to, shared, writeAt);
        expect(Array.from(shared.subarray(writeAt, writeAt + rotationSize(to) * COUNT))).toEqual(
          Array.from(elsewhere.subarray(1, elsewhere.length - 1)),
        );
      }
    }
  });

  it('converts in place between views of different precision', () => {
    for (const [from, to] of [
      ['axis-angle', 'quaternion-wxyz'],
      ['matrix', 'axis-angle'],
      ['axis-angle', 'matrix'],
    ] as const) {
      const expected = matricesOf(from, batch(from));
      const memory = new ArrayBuffer(8 * 9 * COUNT + 16);
      const doubles = new Float64Array(memory);
      const singles = new Float32Array(memory);
      for (const offset of [0, 1, 3]) {
        doubles.set(batch(from));
        convertRotations(COUNT, from, doubles, 0, to, singles, offset);
        expect(largestDifference(matricesOf(to, singles, offset), expected)).toBeLessThan(1e-6);
      }
    }
  });

  // By how many numbers the target lies behind the source, how many rotations there are, how often they are copied.
  it.each<[RotationFormat, RotationFormat, number, number, number]>([
    // Nothing in the way, or one order in which nothing is overwritten before it is read.
    ['axis-angle', 'matrix', 0, 5, 0],
    ['axis-angle', 'matrix', 0, 2, 0],
    ['axis-angle', 'matrix', -6, 5, 0],
    ['axis-angle', 'matrix', -24, 5, 0],
    ['axis-angle', 'matrix', 15, 5, 0],
    ['matrix', 'axis-angle', 0, 5, 0],
    ['matrix', 'axis-angle', 6, 5, 0],
    ['matrix', 'axis-angle', 24, 5, 0],
    ['matrix', 'axis-angle', -15, 5, 0],
    ['matrix', 'axis-angle', 45, 5, 0],
    ['quaternion-xyzw', 'quaternion-wxyz', 0, 5, 0],
    ['quaternion-xyzw', 'quaternion-wxyz', 3, 5, 0],
    ['quaternion-xyzw', 'quaternion-wxyz', -3, 5, 0],
    ['matrix', 'axis-angle', 7, 1, 0],
    // The target overtakes the source on the way.
    ['axis-angle', 'matrix', -10, 5, 1],
    ['axis-angle', 'matrix', -7, 5, 1],
    ['axis-angle', 'matrix', -23, 5, 1],
    ['matrix', 'axis-angle', 7, 5, 1],
    ['matrix', 'axis-angle', 10, 5, 1],
    ['matrix', 'axis-angle', 23, 5, 1],
  ])(
    'from %s to %s in place, %d further and %d of them, copies %d times',
    (from, to, shift, count, copies) => {
      const source = batch(from).subarray(0, rotationSize(from) * count);
      const expected = new Float64Array(rotationSize(to) * count);
      convertRotations(count, from, source, 0, to, expected, 0);
      const shared = new Float64Array(200);
      shared.set(source, 60);
      const slice = vi.fn((...range: [number, number]) => Float64Array.prototype.slice.apply(shared, range));
      Object.defineProperty(shared, 'slice', { value: slice });
      convertRotations(count, from, shared, 60, to, shared, 60 + shift);
      expect(shared.subarray(60 + shift, 60 + shift + expected.length)).toEqual(expected);
      expect(slice).toHaveBeenCalledTimes(copies);
    },
  );

  it('copies nothing between two arrays, wherever in them the rotations are', () => {
    const source = batch('matrix');
    Object.defineProperty(source, 'slice', {
      value: () => {
        throw new Error('copied');
      },
    });
    const target = new Float64Array(40);
    for (const offset of [0, 7, 10, 23])
      convertRotations(COUNT, 'matrix', source, 0, 'axis-angle', target, offset);
    expect(largestDifference(matricesOf('axis-angle', target, 23), batch('matrix'))).toBeLessThan(1e-12);
  });

  it('names the first of several bad matrices, also where the target lies behind them in one array', () => {
    const shared = new Float64Array(80);
    shared.set(batch('matrix'), 0);
    for (const bad of [9, 27]) shared[bad] = 4;
    expect(() => {
      convertRotations(COUNT, 'matrix', shared, 0, 'axis-angle', shared, 45, { matrices: 'check' });
    }).toThrow(/offset 9,/);
    shared.copyWithin(20, 0, 45);
    expect(() => {
      convertRotations(COUNT, 'matrix', shared, 20, 'axis-angle', shared, 0, { matrices: 'check' });
    }).toThrow(/offset 29,/);
  });

  it('leaves numbers as they are where nothing is to be converted', () => {
    for (const matrices of ['trust', 'check', 'nearest'] as const) {
      const long = Float64Array.of(4, -5, 6);
      const target = new Float64Array(3);
      convertRotations(1, 'axis-angle', long, 0, 'axis-angle', target, 0, { matrices });
      expect(target).toEqual(long);
    }
  });

  it('asks nothing of what is not a matrix', () => {
    const vector = Float64Array.of(0.4, -0.5, 0.6);
    const expected = new Float64Array(4);
    convertRotations(1, 'axis-angle', vector, 0, 'quaternion-wxyz', expected, 0);
    for (const matrices of ['trust', 'check', 'nearest'] as const) {
      const target = new Float64Array(4);
      convertRotations(1, 'axis-angle', vector, 0, 'quaternion-wxyz', target, 0, { matrices });
      expect(target).toEqual(expected);
    }
  });

  it('takes the columns of a trusted matrix as they are', () => {
    const numbers = Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9);
    for (const options of [{}, { matrices: 'trust' }] as const) {
      const target = new Float64Array(6);
      convertRotations(1, 'matrix', numbers, 0, 'rotation6d-columns', target, 0, options);
      expect(Array.from(target)).toEqual([1, 4, 7, 2, 5, 8]);
    }
  });

  it('names the order of a quaternion', () => {
    const target = new Float64Array(4);
    convertRotations(
      1,
      'quaternion-xyzw',
      Float64Array.of(0.1, 0.2, 0.4, 0.8),
      0,
      'quaternion-wxyz',
      target,
      0,
    );
    expect(Array.from(target)).toEqual([0.8, 0.1, 0.2, 0.4]);
    convertRotations(1, 'quaternion-wxyz', target, 0, 'quaternion-xyzw', target, 0);
    expect(Array.from(target)).toEqual([0.1, 0.2, 0.4, 0.8]);
  });

  it('trusts, checks or mends matrices, as asked', () => {
    const matrices = batch('matrix');
    matrices[9] = (matrices[9] ?? 0) + 0.2;
    const target = new Float64Array(9 * COUNT);
    convertRotations(COUNT, 'matrix', matrices, 0, 'matrix', target, 0);
    expect(target).toEqual(matrices);
    expect(() => {
      convertRotations(COUNT, 'matrix', matrices, 0, 'axis-angle', target, 0, { matrices: 'check' });
    }).toThrow(NotARotationError);
    expect(() => {
      convertRotations(COUNT, 'matrix', matrices, 0, 'matrix', target, 0, { matrices: 'check' });
    }).toThrow(/offset 9/);
    convertRotations(COUNT, 'matrix', matrices, 0, 'matrix', target, 0, { matrices: 'nearest' });
    convertRotations(COUNT, 'matrix', target, 0, 'matrix', target, 0, { matrices: 'check' });
    expect(largestDifference(target, batch('matrix'))).toBeLessThan(0.2);
  });

  it('refuses bad input by name', () => {
    const numbers = new Float64Array(9);
    expect(() => {
      convertRotations(2, 'quaternion-wxyz', numbers, 2, 'axis-angle', numbers, 0);
    }).toThrow(/rotations \(quaternion-wxyz\): expected 8 numbers from offset 2/);
    expect(() => {
      convertRotations(3, 'axis-angle', numbers, 0, 'quaternion-wxyz', numbers, 0);
    }).toThrow(/converted rotations \(quaternion-wxyz\): expected 12/);
    for (const count of [-1, 0.5, Number.NaN]) {
      expect(() => {
        convertRotations(count, 'axis-angle', numbers, 0, 'axis-angle', numbers, 0);
      }).toThrow(ArrayRangeError);
    }
    expect(() => rotationSize('rotation9d' as string as RotationFormat)).toThrow(UnknownRotationFormatError);
    expect(() => {
      convertRotations(1, 'axis-angle', Float64Array.of(1, Number.NaN, 0), 0, 'matrix', numbers, 0);
    }).toThrow(NonFiniteRotationError);
    convertRotations(0, 'axis-angle', numbers, 9, 'matrix', numbers, 9);
    expect(Array.from(numbers)).toEqual(Array.from(new Float64Array(9)));
  });
});
