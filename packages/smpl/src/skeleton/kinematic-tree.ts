import { assertValidSkeleton, type Skeleton } from './skeleton.js';

/**
 * For each joint k, the joints whose position the rotation of k changes: its strict descendants, in ascending order.
 * (A joint's own rotation does not move the joint itself.)
 *
 * @throws InvalidSkeletonError if the skeleton is not a tree in topological order
 * @example
 * ```ts
 * import { jointIndex, movedJoints, SYNTHETIC_SKELETON } from '@pose-rft/smpl';
 *
 * const moved = movedJoints(SYNTHETIC_SKELETON)[jointIndex('left_elbow')];
 * console.assert(moved?.join() === [jointIndex('left_wrist'), jointIndex('left_hand')].join());
 * ```
 */
export function movedJoints(skeleton: Skeleton): readonly (readonly number[])[] {
  const moving = movingRotations(skeleton);
  return moving.map((_, rotation) =>
    moving.flatMap((ancestors, joint) => (ancestors.includes(rotation) ? [joint] : [])),
  );
}

/**
 * For each joint, the rotations that change its position: its strict ancestors, from the root outwards.
 *
 * @throws InvalidSkeletonError if the skeleton is not a tree in topological order
 * @example
 * ```ts
 * import { jointIndex, movingRotations, SYNTHETIC_SKELETON } from '@pose-rft/smpl';
 *
 * const moving = movingRotations(SYNTHETIC_SKELETON)[jointIndex('left_ankle')];
 * console.assert(moving?.join() === [0, jointIndex('left_hip'), jointIndex('left_knee')].join());
 * ```
 */
export function movingRotations(skeleton: Skeleton): readonly (readonly number[])[] {
  assertValidSkeleton(skeleton);
  const moving: (readonly number[])[] = [];
  for (const parent of skeleton.parents) {
    moving.push(parent < 0 ? [] : [...(moving[parent] ?? []), parent]);
  }
  return moving;
}
