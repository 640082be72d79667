import fc from 'fast-check';
import type { RealArray } from '../real-array.js';
import { axisAngleToMatrix } from '../rotation/axis-angle.js';
import { geodesicDistanceRadians } from '../rotation/geodesic-distance.js';
import { chordalMeanRotation, geodesicMeanRotation } from '../rotation/mean-rotation.js';
import { departureFromRotation, nearestRotation } from '../rotation/nearest-rotation.js';
import { composeRotations } from '../rotation/rotation-matrix.js';
import { slerpRotations } from '../rotation/slerp.js';
import { axisAngleArbitrary, rotationMatrixArbitrary } from './arbitraries.js';
import { law, type Law } from './law.js';

/** The functions under test, on row-major matrices. */
export interface InterpolationSubject {
  readonly geodesicDistanceRadians: typeof geodesicDistanceRadians;
  readonly slerpRotations: typeof slerpRotations;
  readonly chordalMeanRotation: Mean;
  readonly geodesicMeanRotation: Mean;
  readonly nearestRotation: (
    source: RealArray,
    sourceOffset: number,
    target: RealArray,
    targetOffset: number,
  ) => void;
}

type Mean = (
  matrices: RealArray,
  matricesOffset: number,
  count: number,
  target: RealArray,
  targetOffset: number,
) => void;

const OWN: InterpolationSubject = {
  geodesicDistanceRadians,
  slerpRotations,
  chordalMeanRotation,
  geodesicMeanRotation,
  nearestRotation,
};

/**
 * The laws of distance, interpolation, mean and projection on SO(3) in double precision: the distance is a metric that
 * turns cannot change; slerp travels at constant speed; means turn with what they average; the nearest rotation is one,
 * stays what it is, and does not reflect.
 *
 * @param subject - an implementation with the same signatures; this package's own by default
 */
export function interpolationLaws(subject: InterpolationSubject = OWN): readonly Law[] {
  const rotations = rotationMatrixArbitrary();
  const distance = (first: Float64Array, second: Float64Array): number =>
    subject.geodesicDistanceRadians(first, 0, second, 0);
  const product = (first: Float64Array, second: Float64Array): Float64Array => {
    const result = new Float64Array(9);
    composeRotations(first, 0, second, 0, result, 0);
    return result;
  };
  const between = (first: Float64Array, second: Float64Array, fraction: number): Float64Array => {
    const result = new Float64Array(9);
    subject.slerpRotations(first, 0, second, 0, fraction, result, 0);
    return result;
  };
  const meanOf = (mean: Mean, matrices: readonly Float64Array[]): Float64Array => {
    const packed = new Float64Array(9 * matrices.length);
    matrices.forEach((matrix, index) => {
      packed.set(matrix, 9 * index);
    });
    const result = new Float64Array(9);
    mean(packed, 0, matrices.length, result, 0);
    return result;
  };
  // Within half a radian of each other, where means are unique and well conditioned.
  const cluster = fc
    .tuple(rotations, fc.array(axisAngleArbitrary(), { minLength: 1, maxLength: 6 }))
    .map(([centre, offsets]) =>
      offsets.map((offset) => {
        const turn = new Float64Array(9);
        axisAngleToMatrix(
          offset.map((value) => value / 12),
          0,
          turn,
          0,
        );
        return product(centre, turn);
      }),
    );
  const fraction = fc.integer({ min: 0, max: 100 }).map((percent) => percent / 100);

  return [
    law('the distance is a metric', fc.tuple(rotations, rotations, rotations), ([a, b, c]) => {
      const [ab, ba] = [distance(a, b), distance(b, a)];
      const isTriangle = ab <= distance(a, c) + distance(c, b) + 1e-12;
      return distance(a, a) < 1e-14 && Math.abs(ab - ba) < 1e-13 && ab <= Math.PI && isTriangle;
    }),
    law(
      'no turn changes the distance, from the left or the right',
      fc.tuple(rotations, rotations, rotations),
      ([a, b, t]) => {
        const before = distance(a, b);
        const isLeft = Math.abs(distance(product(t, a), product(t, b)) - before) < 1e-12;
        return isLeft && Math.abs(distance(product(a, t), product(b, t)) - before) < 1e-12;
      },
    ),
    law('slerp travels at constant speed', fc.tuple(rotations, rotations, fraction), ([a, b, t]) => {
      const at = between(a, b, t);
      const total = distance(a, b);
      return (
        departureFromRotation(at, 0) < 1e-12 &&
        Math.abs(distance(a, at) - t * total) < 1e-12 &&
        Math.abs(distance(at, b) - (1 - t) * total) < 1e-12
      );
    }),
    law(
      'slerp turns with its ends',
      fc.tuple(rotations, rotations, rotations, fraction),
      ([a, b, turn, t]) => {
        // Half a turn apart, two ways are equally short.
        fc.pre(distance(a, b) < 3.1);
        return (
          distance(between(product(turn, a), product(turn, b), t), product(turn, between(a, b, t))) < 1e-11
        );
      },
    ),
    ...(['chordalMeanRotation', 'geodesicMeanRotation'] as const).flatMap((name) => {
      const mean = subject[name];
      return [
        law(`${name} turns with what it averages`, fc.tuple(cluster, rotations), ([matrices, turn]) => {
          const turned = matrices.map((matrix) => product(turn, matrix));
          return distance(meanOf(mean, turned), product(turn, meanOf(mean, matrices))) < 1e-9;
        }),
        law(`${name} does not depend on the order`, cluster, (matrices) => {
          return distance(meanOf(mean, matrices), meanOf(mean, matrices.toReversed())) < 1e-9;
        }),
        law(`${name} of two is half way between`, fc.tuple(rotations, rotations), ([a, b]) => {
          fc.pre(distance(a, b) < 2);
          return distance(meanOf(mean, [a, b]), between(a, b, 0.5)) < 1e-9;
        }),
      ];
    }),
    law('the nearest rotation is one, for any nine numbers', nineNumbers(), (numbers) => {
      const nearest = new Float64Array(9);
      subject.nearestRotation(numbers, 0, nearest, 0);
      return departureFromRotation(nearest, 0) < 1e-12;
    }),
    law(
      'the nearest rotation of a scaled one is that one',
      fc.tuple(
        rotations,
        fc.integer({ min: 1, max: 10_000 }).map((percent) => percent / 100),
      ),
      ([matrix, scale]) => {
        const nearest = new Float64Array(9);
        subject.nearestRotation(
          matrix.map((value) => scale * value),
          0,
          nearest,
          0,
        );
        return distance(nearest, matrix) < 1e-12;
      },
    ),
  ];
}

function nineNumbers(): fc.Arbitrary<Float64Array> {
  const number = fc.oneof(
    fc.integer({ min: -200, max: 200 }).map((hundredths) => hundredths / 100),
    fc.constantFrom(0, 1, -1, 1e-200, 1e200),
  );
  return fc.array(number, { minLength: 9, maxLength: 9 }).map((numbers) => Float64Array.from(numbers));
}
