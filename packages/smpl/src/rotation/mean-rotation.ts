import { ArrayRangeError, assertRange, type RealArray } from '../real-array.js';
import { axisAngleToMatrix, matrixToAxisAngle } from './axis-angle.js';
import { nearestRotation } from './nearest-rotation.js';
import { composeRotations, invertRotation } from './rotation-matrix.js';

/** Thrown when a mean is asked of no rotations, with unusable weights, or of rotations too far apart to have one. */
export class MeanRotationError extends Error {
  override readonly name = 'MeanRotationError';
}

/** How a mean weighs its rotations. */
export interface MeanRotationOptions {
  /** One number >= 0 a rotation, not all zero; by default all equal. */
  readonly weights?: ArrayLike<number>;
}

/** The mean has moved by less than this in the last step, in radians. */
const CONVERGED_RADIANS = 1e-13;
/** Convergence is linear, and fast unless the rotations spread over half the group. */
const MAXIMUM_STEPS = 200;

const sum = new Float64Array(9);
const mean = new Float64Array(9);
const relative = new Float64Array(9);
const axisAngle = new Float64Array(3);
const step = new Float64Array(3);

/**
 * Writes the chordal mean of row-major rotation matrices [count, 3, 3]: the rotation with the least sum of squared
 * Frobenius distances to them, which is also the quaternion mean (the largest eigenvector of the sum of q q^T; Markley
 * et al., "Averaging Quaternions", 2007). It always exists; if several are equally near it is one of them. The target
 * may be part of the source.
 *
 * @throws ArrayRangeError if an array is too short
 * @throws MeanRotationError if count or the weights are unusable
 * @throws NonFiniteRotationError if a number is NaN or infinite
 * @example
 * ```ts
 * import { axisAngleToMatrix, chordalMeanRotation, matrixToAxisAngle } from '@pose-rft/smpl';
 *
 * const matrices = new Float64Array(18);
 * axisAngleToMatrix(Float64Array.of(0.2, 0, 0), 0, matrices, 0);
 * axisAngleToMatrix(Float64Array.of(0.6, 0, 0), 0, matrices, 9);
 * chordalMeanRotation(matrices, 0, 2, matrices, 0);
 * const axisAngle = new Float64Array(3);
 * matrixToAxisAngle(matrices, 0, axisAngle, 0);
 * console.assert(Math.abs((axisAngle[0] ?? 0) - 0.4) < 1e-12);
 * ```
 */
export function chordalMeanRotation(
  matrices: RealArray,
  matricesOffset: number,
  count: number,
  target: RealArray,
  targetOffset: number,
  options: MeanRotationOptions = {},
): void {
  assertMean(matrices, matricesOffset, count, options);
  assertRange(target, targetOffset, 9, 'The mean rotation');
  sum.fill(0);
  for (let index = 0; index < count; index++) {
    const weight = options.weights?.[index] ?? 1;
    for (let entry = 0; entry < 9; entry++) {
      const value = matrices[matricesOffset + 9 * index + entry] as number;
      sum[entry] = (sum[entry] as number) + weight * value;
    }
  }
  nearestRotation(sum, 0, target, targetOffset);
}

/**
 * Writes the geodesic (Karcher) mean of row-major rotation matrices [count, 3, 3]: the rotation with the least sum of
 * squared angles to them, by R <- R exp(mean of log(R^T R_i)) from the chordal mean (Manton, "A globally convergent
 * numerical algorithm for computing the centre of mass on compact Lie groups", 2004). It is unique if all rotations are
 * within a quarter turn of it; wider spreads give a stationary point. The target may be part of the source.
 *
 * @throws ArrayRangeError if an array is too short
 * @throws MeanRotationError if count or the weights are unusable, or if the rotations are so far apart that the mean does
 *   not settle
 * @throws NonFiniteRotationError if a number is NaN or infinite
 */
export function geodesicMeanRotation(
  matrices: RealArray,
  matricesOffset: number,
  count: number,
  target: RealArray,
  targetOffset: number,
  options: MeanRotationOptions = {},
): void {
  const totalWeight = assertMean(matrices, matricesOffset, count, options);
  assertRange(target, targetOffset, 9, 'The mean rotation');
  chordalMeanRotation(matrices, matricesOffset, count, mean, 0, options);
  for (let iteration = 0; iteration < MAXIMUM_STEPS; iteration++) {
    step.fill(0);
    for (let index = 0; index < count; index++) {
      const weight = (options.weights?.[index] ?? 1) / totalWeight;
      invertRotation(mean, 0, relative, 0);
      composeRotations(relative, 0, matrices, matricesOffset + 9 * index, relative, 0);
      matrixToAxisAngle(relative, 0, axisAngle, 0);
      for (let axis = 0; axis < 3; axis++)
        step[axis] = (step[axis] as number) + weight * (axisAngle[axis] as number);
    }
    axisAngleToMatrix(step, 0, relative, 0);
    composeRotations(mean, 0, relative, 0, mean, 0);
    if (Math.hypot(step[0] as number, step[1] as number, step[2] as number) < CONVERGED_RADIANS) {
      nearestRotation(mean, 0, target, targetOffset);
      return;
    }
  }
  throw new MeanRotationError(
    `The geodesic mean of ${count} rotations has not settled after ${MAXIMUM_STEPS} steps: they spread over more ` +
      'than a half turn, so that no unique mean exists. Use chordalMeanRotation, or average smaller groups.',
  );
}

/** Checks what both means require; returns the sum of the weights. */
function assertMean(
  matrices: RealArray,
  offset: number,
  count: number,
  { weights }: MeanRotationOptions,
): number {
  if (!(Number.isInteger(count) && count > 0)) {
    throw new MeanRotationError(`count is ${count}. A mean needs at least one rotation.`);
  }
  assertRange(matrices, offset, 9 * count, 'The matrices');
  if (weights === undefined) return count;
  if (weights.length < count) {
    throw new ArrayRangeError(`weights has ${weights.length} numbers; ${count} rotations need ${count}.`);
  }
  let total = 0;
  for (let index = 0; index < count; index++) {
    const weight = weights[index] as number;
    if (!(weight >= 0 && weight < Infinity)) {
      throw new MeanRotationError(
        `weights[${index}] is ${weight}. Every weight must be finite and at least zero.`,
      );
    }
    total += weight;
  }
  if (!(total > 0 && total < Infinity)) {
    throw new MeanRotationError(`The weights add up to ${total}. At least one must be above zero.`);
  }
  return total;
}
