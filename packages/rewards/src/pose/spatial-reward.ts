import {
  createPoseScratch,
  JOINT_NUMBERS,
  requireLength,
  type JointFrame,
  type PoseAccess,
} from './pose-scratch.js';
import { identified, type Reward, type RewardIdentity } from './reward.js';

export interface SpatialRewardOptions<Prompt, Action> extends RewardIdentity, PoseAccess<Action> {
  /** [24 * 3] joints in metres, the root at the origin, or undefined where no pose is the right one: declines. */
  readonly targetJoints: (prompt: Prompt) => Float32Array | undefined;
  /** The frame of the target's joints. Default `world`. */
  readonly frame?: JointFrame;
  /** Keeps the reward finite at the target: its largest value is 1 / epsilon. Default 0.05 m. */
  readonly epsilonMetres?: number;
}

/**
 * 1 / (||J - J*||_2 + epsilon), the paper's reward of spatial location, where the norm is Euclidean over all 72
 * coordinates, in metres. In (0, 1 / epsilon], per metre; NaN where there is no pose or no target.
 *
 * Only the target itself maximises it. It is steep near the target and almost flat far from it: within a group of bad
 * poses the differences are tiny, and dividing by their standard deviation blows noise up. One number for the whole
 * pose: {@link jointProximityReward} tells which joint was right.
 *
 * @throws RewardInputError (when scoring) if a pose or a target has the wrong length
 * @example
 * ```ts
 * import { spatialReward } from '@pose-rft/rewards';
 * import { SYNTHETIC_SKELETON } from '@pose-rft/smpl';
 *
 * const rest = Float32Array.from({ length: 144 }, (_, index) => (index % 6 === 0 || index % 6 === 4 ? 1 : 0));
 * const reward = spatialReward({
 *   pose6d: (action: Float32Array) => action,
 *   targetJoints: (prompt: Float32Array) => prompt,
 *   epsilonMetres: 0.05,
 * });
 * const prompt = Float32Array.from(SYNTHETIC_SKELETON.restJointsMetres);
 * const { values } = reward.score({ rows: [{ prompt, action: rest }] });
 * console.assert(Math.abs((values[0] ?? 0) - 20) < 0.01, 'a perfect pose earns 1 / epsilon');
 * ```
 */
export function spatialReward<Prompt, Action>(
  options: SpatialRewardOptions<Prompt, Action>,
): Reward<Prompt, Action> {
  const { pose6d, targetJoints, epsilonMetres = 0.05 } = options;
  if (!(epsilonMetres > 0)) throw new RangeError(`epsilonMetres must be positive, got ${epsilonMetres}`);
  const jointsOf = createPoseScratch(options.skeleton, options.frame ?? 'world');
  return identified(options, { name: 'spatial', drives: 'pose' }, ({ rows }) => {
    const values = new Float32Array(rows.length).fill(Number.NaN);
    rows.forEach(({ prompt, action }, row) => {
      const pose = pose6d(action);
      const target = targetJoints(prompt);
      if (pose === undefined || target === undefined) return;
      requireLength(target, JOINT_NUMBERS, 'the target', row);
      values[row] = 1 / (distanceMetres(jointsOf(pose, row), target) + epsilonMetres);
    });
    return { values };
  });
}

function distanceMetres(joints: Float32Array, target: Float32Array): number {
  let squares = 0;
  for (let index = 0; index < JOINT_NUMBERS; index++) {
    const difference = (joints[index] as number) - (target[index] as number);
    squares += difference * difference;
  }
  return Math.sqrt(squares);
}
