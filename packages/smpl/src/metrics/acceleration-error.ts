import { assertRange, type RealArray } from '../real-array.js';
import { EmptyMetricError } from './joint-error.js';
import { nonFiniteJoints } from './non-finite-joints-error.js';

const MILLIMETRES_PER_METRE = 1000;

/**
 * The acceleration error in millimetres per frame squared: the mean, over joints and all frames but the first and last,
 * of the distance between the second differences x[t-1] - 2 x[t] + x[t+1] of two motions (Kanazawa et al., "Learning 3D
 * Human Dynamics from Video", 2019). Much published code prints this number as mm/s^2, which it is not: multiply by the
 * frame rate squared for that, as `evaluateMotion` does when it is told the frame rate.
 *
 * @param predicted - [frameCount, jointCount, 3] joints in metres, from `predictedOffset` on
 * @param target - likewise
 * @throws ArrayRangeError if an array is too short
 * @throws EmptyMetricError if there are fewer than three frames or no joints
 * @throws NonFiniteJointsError if a coordinate is NaN or infinite
 * @example
 * ```ts
 * import { accelerationErrorMillimetresPerFrameSquared } from '@pose-rft/smpl';
 *
 * const atRest = new Float64Array(9);
 * const jerking = Float64Array.of(0, 0, 0, 0.001, 0, 0, 0, 0, 0); // one joint, three frames: there and back
 * console.assert(Math.abs(accelerationErrorMillimetresPerFrameSquared(jerking, 0, atRest, 0, 3, 1) - 2) < 1e-12);
 * ```
 */
export function accelerationErrorMillimetresPerFrameSquared(
  predicted: RealArray,
  predictedOffset: number,
  target: RealArray,
  targetOffset: number,
  frameCount: number,
  jointCount: number,
): number {
  if (!(Number.isInteger(frameCount) && frameCount >= 3)) {
    throw new EmptyMetricError(`frameCount is ${frameCount}. An acceleration needs at least three frames.`);
  }
  if (!(Number.isInteger(jointCount) && jointCount > 0)) {
    throw new EmptyMetricError(`jointCount is ${jointCount}. A metric needs at least one joint.`);
  }
  const stride = 3 * jointCount;
  assertRange(predicted, predictedOffset, frameCount * stride, 'The predicted joints');
  assertRange(target, targetOffset, frameCount * stride, 'The target joints');
  let sum = 0;
  for (let frame = 1; frame < frameCount - 1; frame++) {
    for (let joint = 0; joint < jointCount; joint++) {
      const at = frame * stride + 3 * joint;
      let squares = 0;
      for (let axis = 0; axis < 3; axis++) {
        const difference =
          secondDifference(predicted, predictedOffset + at + axis, stride) -
          secondDifference(target, targetOffset + at + axis, stride);
        squares += difference * difference;
      }
      sum += Math.sqrt(squares);
    }
  }
  if (!(sum < Infinity)) {
    throw nonFiniteJoints(predicted, predictedOffset, target, targetOffset, frameCount * jointCount);
  }
  return (MILLIMETRES_PER_METRE * sum) / ((frameCount - 2) * jointCount);
}

function secondDifference(values: RealArray, index: number, stride: number): number {
  return (
    (values[index - stride] as number) - 2 * (values[index] as number) + (values[index + stride] as number)
  );
}
