import fc from 'fast-check';
import type { Kinematics } from '../kinematics/kinematics.js';
import { matrixToRotation6d, rotation6dToMatrix } from '../rotation/rotation6d.js';
import { composeRotations, rotateVector } from '../rotation/rotation-matrix.js';
import { movedJoints } from '../skeleton/kinematic-tree.js';
import { jointsArbitrary, pose6dArbitrary, rotationMatrixArbitrary } from './arbitraries.js';
import { law, type Law } from './law.js';

const STEP = 1e-5;

/**
 * The laws of forward kinematics in double precision: rigid bones, equivariance to the global rotation, locality of
 * each rotation, and a gradient that is the derivative.
 *
 * @example
 * ```ts
 * import { createKinematics, SYNTHETIC_SKELETON } from '@pose-rft/smpl';
 * import { kinematicsLaws } from '@pose-rft/smpl/laws';
 *
 * for (const law of kinematicsLaws(createKinematics(SYNTHETIC_SKELETON))) law.check({ numRuns: 10 });
 * ```
 */
export function kinematicsLaws(kinematics: Kinematics): readonly Law[] {
  const { skeleton, jointCount } = kinematics;
  const { parents, restJointsMetres } = skeleton;
  const poses = pose6dArbitrary(jointCount);
  const jointsOf = (pose6d: Float64Array, globalOrientation: 'keep' | 'identity' = 'keep'): Float64Array => {
    const joints = new Float64Array(3 * jointCount);
    kinematics.jointsFromRotation6d(pose6d, 0, joints, 0, { globalOrientation });
    return joints;
  };
  const moved = movedJoints(skeleton);

  return [
    law('the root stays at the origin', poses, (pose6d) =>
      jointsOf(pose6d)
        .subarray(0, 3)
        .every((coordinate) => coordinate === 0),
    ),
    law('bones keep their lengths', poses, (pose6d) => {
      const joints = jointsOf(pose6d);
      return parents.every((parent, joint) => {
        if (parent < 0) return true;
        const length = distance(joints, joint, joints, parent);
        return Math.abs(length - distance(restJointsMetres, joint, restJointsMetres, parent)) < 1e-12;
      });
    }),
    law(
      "turning the root's rotation turns all joints",
      fc.tuple(poses, rotationMatrixArbitrary()),
      ([pose6d, turn]) => {
        const expected = jointsOf(pose6d);
        for (let joint = 0; joint < jointCount; joint++)
          rotateVector(turn, 0, expected, 3 * joint, expected, 3 * joint);
        return isClose(jointsOf(composeAt(pose6d, 0, turn)), expected, 1e-12);
      },
    ),
    law(
      'without global orientation, the root rotation is of no account',
      fc.tuple(poses, poses),
      ([pose6d, other]) => {
        const replaced = pose6d.slice();
        replaced.set(other.subarray(0, 6));
        return isClose(jointsOf(replaced, 'identity'), jointsOf(pose6d, 'identity'), 0);
      },
    ),
    law(
      'a rotation moves only the joints below it',
      fc.tuple(poses, fc.integer({ min: 0, max: jointCount - 1 }), rotationMatrixArbitrary()),
      ([pose6d, rotation, turn]) => {
        const before = jointsOf(pose6d);
        const after = jointsOf(composeAt(pose6d, rotation, turn));
        return parents.every(
          (_, joint) =>
            moved[rotation]?.includes(joint) === true || distance(before, joint, after, joint) < 1e-12,
        );
      },
    ),
    law(
      'the pose gradient is the derivative along any direction',
      fc.tuple(poses, jointsArbitrary(jointCount), jointsArbitrary(2 * jointCount)),
      ([pose6d, jointGradient, direction]) => {
        const poseGradient = new Float64Array(6 * jointCount);
        kinematics.jointGradientToRotation6d(pose6d, 0, jointGradient, 0, poseGradient, 0);
        const loss = (step: number): number =>
          dot(
            jointGradient,
            jointsOf(pose6d.map((number, index) => number + step * (direction[index] as number))),
          );
        const expected = (loss(STEP) - loss(-STEP)) / (2 * STEP);
        const actual = dot(poseGradient, direction);
        return Math.abs(actual - expected) <= 1e-5 * (1 + norm(poseGradient) * norm(direction));
      },
    ),
  ];
}

/** The pose with the rotation of one joint preceded by `turn`. */
function composeAt(pose6d: Float64Array, joint: number, turn: Float64Array): Float64Array {
  const matrix = new Float64Array(9);
  rotation6dToMatrix(pose6d, 6 * joint, matrix, 0);
  composeRotations(turn, 0, matrix, 0, matrix, 0);
  const composed = pose6d.slice();
  matrixToRotation6d(matrix, 0, composed, 6 * joint);
  return composed;
}

function distance(
  first: Float64Array,
  firstJoint: number,
  second: Float64Array,
  secondJoint: number,
): number {
  const [x1 = 0, y1 = 0, z1 = 0] = first.subarray(3 * firstJoint);
  const [x2 = 0, y2 = 0, z2 = 0] = second.subarray(3 * secondJoint);
  return Math.hypot(x1 - x2, y1 - y2, z1 - z2);
}

function isClose(actual: Float64Array, expected: Float64Array, tolerance: number): boolean {
  return actual.every((value, index) => Math.abs(value - (expected[index] as number)) <= tolerance);
}

function dot(first: Float64Array, second: Float64Array): number {
  return first.reduce((sum, value, index) => sum + value * (second[index] as number), 0);
}

function norm(vector: Float64Array): number {
  return Math.sqrt(dot(vector, vector));
}
