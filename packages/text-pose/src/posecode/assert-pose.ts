import { POSE_STRIDE, type JointPositions } from './measure.js';

/** Thrown when an array does not hold a whole pose where one is said to start. */
export class PoseRangeError extends Error {
  override readonly name = 'PoseRangeError';
}

/** Throws unless 72 numbers (24 joints of 3) stand in `joints` from `offset` on. */
export function assertPose(joints: JointPositions, offset: number): void {
  if (Number.isInteger(offset) && offset >= 0 && offset + POSE_STRIDE <= joints.length) return;
  throw new PoseRangeError(
    `A pose takes ${POSE_STRIDE} numbers (24 joints of x, y, z) from offset ${offset}, ` +
      `but the array has ${joints.length}. Give the offset in numbers: ${POSE_STRIDE} a pose.`,
  );
}
