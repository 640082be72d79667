import { assertRange, type RealArray } from '../real-array.js';
import { EmptyMetricError, mpjpeMillimetres } from './joint-error.js';

/**
 * How much samples differ: the mean, over all pairs of `sampleCount` poses, of their mean joint distance in
 * millimetres. Zero if all poses are equal.
 *
 * @param samples - [sampleCount, jointCount, 3] joints in metres, from `samplesOffset` on
 * @throws ArrayRangeError if the array is too short
 * @throws EmptyMetricError if there are fewer than two samples or no joints
 * @throws NonFiniteJointsError if a coordinate is NaN or infinite
 * @example
 * ```ts
 * import { meanPairwiseDistanceMillimetres } from '@pose-rft/smpl';
 *
 * const threePosesOfOneJoint = Float64Array.of(0, 0, 0, 0.3, 0, 0, 0.6, 0, 0);
 * console.assert(Math.abs(meanPairwiseDistanceMillimetres(threePosesOfOneJoint, 0, 3, 1) - 400) < 1e-9);
 * ```
 */
export function meanPairwiseDistanceMillimetres(
  samples: RealArray,
  samplesOffset: number,
  sampleCount: number,
  jointCount: number,
): number {
  if (!(Number.isInteger(sampleCount) && sampleCount > 1)) {
    throw new EmptyMetricError(
      `sampleCount is ${sampleCount}. A mean over pairs needs at least two samples.`,
    );
  }
  const stride = 3 * jointCount;
  assertRange(samples, samplesOffset, sampleCount * stride, 'The samples');
  let sum = 0;
  for (let first = 0; first < sampleCount; first++) {
    for (let second = first + 1; second < sampleCount; second++) {
      sum += mpjpeMillimetres(
        samples,
        samplesOffset + first * stride,
        samples,
        samplesOffset + second * stride,
        jointCount,
      );
    }
  }
  return sum / ((sampleCount * (sampleCount - 1)) / 2);
}
