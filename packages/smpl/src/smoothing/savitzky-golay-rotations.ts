import { assertRange, type RealArray } from '../real-array.js';
import { axisAngleToMatrix, matrixToAxisAngle } from '../rotation/axis-angle.js';
import { matrixToRotation6d, rotation6dToMatrix } from '../rotation/rotation6d.js';
import { composeRotations, invertRotation } from '../rotation/rotation-matrix.js';
import { polynomialFitWeights } from './polynomial-fit-weights.js';
import { assertMotionSize, SmoothingOptionsError } from './smoothing-error.js';

export interface SavitzkyGolayOptions {
  /** Frames that each result is fitted to, an odd number; 9 unless told. A longer window smooths more. */
  readonly windowFrames?: number;
  /** Degree of the polynomial, 0 to 5 and below the window; 2 unless told. A lower one smooths more. */
  readonly degree?: number;
}

const LARGEST_DEGREE = 5;

/**
 * Smooths rotations over time by a Savitzky-Golay filter in SO(3): around each frame t the rotations of a window become
 * vectors in the tangent space at R_t, log(R_t^-1 R_s), a polynomial of time is fitted to them by least squares, and the
 * result is R_t exp(its value at t). Not causal: it looks as far ahead as back. Near the ends of a motion the window is
 * cut off, and the polynomial is read off-centre.
 *
 * A constant rotation, and with `degree` >= 1 one that turns at constant speed about a fixed axis, stay as they are;
 * turning the world, or naming the body's axes differently, before smoothing or after is the same. Neighbouring frames
 * should differ by much less than half a turn.
 *
 * @param pose6d - [frameCount, jointCount, 6] rotations in layout `columns`, from `poseOffset` on, at equal intervals
 * @param target - written likewise, orthonormal; it may be `pose6d` itself
 * @throws ArrayRangeError if an array is too short
 * @throws NonFiniteRotationError if a number is NaN or infinite
 * @throws SmoothingOptionsError for a window, degree or size that cannot be
 * @example
 * ```ts
 * import { axisAngleToRotation6d, savitzkyGolayRotations } from '@pose-rft/smpl';
 *
 * const turning = new Float64Array(20 * 6); // one joint, 20 frames
 * for (let frame = 0; frame < 20; frame++)
 *   axisAngleToRotation6d(Float64Array.of(0, 0.1 * frame, 0), 0, turning, 6 * frame);
 * const smooth = new Float64Array(turning.length);
 * savitzkyGolayRotations(turning, 0, 20, 1, smooth, 0);
 * console.assert(smooth.every((value, index) => Math.abs(value - (turning[index] ?? 0)) < 1e-12));
 * ```
 */
export function savitzkyGolayRotations(
  pose6d: RealArray,
  poseOffset: number,
  frameCount: number,
  jointCount: number,
  target: RealArray,
  targetOffset: number,
  options: SavitzkyGolayOptions = {},
): void {
  const { windowFrames = 9, degree = 2 } = options;
  assertMotionSize(frameCount, jointCount);
  assertFilter(windowFrames, degree);
  const count = frameCount * jointCount;
  assertRange(pose6d, poseOffset, 6 * count, 'The rotations');
  assertRange(target, targetOffset, 6 * count, 'The smoothed rotations');
  const matrices = new Float64Array(9 * count);
  for (let index = 0; index < count; index++)
    rotation6dToMatrix(pose6d, poseOffset + 6 * index, matrices, 9 * index);
  const half = (windowFrames - 1) / 2;
  const weightsOf = new Map<number, Float64Array>();
  const inverse = new Float64Array(9);
  const relative = new Float64Array(9);
  const step = new Float64Array(3);
  const sum = new Float64Array(3);
  for (let frame = 0; frame < frameCount; frame++) {
    const before = Math.min(half, frame);
    const after = Math.min(half, frameCount - 1 - frame);
    const key = before * windowFrames + after;
    const weights = weightsOf.get(key) ?? polynomialFitWeights(-before, after, degree);
    weightsOf.set(key, weights);
    for (let joint = 0; joint < jointCount; joint++) {
      const centre = frame * jointCount + joint;
      invertRotation(matrices, 9 * centre, inverse, 0);
      sum.fill(0);
      for (let offset = -before; offset <= after; offset++) {
        if (offset === 0) continue;
        composeRotations(inverse, 0, matrices, 9 * (centre + offset * jointCount), relative, 0);
        matrixToAxisAngle(relative, 0, step, 0);
        const weight = weights[before + offset] as number;
        for (let axis = 0; axis < 3; axis++)
          sum[axis] = (sum[axis] as number) + weight * (step[axis] as number);
      }
      axisAngleToMatrix(sum, 0, relative, 0);
      composeRotations(matrices, 9 * centre, relative, 0, relative, 0);
      matrixToRotation6d(relative, 0, target, targetOffset + 6 * centre);
    }
  }
}

function assertFilter(windowFrames: number, degree: number): void {
  if (!(Number.isInteger(windowFrames) && windowFrames > 0 && windowFrames % 2 === 1))
    throw new SmoothingOptionsError(
      `windowFrames is ${windowFrames}; expected an odd number of frames, such as 9.`,
    );
  if (!(Number.isInteger(degree) && degree >= 0 && degree <= LARGEST_DEGREE && degree < windowFrames))
    throw new SmoothingOptionsError(
      `degree is ${degree}; expected an integer from 0 to ${Math.min(LARGEST_DEGREE, windowFrames - 1)} for a window of ${windowFrames}.`,
    );
}
