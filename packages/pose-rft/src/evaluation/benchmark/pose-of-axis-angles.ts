import { axisAngleToRotation6d, JOINT_COUNT } from '@pose-rft/smpl';

/** [24, 3] axis-angle vectors, radians, as [24, 6] rotations in layout `columns`. */
export function pose6dOfAxisAngles(axisAngles: Float32Array | Float64Array): Float32Array {
  const pose6d = new Float32Array(6 * JOINT_COUNT);
  for (let joint = 0; joint < JOINT_COUNT; joint++)
    axisAngleToRotation6d(axisAngles, 3 * joint, pose6d, 6 * joint);
  return pose6d;
}
