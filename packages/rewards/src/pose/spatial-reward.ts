import {
  createPoseScratch,
  JOINT_NUMBERS,
  requireFiniteTarget,
  requireLength,
  type JointFrame,
  type PoseAccess,
} from './pose-scratch.js';
import { requireScale } from './proximity-kernel.js';
import type { RewardCard } from '../reward-card.js';
import { identified, type Described, type Reward, type RewardIdentity } from '../reward.js';

/** What a reward that compares a pose with a target needs. */
export interface TargetAccess<Prompt, Action> extends PoseAccess<Action> {
  /** [24 * 3] joints in metres, the root at the origin, or undefined where no pose is the right one: declines. */
  readonly targetJoints: (prompt: Prompt) => Float32Array | undefined;
  /** The frame of the target's joints. Default `world`. */
  readonly frame?: JointFrame;
}

export interface SpatialRewardOptions<Prompt, Action> extends RewardIdentity, TargetAccess<Prompt, Action> {
  /**
   * What keeps the quotient finite where the distance is zero. `offset` adds `metres` to every distance: smooth, and
   * the default with `epsilonMetres`. `floor` is the paper's quotient to the letter down to a distance of `metres`,
   * and constant below. Either way the largest value is 1 / metres.
   */
  readonly singularity?: { readonly kind: 'offset' | 'floor'; readonly metres: number };
  /** Short for the `singularity` `offset` of so many metres. Default 0.05 m. */
  readonly epsilonMetres?: number;
  /**
   * The unit of the distance: the paper names none, and a value per millimetre is a thousandth of one per metre, which
   * matters where rewards are added before they are normalised. Default `metre`.
   */
  readonly per?: 'metre' | 'millimetre';
}

/**
 * 1 / (||J - J*||_2 + epsilon), the paper's reward of spatial location, where the norm is Euclidean over all 72
 * coordinates, in metres. In (0, 1 / epsilon], per metre; NaN where there is no pose or no target. The paper writes 1 / ||J - J*||_2,
 * which is infinite at the target and says nothing of it: `singularity` says how that is kept finite, here.
 *
 * Only the target itself maximises it. It is steep near the target and almost flat far from it: within a group of bad
 * poses the differences are tiny, and dividing by their standard deviation blows noise up. One number for the whole
 * pose: {@link jointProximityReward} tells which joint was right.
 *
 * @throws RangeError if epsilon is not positive, or given twice
 * @throws RewardInputError (when scoring) if a pose or a target has the wrong length, or a target is not finite
 * @throws NonFinitePoseError (when scoring) if a pose is not finite
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
): Described<Reward<Prompt, Action>> {
  const { pose6d, targetJoints, per = 'metre' } = options;
  const { kind, metres } = singularityOf(options);
  const factor = per === 'metre' ? 1 : 1000;
  const jointsOf = createPoseScratch(options.skeleton, options.frame ?? 'world');
  const about: RewardCard = {
    measures: `1 / (distance of all joints${kind === 'offset' ? ` + ${metres} m` : `, at least ${metres} m`})`,
    unit: `1/${per}`,
    range: [0, 1 / (factor * metres)],
    maximisedBy: 'the target pose alone',
    gamedBy: 'a narrow policy: it is so steep near the target that rare near hits outweigh everything else',
    judges: 'rows',
  };
  return identified(options, { name: 'spatial', drives: 'pose', about }, ({ rows }) => {
    const values = new Float32Array(rows.length).fill(Number.NaN);
    rows.forEach(({ prompt, action }, row) => {
      const pose = pose6d(action);
      const target = targetJoints(prompt);
      if (pose === undefined || target === undefined) return;
      requireLength(target, JOINT_NUMBERS, 'the target', row);
      const distance = distanceMetres(jointsOf(pose, row), target);
      const value = 1 / (factor * (kind === 'offset' ? distance + metres : Math.max(distance, metres)));
      requireFiniteTarget(value, row);
      values[row] = value;
    });
    return { values };
  });
}

function singularityOf({
  singularity,
  epsilonMetres,
}: Pick<SpatialRewardOptions<never, never>, 'singularity' | 'epsilonMetres'>): {
  readonly kind: 'offset' | 'floor';
  readonly metres: number;
} {
  if (singularity !== undefined && epsilonMetres !== undefined)
    throw new RangeError('epsilonMetres and singularity say the same thing: give one of them');
  const chosen = singularity ?? { kind: 'offset', metres: epsilonMetres ?? 0.05 };
  requireScale(singularity === undefined ? 'epsilonMetres' : 'singularity.metres', chosen.metres);
  return chosen;
}

function distanceMetres(joints: Float32Array, target: Float32Array): number {
  let squares = 0;
  for (let index = 0; index < JOINT_NUMBERS; index++) {
    const difference = (joints[index] as number) - (target[index] as number);
    squares += difference * difference;
  }
  return Math.sqrt(squares);
}
