import {
  createBodyProxy,
  JOINT_COUNT,
  movingRotations,
  SYNTHETIC_SKELETON,
  type Skeleton,
} from '@pose-rft/smpl';
import { identified, type Described, type Reward, type RewardIdentity } from '../reward.js';
import { createPoseScratch, type PoseAccess } from './pose-scratch.js';
import { requireScale } from './proximity-kernel.js';

export interface SelfPenetrationRewardOptions<Action> extends RewardIdentity, PoseAccess<Action> {
  /** The summed depth at which the reward falls to 1/e. Default 0.05 m. */
  readonly scaleMetres?: number;
  /** An overlap up to this is contact, not penetration: flesh yields. Default 0.01 m. */
  readonly toleranceMetres?: number;
}

/**
 * Whether the body keeps out of itself: exp(-total depth / scale), in [0, 1], where the depths are those of the pairs of
 * `createBodyProxy`'s capsules that overlap by more than the tolerance; NaN where there is no pose. Touching is free:
 * folded hands and crossed legs have all of it.
 *
 * Credit per joint, [rows, 24]: the rotation of joint k is credited with exp(-depth / scale) of those overlaps that it
 * can undo; a joint that can change no pair with 0.
 *
 * Every pose without penetration maximises it. It can be gamed by keeping away from contact altogether, arms spread and
 * legs apart, and the capsules miss fingers, and bodies that are stouter than the proxy.
 *
 * @throws RangeError if a length is not positive, or the tolerance negative
 * @throws RewardInputError (when scoring) if a pose has the wrong length
 * @throws NonFinitePoseError (when scoring) if a pose is not finite
 * @example
 * ```ts
 * import { selfPenetrationReward } from '@pose-rft/rewards';
 * import { axisAngleToRotation6d, jointIndex } from '@pose-rft/smpl';
 *
 * const rest = Float32Array.from({ length: 144 }, (_, index) => (index % 6 === 0 || index % 6 === 4 ? 1 : 0));
 * const through = rest.slice(); // the forearm through the belly
 * axisAngleToRotation6d(Float64Array.of(0, 0, -1.3), 0, through, 6 * jointIndex('left_shoulder'));
 * axisAngleToRotation6d(Float64Array.of(0, 0, -1.5), 0, through, 6 * jointIndex('left_elbow'));
 * const reward = selfPenetrationReward({ pose6d: (action: Float32Array) => action });
 * const { values } = reward.score({ rows: [rest, through].map((action) => ({ prompt: undefined, action })) });
 * console.assert(values[0] === 1 && (values[1] ?? 1) < 0.5);
 * ```
 */
export function selfPenetrationReward<Prompt, Action>(
  options: SelfPenetrationRewardOptions<Action>,
): Described<Reward<Prompt, Action>> {
  const { pose6d, scaleMetres = 0.05, toleranceMetres = 0.01 } = options;
  requireScale('scaleMetres', scaleMetres);
  if (!(toleranceMetres >= 0)) throw new RangeError(`toleranceMetres must be >= 0, got ${toleranceMetres}`);
  const skeleton = options.skeleton ?? SYNTHETIC_SKELETON;
  const jointsOf = createPoseScratch(skeleton, 'body');
  const proxy = createBodyProxy(skeleton);
  const rotationsOfPairs = rotationsThatPart(proxy, skeleton);
  const canChangeSome = Uint8Array.from({ length: JOINT_COUNT }, (_, joint) =>
    Number(rotationsOfPairs.some((rotations) => rotations.includes(joint))),
  );
  const depths = new Float64Array(proxy.pairs.length);
  const depthsOfRotations = new Float64Array(JOINT_COUNT);
  const about = {
    measures: `exp(-summed depth of overlapping capsules / ${scaleMetres} m)`,
    unit: '1',
    range: [0, 1],
    creditRange: [0, 1],
    maximisedBy: 'every pose that does not reach into itself; touching is free',
    gamedBy: 'spreading all limbs: no contact, no risk',
    judges: 'rows',
  } as const;
  return identified(options, { name: 'self_penetration', drives: 'pose', about }, ({ rows }) => {
    const values = new Float32Array(rows.length).fill(Number.NaN);
    const perGroup = new Float32Array(rows.length * JOINT_COUNT);
    rows.forEach(({ action }, row) => {
      const pose = pose6d(action);
      if (pose === undefined) return;
      const total = proxy.penetrationDepths(jointsOf(pose, row), 0, depths, toleranceMetres);
      values[row] = Math.exp(-total / scaleMetres);
      const start = row * JOINT_COUNT;
      if (total === 0) {
        perGroup.set(canChangeSome, start);
        return;
      }
      depthsOfRotations.fill(0);
      for (let pair = 0; pair < depths.length; pair++) {
        const depth = depths[pair] as number;
        if (depth === 0) continue;
        const rotations = rotationsOfPairs[pair] as Int32Array;
        for (let index = 0; index < rotations.length; index++) {
          const rotation = rotations[index] as number;
          depthsOfRotations[rotation] = (depthsOfRotations[rotation] as number) + depth;
        }
      }
      for (let joint = 0; joint < JOINT_COUNT; joint++) {
        const depth = depthsOfRotations[joint] as number;
        perGroup[start + joint] =
          depth === 0 ? (canChangeSome[joint] as number) : Math.exp(-depth / scaleMetres);
      }
    });
    return { values, perGroup };
  });
}

/** For each pair of capsules, the rotations that move one of them against the other. */
function rotationsThatPart(
  { pairs, capsules }: Pick<ReturnType<typeof createBodyProxy>, 'pairs' | 'capsules'>,
  skeleton: Skeleton,
): readonly Int32Array[] {
  const moving = movingRotations(skeleton);
  const moves = (rotation: number, joint: number): boolean => (moving[joint] ?? []).includes(rotation);
  return pairs.map(([first, second]) => {
    const joints = [first, second].flatMap((capsule) => {
      const { from, to } = capsules[capsule] ?? { from: 0, to: 0 };
      return [from, to];
    });
    const moved = skeleton.parents
      .map((_, rotation) => rotation)
      .filter((rotation) => {
        const some = joints.some((joint) => moves(rotation, joint));
        // A joint does not move when it turns itself, nor against those that turn about it.
        const all = joints.every((joint) => joint === rotation || moves(rotation, joint));
        return some && !all;
      });
    return Int32Array.from(moved);
  });
}
