import { NonFiniteJointsError } from '../metrics/non-finite-joints-error.js';
import { assertRange, type RealArray } from '../real-array.js';
import { movingRotations } from '../skeleton/kinematic-tree.js';
import { assertValidSkeleton, type Skeleton } from '../skeleton/skeleton.js';
import { SYNTHETIC_SKELETON } from '../skeleton/synthetic-skeleton.js';
import { SMPL_CAPSULES, type BodyCapsule } from './body-capsules.js';
import { segmentDistance } from './segment-distance.js';

/** Thrown when capsules do not fit the skeleton. */
export class InvalidCapsuleError extends Error {
  override readonly name = 'InvalidCapsuleError';
}

/** Two capsules that overlap. */
export interface CapsuleOverlap {
  readonly first: string;
  readonly second: string;
  /** By how much the sum of the radii exceeds the distance of the segments. */
  readonly depthMetres: number;
}

/** How far a body reaches into itself. */
export interface SelfPenetration {
  /** Of the worst pair; 0 for none. */
  readonly deepestMetres: number;
  /** Summed over the pairs. */
  readonly totalMetres: number;
  /** The overlapping pairs, deepest first. */
  readonly overlaps: readonly CapsuleOverlap[];
}

/** How a body stands to level ground. */
export interface GroundContact {
  /** The height of the body's lowest point above the ground; negative if it is below. */
  readonly clearanceMetres: number;
  /** How deep the body reaches below the ground; 0 if it does not. */
  readonly penetrationMetres: number;
  /** The capsules that touch the ground, within the tolerance, or reach below. */
  readonly touching: readonly string[];
}

/** A body as capsules between its joints: for what does not need a mesh. Holds scratch memory: use one per worker. */
export interface BodyProxy {
  /** With the radii of this body. */
  readonly capsules: readonly BodyCapsule[];
  /**
   * How far the body with the given joints reaches into itself. Capsules that meet in a joint, or that overlap at rest, are
   * not compared.
   *
   * @param joints - [J, 3] metres from `jointsOffset` on
   * @param toleranceMetres - an overlap up to this counts as none: flesh yields; 1 cm by default
   */
  selfPenetration(joints: RealArray, jointsOffset: number, toleranceMetres?: number): SelfPenetration;
  /**
   * How the body with the given joints stands to level ground; y is up.
   *
   * @param joints - [J, 3] metres from `jointsOffset` on
   * @param groundMetres - the height of the ground; 0 by default
   * @param toleranceMetres - what is at most this far above the ground touches it; 2 cm by default
   */
  groundContact(
    joints: RealArray,
    jointsOffset: number,
    groundMetres?: number,
    toleranceMetres?: number,
  ): GroundContact;
}

/**
 * The capsules of a body, and measures of self-penetration and ground contact from joint positions alone: some
 * microseconds a pose, for rewards, filters and reports. All functions throw `ArrayRangeError` if an array is too short,
 * and `NonFiniteJointsError` if a joint that a capsule needs is NaN or infinite.
 *
 * @param skeleton - whose rest pose says which capsules always overlap; the radii are scaled by its height over that of
 *   the synthetic skeleton
 * @param capsules - by default those of SMPL's 24 joints
 * @throws InvalidCapsuleError if a capsule names a joint that the skeleton lacks, or has no positive radius
 * @throws InvalidSkeletonError if the skeleton is not a tree in topological order
 * @example
 * ```ts
 * import { createBodyProxy, createKinematics, jointIndex, SYNTHETIC_SKELETON } from '@pose-rft/smpl';
 *
 * const proxy = createBodyProxy(SYNTHETIC_SKELETON);
 * const kinematics = createKinematics(SYNTHETIC_SKELETON);
 * const pose = new Float32Array(72);
 * pose.set([0, 0, -1.3], 3 * jointIndex('left_shoulder')); // the arm down ...
 * pose.set([0, 0, -1.5], 3 * jointIndex('left_elbow')); // ... and the forearm through the belly
 * const joints = new Float32Array(72);
 * kinematics.jointsFromAxisAngle(pose, 0, joints, 0);
 * console.assert(proxy.selfPenetration(joints, 0).deepestMetres > 0);
 * console.assert(proxy.selfPenetration(SYNTHETIC_SKELETON.restJointsMetres, 0).deepestMetres === 0);
 * ```
 */
export function createBodyProxy(
  skeleton: Skeleton,
  capsules: readonly BodyCapsule[] = SMPL_CAPSULES,
): BodyProxy {
  assertValidSkeleton(skeleton);
  const jointCount = skeleton.parents.length;
  for (const each of capsules) assertValidCapsule(each, jointCount);
  const scale = heightOf(skeleton.restJointsMetres) / heightOf(SYNTHETIC_SKELETON.restJointsMetres) || 1;
  const scaled = capsules.map((each) => ({
    ...each,
    radiusMetres: scale * each.radiusMetres,
    extensionMetres: scale * each.extensionMetres,
  }));
  const segments = new Float64Array(6 * capsules.length);

  function load(joints: RealArray, offset: number): void {
    assertRange(joints, offset, 3 * jointCount, 'The joints');
    scaled.forEach(({ name, from, to, extensionMetres }, index) => {
      let length = 0;
      for (let axis = 0; axis < 3; axis++) {
        const start = joints[offset + 3 * from + axis] as number;
        const end = joints[offset + 3 * to + axis] as number;
        segments[6 * index + axis] = start;
        segments[6 * index + 3 + axis] = end;
        length += (end - start) ** 2;
      }
      if (!(length < Infinity)) {
        throw new NonFiniteJointsError(
          `A joint of the capsule '${name}', ${from} or ${to}, is NaN or infinite. Every coordinate must be finite.`,
        );
      }
      const factor = length > 0 ? extensionMetres / Math.sqrt(length) : 0;
      for (let axis = 0; axis < 3; axis++) {
        const end = segments[6 * index + 3 + axis] as number;
        segments[6 * index + 3 + axis] = end + factor * (end - (segments[6 * index + axis] as number));
      }
    });
  }

  const depthOf = (first: number, second: number): number =>
    (scaled[first]?.radiusMetres ?? 0) +
    (scaled[second]?.radiusMetres ?? 0) -
    segmentDistance(segments, 6 * first, segments, 6 * second);

  load(skeleton.restJointsMetres, 0);
  const moving = movingRotations(skeleton);
  const pairs = scaled.flatMap((first, i) =>
    scaled.flatMap((second, j) =>
      j > i && depthOf(i, j) <= 0 && !areNeighbours(first, second, moving) ? [[i, j] as const] : [],
    ),
  );

  return {
    capsules: scaled,
    selfPenetration(joints, jointsOffset, toleranceMetres = 0.01) {
      load(joints, jointsOffset);
      const overlaps: CapsuleOverlap[] = [];
      let totalMetres = 0;
      for (const [i, j] of pairs) {
        const depthMetres = depthOf(i, j);
        if (depthMetres <= toleranceMetres) continue;
        totalMetres += depthMetres;
        overlaps.push({ first: scaled[i]?.name ?? '', second: scaled[j]?.name ?? '', depthMetres });
      }
      overlaps.sort((first, second) => second.depthMetres - first.depthMetres);
      return { deepestMetres: overlaps[0]?.depthMetres ?? 0, totalMetres, overlaps };
    },
    groundContact(joints, jointsOffset, groundMetres = 0, toleranceMetres = 0.02) {
      load(joints, jointsOffset);
      const heights = scaled.map(
        ({ radiusMetres }, index) =>
          Math.min(segments[6 * index + 1] as number, segments[6 * index + 4] as number) -
          radiusMetres -
          groundMetres,
      );
      const clearanceMetres = Math.min(...heights);
      return {
        clearanceMetres,
        penetrationMetres: Math.max(0, -clearanceMetres),
        touching: scaled.flatMap(({ name }, index) =>
          (heights[index] as number) <= toleranceMetres ? [name] : [],
        ),
      };
    },
  };
}

function assertValidCapsule({ name, from, to, radiusMetres }: BodyCapsule, jointCount: number): void {
  for (const joint of [from, to]) {
    if (!(Number.isInteger(joint) && joint >= 0 && joint < jointCount)) {
      throw new InvalidCapsuleError(
        `The capsule '${name}' ends in joint ${joint}, but the skeleton has ${jointCount} joints, counted from 0.`,
      );
    }
  }
  if (!(radiusMetres > 0 && radiusMetres < Infinity)) {
    throw new InvalidCapsuleError(
      `The capsule '${name}' has radius ${radiusMetres}. It must be a positive number.`,
    );
  }
}

/** Whether two capsules share a joint, or one ends in the parent of a joint of the other. */
function areNeighbours(
  first: BodyCapsule,
  second: BodyCapsule,
  moving: readonly (readonly number[])[],
): boolean {
  const parentOf = (joint: number): number => moving[joint]?.at(-1) ?? -1;
  return [first.from, first.to].some((a) =>
    [second.from, second.to].some((b) => a === b || parentOf(a) === b || parentOf(b) === a),
  );
}

/** The extent of the rest joints along y. */
function heightOf(restJoints: Float64Array): number {
  const heights = restJoints.filter((_, index) => index % 3 === 1);
  return Math.max(...heights) - Math.min(...heights);
}
