import { JOINT_COUNT, mpjpeMillimetres, paMpjpeMillimetres } from '@pose-rft/smpl';
import { identified, type Described, type Reward, type RewardIdentity } from '../reward.js';
import { createPoseScratch, JOINT_NUMBERS, requireLength } from './pose-scratch.js';
import { proximity, requireScale, type JointAlignment, type ProximityKernel } from './proximity-kernel.js';
import type { TargetAccess } from './spatial-reward.js';

export interface PoseProximityRewardOptions<Prompt, Action>
  extends RewardIdentity, TargetAccess<Prompt, Action> {
  /** The mean joint error at which the reward falls to 1/e (`exponential`) or to 0.61 (`gaussian`). Default 0.1 m. */
  readonly scaleMetres?: number;
  /** Default `exponential`. */
  readonly kernel?: ProximityKernel;
  /** `none` (the default) bounds MPJPE, `procrustes` PA-MPJPE. */
  readonly alignment?: JointAlignment;
}

/**
 * A bounded kernel of the pose's mean joint error (MPJPE or PA-MPJPE over 24 joints, in metres), in [0, 1]; NaN where
 * there is no pose or no target. It is the evaluation's own number, made a reward: what lowers the metric raises it,
 * always. {@link jointProximityReward} forgives single joints instead, and tells them apart.
 *
 * @throws RangeError if scaleMetres is not positive
 * @throws RewardInputError (when scoring) if a pose or a target has the wrong length
 * @throws NonFinitePoseError, NonFiniteJointsError (when scoring) if a pose or a target is not finite
 * @example
 * ```ts
 * import { poseProximityReward } from '@pose-rft/rewards';
 * import { SYNTHETIC_SKELETON } from '@pose-rft/smpl';
 *
 * const rest = Float32Array.from({ length: 144 }, (_, index) => (index % 6 === 0 || index % 6 === 4 ? 1 : 0));
 * const reward = poseProximityReward({
 *   pose6d: (action: Float32Array) => action,
 *   targetJoints: (prompt: Float32Array) => prompt,
 *   alignment: 'procrustes',
 * });
 * // Twice as large: the same pose after alignment.
 * const prompt = Float32Array.from(SYNTHETIC_SKELETON.restJointsMetres, (coordinate) => 2 * coordinate);
 * const { values } = reward.score({ rows: [{ prompt, action: rest }] });
 * console.assert((values[0] ?? 0) > 0.999);
 * ```
 */
export function poseProximityReward<Prompt, Action>(
  options: PoseProximityRewardOptions<Prompt, Action>,
): Described<Reward<Prompt, Action>> {
  const { pose6d, targetJoints, scaleMetres = 0.1, kernel = 'exponential', alignment = 'none' } = options;
  requireScale('scaleMetres', scaleMetres);
  const jointsOf = createPoseScratch(options.skeleton, options.frame ?? 'world');
  const isAligned = alignment === 'procrustes';
  const errorMillimetres = isAligned ? paMpjpeMillimetres : mpjpeMillimetres;
  const about = {
    measures: `${kernel} kernel of ${isAligned ? 'PA-MPJPE' : 'MPJPE'} over ${scaleMetres} m`,
    unit: '1',
    range: [0, 1],
    maximisedBy: isAligned ? 'the target pose, moved, turned or scaled in any way' : 'the target pose alone',
    gamedBy: 'shrinking the variance; a few joints far off hide all others',
    judges: 'rows',
  } as const;
  return identified(options, { name: 'pose_proximity', drives: 'pose', about }, ({ rows }) => {
    const values = new Float32Array(rows.length).fill(Number.NaN);
    rows.forEach(({ prompt, action }, row) => {
      const pose = pose6d(action);
      const target = targetJoints(prompt);
      if (pose === undefined || target === undefined) return;
      requireLength(target, JOINT_NUMBERS, 'the target', row);
      const error = errorMillimetres(jointsOf(pose, row), 0, target, 0, JOINT_COUNT) / 1000;
      values[row] = proximity(kernel, error, scaleMetres);
    });
    return { values };
  });
}
