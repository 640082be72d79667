/**
 * A tree of joints at rest. Positions are in metres in the body frame: x to the body's left, y up, z to its front.
 * Every joint's local frame is parallel to the body frame at rest, as in SMPL.
 */
export interface Skeleton {
  /** J names. */
  readonly names: readonly string[];
  /** J parents; -1 for joint 0, the only root; every other parent precedes its child. */
  readonly parents: Int32Array;
  /** [J, 3] positions in the rest pose. */
  readonly restJointsMetres: Float64Array;
}

/** Thrown when a skeleton is not a tree rooted at joint 0, or its arrays disagree in length. */
export class InvalidSkeletonError extends Error {
  override readonly name = 'InvalidSkeletonError';
}

/**
 * Checks that a skeleton is a tree in topological order with finite rest joints.
 *
 * @throws InvalidSkeletonError naming the first joint that breaks a rule
 */
export function assertValidSkeleton(skeleton: Skeleton): void {
  const { names, parents, restJointsMetres } = skeleton;
  if (parents.length === 0 || names.length !== parents.length) {
    throw new InvalidSkeletonError(
      `A skeleton has ${names.length} names and ${parents.length} parents. Give one name and one parent a joint.`,
    );
  }
  if (restJointsMetres.length !== 3 * parents.length) {
    throw new InvalidSkeletonError(
      `restJointsMetres has ${restJointsMetres.length} numbers; ${parents.length} joints need ${3 * parents.length}.`,
    );
  }
  parents.forEach((parent, joint) => {
    const isValid = joint === 0 ? parent === -1 : parent >= 0 && parent < joint;
    if (!isValid) {
      throw new InvalidSkeletonError(
        `Joint ${joint} ('${names[joint] ?? ''}') has parent ${parent}. Joint 0 must have parent -1, ` +
          'and every other joint a parent of a lower index: sort the joints from the root outwards.',
      );
    }
  });
  const badNumber = restJointsMetres.findIndex((value) => !Number.isFinite(value));
  if (badNumber >= 0) {
    throw new InvalidSkeletonError(
      `restJointsMetres[${badNumber}] is ${String(restJointsMetres[badNumber])}. Every coordinate must be finite.`,
    );
  }
}
