import type { AmcMotion } from './amc.js';
import type { AsfSkeleton } from './asf.js';
import { createAsfKinematics } from './asf-kinematics.js';
import { RetargetError } from './retarget-error.js';
import type { SegmentMotion } from './segment-motion.js';

/**
 * An Acclaim motion as segments, ready for `retargetToSmpl`.
 *
 * @param framesPerSecond - the format does not say; CMU's takes have 120
 * @throws RetargetError if the motion was read with another skeleton
 * @example
 * ```ts
 * import { asfSegmentMotion, readAmc, readAsf, retargetToSmpl } from '@pose-rft/smpl';
 *
 * const read = (asfText: string, amcText: string) => {
 *   const asf = readAsf(asfText, '02.asf');
 *   return retargetToSmpl(asfSegmentMotion(asf, readAmc(amcText, asf, '02_01.amc'), 120));
 * };
 * console.assert(read instanceof Function);
 * ```
 */
export function asfSegmentMotion(
  asf: AsfSkeleton,
  motion: AmcMotion,
  framesPerSecond?: number,
): SegmentMotion {
  const { frameCount, channels } = motion;
  const { bones, channelCount } = asf;
  if (channels.length !== frameCount * channelCount)
    throw new RetargetError(
      `the motion has ${channels.length / frameCount} channels a frame, the skeleton ${channelCount}: ` +
        'read both files of one subject',
    );
  const kinematics = createAsfKinematics(asf);
  const ends = new Float64Array(bones.length * 3);
  /** A bone starts at its parent's end; the root has no length, and starts where it ends. */
  const startsOf = (bone: number): number => {
    const { parent } = bones[bone] as (typeof bones)[number];
    return (parent < 0 ? bone : parent) * 3;
  };
  const writeStarts = (starts: Float64Array): void => {
    for (let bone = 0; bone < bones.length; bone++) {
      const from = startsOf(bone);
      for (let axis = 0; axis < 3; axis++) starts[bone * 3 + axis] = ends[from + axis] as number;
    }
  };
  const rest = new Float64Array(bones.length * 3);
  kinematics.pose(new Float64Array(channelCount), 0, new Float64Array(bones.length * 9), ends);
  writeStarts(rest);
  return {
    segments: bones.map(({ name, direction, lengthMetres }, bone) => ({
      name,
      direction,
      lengthMetres,
      restStartMetres: [rest[bone * 3] as number, rest[bone * 3 + 1] as number, rest[bone * 3 + 2] as number],
    })),
    frameCount,
    ...(framesPerSecond === undefined ? {} : { framesPerSecond }),
    poseFrame: (frame, rotations, starts) => {
      kinematics.pose(channels, frame * channelCount, rotations, ends);
      writeStarts(starts);
    },
  };
}
