import { alignBySimilarity, JOINT_COUNT, movingRotations, SYNTHETIC_SKELETON } from '@pose-rft/smpl';
import { createPoseScratch, JOINT_NUMBERS, requireFiniteTarget, requireLength } from './pose-scratch.js';
import { proximity, requireScale, type JointAlignment, type ProximityKernel } from './proximity-kernel.js';
import { identified, type Described, type Reward, type RewardIdentity } from '../reward.js';
import type { TargetAccess } from './spatial-reward.js';

export interface JointProximityRewardOptions<Prompt, Action>
  extends RewardIdentity, TargetAccess<Prompt, Action> {
  /** The error at which a joint's share falls to 1/e (`exponential`) or to 0.61 (`gaussian`). Default 0.1 m. */
  readonly scaleMetres?: number;
  /** Default `exponential`. */
  readonly kernel?: ProximityKernel;
  /** Default `none`: joints are compared as they stand. */
  readonly alignment?: JointAlignment;
}

const ROOT = 0;

/**
 * The mean over the 23 joints besides the root of exp(-error / scale), in (0, 1]; NaN where there is no pose or no
 * target. A joint that is 10 cm off earns 0.37 of its share by default, one that is a metre off nothing: the reward
 * has no slope for hopeless joints, and no outlier outweighs the others.
 *
 * With `alignment: 'procrustes'` the joints are first moved, turned and scaled onto the target (as in PA-MPJPE), and the
 * root, which then may be off, is the 24th joint: the reward no longer sees global orientation, nor size.
 *
 * Credit per joint, [rows, 24] in [0, 1]: the rotation of joint k is credited with the shares of the joints that it
 * moves (so hands, toes and head, which move none, with 0; and the root with 0 in the body frame). It tells the arm's
 * numbers from the legs', which one scalar cannot.
 *
 * Only the target maximises it. It can be gamed by shrinking the policy's variance: a certain mean pose earns more than
 * honest samples around it, so diversity falls (watch it beside the reward).
 *
 * @throws RangeError if scaleMetres is not positive
 * @throws RewardInputError (when scoring) if a pose or a target has the wrong length, or a target is not finite
 * @throws NonFinitePoseError (when scoring) if a pose is not finite
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
): Described<Reward<Prompt, Action>> {
  const { pose6d, targetJoints, frame = 'world', scaleMetres = 0.1 } = options;
  const { kernel = 'exponential', alignment = 'none' } = options;
  requireScale('scaleMetres', scaleMetres);
  const jointsOf = createPoseScratch(options.skeleton, frame);
  const aligned = alignment === 'procrustes' ? new Float32Array(JOINT_NUMBERS) : undefined;
  // Without alignment the root is at the origin in every pose, and says nothing.
  const firstJoint = aligned === undefined ? 1 : 0;
  const comparedJoints = JOINT_COUNT - firstJoint;
  const moving = movingRotations(options.skeleton ?? SYNTHETIC_SKELETON).map((rotations) =>
    Int32Array.from(rotations.filter((rotation) => frame === 'world' || rotation !== ROOT)),
  );
  const about = {
    measures: `mean over joints of the ${kernel} kernel of the error over ${scaleMetres} m${aligned ? ', aligned (PA)' : ''}`,
    unit: '1',
    range: [0, 1],
    creditRange: [0, 1],
    maximisedBy: aligned ? 'the target pose, moved, turned or scaled in any way' : 'the target pose alone',
    gamedBy: 'shrinking the variance: a certain mean pose earns more than honest samples around it',
    judges: 'rows',
  } as const;
  return identified(options, { name: 'joint_proximity', drives: 'pose', about }, ({ rows }) => {
    const values = new Float32Array(rows.length).fill(Number.NaN);
    const perGroup = new Float32Array(rows.length * JOINT_COUNT);
    rows.forEach(({ prompt, action }, row) => {
      const pose = pose6d(action);
      const target = targetJoints(prompt);
      if (pose === undefined || target === undefined) return;
      requireLength(target, JOINT_NUMBERS, 'the target', row);
      let joints = jointsOf(pose, row);
      if (aligned !== undefined) {
        alignBySimilarity(joints, 0, target, 0, JOINT_COUNT, aligned, 0);
        joints = aligned;
      }
      let value = 0;
      for (let joint = firstJoint; joint < JOINT_COUNT; joint++) {
        const share = proximity(kernel, errorMetres(joints, target, joint), scaleMetres) / comparedJoints;
        value += share;
        const rotations = moving[joint] as Int32Array;
        for (let index = 0; index < rotations.length; index++) {
          const credit = row * JOINT_COUNT + (rotations[index] as number);
          perGroup[credit] = (perGroup[credit] as number) + share;
        }
      }
      requireFiniteTarget(value, row);
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
