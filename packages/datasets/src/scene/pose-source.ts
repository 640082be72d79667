import type { Random } from '@pose-rft/random';
import { samplePose } from '../pose/sample-pose.js';

/** Where scenes take their poses from: draws one, [24, 6] rotations in layout `columns`, the root's orientation upright. */
export interface PoseSource {
  /** Names it, for what is cached from it. */
  readonly name: string;
  readonly draw: (random: Random) => Float32Array;
}

/** Poses of `samplePose`, within joint limits. */
export const SAMPLED_POSES: PoseSource = { name: 'sampled', draw: samplePose };

/** Thrown when there is no pose to draw. */
export class PoseSourceError extends Error {
  override readonly name = 'PoseSourceError';
}

/**
 * Poses of motions, such as the takes of `readMotionCaptureFolder` or `retargetToSmpl` gives: all frames are equally
 * likely. The poses are kept in memory, 576 bytes each.
 *
 * @param motions - each with [F, 24, 6] rotations
 * @param options - `frameStride` takes every nth frame of each, 1 by default
 * @throws PoseSourceError if there is no frame, or the numbers are not whole poses
 * @example
 * ```ts
 * import { createRandom } from '@pose-rft/random';
 * import { posesOfMotions, samplePose } from '@pose-rft/datasets';
 *
 * const source = posesOfMotions('one', [{ pose6d: samplePose(createRandom(1)) }]);
 * console.assert(source.draw(createRandom(2)).length === 144);
 * ```
 */
export function posesOfMotions(
  name: string,
  motions: Iterable<{ readonly pose6d: Float32Array }>,
  options: { readonly frameStride?: number } = {},
): PoseSource {
  const { frameStride = 1 } = options;
  if (!Number.isSafeInteger(frameStride) || frameStride < 1)
    throw new PoseSourceError(`frameStride is ${frameStride}; expected an integer of at least 1.`);
  const poses: Float32Array[] = [];
  for (const { pose6d } of motions) {
    if (pose6d.length % POSE !== 0)
      throw new PoseSourceError(`A motion has ${pose6d.length} numbers; expected ${POSE} for each pose.`);
    for (let at = 0; at < pose6d.length; at += POSE * frameStride) poses.push(pose6d.slice(at, at + POSE));
  }
  if (poses.length === 0) throw new PoseSourceError(`${name}: there is no frame to take a pose from.`);
  return { name, draw: (random) => random.pick(poses).slice() };
}

const POSE = 144;
