import fc from 'fast-check';
import { axisAngleToMatrix } from '../rotation/axis-angle.js';

const finite = (bound: number): fc.Arbitrary<number> =>
  fc.double({ min: -bound, max: bound, noNaN: true, noDefaultInfinity: true });

/** Angles up to a half turn, with the places where formulas break well represented. */
const angleRadians: fc.Arbitrary<number> = fc.oneof(
  fc.double({ min: 0, max: Math.PI, noNaN: true }),
  fc.constantFrom(0, 1e-300, 1e-12, 1e-8, 1e-4, Math.PI / 2, Math.PI - 1e-4, Math.PI - 1e-8, Math.PI),
);

/** A direction, uniform but for the coordinate axes, which come up often. */
const unitVector: fc.Arbitrary<readonly [number, number, number]> = fc.oneof(
  fc
    .tuple(fc.double({ min: -1, max: 1, noNaN: true }), fc.double({ min: 0, max: 2 * Math.PI, noNaN: true }))
    .map(([z, longitude]): readonly [number, number, number] => {
      const radius = Math.sqrt(1 - z * z);
      return [radius * Math.cos(longitude), radius * Math.sin(longitude), z];
    }),
  fc.constantFrom<readonly [number, number, number]>([1, 0, 0], [0, 1, 0], [0, 0, 1], [0, -1, 0]),
);

/** An axis-angle vector of at most pi radians; zero, tiny angles and half turns come up often. */
export function axisAngleArbitrary(): fc.Arbitrary<Float64Array> {
  return fc
    .tuple(unitVector, angleRadians)
    .map(([axis, angle]) => Float64Array.from(axis, (component) => angle * component));
}

/** A row-major rotation matrix. */
export function rotationMatrixArbitrary(): fc.Arbitrary<Float64Array> {
  return axisAngleArbitrary().map((axisAngle) => {
    const matrix = new Float64Array(9);
    axisAngleToMatrix(axisAngle, 0, matrix, 0);
    return matrix;
  });
}

/** Any six finite numbers: of ordinary size, huge or vanishing, with zero and parallel columns among them. */
export function rotation6dArbitrary(): fc.Arbitrary<Float64Array> {
  const column = fc.tuple(finite(2), finite(2), finite(2));
  return fc.oneof(
    fc.tuple(column, column).map(([first, second]) => Float64Array.from([...first, ...second])),
    fc
      .tuple(column, finite(3))
      .map(([first, factor]) => Float64Array.from([...first, ...first.map((number) => factor * number)])),
    fc
      .array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 6, maxLength: 6 })
      .map((numbers) => Float64Array.from(numbers)),
    fc.constant(new Float64Array(6)),
  );
}

/**
 * [jointCount, 6] rotations whose columns, of lengths between a half and two, are clearly not parallel: derivatives and
 * single precision are well conditioned there.
 */
export function pose6dArbitrary(jointCount: number): fc.Arbitrary<Float64Array> {
  const length = fc.double({ min: 0.5, max: 2, noNaN: true });
  const rotation6d = fc
    .tuple(rotationMatrixArbitrary(), length, length, finite(1))
    .map(([matrix, firstLength, secondLength, lean]) =>
      [0, 3, 6]
        .map((row) => firstLength * (matrix[row] as number))
        .concat(
          [0, 3, 6].map((row) => secondLength * (matrix[row + 1] as number) + lean * (matrix[row] as number)),
        ),
    );
  return fc
    .array(rotation6d, { minLength: jointCount, maxLength: jointCount })
    .map((rotations) => Float64Array.from(rotations.flat()));
}

/** [jointCount, 3] positions within two metres of the origin, to the millimetre. */
export function jointsArbitrary(jointCount: number): fc.Arbitrary<Float64Array> {
  return fc
    .array(fc.integer({ min: -2000, max: 2000 }), { minLength: 3 * jointCount, maxLength: 3 * jointCount })
    .map((millimetres) => Float64Array.from(millimetres, (value) => value / 1000));
}
