import { constraintKey, holds, type Constraint } from '../constraint/constraint.js';
import { assertPose } from '../posecode/assert-pose.js';
import type { JointPositions } from '../posecode/measure.js';
import { FACTS } from './facts.js';

/** The constraints that are worth saying by themselves, each once, in a fixed order. */
const ESSENTIAL: readonly Constraint[] = [
  ...new Map(
    FACTS.filter(({ constraints, commonness }) => constraints.length === 1 && commonness !== 'common')
      .flatMap(({ constraints }) => constraints)
      .map((constraint) => [constraintKey(constraint), constraint]),
  ).values(),
];

/**
 * The essential facts that hold on a pose, each a single constraint that {@link statement} can put into words, in a
 * fixed order (arms, legs, whole body). Facts that hold on most poses (a foot on the ground, a straight knee, a low
 * hand) are left out: naming them tells nothing, and a reward for naming them would be earned without looking.
 *
 * @param joints - [..., 24, 3] positions in the body frame (root orientation identity), metres
 * @param offset - where the pose starts in `joints`, in numbers
 * @throws PoseRangeError if `joints` does not hold a whole pose at `offset`
 * @example
 * ```ts
 * import { SYNTHETIC_SKELETON } from '@pose-rft/smpl';
 * import { describePose, statement } from '@pose-rft/text-pose';
 *
 * const facts = describePose(SYNTHETIC_SKELETON.restJointsMetres, 0).map((fact) => statement(fact));
 * console.assert(facts.includes('left arm out to the side'));
 * ```
 */
export function describePose(joints: JointPositions, offset: number): readonly Constraint[] {
  assertPose(joints, offset);
  return ESSENTIAL.filter((constraint) => holds(constraint, joints, offset));
}
