import fc from 'fast-check';
import type { RealArray } from '../real-array.js';
import { axisAngleToMatrix, matrixToAxisAngle } from '../rotation/axis-angle.js';
import { geodesicDistanceRadians } from '../rotation/geodesic-distance.js';
import { matrixToQuaternion, quaternionToMatrix } from '../rotation/quaternion.js';
import { matrixToRotation6d, rotation6dToMatrix } from '../rotation/rotation6d.js';
import { composeRotations } from '../rotation/rotation-matrix.js';
import { axisAngleArbitrary, rotation6dArbitrary, rotationMatrixArbitrary } from './arbitraries.js';
import { law, type Law } from './law.js';

type Conversion = (source: RealArray, sourceOffset: number, target: RealArray, targetOffset: number) => void;

/** The conversions under test: matrices row-major, 6D by columns, quaternions [x, y, z, w]. */
export interface RotationSubject {
  readonly rotation6dToMatrix: Conversion;
  readonly matrixToRotation6d: Conversion;
  readonly axisAngleToMatrix: Conversion;
  readonly matrixToAxisAngle: Conversion;
  readonly quaternionToMatrix: Conversion;
  readonly matrixToQuaternion: Conversion;
}

const OWN: RotationSubject = {
  rotation6dToMatrix,
  matrixToRotation6d,
  axisAngleToMatrix,
  matrixToAxisAngle,
  quaternionToMatrix,
  matrixToQuaternion,
};

const IDENTITY = Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1);

/**
 * The laws of rotation conversions in double precision: closure in SO(3), round trips, the one-parameter subgroups of
 * the exponential map, and what Gram-Schmidt must not depend on.
 *
 * @param subject - an implementation with the same signatures; this package's own by default
 */
export function rotationLaws(subject: RotationSubject = OWN): readonly Law[] {
  const apply = (conversion: Conversion, source: Float64Array, length: number): Float64Array => {
    const target = new Float64Array(length);
    conversion(source, 0, target, 0);
    return target;
  };
  const matrixOf6d = (numbers: Float64Array): Float64Array => apply(subject.rotation6dToMatrix, numbers, 9);
  const matrixOfAxisAngle = (vector: Float64Array): Float64Array =>
    apply(subject.axisAngleToMatrix, vector, 9);
  const times = (vector: Float64Array, factor: number): Float64Array => vector.map((value) => factor * value);

  return [
    law('any six finite numbers give a rotation', rotation6dArbitrary(), (numbers) =>
      isRotation(matrixOf6d(numbers), 1e-9),
    ),
    law('any axis-angle vector gives a rotation', axisAngleArbitrary(), (vector) =>
      isRotation(matrixOfAxisAngle(vector), 1e-12),
    ),
    law('matrix -> 6D -> matrix is the identity', rotationMatrixArbitrary(), (matrix) =>
      isClose(matrixOf6d(apply(subject.matrixToRotation6d, matrix, 6)), matrix, 1e-12),
    ),
    law('matrix -> axis-angle -> matrix is the identity', rotationMatrixArbitrary(), (matrix) =>
      isClose(matrixOfAxisAngle(apply(subject.matrixToAxisAngle, matrix, 3)), matrix, 1e-12),
    ),
    law('matrix -> quaternion -> matrix is the identity', rotationMatrixArbitrary(), (matrix) =>
      isClose(
        apply(subject.quaternionToMatrix, apply(subject.matrixToQuaternion, matrix, 4), 9),
        matrix,
        1e-12,
      ),
    ),
    law('a quaternion comes out of unit length with w >= 0', rotationMatrixArbitrary(), (matrix) => {
      const quaternion = apply(subject.matrixToQuaternion, matrix, 4);
      return Math.abs(Math.hypot(...quaternion) - 1) < 1e-12 && (quaternion[3] as number) >= 0;
    }),
    law(
      'axis-angle -> matrix -> axis-angle is the identity up to half a turn, where the axis may turn round',
      axisAngleArbitrary(),
      (vector) => {
        const back = apply(subject.matrixToAxisAngle, matrixOfAxisAngle(vector), 3);
        const isHalfTurn = Math.PI - Math.hypot(...vector) < 1e-7;
        return isClose(back, vector, 1e-9) || (isHalfTurn && isClose(times(back, -1), vector, 1e-6));
      },
    ),
    law(
      'turns about one axis add up: exp(s v) exp(t v) = exp((s + t) v)',
      fc.tuple(axisAngleArbitrary(), fc.integer({ min: -30, max: 30 }), fc.integer({ min: -30, max: 30 })),
      ([vector, tenthsS, tenthsT]) => {
        const product = new Float64Array(9);
        const [s, t] = [tenthsS / 10, tenthsT / 10];
        composeRotations(
          matrixOfAxisAngle(times(vector, s)),
          0,
          matrixOfAxisAngle(times(vector, t)),
          0,
          product,
          0,
        );
        return isClose(product, matrixOfAxisAngle(times(vector, s + t)), 1e-12);
      },
    ),
    law('the opposite vector is the inverse rotation', axisAngleArbitrary(), (vector) => {
      const product = new Float64Array(9);
      composeRotations(matrixOfAxisAngle(vector), 0, matrixOfAxisAngle(times(vector, -1)), 0, product, 0);
      return isClose(product, IDENTITY, 1e-12);
    }),
    law("a rotation's distance from the identity is its vector's length", axisAngleArbitrary(), (vector) => {
      const angle = geodesicDistanceRadians(matrixOfAxisAngle(vector), 0, IDENTITY, 0);
      return Math.abs(angle - Math.hypot(...vector)) < 1e-12;
    }),
    law(
      '6D numbers may be scaled by column, and the second may lean along the first',
      fc.tuple(
        rotationMatrixArbitrary(),
        fc.integer({ min: 1, max: 400 }),
        fc.integer({ min: -300, max: 300 }),
      ),
      ([matrix, percent, lean]) => {
        const numbers = apply(subject.matrixToRotation6d, matrix, 6);
        const changed = numbers.map((value, index) =>
          index < 3
            ? (value * percent) / 100
            : (value * 100) / percent + (lean / 100) * (numbers[index - 3] as number),
        );
        return isClose(matrixOf6d(changed), matrix, 1e-10);
      },
    ),
  ];
}

function isClose(actual: Float64Array, expected: Float64Array, tolerance: number): boolean {
  return actual.every((value, index) => Math.abs(value - (expected[index] as number)) <= tolerance);
}

/** Whether R^T R = I and det R = 1. */
function isRotation(matrix: Float64Array, tolerance: number): boolean {
  const at = (row: number, column: number): number => matrix[3 * row + column] as number;
  for (let first = 0; first < 3; first++) {
    for (let second = 0; second < 3; second++) {
      const product =
        at(0, first) * at(0, second) + at(1, first) * at(1, second) + at(2, first) * at(2, second);
      if (!(Math.abs(product - (first === second ? 1 : 0)) <= tolerance)) return false;
    }
  }
  const determinant =
    at(0, 0) * (at(1, 1) * at(2, 2) - at(1, 2) * at(2, 1)) -
    at(0, 1) * (at(1, 0) * at(2, 2) - at(1, 2) * at(2, 0)) +
    at(0, 2) * (at(1, 0) * at(2, 1) - at(1, 1) * at(2, 0));
  return Math.abs(determinant - 1) <= tolerance;
}
