import { assertRange, type RealArray } from '../real-array.js';
import { InvalidFrameRateError } from './evaluate-motion.js';
import { EmptyMetricError } from './joint-error.js';
import { nonFiniteJoints } from './non-finite-joints-error.js';

/**
 * Jitter: how much a motion trembles, as the mean length of the jerk, the third time derivative of the joints' positions,
 * in metres per second cubed, by third differences of neighbouring frames (Flash and Hogan, "The coordination of arm
 * movements", 1985, take jerk for smoothness; Yi et al., "TransPose", 2021, report it so). It needs no truth, and a
 * motion at rest or of constant acceleration has none: compare it with the truth's own, not with zero.
 *
 * @param joints - [frameCount, jointCount, 3] metres, from `offset` on, at equal intervals
 * @throws ArrayRangeError if the array is too short
 * @throws EmptyMetricError if there are fewer than four frames or no joints
 * @throws InvalidFrameRateError if the frame rate is not a positive number
 * @throws NonFiniteJointsError if a coordinate is NaN or infinite
 * @example
 * ```ts
 * import { jitterMetresPerSecondCubed } from '@pose-rft/smpl';
 *
 * const cubic = Float64Array.from({ length: 15 }, (_, index) => (index % 3 === 0 ? (index / 3) ** 3 : 0));
 * console.assert(Math.abs(jitterMetresPerSecondCubed(cubic, 0, 5, 1, 1) - 6) < 1e-12);
 * ```
 */
export function jitterMetresPerSecondCubed(
  joints: RealArray,
  offset: number,
  frameCount: number,
  jointCount: number,
  frameRateHertz: number,
): number {
  if (!(Number.isInteger(frameCount) && frameCount >= 4))
    throw new EmptyMetricError(`frameCount is ${frameCount}. A jerk needs at least four frames.`);
  if (!(Number.isInteger(jointCount) && jointCount > 0))
    throw new EmptyMetricError(`jointCount is ${jointCount}. A metric needs at least one joint.`);
  if (!(frameRateHertz > 0 && frameRateHertz < Infinity))
    throw new InvalidFrameRateError(
      `frameRateHertz is ${frameRateHertz}. Give the frames per second of the motion.`,
    );
  const stride = 3 * jointCount;
  assertRange(joints, offset, frameCount * stride, 'The joints');
  let sum = 0;
  for (let frame = 0; frame < frameCount - 3; frame++)
    for (let joint = 0; joint < jointCount; joint++) {
      let squares = 0;
      for (let axis = 0; axis < 3; axis++) {
        const at = offset + frame * stride + 3 * joint + axis;
        const difference =
          (joints[at + 3 * stride] as number) -
          3 * (joints[at + 2 * stride] as number) +
          3 * (joints[at + stride] as number) -
          (joints[at] as number);
        squares += difference * difference;
      }
      sum += Math.sqrt(squares);
    }
  if (!(sum < Infinity)) throw nonFiniteJoints(joints, offset, joints, offset, frameCount * jointCount);
  return (sum / ((frameCount - 3) * jointCount)) * frameRateHertz ** 3;
}
