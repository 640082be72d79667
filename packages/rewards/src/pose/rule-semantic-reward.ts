import { JOINT_COUNT } from '@pose-rft/smpl';
import { constraintRotations, holds, softSatisfaction, type Constraint } from '@pose-rft/text-pose';
import { createPoseScratch, type PoseAccess } from './pose-scratch.js';
import { identified, type Described, type Reward, type RewardIdentity } from '../reward.js';

export interface RuleSemanticRewardOptions<Prompt, Action> extends RewardIdentity, PoseAccess<Action> {
  /** What the prompt asks of the pose; undefined or none: the reward declines. */
  readonly constraints: (prompt: Prompt) => readonly Constraint[] | undefined;
  /**
   * `soft` (the default) rewards margins and has a slope everywhere; `hard` is the share of constraints that hold, which
   * is what evaluations count, and cannot be raised by exaggerating.
   */
  readonly satisfaction?: 'soft' | 'hard';
}

/**
 * How well the pose satisfies what the prompt states: the mean of `softSatisfaction` (or of `holds`) over its constraints, in [0, 1];
 * NaN where there is no pose or no constraint. It stands in for the paper's learned text-pose similarity, and cannot
 * be fooled by adversarial poses of a retriever, because it measures the joints.
 *
 * Credit per joint, [rows, 24] in [0, 1]: the rotation of joint k is credited with the shares of the constraints that
 * it can change (`constraintRotations`); a joint that can change none has 0.
 *
 * Any pose well inside all intervals maximises it, plausible or not: it says nothing about what the prompt leaves
 * unsaid, so limbs that no constraint names may drift, and margins may grow past what people do. A penalty on the
 * distance to a reference policy, or joint limits, hold it back.
 *
 * @throws RewardInputError (when scoring) if a pose has the wrong length
 * @throws InvalidConstraintError (when scoring) if a constraint names nothing in `POSECODES`
 * @example
 * ```ts
 * import { ruleSemanticReward } from '@pose-rft/rewards';
 * import { constraintOf, type Constraint } from '@pose-rft/text-pose';
 *
 * const rest = Float32Array.from({ length: 144 }, (_, index) => (index % 6 === 0 || index % 6 === 4 ? 1 : 0));
 * const reward = ruleSemanticReward({
 *   pose6d: (action: Float32Array) => action,
 *   constraints: (prompt: readonly Constraint[]) => prompt,
 * });
 * const { values } = reward.score({
 *   rows: [
 *     { prompt: [constraintOf('angle:left_elbow', 'straight')], action: rest },
 *     { prompt: [constraintOf('angle:left_elbow', 'bent')], action: rest },
 *   ],
 * });
 * console.assert((values[0] ?? 0) > 0.5 && (values[1] ?? 1) < 0.5);
 * ```
 */
export function ruleSemanticReward<Prompt, Action>(
  options: RuleSemanticRewardOptions<Prompt, Action>,
): Described<Reward<Prompt, Action>> {
  const { pose6d, constraints: constraintsOf, satisfaction = 'soft' } = options;
  const isSoft = satisfaction === 'soft';
  const jointsOf = createPoseScratch(options.skeleton, 'body');
  const about = {
    measures: isSoft
      ? "mean soft satisfaction of the prompt's constraints"
      : "share of the prompt's constraints that hold",
    unit: '1',
    range: [0, 1],
    creditRange: [0, 1],
    maximisedBy: isSoft ? 'any pose deep inside all intervals' : 'any pose inside all intervals',
    gamedBy: isSoft
      ? 'exaggerating what is asked, and any limb that no constraint names'
      : 'staying just inside the intervals, and any limb that no constraint names',
    judges: 'rows',
  } as const;
  return identified(options, { name: 'rule_semantic', drives: 'pose', about }, ({ rows }) => {
    const values = new Float32Array(rows.length).fill(Number.NaN);
    const perGroup = new Float32Array(rows.length * JOINT_COUNT);
    rows.forEach(({ prompt, action }, row) => {
      const pose = pose6d(action);
      const constraints = constraintsOf(prompt);
      if (pose === undefined || constraints === undefined || constraints.length === 0) return;
      const joints = jointsOf(pose, row);
      let value = 0;
      for (let index = 0; index < constraints.length; index++) {
        const constraint = constraints[index] as Constraint;
        const satisfied = isSoft
          ? softSatisfaction(constraint, joints, 0)
          : Number(holds(constraint, joints, 0));
        const share = satisfied / constraints.length;
        value += share;
        const rotations = constraintRotations(constraint);
        for (let each = 0; each < rotations.length; each++) {
          const credit = row * JOINT_COUNT + (rotations[each] as number);
          perGroup[credit] = (perGroup[credit] as number) + share;
        }
      }
      values[row] = value;
    });
    return { values, perGroup };
  });
}
