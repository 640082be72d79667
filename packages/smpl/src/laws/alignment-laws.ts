import fc from 'fast-check';
import { mpjpeMillimetres } from '../metrics/joint-error.js';
import { paMpjpeMillimetres } from '../metrics/procrustes.js';
import type { RealArray } from '../real-array.js';
import { rotateVector } from '../rotation/rotation-matrix.js';
import { jointsArbitrary, rotationMatrixArbitrary } from './arbitraries.js';
import { law, type Law } from './law.js';

type JointError = (
  predicted: RealArray,
  predictedOffset: number,
  target: RealArray,
  targetOffset: number,
  jointCount: number,
) => number;

/** The metrics under test: metres in, millimetres out. */
export interface AlignmentSubject {
  readonly mpjpeMillimetres: JointError;
  readonly paMpjpeMillimetres: JointError;
}

const JOINTS = 14;
/** What rounding may add to an error, in millimetres, for joints within some metres of the origin. */
const ROUNDING_MILLIMETRES = 1e-6;

/**
 * The laws of MPJPE and PA-MPJPE in double precision.
 *
 * One that is often stated is false: PA-MPJPE can exceed MPJPE. The alignment minimises *squared* distances, and may
 * trade one large error for many small ones. What does hold is that PA-MPJPE is at most the root mean square error.
 *
 * @param subject - an implementation with the same signatures; this package's own by default
 */
export function alignmentLaws(
  subject: AlignmentSubject = { mpjpeMillimetres, paMpjpeMillimetres },
): readonly Law[] {
  const mpjpe = (predicted: Float64Array, target: Float64Array): number =>
    subject.mpjpeMillimetres(predicted, 0, target, 0, predicted.length / 3);
  const pa = (predicted: Float64Array, target: Float64Array): number =>
    subject.paMpjpeMillimetres(predicted, 0, target, 0, predicted.length / 3);
  const pairs = fc.tuple(jointsArbitrary(JOINTS), jointsArbitrary(JOINTS));

  return [
    law('MPJPE is a distance', fc.tuple(pairs, jointsArbitrary(JOINTS)), ([[first, second], third]) => {
      const direct = mpjpe(first, second);
      const isSymmetric = direct === mpjpe(second, first);
      return (
        mpjpe(first, first) === 0 &&
        isSymmetric &&
        direct <= mpjpe(first, third) + mpjpe(third, second) + 1e-9
      );
    }),
    law(
      'MPJPE is unchanged when both poses are turned',
      fc.tuple(pairs, rotationMatrixArbitrary()),
      ([[predicted, target], turn]) =>
        Math.abs(mpjpe(turned(predicted, turn), turned(target, turn)) - mpjpe(predicted, target)) <
        ROUNDING_MILLIMETRES,
    ),
    law(
      'PA-MPJPE is at most the root mean square error',
      pairs,
      ([predicted, target]) => pa(predicted, target) <= rootMeanSquareMillimetres(predicted, target) + 1e-6,
    ),
    law(
      'PA-MPJPE of a similarity copy is zero',
      fc.tuple(jointsArbitrary(JOINTS), similarity()),
      ([target, move]) => pa(move(target), target) < ROUNDING_MILLIMETRES,
    ),
    law(
      'PA-MPJPE is unchanged when the prediction is moved, turned and scaled',
      fc.tuple(pairs, similarity()),
      ([[predicted, target], move]) => {
        fc.pre(isWellConditioned(predicted, target));
        return Math.abs(pa(move(predicted), target) - pa(predicted, target)) < 1e-3;
      },
    ),
    law('PA-MPJPE is unchanged when both poses are reflected', pairs, ([predicted, target]) => {
      fc.pre(isWellConditioned(predicted, target));
      return Math.abs(pa(reflected(predicted), reflected(target)) - pa(predicted, target)) < 1e-3;
    }),
    law(
      'PA-MPJPE never reflects: the mirror image of a chiral set stays apart',
      chiralSet(),
      (target) => pa(reflected(target), target) > 10,
    ),
  ];
}

/** A function that scales, turns and moves joints. */
function similarity(): fc.Arbitrary<(joints: Float64Array) => Float64Array> {
  return fc.tuple(rotationMatrixArbitrary(), fc.integer({ min: 10, max: 400 }), jointsArbitrary(1)).map(
    ([turn, percent, shift]) =>
      (joints) =>
        turned(joints, turn).map(
          (coordinate, index) => (percent / 100) * coordinate + (shift[index % 3] as number),
        ),
  );
}

/** A corner with three edges of clearly different lengths: no rotation maps it onto its mirror image. */
function chiralSet(): fc.Arbitrary<Float64Array> {
  return fc
    .tuple(rotationMatrixArbitrary(), fc.integer({ min: 500, max: 2000 }))
    .map(([turn, millimetres]) =>
      turned(Float64Array.of(0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3), turn).map(
        (coordinate) => (millimetres / 1000) * coordinate,
      ),
    );
}

/** Whether the best rotation is clearly unique, so that the mean error is a continuous function of the joints. */
function isWellConditioned(predicted: Float64Array, target: Float64Array): boolean {
  return rotationMargin(predicted, target) > 1e-3;
}

/**
 * How far the best rotation is from being ambiguous: the determinant of the normalised correlation, which vanishes
 * when an axis carries none of it. A negative one means that the best fit would be a reflection.
 */
function rotationMargin(predicted: Float64Array, target: Float64Array): number {
  const [a, b] = [centred(predicted), centred(target)];
  const entry = (row: number, column: number): number => {
    let sum = 0;
    for (let start = 0; start < a.length; start += 3) sum += (a[start + row] ?? 0) * (b[start + column] ?? 0);
    return sum;
  };
  const determinant =
    entry(0, 0) * (entry(1, 1) * entry(2, 2) - entry(1, 2) * entry(2, 1)) -
    entry(0, 1) * (entry(1, 0) * entry(2, 2) - entry(1, 2) * entry(2, 0)) +
    entry(0, 2) * (entry(1, 0) * entry(2, 1) - entry(1, 1) * entry(2, 0));
  const size = Math.hypot(...a) * Math.hypot(...b);
  return size > 0 ? determinant / size ** 3 : 0;
}

function centred(joints: Float64Array): Float64Array {
  const count = joints.length / 3;
  const means = [0, 1, 2].map((axis) => {
    let sum = 0;
    for (let start = 0; start < joints.length; start += 3) sum += joints[start + axis] ?? 0;
    return sum / count;
  });
  return joints.map((coordinate, index) => coordinate - (means[index % 3] ?? 0));
}

function turned(joints: Float64Array, turn: Float64Array): Float64Array {
  const result = new Float64Array(joints.length);
  for (let start = 0; start < joints.length; start += 3) rotateVector(turn, 0, joints, start, result, start);
  return result;
}

function reflected(joints: Float64Array): Float64Array {
  return joints.map((coordinate, index) => (index % 3 === 0 ? -coordinate : coordinate));
}

function rootMeanSquareMillimetres(predicted: Float64Array, target: Float64Array): number {
  const squares = predicted.reduce((sum, value, index) => sum + (value - (target[index] as number)) ** 2, 0);
  return 1000 * Math.sqrt(squares / (predicted.length / 3));
}
