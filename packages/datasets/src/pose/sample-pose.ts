import { clampToJointLimits, JOINT_COUNT } from '@pose-rft/smpl';
import type { Random } from '@pose-rft/random';
import { drawArms } from './arms.js';
import { drawLegs } from './legs.js';
import { uniformBetween } from './mixture.js';
import { draftToRotation6d, restDraft, turn } from './pose-draft.js';
import { drawTorsoAndHead } from './torso-and-head.js';

/** Standard deviation of the noise on every joint but the root, about each axis. */
export const JOINT_NOISE_RADIANS = 0.05;

/** The root turns about the vertical by at most this: the person faces the camera, more or less. */
export const LARGEST_ROOT_YAW_RADIANS = 0.6;

/**
 * Draws a pose: a posture for each arm, a stance for the legs, one for the torso and one for the head, each from a
 * table of kinds with weights (`ARM_POSTURES`, `STANCES`, `TORSO_POSTURES`, `HEAD_POSTURES`) and each kind from its
 * ranges; then Gaussian noise on all joints, a turn of the root, and the limits of human joints. The parts are drawn
 * independently, so that no caption can be guessed from half of it.
 *
 * @returns [24, 6] rotations in layout `columns`; the root only turns about the vertical, in
 *   ±{@link LARGEST_ROOT_YAW_RADIANS}
 * @example
 * ```ts
 * import { samplePose } from '@pose-rft/datasets';
 * import { createRandom } from '@pose-rft/random';
 * import { isWithinJointLimits } from '@pose-rft/smpl';
 *
 * const pose6d = samplePose(createRandom(1));
 * console.assert(pose6d.length === 144 && isWithinJointLimits(pose6d, 0));
 * ```
 */
export function samplePose(random: Random): Float32Array {
  const draft = restDraft();
  for (let joint = 1; joint < JOINT_COUNT; joint++)
    turn(
      draft,
      joint,
      JOINT_NOISE_RADIANS * random.normal(),
      JOINT_NOISE_RADIANS * random.normal(),
      JOINT_NOISE_RADIANS * random.normal(),
    );
  drawArms(draft, random);
  drawLegs(draft, random);
  drawTorsoAndHead(draft, random);
  turn(draft, 0, 0, uniformBetween(random, -LARGEST_ROOT_YAW_RADIANS, LARGEST_ROOT_YAW_RADIANS), 0);
  const pose6d = draftToRotation6d(draft);
  clampToJointLimits(pose6d, 0, pose6d, 0);
  return pose6d;
}
