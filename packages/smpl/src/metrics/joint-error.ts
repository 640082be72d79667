import { assertRange, type RealArray } from '../real-array.js';
import { nonFiniteJoints } from './non-finite-joints-error.js';

const MILLIMETRES_PER_METRE = 1000;

/** Thrown when a metric is asked of no joints or of too few samples. */
export class EmptyMetricError extends Error {
  override readonly name = 'EmptyMetricError';
}

/**
 * Mean per-joint position error in millimetres: the mean Euclidean distance between the joints of two poses, given in
 * metres. The joints are compared as they stand. Kinematics put the root at the origin, so for their output this is the
 * usual MPJPE after root alignment; for other joints align first, or use `evaluateJoints`.
 *
 * @throws ArrayRangeError if an array has fewer than 3 * jointCount numbers from its offset on
 * @throws EmptyMetricError if jointCount is not a positive integer
 * @throws NonFiniteJointsError if a coordinate is NaN or infinite
 * @example
 * ```ts
 * import { mpjpeMillimetres } from '@pose-rft/smpl';
 *
 * const error = mpjpeMillimetres(Float64Array.of(0, 0, 0, 0, 1, 0), 0, Float64Array.of(0, 0, 0, 0, 1, 0.1), 0, 2);
 * console.assert(Math.abs(error - 50) < 1e-9);
 * ```
 */
export function mpjpeMillimetres(
  predicted: RealArray,
  predictedOffset: number,
  target: RealArray,
  targetOffset: number,
  jointCount: number,
): number {
  assertJoints(predicted, predictedOffset, target, targetOffset, jointCount);
  let sum = 0;
  for (let joint = 0; joint < jointCount; joint++) {
    sum += distance(predicted, predictedOffset + 3 * joint, target, targetOffset + 3 * joint);
  }
  if (!(sum < Infinity)) throw nonFiniteJoints(predicted, predictedOffset, target, targetOffset, jointCount);
  return (MILLIMETRES_PER_METRE * sum) / jointCount;
}

/**
 * Writes each joint's distance in millimetres between two poses given in metres.
 *
 * @throws ArrayRangeError if an array is too short
 * @throws EmptyMetricError if jointCount is not a positive integer
 * @throws NonFiniteJointsError if a coordinate is NaN or infinite
 */
export function perJointErrorsMillimetres(
  predicted: RealArray,
  predictedOffset: number,
  target: RealArray,
  targetOffset: number,
  jointCount: number,
  errors: RealArray,
  errorsOffset: number,
): void {
  assertJoints(predicted, predictedOffset, target, targetOffset, jointCount);
  assertRange(errors, errorsOffset, jointCount, 'The errors');
  for (let joint = 0; joint < jointCount; joint++) {
    const metres = distance(predicted, predictedOffset + 3 * joint, target, targetOffset + 3 * joint);
    if (!(metres < Infinity)) {
      throw nonFiniteJoints(predicted, predictedOffset, target, targetOffset, jointCount);
    }
    errors[errorsOffset + joint] = MILLIMETRES_PER_METRE * metres;
  }
}

/** Checks the arguments that every metric over two sets of joints shares. */
export function assertJoints(
  predicted: RealArray,
  predictedOffset: number,
  target: RealArray,
  targetOffset: number,
  jointCount: number,
): void {
  if (!(Number.isInteger(jointCount) && jointCount > 0)) {
    throw new EmptyMetricError(`jointCount is ${jointCount}. A metric needs at least one joint.`);
  }
  assertRange(predicted, predictedOffset, 3 * jointCount, 'The predicted joints');
  assertRange(target, targetOffset, 3 * jointCount, 'The target joints');
}

function distance(first: RealArray, firstOffset: number, second: RealArray, secondOffset: number): number {
  const x = (first[firstOffset] as number) - (second[secondOffset] as number);
  const y = (first[firstOffset + 1] as number) - (second[secondOffset + 1] as number);
  const z = (first[firstOffset + 2] as number) - (second[secondOffset + 2] as number);
  return Math.sqrt(x * x + y * y + z * z);
}
