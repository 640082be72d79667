import { add, concat, gather, mul, reshape, sum, tensor, tensor1d, tidy, transpose } from '@pose-rft/tensor';
import type { Tensor } from '@pose-rft/tensor';
import type { Rotation6dLayout } from '../rotation/rotation6d.js';
import { assertValidSkeleton, type Skeleton } from '../skeleton/skeleton.js';
import { axisAngleToMatrix } from './axis-angle-to-matrix.js';
import { rotation6dToMatrix } from './rotation6d-to-matrix.js';
import { leadingShape } from './rotation-shape-error.js';

/** Forward kinematics as a differentiable function of tensors, for poses in three formats. */
export interface DifferentiableKinematics {
  readonly skeleton: Skeleton;
  /** [..., J, 3, 3] rotation matrices, each relative to its parent -> [..., J, 3] joints in metres, root at the origin. */
  jointsFromMatrices(matrices: Tensor): Tensor;
  /** [..., J, 6] -> [..., J, 3], as above. */
  jointsFromRotation6d(pose6d: Tensor, layout?: Rotation6dLayout): Tensor;
  /** [..., J, 3] axis-angle vectors in radians -> [..., J, 3], as above. */
  jointsFromAxisAngle(axisAngles: Tensor): Tensor;
}

/** The joints of one depth of the tree. */
interface Level {
  readonly joints: readonly number[];
  /** For each, its parent's place in the level above. */
  readonly parentPlaces: readonly number[];
  /** [n, 3]: from the parent to the joint, at rest. */
  readonly bones: readonly number[];
}

/**
 * Forward kinematics for training with a loss on joint positions: the same joints as `createKinematics` of the main
 * entry, level by level of the tree with all poses of the batch at once, on any backend. (For rewards and metrics, which
 * need no tape, the typed arrays of the main entry are faster.)
 *
 * All functions throw `RotationShapeError` if a shape does not end as said.
 *
 * @throws InvalidSkeletonError if the skeleton is not a tree in topological order
 * @example
 * ```ts
 * import { SYNTHETIC_SKELETON } from '@pose-rft/smpl';
 * import { createDifferentiableKinematics } from '@pose-rft/smpl/differentiable';
 * import { grad, square, sum, useBackend, zeros } from '@pose-rft/tensor';
 *
 * await useBackend('cpu');
 * const kinematics = createDifferentiableKinematics(SYNTHETIC_SKELETON);
 * const slope = grad((pose) => sum(square(kinematics.jointsFromAxisAngle(pose))))(zeros([1, 24, 3]));
 * console.assert(slope.dataSync().every(Number.isFinite), 'at the rest pose too');
 * ```
 */
export function createDifferentiableKinematics(skeleton: Skeleton): DifferentiableKinematics {
  assertValidSkeleton(skeleton);
  const jointCount = skeleton.parents.length;
  const levels = levelsOf(skeleton);
  const order = levels.flatMap(({ joints }) => joints);
  const placeOfJoint = Array.from({ length: jointCount }, (_, joint) => order.indexOf(joint));

  function jointsFromMatrices(matrices: Tensor): Tensor {
    const leading = leadingShape(matrices, [jointCount, 3, 3], 'The rotation matrices');
    return tidy(() => {
      // Transposed, so that products sum over the last axis.
      const local = transpose(reshape(matrices, [-1, jointCount, 3, 3]), [0, 1, 3, 2]);
      const positions: Tensor[] = [];
      let world: Tensor | undefined;
      levels.forEach(({ joints, parentPlaces, bones }) => {
        const own = gather(local, indices(joints), 1); // [B, n, 3, 3]
        const above = positions[positions.length - 1];
        if (world === undefined || above === undefined) {
          positions.push(mul(sum(own, 3), 0)); // [B, 1, 3] zeros, on the tape
          world = transpose(own, [0, 1, 3, 2]);
          return;
        }
        const parentWorld = gather(world, indices(parentPlaces), 1);
        const offset = sum(mul(parentWorld, tensor([...bones], [1, joints.length, 1, 3])), 3); // [B, n, 3]
        positions.push(add(gather(above, indices(parentPlaces), 1), offset));
        const left = reshape(parentWorld, [-1, joints.length, 3, 1, 3]);
        const right = reshape(own, [-1, joints.length, 1, 3, 3]);
        world = sum(mul(left, right), 4);
      });
      const joints = gather(concat(positions, 1), indices(placeOfJoint), 1);
      return reshape(joints, [...leading, jointCount, 3]);
    });
  }

  return {
    skeleton,
    jointsFromMatrices,
    jointsFromRotation6d(pose6d, layout) {
      leadingShape(pose6d, [jointCount, 6], 'The pose (6D)');
      return tidy(() => jointsFromMatrices(rotation6dToMatrix(pose6d, layout)));
    },
    jointsFromAxisAngle(axisAngles) {
      leadingShape(axisAngles, [jointCount, 3], 'The pose (axis-angle)');
      return tidy(() => jointsFromMatrices(axisAngleToMatrix(axisAngles)));
    },
  };
}

function indices(values: readonly number[]): ReturnType<typeof tensor1d> {
  return tensor1d([...values], 'int32');
}

function levelsOf({ parents, restJointsMetres }: Skeleton): readonly Level[] {
  const depths: number[] = [];
  parents.forEach((parent, joint) => {
    depths[joint] = parent < 0 ? 0 : (depths[parent] as number) + 1;
  });
  const jointsAt = Array.from({ length: Math.max(...depths) + 1 }, (_, depth) =>
    depths.flatMap((other, joint) => (other === depth ? [joint] : [])),
  );
  return jointsAt.map((joints, depth): Level => {
    const parentOf = (joint: number): number => parents[joint] as number;
    return {
      joints,
      parentPlaces: joints.map((joint) => (jointsAt[depth - 1] ?? []).indexOf(parentOf(joint))),
      bones: joints.flatMap((joint) =>
        [0, 1, 2].map((axis) =>
          parentOf(joint) < 0
            ? 0
            : (restJointsMetres[3 * joint + axis] as number) -
              (restJointsMetres[3 * parentOf(joint) + axis] as number),
        ),
      ),
    };
  });
}
