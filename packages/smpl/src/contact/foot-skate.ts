import { EmptyMetricError } from '../metrics/joint-error.js';
import { NonFiniteJointsError } from '../metrics/non-finite-joints-error.js';
import { assertRange, type RealArray } from '../real-array.js';

/** What foot skating is measured on. */
export interface FootSkateOptions {
  readonly frameRateHertz: number;
  /** The height of the ground, y up; 0 by default. */
  readonly groundMetres?: number;
  /** A joint that is at most this far above the ground, in two frames running, stands on it. By default 5 cm. */
  readonly contactHeightMetres?: number;
}

/** How much the feet slide while they stand. */
export interface FootSkate {
  /** The mean horizontal speed of the joints while they stand, in metres per second; 0 if they never do. */
  readonly skateMetresPerSecond: number;
  /** The share, in [0, 1], of joints and pairs of frames that stand. */
  readonly contactFraction: number;
}

/**
 * Foot skating of a motion: the mean horizontal speed of the given joints (ankles, feet) over all pairs of frames in which
 * they stay near the ground. Zero for feet that stand still; the usual fault of motions put together frame by frame.
 *
 * @param joints - [frameCount, jointCount, 3] metres from `jointsOffset` on; y is up
 * @param feet - indices of the joints that are watched
 * @throws ArrayRangeError if the array is too short
 * @throws EmptyMetricError if there are fewer than two frames or no feet, a foot is not one of the joints, or the frame rate
 *   is not positive
 * @throws NonFiniteJointsError if a coordinate of a foot is NaN or infinite
 * @example
 * ```ts
 * import { footSkate } from '@pose-rft/smpl';
 *
 * const sliding = Float64Array.of(0, 0.02, 0, 0.01, 0.02, 0, 0.02, 0.02, 0); // one joint, three frames
 * const { skateMetresPerSecond } = footSkate(sliding, 0, 3, 1, [0], { frameRateHertz: 30 });
 * console.assert(Math.abs(skateMetresPerSecond - 0.3) < 1e-12);
 * ```
 */
export function footSkate(
  joints: RealArray,
  jointsOffset: number,
  frameCount: number,
  jointCount: number,
  feet: readonly number[],
  options: FootSkateOptions,
): FootSkate {
  const { frameRateHertz, groundMetres = 0, contactHeightMetres = 0.05 } = options;
  if (!(Number.isInteger(frameCount) && frameCount >= 2)) {
    throw new EmptyMetricError(`frameCount is ${frameCount}. A speed needs at least two frames.`);
  }
  if (!(frameRateHertz > 0 && frameRateHertz < Infinity)) {
    throw new EmptyMetricError(
      `frameRateHertz is ${frameRateHertz}. Give the frames per second of the motion.`,
    );
  }
  const missing = feet.find((foot) => !(Number.isInteger(foot) && foot >= 0 && foot < jointCount));
  if (feet.length === 0 || missing !== undefined) {
    throw new EmptyMetricError(
      `feet is [${feet.join(', ')}]. Name at least one of the ${jointCount} joints, counted from 0.`,
    );
  }
  assertRange(joints, jointsOffset, 3 * frameCount * jointCount, 'The joints');
  const stride = 3 * jointCount;
  const isStanding = (at: number): boolean =>
    (joints[at + 1] as number) - groundMetres <= contactHeightMetres;
  for (let frame = 0; frame < frameCount; frame++) {
    for (const foot of feet) {
      const at = jointsOffset + frame * stride + 3 * foot;
      if (joints.subarray(at, at + 3).every(Number.isFinite)) continue;
      throw new NonFiniteJointsError(
        `Joint ${foot} of frame ${frame} is NaN or infinite. Leave the frame out.`,
      );
    }
  }
  let travelled = 0;
  let standing = 0;
  for (let frame = 1; frame < frameCount; frame++) {
    for (const foot of feet) {
      const at = jointsOffset + frame * stride + 3 * foot;
      if (!isStanding(at) || !isStanding(at - stride)) continue;
      standing++;
      travelled += Math.hypot(
        (joints[at] as number) - (joints[at - stride] as number),
        (joints[at + 2] as number) - (joints[at - stride + 2] as number),
      );
    }
  }
  return {
    skateMetresPerSecond: standing > 0 ? (frameRateHertz * travelled) / standing : 0,
    contactFraction: standing / ((frameCount - 1) * feet.length),
  };
}
