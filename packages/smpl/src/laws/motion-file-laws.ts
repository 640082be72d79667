import { createRandom } from '@pose-rft/random';
import fc from 'fast-check';
import type { SmplMotion } from '../files/retarget.js';
import { geodesicDistanceRadians } from '../rotation/geodesic-distance.js';
import { axisAngleToRotation6d, rotation6dToMatrix } from '../rotation/rotation6d.js';
import { JOINT_COUNT } from '../skeleton/joints.js';
import { law, type Law } from './law.js';

/** A file format of motions: what is read back after writing. */
export interface MotionFileSubject {
  readonly writeAndRead: (motion: SmplMotion) => SmplMotion;
  /** Joints whose rotations the format holds; all 24 by default. */
  readonly joints?: readonly number[];
  /** The coarsest rounding of the format; 2e-5 by default, that of single precision in six numbers. */
  readonly toleranceRadians?: number;
  /** 1e-5 by default. */
  readonly toleranceMetres?: number;
}

/**
 * The laws of motion files: what is written is what is read, whatever the poses, up to the format's rounding.
 *
 * @example
 * ```ts
 * import { bvhSegmentMotion, readBvh, retargetToSmpl, writeBvh } from '@pose-rft/smpl';
 * import { motionFileLaws } from '@pose-rft/smpl/laws';
 *
 * const laws = motionFileLaws({
 *   writeAndRead: ({ pose6d, ...options }) => retargetToSmpl(bvhSegmentMotion(readBvh(writeBvh(pose6d, options)))),
 * });
 * for (const law of laws) law.check({ numRuns: 5 });
 * ```
 */
export function motionFileLaws(subject: MotionFileSubject): readonly Law[] {
  const { writeAndRead, toleranceRadians = 2e-5, toleranceMetres = 1e-5 } = subject;
  const joints = subject.joints ?? Array.from({ length: JOINT_COUNT }, (_, joint) => joint);
  // Whole motions come from a seed: there is nothing in them to shrink but the number of frames.
  const motions = fc
    .tuple(
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 0, max: 2 ** 31 - 1 }),
      fc.constantFrom(10, 24, 29.97, 30, 59.94, 60, 120),
    )
    .map(([frameCount, seed, framesPerSecond]) => randomMotion(frameCount, seed, framesPerSecond));
  return [
    law('frames keep their number and their rate', motions, (motion) => {
      const { frameCount, framesPerSecond = NaN } = writeAndRead(motion);
      return (
        frameCount === motion.frameCount &&
        Math.abs(framesPerSecond - (motion.framesPerSecond as number)) < 1e-6 * framesPerSecond
      );
    }),
    law('rotations come back', motions, (motion) => {
      const { pose6d } = writeAndRead(motion);
      const [written, read] = [new Float64Array(9), new Float64Array(9)];
      for (let frame = 0; frame < motion.frameCount; frame++)
        for (const joint of joints) {
          rotation6dToMatrix(motion.pose6d, (frame * JOINT_COUNT + joint) * 6, written, 0);
          rotation6dToMatrix(pose6d, (frame * JOINT_COUNT + joint) * 6, read, 0);
          if (!(geodesicDistanceRadians(written, 0, read, 0) <= toleranceRadians)) return false;
        }
      return true;
    }),
    law('the root comes back to its places', motions, (motion) =>
      writeAndRead(motion).rootPositionsMetres.every(
        (value, i) => Math.abs(value - (motion.rootPositionsMetres[i] as number)) <= toleranceMetres,
      ),
    ),
  ];
}

/** Rotations by every angle, many of them by none, a quarter or half a turn about an axis, where formulas break. */
function randomMotion(frameCount: number, seed: number, framesPerSecond: number): SmplMotion {
  const random = createRandom(seed);
  const pose6d = new Float32Array(frameCount * JOINT_COUNT * 6);
  const axisAngle = new Float64Array(3);
  for (let row = 0; row < frameCount * JOINT_COUNT; row++) {
    if (random.uniform() < 0.3) {
      axisAngle.fill(0);
      axisAngle[random.integer(3)] = (random.integer(5) - 2) * (Math.PI / 2);
    } else random.fillNormal(axisAngle);
    axisAngleToRotation6d(axisAngle, 0, pose6d, row * 6);
  }
  const rootPositionsMetres = random.fillNormal(new Float32Array(frameCount * 3));
  return { frameCount, pose6d, rootPositionsMetres, framesPerSecond };
}
