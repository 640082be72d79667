import type { RealArray } from '../real-array.js';
import type { HandPoseSpace } from './body-model.js';

export interface HandPoseOptions {
  /** `relaxed` (the default) adds the mean pose of the model's hand; `flat` does not: smplx's `flat_hand_mean`. */
  readonly mean?: 'relaxed' | 'flat';
}

/** Thrown for hand-pose coefficients that a model does not have, or that are not finite. */
export class HandPoseError extends Error {
  override readonly name = 'HandPoseError';
}

/**
 * The rotations of one hand from its principal components: mean + sum over c of coefficient times component, as
 * axis-angle vectors [15*3] in radians, for the joints `left_index1` ... `left_thumb3` (or the right ones) of an
 * SMPL-H or SMPL-X pose.
 *
 * @param coefficients - at most as many as the model has components; smplx takes the first 6 by default
 * @throws HandPoseError
 * @example
 * ```ts
 * import { handPoseFromCoefficients, type HandPoseSpace } from '@pose-rft/smpl';
 *
 * const hand: HandPoseSpace = {
 *   meanAxisAngles: new Float64Array(45).fill(0.1),
 *   components: new Float64Array(45).fill(0.2),
 *   componentCount: 1,
 * };
 * const pose = handPoseFromCoefficients(hand, [1], { mean: 'flat' });
 * console.assert(pose.length === 45 && pose[0] === 0.2);
 * ```
 */
export function handPoseFromCoefficients(
  hand: HandPoseSpace,
  coefficients: RealArray | readonly number[],
  options: HandPoseOptions = {},
): Float64Array {
  if (coefficients.length > hand.componentCount)
    throw new HandPoseError(
      `The hand has ${hand.componentCount} components, but ${coefficients.length} coefficients were given.`,
    );
  const pose =
    options.mean === 'flat' ? new Float64Array(hand.meanAxisAngles.length) : hand.meanAxisAngles.slice();
  coefficients.forEach((coefficient, component) => {
    if (!Number.isFinite(coefficient))
      throw new HandPoseError(`Hand coefficient ${component} is ${coefficient}: it must be finite.`);
    for (let i = 0; i < pose.length; i++)
      pose[i] = (pose[i] as number) + coefficient * (hand.components[component * pose.length + i] as number);
  });
  return pose;
}
