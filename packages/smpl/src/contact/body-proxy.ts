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
  /** The pairs of capsules, by index, that are compared: not those that meet in a joint, or that overlap at rest. */
  readonly pairs: readonly (readonly [first: number, second: number])[];
  /**
   * How far the body with the given joints reaches into itself. Capsules that meet in a joint, or that overlap at rest, are
   * not compared.
   *
   * @param joints - [J, 3] metres from `jointsOffset` on
   * @param toleranceMetres - an overlap up to this counts as none: flesh yields; 1 cm by default
   */
  selfPenetration(joints: RealArray, jointsOffset: number, toleranceMetres?: number): SelfPenetration;
  /**
   * `selfPenetration` without its report, and without allocating: writes the depth of each of `pairs` in metres, 0 for
   * those that do not overlap by more than the tolerance, and returns their sum.
   *
   * @param joints - [J, 3] metres from `jointsOffset` on
   * @param depthsMetres - [pairs]
   * @param toleranceMetres - an overlap up to this counts as none; 1 cm by default
   */
  penetrationDepths(
    joints: RealArray,
    jointsOffset: number,
    depthsMetres: Float64Array,
    toleranceMetres?: number,
  ): number;
  /**
   * Writes the height in metres of the lowest point of each of `capsules`, where y is up, and returns the least.
   *
   * @param joints - [J, 3] metres from `jointsOffset` on
   * @param heightsMetres - [capsules]
   */
  lowestHeights(joints: RealArray, jointsOffset: number, heightsMetres: Float64Array): number;
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
  const capsuleCount = capsules.length;
  const starts = Int32Array.from(capsules, ({ from }) => 3 * from);
  const ends = Int32Array.from(capsules, ({ to }) => 3 * to);
  const radii = Float64Array.from(scaled, ({ radiusMetres }) => radiusMetres);
  const extensions = Float64Array.from(scaled, ({ extensionMetres }) => extensionMetres);
  const segments = new Float64Array(6 * capsuleCount);
  /** Around each capsule: the centre, and the radius, of a sphere that holds it. */
  const spheres = new Float64Array(4 * capsuleCount);
  const heights = new Float64Array(capsuleCount);

  function load(joints: RealArray, offset: number): void {
    assertRange(joints, offset, 3 * jointCount, 'The joints');
    for (let index = 0; index < capsuleCount; index++) {
      const from = offset + (starts[index] as number);
      const to = offset + (ends[index] as number);
      const x = joints[from] as number;
      const y = joints[from + 1] as number;
      const z = joints[from + 2] as number;
      let dx = (joints[to] as number) - x;
      let dy = (joints[to + 1] as number) - y;
      let dz = (joints[to + 2] as number) - z;
      const length = Math.sqrt(dx * dx + dy * dy + dz * dz);
      if (!(length < Infinity)) {
        const { name, from: first, to: last } = scaled[index] as BodyCapsule;
        throw new NonFiniteJointsError(
          `A joint of the capsule '${name}', ${first} or ${last}, is NaN or infinite. Every coordinate must be finite.`,
        );
      }
      const factor = length > 0 ? 1 + (extensions[index] as number) / length : 1;
      dx *= factor;
      dy *= factor;
      dz *= factor;
      const segment = 6 * index;
      segments[segment] = x;
      segments[segment + 1] = y;
      segments[segment + 2] = z;
      segments[segment + 3] = x + dx;
      segments[segment + 4] = y + dy;
      segments[segment + 5] = z + dz;
      const sphere = 4 * index;
      spheres[sphere] = x + dx / 2;
      spheres[sphere + 1] = y + dy / 2;
      spheres[sphere + 2] = z + dz / 2;
      spheres[sphere + 3] = Math.abs(length * factor) / 2 + (radii[index] as number);
    }
  }

  const depthOf = (first: number, second: number): number =>
    (radii[first] as number) +
    (radii[second] as number) -
    segmentDistance(segments, 6 * first, segments, 6 * second);

  /** Whether the spheres around two capsules are apart, so that the capsules are: cheap, and mostly true. */
  function areFarApart(first: number, second: number): boolean {
    const i = 4 * first;
    const j = 4 * second;
    const x = (spheres[i] as number) - (spheres[j] as number);
    const y = (spheres[i + 1] as number) - (spheres[j + 1] as number);
    const z = (spheres[i + 2] as number) - (spheres[j + 2] as number);
    const reach = (spheres[i + 3] as number) + (spheres[j + 3] as number);
    return x * x + y * y + z * z > reach * reach;
  }

  load(skeleton.restJointsMetres, 0);
  const moving = movingRotations(skeleton);
  const pairs: readonly (readonly [number, number])[] = scaled.flatMap((first, i) =>
    scaled.flatMap((second, j) =>
      j > i && depthOf(i, j) <= 0 && !areNeighbours(first, second, moving) ? [[i, j] as const] : [],
    ),
  );

  const firsts = Int32Array.from(pairs, ([first]) => first);
  const seconds = Int32Array.from(pairs, ([, second]) => second);
  const depths = new Float64Array(pairs.length);

  function penetrationDepths(
    joints: RealArray,
    jointsOffset: number,
    depthsMetres: Float64Array,
    toleranceMetres = 0.01,
  ): number {
    load(joints, jointsOffset);
    assertRange(depthsMetres, 0, pairs.length, 'The depths');
    let total = 0;
    for (let pair = 0; pair < firsts.length; pair++) {
      const first = firsts[pair] as number;
      const second = seconds[pair] as number;
      // A negative tolerance asks for gaps as well, which the spheres know nothing of.
      const depth = toleranceMetres >= 0 && areFarApart(first, second) ? 0 : depthOf(first, second);
      const counted = depth > toleranceMetres ? depth : 0;
      depthsMetres[pair] = counted;
      total += counted;
    }
    return total;
  }

  function lowestHeights(joints: RealArray, jointsOffset: number, heightsMetres: Float64Array): number {
    load(joints, jointsOffset);
    assertRange(heightsMetres, 0, capsuleCount, 'The heights');
    let lowest = Infinity;
    for (let index = 0; index < capsuleCount; index++) {
      const start = segments[6 * index + 1] as number;
      const end = segments[6 * index + 4] as number;
      const height = (start < end ? start : end) - (radii[index] as number);
      heightsMetres[index] = height;
      if (height < lowest) lowest = height;
    }
    return lowest;
  }

  return {
    capsules: scaled,
    pairs,
    penetrationDepths,
    lowestHeights,
    selfPenetration(joints, jointsOffset, toleranceMetres) {
      const totalMetres = penetrationDepths(joints, jointsOffset, depths, toleranceMetres);
      const overlaps: CapsuleOverlap[] = [];
      pairs.forEach(([first, second], pair) => {
        const depthMetres = depths[pair] as number;
        if (depthMetres === 0) return;
        overlaps.push({ first: scaled[first]?.name ?? '', second: scaled[second]?.name ?? '', depthMetres });
      });
      overlaps.sort((first, second) => second.depthMetres - first.depthMetres);
      return { deepestMetres: overlaps[0]?.depthMetres ?? 0, totalMetres, overlaps };
    },
    groundContact(joints, jointsOffset, groundMetres = 0, toleranceMetres = 0.02) {
      const clearanceMetres = lowestHeights(joints, jointsOffset, heights) - groundMetres;
      return {
        clearanceMetres,
        penetrationMetres: Math.max(0, -clearanceMetres),
        touching: scaled.flatMap(({ name }, index) =>
          (heights[index] as number) - groundMetres <= toleranceMetres ? [name] : [],
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
