import { JOINT_COUNT } from '@pose-rft/smpl';
import { constraintRotations, softSatisfaction, type Constraint } from '@pose-rft/text-pose';
import { createPoseScratch, type PoseAccess } from './pose-scratch.js';
import { identified, type Reward, type RewardIdentity } from './reward.js';

export interface RuleSemanticRewardOptions<Prompt, Action> extends RewardIdentity, PoseAccess<Action> {
  /** What the prompt asks of the pose; undefined or none: the reward declines. */
  readonly constraints: (prompt: Prompt) => readonly Constraint[] | undefined;
}

/**
 * How well the pose satisfies what the prompt states: the mean of `softSatisfaction` over its constraints, in (0, 1);
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
): Reward<Prompt, Action> {
  const { pose6d, constraints: constraintsOf } = options;
  const jointsOf = createPoseScratch(options.skeleton, 'body');
  return identified(options, { name: 'rule_semantic', drives: 'pose' }, ({ rows }) => {
    const values = new Float32Array(rows.length).fill(Number.NaN);
    const perGroup = new Float32Array(rows.length * JOINT_COUNT);
    rows.forEach(({ prompt, action }, row) => {
      const pose = pose6d(action);
      const constraints = constraintsOf(prompt);
      if (pose === undefined || constraints === undefined || constraints.length === 0) return;
      const joints = jointsOf(pose, row);
      let value = 0;
      for (const constraint of constraints) {
        const share = softSatisfaction(constraint, joints, 0) / constraints.length;
        value += share;
        for (const rotation of constraintRotations(constraint)) {
          const credit = row * JOINT_COUNT + rotation;
          perGroup[credit] = (perGroup[credit] as number) + share;
        }
      }
      values[row] = value;
    });
    return { values, perGroup };
  });
}
