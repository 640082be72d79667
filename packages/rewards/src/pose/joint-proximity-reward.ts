import { JOINT_COUNT, movingRotations, SYNTHETIC_SKELETON } from '@pose-rft/smpl';
import { createPoseScratch, JOINT_NUMBERS, requireLength } from './pose-scratch.js';
import { identified, type Reward } from './reward.js';
import type { SpatialRewardOptions } from './spatial-reward.js';

export interface JointProximityRewardOptions<Prompt, Action> extends Omit<
  SpatialRewardOptions<Prompt, Action>,
  'epsilonMetres'
> {
  /** The error at which a joint's share falls to 1/e. Default 0.1 m. */
  readonly scaleMetres?: number;
}

const ROOT = 0;
/** The root is at the origin in every pose, so it says nothing. */
const COMPARED_JOINTS = JOINT_COUNT - 1;

/**
 * The mean over the 23 joints besides the root of exp(-error / scale), in (0, 1]; NaN where there is no pose or no
 * target. A joint that is 10 cm off earns 0.37 of its share by default, one that is a metre off nothing: the reward
 * has no slope for hopeless joints, and no outlier outweighs the others.
 *
 * Credit per joint, [rows, 24] in [0, 1]: the rotation of joint k is credited with the shares of the joints that it
 * moves (so hands, toes and head, which move none, with 0; and the root with 0 in the body frame). It tells the arm's
 * numbers from the legs', which one scalar cannot.
 *
 * Only the target maximises it. It can be gamed by shrinking the policy's variance: a certain mean pose earns more than
 * honest samples around it, so diversity falls (watch it beside the reward).
 *
 * @throws RewardInputError (when scoring) if a pose or a target has the wrong length
 * @example
 * ```ts
 * import { jointProximityReward } from '@pose-rft/rewards';
 * import { SYNTHETIC_SKELETON } from '@pose-rft/smpl';
 *
 * const rest = Float32Array.from({ length: 144 }, (_, index) => (index % 6 === 0 || index % 6 === 4 ? 1 : 0));
 * const reward = jointProximityReward({
 *   pose6d: (action: Float32Array) => action,
 *   targetJoints: (prompt: Float32Array) => prompt,
 * });
 * const prompt = Float32Array.from(SYNTHETIC_SKELETON.restJointsMetres);
 * const { values, perGroup } = reward.score({ rows: [{ prompt, action: rest }] });
 * console.assert(Math.abs((values[0] ?? 0) - 1) < 1e-5 && perGroup?.length === 24);
 * ```
 */
export function jointProximityReward<Prompt, Action>(
  options: JointProximityRewardOptions<Prompt, Action>,
): Reward<Prompt, Action> {
  const { pose6d, targetJoints, frame = 'world', scaleMetres = 0.1 } = options;
  if (!(scaleMetres > 0)) throw new RangeError(`scaleMetres must be positive, got ${scaleMetres}`);
  const jointsOf = createPoseScratch(options.skeleton, frame);
  const moving = movingRotations(options.skeleton ?? SYNTHETIC_SKELETON).map((rotations) =>
    Int32Array.from(rotations.filter((rotation) => frame === 'world' || rotation !== ROOT)),
  );
  return identified(options, { name: 'joint_proximity', drives: 'pose' }, ({ rows }) => {
    const values = new Float32Array(rows.length).fill(Number.NaN);
    const perGroup = new Float32Array(rows.length * JOINT_COUNT);
    rows.forEach(({ prompt, action }, row) => {
      const pose = pose6d(action);
      const target = targetJoints(prompt);
      if (pose === undefined || target === undefined) return;
      requireLength(target, JOINT_NUMBERS, 'the target', row);
      const joints = jointsOf(pose, row);
      let value = 0;
      for (let joint = 1; joint < JOINT_COUNT; joint++) {
        const share = Math.exp(-errorMetres(joints, target, joint) / scaleMetres) / COMPARED_JOINTS;
        value += share;
        for (const rotation of moving[joint] as Int32Array) {
          const credit = row * JOINT_COUNT + rotation;
          perGroup[credit] = (perGroup[credit] as number) + share;
        }
      }
      values[row] = value;
    });
    return { values, perGroup };
  });
}

function errorMetres(joints: Float32Array, target: Float32Array, joint: number): number {
  const at = 3 * joint;
  const x = (joints[at] as number) - (target[at] as number);
  const y = (joints[at + 1] as number) - (target[at + 1] as number);
  const z = (joints[at + 2] as number) - (target[at + 2] as number);
  return Math.sqrt(x * x + y * y + z * z);
}
