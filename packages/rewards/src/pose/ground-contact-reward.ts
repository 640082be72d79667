import { createBodyProxy, SYNTHETIC_SKELETON } from '@pose-rft/smpl';
import { RewardInputError } from '../reward-input-error.js';
import { identified, type Described, type Reward, type RewardIdentity } from '../reward.js';
import { createPoseScratch, type PoseAccess } from './pose-scratch.js';
import { requireScale } from './proximity-kernel.js';

export interface GroundContactRewardOptions<Prompt, Action> extends RewardIdentity, PoseAccess<Action> {
  /**
   * The height of level ground relative to the pelvis, in metres (about -0.9 for a standing adult); undefined where it
   * is not known: then the body stands on its lowest point.
   */
  readonly groundMetres?: (prompt: Prompt, action: Action) => number | undefined;
  /**
   * The names of the capsules (of `SMPL_CAPSULES`: 'left foot', 'right hand', 'hips' ...) that should touch the ground.
   * Undefined or none: the body should touch it anywhere.
   */
  readonly contacts?: (prompt: Prompt) => readonly string[] | undefined;
  /** The gap, or the depth, at which a contact's share falls to 1/e. Default 0.05 m. */
  readonly scaleMetres?: number;
}

/**
 * Whether the body stands on the ground, in [0, 1]: the mean over the wanted contacts of exp(-|height| / scale), where
 * the height is that of the capsule's lowest point over level ground (y is up; the world's frame, with the root's
 * rotation). Without wanted contacts, the same of the body's lowest point. Floating and sinking in cost the same. NaN
 * where there is no pose, or neither ground nor contacts.
 *
 * Any pose whose named parts are level maximises it, in balance or not: it knows no centre of mass. Without a known
 * ground a body that hangs in the air earns as much as one that stands.
 *
 * @throws RangeError if neither `groundMetres` nor `contacts` is given, or the scale is not positive
 * @throws RewardInputError (when scoring) if a pose has the wrong length, a contact names no capsule, or the ground is
 *   not finite
 * @throws NonFinitePoseError (when scoring) if a pose is not finite
 * @example
 * ```ts
 * import { groundContactReward } from '@pose-rft/rewards';
 * import { axisAngleToRotation6d, jointIndex } from '@pose-rft/smpl';
 *
 * const standing = Float32Array.from({ length: 144 }, (_, index) => (index % 6 === 0 || index % 6 === 4 ? 1 : 0));
 * const onOneLeg = standing.slice();
 * axisAngleToRotation6d(Float64Array.of(1.5, 0, 0), 0, onOneLeg, 6 * jointIndex('left_knee'));
 * const reward = groundContactReward({
 *   pose6d: (action: Float32Array) => action,
 *   contacts: () => ['left foot', 'right foot'],
 * });
 * const { values } = reward.score({ rows: [standing, onOneLeg].map((action) => ({ prompt: undefined, action })) });
 * console.assert((values[0] ?? 0) > 0.99 && Math.abs((values[1] ?? 0) - 0.5) < 0.01);
 * ```
 */
export function groundContactReward<Prompt, Action>(
  options: GroundContactRewardOptions<Prompt, Action>,
): Described<Reward<Prompt, Action>> {
  const { pose6d, groundMetres, contacts, scaleMetres = 0.05 } = options;
  requireScale('scaleMetres', scaleMetres);
  if (groundMetres === undefined && contacts === undefined)
    throw new RangeError(
      'groundContactReward needs groundMetres, contacts, or both: else every pose is on the ground',
    );
  const skeleton = options.skeleton ?? SYNTHETIC_SKELETON;
  const jointsOf = createPoseScratch(skeleton, 'world');
  const proxy = createBodyProxy(skeleton);
  const capsuleOf = new Map(proxy.capsules.map(({ name }, index) => [name, index]));
  const heights = new Float64Array(proxy.capsules.length);
  const about = {
    measures: `mean over the wanted contacts of exp(-|height over the ground| / ${scaleMetres} m)`,
    unit: '1',
    range: [0, 1],
    maximisedBy: 'any pose whose named parts are level with the ground',
    gamedBy: 'poses out of balance; without a known ground, bodies in the air',
    judges: 'rows',
  } as const;
  return identified(options, { name: 'ground_contact', drives: 'pose', about }, ({ rows }) => {
    const values = new Float32Array(rows.length).fill(Number.NaN);
    rows.forEach(({ prompt, action }, row) => {
      const pose = pose6d(action);
      if (pose === undefined) return;
      const wanted = contacts?.(prompt) ?? [];
      const known = groundMetres?.(prompt, action);
      if (known === undefined && wanted.length === 0) return;
      const lowest = proxy.lowestHeights(jointsOf(pose, row), 0, heights);
      const ground = known ?? lowest;
      if (!Number.isFinite(ground))
        throw new RewardInputError(
          `the ground of row ${row} is at ${ground}; expected a finite height in metres`,
        );
      if (wanted.length === 0) {
        values[row] = Math.exp(-Math.abs(lowest - ground) / scaleMetres);
        return;
      }
      let value = 0;
      for (let index = 0; index < wanted.length; index++) {
        const capsule = capsuleOf.get(wanted[index] as string);
        if (capsule === undefined) throw unknownCapsule(wanted[index] as string, capsuleOf, row);
        value += Math.exp(-Math.abs((heights[capsule] as number) - ground) / scaleMetres);
      }
      values[row] = value / wanted.length;
    });
    return { values };
  });
}

function unknownCapsule(name: string, known: ReadonlyMap<string, number>, row: number): RewardInputError {
  return new RewardInputError(
    `the contact '${name}' of row ${row} is no part of the body; use some of: ${[...known.keys()].join(', ')}`,
  );
}
