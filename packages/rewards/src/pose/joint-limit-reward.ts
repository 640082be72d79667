import {
  JOINT_COUNT,
  JOINT_LIMITS_RADIANS,
  JOINT_NAMES,
  matrixToSwingTwist,
  rotation6dToMatrix,
  type BoneAxis,
} from '@pose-rft/smpl';
import { identified, type Described, type Reward, type RewardIdentity } from '../reward.js';
import { POSE_6D_NUMBERS, requireLength, type PoseAccess } from './pose-scratch.js';
import { requireScale } from './proximity-kernel.js';

export interface JointLimitRewardOptions<Action>
  extends RewardIdentity, Omit<PoseAccess<Action>, 'skeleton'> {
  /** The excess over a limit at which a joint's share falls to 1/e. Default 0.2 rad (11 degrees). */
  readonly scaleRadians?: number;
}

/** The root carries the global orientation and has no limits. */
const LIMITED_JOINTS = JOINT_COUNT - 1;
/** As `isWithinJointLimits` allows: what storing a limit in single precision can add. */
const TOLERANCE_RADIANS = 1e-4;

const BONE_AXES: readonly BoneAxis[] = JOINT_NAMES.map((name) => JOINT_LIMITS_RADIANS[name].boneAxis);
const MINIMA = Float64Array.from(
  JOINT_NAMES.flatMap((name) =>
    (['x', 'y', 'z'] as const).map((axis) => JOINT_LIMITS_RADIANS[name][axis][0]),
  ),
);
const MAXIMA = Float64Array.from(
  JOINT_NAMES.flatMap((name) =>
    (['x', 'y', 'z'] as const).map((axis) => JOINT_LIMITS_RADIANS[name][axis][1]),
  ),
);

/**
 * Whether joints turn no further than anatomy lets them: the mean over the 23 joints besides the root of
 * exp(-excess / scale), in [0, 1], where the excess is how far the joint's swing and twist lie outside
 * `JOINT_LIMITS_RADIANS` (Euclidean over the three angles, in radians). 1 exactly where `isWithinJointLimits` holds;
 * NaN where there is no pose.
 *
 * Credit per joint, [rows, 24]: each joint's rotation with its own share, at most 1/23; the root with 0.
 *
 * Every pose within the limits maximises it, whatever the prompt says: it holds other rewards back, and alone leads
 * to no pose in particular. The limits of a joint are independent of each other and generous, so some poses within
 * them are impossible.
 *
 * @throws RangeError if scaleRadians is not positive
 * @throws RewardInputError (when scoring) if a pose has the wrong length
 * @throws NonFiniteRotationError (when scoring) if a pose is not finite
 * @example
 * ```ts
 * import { jointLimitReward } from '@pose-rft/rewards';
 * import { axisAngleToRotation6d, jointIndex } from '@pose-rft/smpl';
 *
 * const rest = Float32Array.from({ length: 144 }, (_, index) => (index % 6 === 0 || index % 6 === 4 ? 1 : 0));
 * const broken = rest.slice(); // the knee bent forwards
 * axisAngleToRotation6d(Float64Array.of(-1, 0, 0), 0, broken, 6 * jointIndex('left_knee'));
 * const reward = jointLimitReward({ pose6d: (action: Float32Array) => action });
 * const { values } = reward.score({ rows: [rest, broken].map((action) => ({ prompt: undefined, action })) });
 * console.assert(values[0] === 1 && (values[1] ?? 1) < 0.97);
 * ```
 */
export function jointLimitReward<Prompt, Action>(
  options: JointLimitRewardOptions<Action>,
): Described<Reward<Prompt, Action>> {
  const { pose6d, scaleRadians = 0.2 } = options;
  requireScale('scaleRadians', scaleRadians);
  const excessOf = createExcess();
  const about = {
    measures: `mean over joints of exp(-excess over the joint's limits / ${scaleRadians} rad)`,
    unit: '1',
    range: [0, 1],
    creditRange: [0, 1 / LIMITED_JOINTS],
    maximisedBy: 'every pose within the limits',
    gamedBy: 'any possible pose, whatever is asked: the rest pose has all of it',
    judges: 'rows',
  } as const;
  return identified(options, { name: 'joint_limits', drives: 'pose', about }, ({ rows }) => {
    const values = new Float32Array(rows.length).fill(Number.NaN);
    const perGroup = new Float32Array(rows.length * JOINT_COUNT);
    rows.forEach(({ action }, row) => {
      const pose = pose6d(action);
      if (pose === undefined) return;
      requireLength(pose, POSE_6D_NUMBERS, 'the pose', row);
      let lost = 0;
      for (let joint = 1; joint < JOINT_COUNT; joint++) {
        const excess = excessOf(pose, joint);
        const share = excess === 0 ? 1 : Math.exp(-excess / scaleRadians);
        lost += 1 - share;
        perGroup[row * JOINT_COUNT + joint] = share / LIMITED_JOINTS;
      }
      values[row] = 1 - lost / LIMITED_JOINTS;
    });
    return { values, perGroup };
  });
}

/** By how many radians a joint of a pose is outside its limits; 0 within. */
function createExcess(): (pose6d: Float32Array, joint: number) => number {
  const matrix = new Float64Array(9);
  const angles = new Float64Array(3);
  return (pose6d, joint) => {
    rotation6dToMatrix(pose6d, 6 * joint, matrix, 0);
    matrixToSwingTwist(matrix, 0, BONE_AXES[joint] as BoneAxis, angles, 0);
    let squares = 0;
    for (let axis = 0; axis < 3; axis++) {
      const angle = angles[axis] as number;
      const below = (MINIMA[3 * joint + axis] as number) - angle;
      const above = angle - (MAXIMA[3 * joint + axis] as number);
      const excess = below > above ? below : above;
      if (excess > TOLERANCE_RADIANS) squares += excess * excess;
    }
    return Math.sqrt(squares);
  };
}
