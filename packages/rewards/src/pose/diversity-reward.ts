import { isWithinJointLimits, JOINT_COUNT } from '@pose-rft/smpl';
import { holds, type Constraint } from '@pose-rft/text-pose';
import { identified, type Described, type Reward, type RewardIdentity } from '../reward.js';
import { createPoseScratch, JOINT_NUMBERS, type PoseAccess } from './pose-scratch.js';
import { requireScale } from './proximity-kernel.js';

export interface DiversityRewardOptions<Prompt, Action> extends RewardIdentity, PoseAccess<Action> {
  /** Rows with the same key (by identity) are compared. Default: the prompt, which all its candidates share. */
  readonly groupOf?: (prompt: Prompt, action: Action) => unknown;
  /** What a pose must satisfy to count at all; undefined or none: nothing besides the joints' limits. */
  readonly constraints?: (prompt: Prompt) => readonly Constraint[] | undefined;
  /** Whether a pose beyond the joints' limits counts. Default false. */
  readonly allowsBrokenLimits?: boolean;
  /**
   * `mean` distance to the group's other poses (the default), or the distance to the `nearest` of them, which two
   * clusters far apart do not raise.
   */
  readonly distanceTo?: 'mean' | 'nearest';
  /** The mean joint distance at which the reward reaches 1 - 1/e. Default 0.2 m. */
  readonly scaleMetres?: number;
}

/**
 * How much a pose differs from the others of its group, in [0, 1]: 1 - exp(-d / scale), where d is the mean joint
 * distance (in the body frame, metres, 24 joints) to the group's other poses.
 *
 * Being different is easy: so only poses count that satisfy all of the prompt's constraints, and the joints' limits. One
 * that does not earns 0, and is no neighbour of the others, so that nobody gains by fleeing from it. NaN where there is
 * no pose, and for a good pose without a good neighbour.
 *
 * Groups spread over all that is allowed maximise it. It can be gamed by what no constraint names, such as flailing
 * arms: give it a small weight beside rewards of the content. It compares rows: calls must not split groups (no
 * `rowsPerCall` below the group's size in the trainer).
 *
 * @throws RangeError if scaleMetres is not positive
 * @throws RewardInputError (when scoring) if a pose has the wrong length
 * @throws NonFinitePoseError (when scoring) if a pose is not finite
 * @example
 * ```ts
 * import { diversityReward } from '@pose-rft/rewards';
 * import { axisAngleToRotation6d, jointIndex } from '@pose-rft/smpl';
 *
 * const rest = Float32Array.from({ length: 144 }, (_, index) => (index % 6 === 0 || index % 6 === 4 ? 1 : 0));
 * const armsDown = rest.slice();
 * axisAngleToRotation6d(Float64Array.of(0, 0, -1.2), 0, armsDown, 6 * jointIndex('left_shoulder'));
 * const reward = diversityReward({ pose6d: (action: Float32Array) => action });
 * const { values } = reward.score({ rows: [rest, rest, armsDown].map((action) => ({ prompt: 'stand', action })) });
 * console.assert((values[2] ?? 0) > (values[0] ?? 1) && values[0] === values[1]);
 * ```
 */
export function diversityReward<Prompt, Action>(
  options: DiversityRewardOptions<Prompt, Action>,
): Described<Reward<Prompt, Action>> {
  const { pose6d, constraints, allowsBrokenLimits = false, scaleMetres = 0.2 } = options;
  const { groupOf = (prompt: Prompt): unknown => prompt, distanceTo = 'mean' } = options;
  requireScale('scaleMetres', scaleMetres);
  const jointsOf = createPoseScratch(options.skeleton, 'body');
  const about = {
    measures: `1 - exp(-${distanceTo === 'mean' ? 'mean distance to' : 'distance to the nearest of'} the group's other good poses / ${scaleMetres} m)`,
    unit: '1',
    range: [0, 1],
    maximisedBy: 'groups of poses that are far apart, each within the constraints and the limits',
    gamedBy: 'varying wildly what no constraint names',
    judges: 'groups',
  } as const;

  const counts = (pose: Float32Array, joints: Float32Array, prompt: Prompt): boolean => {
    if (!allowsBrokenLimits && !isWithinJointLimits(pose, 0)) return false;
    for (const constraint of constraints?.(prompt) ?? []) if (!holds(constraint, joints, 0)) return false;
    return true;
  };

  return identified(options, { name: 'diversity', drives: 'pose', about }, ({ rows }) => {
    const values = new Float32Array(rows.length).fill(Number.NaN);
    const joints = new Float32Array(rows.length * JOINT_NUMBERS);
    /** For each group, its rows whose poses count. */
    const groups = new Map<unknown, number[]>();
    rows.forEach(({ prompt, action }, row) => {
      const pose = pose6d(action);
      if (pose === undefined) return;
      const own = jointsOf(pose, row);
      if (!counts(pose, own, prompt)) {
        values[row] = 0;
        return;
      }
      joints.set(own, row * JOINT_NUMBERS);
      const key = groupOf(prompt, action);
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [row]);
      else group.push(row);
    });
    for (const group of groups.values()) {
      if (group.length < 2) continue;
      const distances = distancesWithin(group, joints, distanceTo);
      group.forEach((row, index) => {
        values[row] = -Math.expm1(-(distances[index] as number) / scaleMetres);
      });
    }
    return { values };
  });
}

/** For each row of a group, its distance to the others. Summed in the order of size, so that it does not depend on theirs. */
function distancesWithin(
  group: readonly number[],
  joints: Float32Array,
  distanceTo: 'mean' | 'nearest',
): Float64Array {
  const count = group.length;
  const table = new Float64Array(count * count);
  for (let first = 0; first < count; first++) {
    for (let second = first + 1; second < count; second++) {
      const distance = meanJointDistance(joints, group[first] as number, group[second] as number);
      table[first * count + second] = distance;
      table[second * count + first] = distance;
    }
  }
  const distances = new Float64Array(count);
  for (let index = 0; index < count; index++) {
    // Ascending: the row's distance to itself, 0, comes first.
    const sorted = table.subarray(index * count, (index + 1) * count).sort();
    let sum = 0;
    for (let other = 1; other < count; other++) sum += sorted[other] as number;
    distances[index] = distanceTo === 'nearest' ? (sorted[1] as number) : sum / (count - 1);
  }
  return distances;
}

function meanJointDistance(joints: Float32Array, firstRow: number, secondRow: number): number {
  const first = firstRow * JOINT_NUMBERS;
  const second = secondRow * JOINT_NUMBERS;
  let sum = 0;
  for (let at = 0; at < JOINT_NUMBERS; at += 3) {
    const x = (joints[first + at] as number) - (joints[second + at] as number);
    const y = (joints[first + at + 1] as number) - (joints[second + at + 1] as number);
    const z = (joints[first + at + 2] as number) - (joints[second + at + 2] as number);
    sum += Math.sqrt(x * x + y * y + z * z);
  }
  return sum / JOINT_COUNT;
}
