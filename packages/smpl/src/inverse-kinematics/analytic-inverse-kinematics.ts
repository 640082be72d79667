import { JOINT_LIMITS_RADIANS } from '../limits/joint-limits.js';
import { nonFiniteTarget } from './inverse-kinematics-error.js';
import { assertRange, type RealArray } from '../real-array.js';
import { axisAngleToMatrix } from '../rotation/axis-angle.js';
import { writeOptimalRotation } from '../rotation/optimal-rotation.js';
import { matrixToRotation6d } from '../rotation/rotation6d.js';
import { composeRotations, invertRotation, rotateVector } from '../rotation/rotation-matrix.js';
import { shortestRotation } from '../rotation/shortest-rotation.js';
import { isJointName } from '../skeleton/joints.js';
import { assertValidSkeleton, type Skeleton } from '../skeleton/skeleton.js';
import { hingeOf, twistForHinge } from './hinge.js';

/**
 * The sine of a hinge's bend up to which it does not tell the twist (10 degrees: a stretched limb, which may even be bent
 * the wrong way a little), and from which it tells it fully (20 degrees).
 */
const [SILENT_BEND, TELLING_BEND] = [0.17, 0.34];

/** How a pose is found. */
export interface AnalyticInverseKinematicsOptions {
  /**
   * `positions` (the default) points each bone from where its joint has come to lie to where its child is wanted, so that
   * errors do not add up along a limb. `directions` points it as the wanted joints do, whatever their distances: for a
   * body of other measures.
   */
  readonly aim?: 'positions' | 'directions';
  /**
   * [J] twists in radians of each joint about its bone, after the smallest rotation that points the bone: what a sensor
   * or a network may know. Read for joints with one child only; NaN means unknown. By default all are unknown.
   */
  readonly twistsRadians?: ArrayLike<number>;
}

/** From joint positions to rotations, for one skeleton. The object holds scratch memory: use one per worker. */
export interface AnalyticInverseKinematics {
  readonly skeleton: Skeleton;
  /**
   * [J, 3] joints in metres, anywhere in space -> [J, 6] rotations in layout `columns`, each relative to its parent.
   *
   * @throws ArrayRangeError if an array is too short
   * @throws NonFiniteTargetError if a coordinate is NaN or infinite
   */
  rotation6dFromJoints(
    joints: RealArray,
    jointsOffset: number,
    pose6d: RealArray,
    poseOffset: number,
    options?: AnalyticInverseKinematicsOptions,
  ): void;
}

/**
 * Inverse kinematics in closed form, from the root outwards. A joint with several children (pelvis, chest) takes the
 * rotation that turns its bones onto the wanted positions in least squares. A joint with one child takes the smallest
 * rotation that points its bone (the swing), then a twist about the bone: the given one; else, if the child is a hinge
 * (knee, elbow) and visibly bent, the twist with which the hinge bends the way its joint limits allow, within the joint's
 * own limits of twist; else none. A joint
 * without children keeps its rest rotation, which positions do not tell.
 *
 * Positions that this skeleton can take are met exactly. (Pointing at positions rather than along directions is the
 * adaptive variant of Li et al., "HybrIK", 2021.)
 *
 * @throws InvalidSkeletonError if the skeleton is not a tree in topological order
 * @example
 * ```ts
 * import { createAnalyticInverseKinematics, createKinematics, mpjpeMillimetres, SYNTHETIC_SKELETON } from '@pose-rft/smpl';
 *
 * const kinematics = createKinematics(SYNTHETIC_SKELETON);
 * const wanted = new Float64Array(72);
 * kinematics.jointsFromAxisAngle(Float64Array.from({ length: 72 }, (_, index) => 0.3 * Math.sin(index)), 0, wanted, 0);
 *
 * const pose6d = new Float64Array(144);
 * createAnalyticInverseKinematics(SYNTHETIC_SKELETON).rotation6dFromJoints(wanted, 0, pose6d, 0);
 * const found = new Float64Array(72);
 * kinematics.jointsFromRotation6d(pose6d, 0, found, 0);
 * console.assert(mpjpeMillimetres(found, 0, wanted, 0, 24) < 1e-9);
 * ```
 */
export function createAnalyticInverseKinematics(skeleton: Skeleton): AnalyticInverseKinematics {
  assertValidSkeleton(skeleton);
  const { names, parents, restJointsMetres } = skeleton;
  const jointCount = parents.length;
  const bones = restJointsMetres.map((coordinate, index) => {
    const parent = parents[Math.floor(index / 3)] as number;
    return parent < 0 ? 0 : coordinate - (restJointsMetres[3 * parent + (index % 3)] as number);
  });
  const childrenOf = names.map((_, joint) =>
    names.flatMap((__, child) => (parents[child] === joint && boneLength(bones, child) > 0 ? [child] : [])),
  );
  const hinges = names.map((name, joint) => {
    const [child] = childrenOf[joint] ?? [];
    if (child === undefined || !isJointName(name)) return undefined;
    const boneOf = (end: number): Float64Array => bones.slice(3 * end, 3 * end + 3);
    return hingeOf(JOINT_LIMITS_RADIANS[name], boneOf(child), boneOf(joint));
  });
  const twistRanges = names.map((name) => {
    if (!isJointName(name)) return undefined;
    const limits = JOINT_LIMITS_RADIANS[name];
    return limits[limits.boneAxis];
  });

  const world = new Float64Array(9 * jointCount);
  const positions = new Float64Array(3 * jointCount);
  const correlation = new Float64Array(9);
  const matrix = new Float64Array(9);
  const wanted = new Float64Array(3);
  const bone = new Float64Array(3);
  const hingeAxis = new Float64Array(3);

  let isAimedFromPositions = true;

  /** Fills `wanted` with the way from `joint` to where `child` is wanted. */
  function aim(joint: number, child: number, joints: RealArray, offset: number): void {
    for (let axis = 0; axis < 3; axis++) {
      const from = isAimedFromPositions ? positions[3 * joint + axis] : joints[offset + 3 * joint + axis];
      wanted[axis] = (joints[offset + 3 * child + axis] as number) - (from as number);
    }
  }

  function fitChildren(joint: number, children: readonly number[], joints: RealArray, offset: number): void {
    correlation.fill(0);
    for (const child of children) {
      aim(joint, child, joints, offset);
      for (let row = 0; row < 3; row++) {
        for (let column = 0; column < 3; column++) {
          const entry = 3 * row + column;
          correlation[entry] =
            (correlation[entry] as number) + (wanted[row] as number) * (bones[3 * child + column] as number);
        }
      }
    }
    writeOptimalRotation(correlation, matrix);
    world.set(matrix, 9 * joint);
  }

  /** Points the only bone of `joint`: the parent's rotation, followed by the swing. */
  function swing(joint: number, child: number, joints: RealArray, offset: number): void {
    aim(joint, child, joints, offset);
    rotateVector(world, 9 * joint, bones, 3 * child, bone, 0);
    shortestRotation(bone, 0, wanted, 0, matrix, 0);
    composeRotations(matrix, 0, world, 9 * joint, world, 9 * joint);
  }

  /** Turns `joint` about its bone by an angle. */
  function twist(joint: number, child: number, radians: number): void {
    rotateVector(world, 9 * joint, bones, 3 * child, bone, 0);
    const factor = radians / Math.hypot(bone[0] as number, bone[1] as number, bone[2] as number);
    for (let axis = 0; axis < 3; axis++) bone[axis] = factor * (bone[axis] as number);
    axisAngleToMatrix(bone, 0, matrix, 0);
    composeRotations(matrix, 0, world, 9 * joint, world, 9 * joint);
  }

  /** The twist of `joint` about its bone that turns the hinge of its child towards the grandchild. */
  function twistOfHinge(joint: number, child: number, joints: RealArray, offset: number): number {
    const hinge = hinges[child];
    const [grandchild] = childrenOf[child] ?? [];
    if (hinge === undefined || grandchild === undefined) return 0;
    rotateVector(world, 9 * joint, bones, 3 * child, bone, 0);
    // Where the child will lie, for the direction of its own bone.
    for (let axis = 0; axis < 3; axis++) {
      positions[3 * child + axis] = (positions[3 * joint + axis] as number) + (bone[axis] as number);
    }
    aim(child, grandchild, joints, offset);
    if (!(normalise(bone) && normalise(wanted))) return 0;
    rotateVector(world, 9 * joint, hinge.axis, 0, hingeAxis, 0);
    const turn = twistForHinge(hinge, bone, hingeAxis, wanted);
    const cosine = bone.reduce((sum, value, axis) => sum + value * (wanted[axis] as number), 0);
    const bend = Math.sqrt(Math.max(0, 1 - cosine * cosine));
    const telling = Math.min(1, Math.max(0, (bend - SILENT_BEND) / (TELLING_BEND - SILENT_BEND)));
    const [minimum, maximum] = twistRanges[joint] ?? [-Math.PI, Math.PI];
    return telling * Math.min(Math.max(turn, minimum), maximum);
  }

  return {
    skeleton,
    rotation6dFromJoints(joints, jointsOffset, pose6d, poseOffset, options = {}) {
      assertRange(joints, jointsOffset, 3 * jointCount, 'The joints');
      assertRange(pose6d, poseOffset, 6 * jointCount, 'The pose (6D)');
      for (let index = 0; index < 3 * jointCount; index++) {
        if (!Number.isFinite(joints[jointsOffset + index]))
          throw nonFiniteTarget(names, joints, jointsOffset, index);
      }
      isAimedFromPositions = options.aim !== 'directions';
      for (let axis = 0; axis < 3; axis++) positions[axis] = joints[jointsOffset + axis] as number;
      for (let joint = 0; joint < jointCount; joint++) {
        const parent = parents[joint] as number;
        if (parent < 0) {
          for (let entry = 0; entry < 9; entry++) world[entry] = entry % 4 === 0 ? 1 : 0;
        } else {
          rotateVector(world, 9 * parent, bones, 3 * joint, bone, 0);
          for (let axis = 0; axis < 3; axis++) {
            positions[3 * joint + axis] = (positions[3 * parent + axis] as number) + (bone[axis] as number);
          }
          world.copyWithin(9 * joint, 9 * parent, 9 * parent + 9);
        }
        const children = childrenOf[joint] as readonly number[];
        const [child] = children;
        if (children.length > 1) {
          fitChildren(joint, children, joints, jointsOffset);
        } else if (child !== undefined) {
          swing(joint, child, joints, jointsOffset);
          const given = options.twistsRadians?.[joint] ?? Number.NaN;
          twist(joint, child, Number.isNaN(given) ? twistOfHinge(joint, child, joints, jointsOffset) : given);
        }
        if (parent < 0) {
          matrixToRotation6d(world, 0, pose6d, poseOffset);
        } else {
          invertRotation(world, 9 * parent, matrix, 0);
          composeRotations(matrix, 0, world, 9 * joint, matrix, 0);
          matrixToRotation6d(matrix, 0, pose6d, poseOffset + 6 * joint);
        }
      }
    },
  };
}

function boneLength(bones: Float64Array, joint: number): number {
  return Math.hypot(
    bones[3 * joint] as number,
    bones[3 * joint + 1] as number,
    bones[3 * joint + 2] as number,
  );
}

/** Scales a vector to length 1 in place; returns false for the zero vector. */
function normalise(vector: Float64Array): boolean {
  const length = Math.hypot(vector[0] as number, vector[1] as number, vector[2] as number);
  if (length === 0) return false;
  for (let axis = 0; axis < 3; axis++) vector[axis] = (vector[axis] as number) / length;
  return true;
}
