import { createKinematics } from '../kinematics/kinematics.js';
import { mirrorAxisAnglePose, mirrorJoints, mirrorPose } from '../kinematics/mirror-pose.js';
import type { RealArray } from '../real-array.js';
import { JOINT_COUNT } from '../skeleton/joints.js';
import { SYNTHETIC_SKELETON } from '../skeleton/synthetic-skeleton.js';
import { jointsArbitrary, pose6dArbitrary } from './arbitraries.js';
import { law, type Law } from './law.js';

type Mirror = (source: RealArray, sourceOffset: number, target: RealArray, targetOffset: number) => void;

/** The reflections under test, of poses in 6D and axis-angle and of joint positions. */
export interface MirrorSubject {
  readonly mirrorPose: Mirror;
  readonly mirrorAxisAnglePose: Mirror;
  readonly mirrorJoints: Mirror;
}

const OWN: MirrorSubject = { mirrorPose, mirrorAxisAnglePose, mirrorJoints };

/**
 * The laws of reflection for SMPL's 24 joints: an involution, and commuting with the kinematics of a symmetric body.
 *
 * @param subject - an implementation with the same signatures; this package's own by default
 */
export function mirrorLaws(subject: MirrorSubject = OWN): readonly Law[] {
  const kinematics = createKinematics(SYNTHETIC_SKELETON);
  const apply = (mirror: Mirror, source: Float64Array): Float64Array => {
    const target = new Float64Array(source.length);
    mirror(source, 0, target, 0);
    return target;
  };
  const isInvolution = (mirror: Mirror, source: Float64Array): boolean =>
    apply(mirror, apply(mirror, source)).every((value, index) => value === source[index]);
  const jointsOf = (pose6d: Float64Array): Float64Array => {
    const joints = new Float64Array(3 * JOINT_COUNT);
    kinematics.jointsFromRotation6d(pose6d, 0, joints, 0);
    return joints;
  };

  return [
    law('mirroring a 6D pose twice changes no bit', pose6dArbitrary(JOINT_COUNT), (pose6d) =>
      isInvolution(subject.mirrorPose, pose6d),
    ),
    law('mirroring an axis-angle pose twice changes no bit', jointsArbitrary(JOINT_COUNT), (axisAngles) =>
      isInvolution(subject.mirrorAxisAnglePose, axisAngles),
    ),
    law('mirroring joints twice changes no bit', jointsArbitrary(JOINT_COUNT), (joints) =>
      isInvolution(subject.mirrorJoints, joints),
    ),
    law('the joints of the mirrored pose are the mirrored joints', pose6dArbitrary(JOINT_COUNT), (pose6d) => {
      const expected = apply(subject.mirrorJoints, jointsOf(pose6d));
      return jointsOf(apply(subject.mirrorPose, pose6d)).every(
        (coordinate, index) => Math.abs(coordinate - (expected[index] as number)) < 1e-12,
      );
    }),
    law('mirroring may be done in place', pose6dArbitrary(JOINT_COUNT), (pose6d) => {
      const expected = apply(subject.mirrorPose, pose6d);
      const inPlace = pose6d.slice();
      subject.mirrorPose(inPlace, 0, inPlace, 0);
      return inPlace.every((value, index) => value === expected[index]);
    }),
  ];
}
