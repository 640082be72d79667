import { assertRange, type RealArray } from '../real-array.js';
import { axisAngleToMatrix, matrixToAxisAngle } from '../rotation/axis-angle.js';
import { matrixToRotation6d, rotation6dToMatrix } from '../rotation/rotation6d.js';
import { composeRotations, invertRotation } from '../rotation/rotation-matrix.js';
import { assertMotionSize, SmoothingOptionsError } from './smoothing-error.js';

export interface OneEuroOptions {
  readonly frameRateHertz: number;
  /** Cutoff at rest, in hertz: lower, and a still joint trembles less; 1 unless told. */
  readonly minimumCutoffHertz?: number;
  /** How much the cutoff rises with speed, in hertz per (radian per second): higher, and less lag; 1 unless told. */
  readonly speedCoefficient?: number;
  /** Cutoff of the speed's own filter, in hertz; 1 unless told. */
  readonly speedCutoffHertz?: number;
}

/**
 * Smooths rotations over time by the one-euro filter (Casiez, Roussel and Vogel, "1€ Filter", 2012) carried to SO(3): the
 * estimate moves along the shortest turn towards each new rotation, by a share that a low-pass filter gives whose cutoff
 * rises with the filtered angular speed. Causal: each frame depends on earlier ones alone, so it suits live use; it lags
 * where `savitzkyGolayRotations`, which looks ahead, does not.
 *
 * @param pose6d - [frameCount, jointCount, 6] rotations in layout `columns`, from `poseOffset` on
 * @param target - written likewise, orthonormal; it may be `pose6d` itself
 * @throws ArrayRangeError if an array is too short
 * @throws NonFiniteRotationError if a number is NaN or infinite
 * @throws SmoothingOptionsError for a rate or a cutoff that is not positive, or a size that cannot be
 * @example
 * ```ts
 * import { oneEuroRotations } from '@pose-rft/smpl';
 *
 * const still = Float64Array.from({ length: 5 * 6 }, (_, i) => (i % 6 === 0 || i % 6 === 4 ? 1 : 0));
 * const smooth = new Float64Array(still.length);
 * oneEuroRotations(still, 0, 5, 1, smooth, 0, { frameRateHertz: 30 });
 * console.assert(smooth.every((value, index) => Math.abs(value - (still[index] ?? 0)) < 1e-12));
 * ```
 */
export function oneEuroRotations(
  pose6d: RealArray,
  poseOffset: number,
  frameCount: number,
  jointCount: number,
  target: RealArray,
  targetOffset: number,
  options: OneEuroOptions,
): void {
  const { frameRateHertz, minimumCutoffHertz = 1, speedCoefficient = 1, speedCutoffHertz = 1 } = options;
  assertMotionSize(frameCount, jointCount);
  for (const [name, value] of Object.entries({ frameRateHertz, minimumCutoffHertz, speedCutoffHertz }))
    if (!(value > 0 && value < Infinity))
      throw new SmoothingOptionsError(`${name} is ${value}; expected a positive number.`);
  if (!(speedCoefficient >= 0 && speedCoefficient < Infinity))
    throw new SmoothingOptionsError(`speedCoefficient is ${speedCoefficient}; expected a number >= 0.`);
  const size = 6 * frameCount * jointCount;
  assertRange(pose6d, poseOffset, size, 'The rotations');
  assertRange(target, targetOffset, size, 'The smoothed rotations');
  const share = (cutoffHertz: number): number => 1 / (1 + frameRateHertz / (2 * Math.PI * cutoffHertz));
  const speedShare = share(speedCutoffHertz);
  const estimates = new Float64Array(9 * jointCount);
  const previous = new Float64Array(9 * jointCount);
  const speeds = new Float64Array(3 * jointCount);
  const given = new Float64Array(9);
  const relative = new Float64Array(9);
  const step = new Float64Array(3);
  for (let frame = 0; frame < frameCount; frame++)
    for (let joint = 0; joint < jointCount; joint++) {
      const at = 6 * (frame * jointCount + joint);
      rotation6dToMatrix(pose6d, poseOffset + at, given, 0);
      if (frame === 0) {
        estimates.set(given, 9 * joint);
      } else {
        turnBetween(previous, 9 * joint, given, relative, step);
        let squares = 0;
        for (let axis = 3 * joint; axis < 3 * joint + 3; axis++) {
          const speed = speeds[axis] as number;
          const measured = frameRateHertz * (step[axis - 3 * joint] as number);
          const filtered = frame === 1 ? measured : speed + speedShare * (measured - speed);
          speeds[axis] = filtered;
          squares += filtered * filtered;
        }
        turnBetween(estimates, 9 * joint, given, relative, step);
        const move = share(minimumCutoffHertz + speedCoefficient * Math.sqrt(squares));
        for (let axis = 0; axis < 3; axis++) step[axis] = move * (step[axis] as number);
        axisAngleToMatrix(step, 0, relative, 0);
        composeRotations(estimates, 9 * joint, relative, 0, estimates, 9 * joint);
      }
      previous.set(given, 9 * joint);
      matrixToRotation6d(estimates, 9 * joint, target, targetOffset + at);
    }
}

/** log(from^-1 to) as an axis-angle vector. */
function turnBetween(
  from: Float64Array,
  fromOffset: number,
  to: Float64Array,
  scratch: Float64Array,
  axisAngle: Float64Array,
): void {
  invertRotation(from, fromOffset, scratch, 0);
  composeRotations(scratch, 0, to, 0, scratch, 0);
  matrixToAxisAngle(scratch, 0, axisAngle, 0);
}
