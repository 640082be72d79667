import { assertRange, type RealArray } from '../real-array.js';
import { isNearlyParallel } from '../rotation/gram-schmidt.js';
import { assertValidSkeleton, type Skeleton } from '../skeleton/skeleton.js';
import { createLocalRotations } from './local-rotations.js';

/** A shorter column of six numbers counts as zero, whose derivative is undefined. */
const SHORTEST_COLUMN = 1e-30;

/** How a pose is turned into joints. */
export interface KinematicsOptions {
  /**
   * `keep` (the default) applies the root's rotation; `identity` ignores it, which gives the joints in the body frame:
   * x to the body's left, y up along an upright spine, z to the front.
   */
  readonly globalOrientation?: 'keep' | 'identity';
}

/**
 * Forward kinematics of one skeleton, and its exact derivative. Every function reads one pose from an offset of an array
 * and writes to an offset of another, so batches need no copies; none allocates. Joints come out in metres with the
 * root at the origin. The object holds scratch memory: use one per worker.
 *
 * All functions throw `ArrayRangeError` if an array is too short, and `NonFinitePoseError`, naming the joint, if
 * a rotation holds NaN or an infinity.
 */
export interface Kinematics {
  readonly skeleton: Skeleton;
  /** J. */
  readonly jointCount: number;
  /** [J, 6] rotations in layout `columns`, each relative to its parent -> [J, 3] joints in metres. */
  jointsFromRotation6d(
    pose6d: RealArray,
    poseOffset: number,
    joints: RealArray,
    jointsOffset: number,
    options?: KinematicsOptions,
  ): void;
  /** [J, 3, 3] row-major rotation matrices, each relative to its parent -> [J, 3] joints in metres. */
  jointsFromMatrices(
    matrices: RealArray,
    matricesOffset: number,
    joints: RealArray,
    jointsOffset: number,
    options?: KinematicsOptions,
  ): void;
  /** [J, 3] axis-angle vectors in radians, each relative to its parent -> [J, 3] joints in metres. */
  jointsFromAxisAngle(
    axisAngles: RealArray,
    axisAnglesOffset: number,
    joints: RealArray,
    jointsOffset: number,
    options?: KinematicsOptions,
  ): void;
  /** [J, 6] rotations in layout `columns` -> [J, 3, 3] rotations of each joint's frame relative to the world. */
  worldRotations(
    pose6d: RealArray,
    poseOffset: number,
    matrices: RealArray,
    matricesOffset: number,
    options?: KinematicsOptions,
  ): void;
  /**
   * Reverse mode: given dL/d joints [J, 3] at this pose, writes dL/d pose6d [J, 6] (overwriting), exact through the
   * tree and through Gram-Schmidt. The derivative is zero for a joint whose six numbers are degenerate (where
   * `rotation6dToMatrix` falls back, the rotation has no derivative) and, with globalOrientation `identity`, for the
   * root.
   */
  jointGradientToRotation6d(
    pose6d: RealArray,
    poseOffset: number,
    jointGradient: RealArray,
    gradientOffset: number,
    poseGradient: RealArray,
    poseGradientOffset: number,
    options?: KinematicsOptions,
  ): void;
}

/**
 * Forward kinematics for a skeleton: joint_j = joint_parent + W_parent (rest_j - rest_parent), W_j = W_parent R_j (the
 * joints of SMPL's linear blend skinning, Loper et al. 2015, eq. 4, with the root moved to the origin).
 *
 * The derivative uses that a small world rotation w of joint k moves each joint j below it by w x (p_j - p_k): the
 * torques about every joint are gathered in one sweep from the leaves, and each is then pulled back through
 * Gram-Schmidt in closed form.
 *
 * @throws InvalidSkeletonError if the skeleton is not a tree in topological order
 * @example
 * ```ts
 * import { createKinematics, jointIndex, SYNTHETIC_SKELETON } from '@pose-rft/smpl';
 *
 * const kinematics = createKinematics(SYNTHETIC_SKELETON);
 * const bentKnee = new Float32Array(72);
 * bentKnee[3 * jointIndex('left_knee')] = Math.PI / 2;
 * const joints = new Float32Array(72);
 * kinematics.jointsFromAxisAngle(bentKnee, 0, joints, 0);
 * const [knee, ankle] = [3 * jointIndex('left_knee'), 3 * jointIndex('left_ankle')];
 * console.assert((joints[ankle + 2] ?? 0) < (joints[knee + 2] ?? 0) - 0.35, 'the shin points backwards');
 * ```
 */
export function createKinematics(skeleton: Skeleton): Kinematics {
  assertValidSkeleton(skeleton);
  const parents = skeleton.parents.slice();
  const jointCount = parents.length;
  const bones = boneVectors(skeleton);
  const { matrices: local, loadRotation6d, loadMatrices, loadAxisAngles } = createLocalRotations(skeleton);
  const world = new Float64Array(9 * jointCount);
  const positions = new Float64Array(3 * jointCount);
  const force = new Float64Array(3 * jointCount);
  const torque = new Float64Array(3 * jointCount);

  /** From `local` to `world` and `positions`. */
  function propagate(options: KinematicsOptions | undefined): void {
    if (options?.globalOrientation === 'identity') setIdentity(local, 0);
    for (let entry = 0; entry < 9; entry++) world[entry] = local[entry] as number;
    for (let joint = 1; joint < jointCount; joint++) {
      const parent = parents[joint] as number;
      const here = 3 * joint;
      const there = 3 * parent;
      const bx = bones[here] as number;
      const by = bones[here + 1] as number;
      const bz = bones[here + 2] as number;
      const own = 9 * joint;
      for (let row = 0; row < 3; row++) {
        const above = 9 * parent + 3 * row;
        const w0 = world[above] as number;
        const w1 = world[above + 1] as number;
        const w2 = world[above + 2] as number;
        positions[here + row] = (positions[there + row] as number) + w0 * bx + w1 * by + w2 * bz;
        const out = own + 3 * row;
        world[out] =
          w0 * (local[own] as number) + w1 * (local[own + 3] as number) + w2 * (local[own + 6] as number);
        world[out + 1] =
          w0 * (local[own + 1] as number) + w1 * (local[own + 4] as number) + w2 * (local[own + 7] as number);
        world[out + 2] =
          w0 * (local[own + 2] as number) + w1 * (local[own + 5] as number) + w2 * (local[own + 8] as number);
      }
    }
  }

  function store(joints: RealArray, jointsOffset: number): void {
    assertRange(joints, jointsOffset, 3 * jointCount, 'The joints');
    for (let index = 0; index < positions.length; index++)
      joints[jointsOffset + index] = positions[index] as number;
  }

  /** From dL/d joints to the torque about every joint: the derivative by a small world rotation of that joint. */
  function gatherTorques(jointGradient: RealArray, gradientOffset: number): void {
    for (let index = 0; index < force.length; index++)
      force[index] = jointGradient[gradientOffset + index] as number;
    torque.fill(0);
    for (let joint = jointCount - 1; joint > 0; joint--) {
      const here = 3 * joint;
      const there = 3 * (parents[joint] as number);
      const fx = force[here] as number;
      const fy = force[here + 1] as number;
      const fz = force[here + 2] as number;
      const dx = (positions[here] as number) - (positions[there] as number);
      const dy = (positions[here + 1] as number) - (positions[there + 1] as number);
      const dz = (positions[here + 2] as number) - (positions[there + 2] as number);
      force[there] = (force[there] as number) + fx;
      force[there + 1] = (force[there + 1] as number) + fy;
      force[there + 2] = (force[there + 2] as number) + fz;
      torque[there] = (torque[there] as number) + (torque[here] as number) + dy * fz - dz * fy;
      torque[there + 1] = (torque[there + 1] as number) + (torque[here + 1] as number) + dz * fx - dx * fz;
      torque[there + 2] = (torque[there + 2] as number) + (torque[here + 2] as number) + dx * fy - dy * fx;
    }
  }

  /** From the torque about a joint, in the world, to the derivative by its six numbers. */
  function pullBack(
    joint: number,
    pose6d: RealArray,
    start: number,
    poseGradient: RealArray,
    out: number,
  ): void {
    const own = 9 * joint;
    const x0 = local[own] as number;
    const x1 = local[own + 3] as number;
    const x2 = local[own + 6] as number;
    const y0 = local[own + 1] as number;
    const y1 = local[own + 4] as number;
    const y2 = local[own + 7] as number;
    const z0 = local[own + 2] as number;
    const z1 = local[own + 5] as number;
    const z2 = local[own + 8] as number;
    const a0 = pose6d[start] as number;
    const a1 = pose6d[start + 1] as number;
    const a2 = pose6d[start + 2] as number;
    const b0 = pose6d[start + 3] as number;
    const b1 = pose6d[start + 4] as number;
    const b2 = pose6d[start + 5] as number;
    // First column a = |a| x; second column b = along x + across y.
    const lengthA = a0 * x0 + a1 * x1 + a2 * x2;
    const along = b0 * x0 + b1 * x1 + b2 * x2;
    const across = b0 * y0 + b1 * y1 + b2 * y2;
    if (lengthA < SHORTEST_COLUMN || across < SHORTEST_COLUMN || isNearlyParallel(along, across)) {
      for (let index = 0; index < 6; index++) poseGradient[out + index] = 0;
      return;
    }
    // The torque's components along the joint's own axes: W_j's columns are the local columns, turned by the parent.
    const tx = torque[3 * joint] as number;
    const ty = torque[3 * joint + 1] as number;
    const tz = torque[3 * joint + 2] as number;
    const aboutX =
      tx * (world[own] as number) + ty * (world[own + 3] as number) + tz * (world[own + 6] as number);
    const aboutY =
      tx * (world[own + 1] as number) + ty * (world[own + 4] as number) + tz * (world[own + 7] as number);
    const aboutZ =
      tx * (world[own + 2] as number) + ty * (world[own + 5] as number) + tz * (world[own + 8] as number);
    // A change of a turns about z by (y . da) / |a| and about y by -(z . da) / |a|; a change of b about x.
    const alongY = aboutZ / lengthA;
    const alongZ = -aboutY / lengthA - (aboutX * along) / (across * lengthA);
    const secondAlongZ = aboutX / across;
    poseGradient[out] = alongY * y0 + alongZ * z0;
    poseGradient[out + 1] = alongY * y1 + alongZ * z1;
    poseGradient[out + 2] = alongY * y2 + alongZ * z2;
    poseGradient[out + 3] = secondAlongZ * z0;
    poseGradient[out + 4] = secondAlongZ * z1;
    poseGradient[out + 5] = secondAlongZ * z2;
  }

  return {
    skeleton,
    jointCount,
    jointsFromRotation6d(pose6d, poseOffset, joints, jointsOffset, options) {
      loadRotation6d(pose6d, poseOffset);
      propagate(options);
      store(joints, jointsOffset);
    },
    jointsFromMatrices(matrices, matricesOffset, joints, jointsOffset, options) {
      loadMatrices(matrices, matricesOffset);
      propagate(options);
      store(joints, jointsOffset);
    },
    jointsFromAxisAngle(axisAngles, axisAnglesOffset, joints, jointsOffset, options) {
      loadAxisAngles(axisAngles, axisAnglesOffset);
      propagate(options);
      store(joints, jointsOffset);
    },
    worldRotations(pose6d, poseOffset, matrices, matricesOffset, options) {
      assertRange(matrices, matricesOffset, 9 * jointCount, 'The world rotations');
      loadRotation6d(pose6d, poseOffset);
      propagate(options);
      for (let index = 0; index < world.length; index++)
        matrices[matricesOffset + index] = world[index] as number;
    },
    jointGradientToRotation6d(
      pose6d,
      poseOffset,
      jointGradient,
      gradientOffset,
      poseGradient,
      poseGradientOffset,
      options,
    ) {
      assertRange(jointGradient, gradientOffset, 3 * jointCount, "The joints' gradient");
      assertRange(poseGradient, poseGradientOffset, 6 * jointCount, "The pose's gradient");
      loadRotation6d(pose6d, poseOffset);
      propagate(options);
      gatherTorques(jointGradient, gradientOffset);
      if (options?.globalOrientation === 'identity') torque.fill(0, 0, 3);
      for (let joint = 0; joint < jointCount; joint++) {
        pullBack(joint, pose6d, poseOffset + 6 * joint, poseGradient, poseGradientOffset + 6 * joint);
      }
    },
  };
}

function setIdentity(matrix: Float64Array, offset: number): void {
  for (let entry = 0; entry < 9; entry++) matrix[offset + entry] = entry % 4 === 0 ? 1 : 0;
}

/** [J, 3]: from each joint's parent to the joint, at rest; zero for the root. */
function boneVectors({ parents, restJointsMetres }: Skeleton): Float64Array {
  return restJointsMetres.map((coordinate, index) => {
    const parent = parents[Math.floor(index / 3)] as number;
    return parent < 0 ? 0 : coordinate - (restJointsMetres[3 * parent + (index % 3)] as number);
  });
}
