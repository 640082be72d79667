import fc from 'fast-check';
import type { AnalyticInverseKinematics } from '../inverse-kinematics/analytic-inverse-kinematics.js';
import { createKinematics } from '../kinematics/kinematics.js';
import { rotation6dToMatrix } from '../rotation/rotation6d.js';
import { composeRotations, rotateVector } from '../rotation/rotation-matrix.js';
import { jointsArbitrary, pose6dArbitrary, rotationMatrixArbitrary } from './arbitraries.js';
import { law, type Law } from './law.js';

/**
 * The laws of inverse kinematics in double precision: positions that the skeleton can take are met; where they are does
 * not matter; and turning them all turns the root alone.
 */
export function inverseKinematicsLaws(subject: AnalyticInverseKinematics): readonly Law[] {
  const kinematics = createKinematics(subject.skeleton);
  const { jointCount } = kinematics;
  const poses = pose6dArbitrary(jointCount);
  const jointsOf = (pose6d: Float64Array): Float64Array => {
    const joints = new Float64Array(3 * jointCount);
    kinematics.jointsFromRotation6d(pose6d, 0, joints, 0);
    return joints;
  };
  const solved = (joints: Float64Array): Float64Array => {
    const pose6d = new Float64Array(6 * jointCount);
    subject.rotation6dFromJoints(joints, 0, pose6d, 0);
    return pose6d;
  };
  const isClose = (first: Float64Array, second: Float64Array, tolerance: number): boolean =>
    first.every((value, index) => Math.abs(value - (second[index] as number)) <= tolerance);

  return [
    law('positions that the skeleton can take are met', poses, (pose6d) => {
      const joints = jointsOf(pose6d);
      return isClose(jointsOf(solved(joints)), joints, 1e-9);
    }),
    law('where the body is does not matter', fc.tuple(poses, jointsArbitrary(1)), ([pose6d, shift]) => {
      const joints = jointsOf(pose6d);
      const moved = joints.map((coordinate, index) => coordinate + (shift[index % 3] as number));
      return isClose(jointsOf(solved(moved)), joints, 1e-9);
    }),
    law(
      'turning all positions turns the root alone',
      fc.tuple(poses, rotationMatrixArbitrary()),
      ([pose6d, turn]) => {
        const joints = jointsOf(pose6d);
        const before = solved(joints);
        for (let start = 0; start < joints.length; start += 3)
          rotateVector(turn, 0, joints, start, joints, start);
        const after = solved(joints);
        const [expected, actual] = [new Float64Array(9), new Float64Array(9)];
        rotation6dToMatrix(before, 0, expected, 0);
        composeRotations(turn, 0, expected, 0, expected, 0);
        rotation6dToMatrix(after, 0, actual, 0);
        return isClose(actual, expected, 1e-9) && isClose(jointsOf(after), joints, 1e-9);
      },
    ),
  ];
}
