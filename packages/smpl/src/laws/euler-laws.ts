import fc from 'fast-check';
import type { RealArray } from '../real-array.js';
import { EULER_CONVENTIONS, eulerToMatrix, matrixToEuler, type EulerConvention } from '../rotation/euler.js';
import { geodesicDistanceRadians } from '../rotation/geodesic-distance.js';
import { invertRotation } from '../rotation/rotation-matrix.js';
import { rotationMatrixArbitrary } from './arbitraries.js';
import { law, type Law } from './law.js';

type EulerConversion = (
  source: RealArray,
  sourceOffset: number,
  target: RealArray,
  targetOffset: number,
  convention: EulerConvention,
) => void;

/** The conversions under test: angles in radians, matrices row-major. */
export interface EulerSubject {
  readonly eulerToMatrix: EulerConversion;
  readonly matrixToEuler: EulerConversion;
}

/** What the definition of gimbal lock may cost, in radians. */
const LOCK_TOLERANCE = 3e-7;

/**
 * The laws of Euler angles in double precision, for all 24 conventions: round trips, at gimbal lock too; the ranges of the
 * angles; and how intrinsic and extrinsic turns, and inverses, are each other's reverse.
 *
 * @param subject - an implementation with the same signatures; this package's own by default
 */
export function eulerLaws(subject: EulerSubject = { eulerToMatrix, matrixToEuler }): readonly Law[] {
  const conventions = fc.constantFrom(...EULER_CONVENTIONS);
  const angle = fc.oneof(
    fc.integer({ min: -3141, max: 3141 }).map((thousandths) => thousandths / 1000),
    fc.constantFrom(0, Math.PI / 2, -Math.PI / 2, Math.PI, Math.PI / 2 - 1e-8),
  );
  const angles = fc.tuple(angle, angle, angle);
  const matrixOf = (triple: readonly number[], convention: EulerConvention): Float64Array => {
    const matrix = new Float64Array(9);
    subject.eulerToMatrix(Float64Array.from(triple), 0, matrix, 0, convention);
    return matrix;
  };
  const anglesOf = (matrix: Float64Array, convention: EulerConvention): readonly number[] => {
    const found = new Float64Array(3);
    subject.matrixToEuler(matrix, 0, found, 0, convention);
    return Array.from(found);
  };
  const isSame = (first: Float64Array, second: Float64Array): boolean =>
    geodesicDistanceRadians(first, 0, second, 0) < LOCK_TOLERANCE;

  return [
    law(
      'matrix -> Euler -> matrix is the identity',
      fc.tuple(rotationMatrixArbitrary(), conventions),
      ([matrix, convention]) => isSame(matrixOf(anglesOf(matrix, convention), convention), matrix),
    ),
    law(
      'Euler -> matrix -> Euler -> matrix is one matrix, at gimbal lock too',
      fc.tuple(angles, conventions),
      ([triple, convention]) => {
        const matrix = matrixOf(triple, convention);
        return isSame(matrixOf(anglesOf(matrix, convention), convention), matrix);
      },
    ),
    law(
      'the second angle lies in half a turn, the others in a whole one',
      fc.tuple(rotationMatrixArbitrary(), conventions),
      ([matrix, convention]) => {
        const [first = 9, second = 9, third = 9] = anglesOf(matrix, convention);
        const isProper = convention.at(-1) === convention.at(-3);
        const [least, greatest] = isProper ? [0, Math.PI] : [-Math.PI / 2, Math.PI / 2];
        return (
          Math.abs(first) <= Math.PI && Math.abs(third) <= Math.PI && second >= least && second <= greatest
        );
      },
    ),
    law(
      'intrinsic turns are extrinsic ones in reverse order',
      fc.tuple(angles, conventions),
      ([triple, convention]) =>
        isSame(matrixOf(triple, convention), matrixOf(triple.toReversed(), reversed(convention))),
    ),
    law(
      'the inverse makes the opposite turns in reverse order',
      fc.tuple(angles, conventions),
      ([triple, convention]) => {
        const inverse = new Float64Array(9);
        invertRotation(matrixOf(triple, convention), 0, inverse, 0);
        const [frame = '', axes = ''] = convention.split('-');
        const backwards = `${frame}-${Array.from(axes).toReversed().join('')}` as EulerConvention;
        return isSame(
          matrixOf(
            triple.toReversed().map((value) => -value),
            backwards,
          ),
          inverse,
        );
      },
    ),
  ];
}

/** The convention of the other kind that makes the same turns when its angles are given in reverse. */
function reversed(convention: EulerConvention): EulerConvention {
  const [frame, axes = ''] = convention.split('-');
  const other = frame === 'intrinsic' ? 'extrinsic' : 'intrinsic';
  return `${other}-${Array.from(axes).toReversed().join('')}` as EulerConvention;
}
