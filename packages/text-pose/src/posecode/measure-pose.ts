import { composeRotations, headingRadians, jointIndex, rotation6dToMatrix } from '@pose-rft/smpl';
import { assertPose } from './assert-pose.js';
import { measure, type JointPositions } from './measure.js';
import { posecodeIndex } from './posecode-index.js';
import { POSECODES } from './posecodes.js';

/** The rotations of a pose, for what the positions of joints do not tell. */
export interface PoseRotations {
  /** [..., 24, 6] rotations relative to the parent, layout `columns`. */
  readonly pose6d: Float32Array | Float64Array;
  /** Where the pose starts in `pose6d`, in numbers; 0 by default. */
  readonly poseOffset?: number;
}

const HEAD_TURN = posecodeIndex('headTurn');
const NECK = 6 * jointIndex('neck');
const HEAD = 6 * jointIndex('head');
const DEGREES = 180 / Math.PI;

/**
 * The values of all posecodes on a pose, [P] in degrees or metres, in the order of `POSECODES`: what to compute once
 * when many constraints are checked (`holdsForValue`). `headTurn` needs `rotations` and is NaN without them; everything
 * else comes from the joints.
 *
 * @param joints - [..., 24, 3] metres, y up
 * @param offset - where the pose starts in `joints`, in numbers
 * @throws PoseRangeError if `joints` does not hold a whole pose at `offset`
 * @throws ArrayRangeError, NonFiniteRotationError (of `@pose-rft/smpl`) for rotations that are missing or not finite
 * @example
 * ```ts
 * import { SYNTHETIC_SKELETON } from '@pose-rft/smpl';
 * import { measurePose, posecodeIndex } from '@pose-rft/text-pose';
 *
 * const values = measurePose(SYNTHETIC_SKELETON.restJointsMetres, 0);
 * console.assert((values[posecodeIndex('angle:left_knee')] ?? 0) > 160);
 * console.assert(Number.isNaN(values[posecodeIndex('headTurn')]));
 * ```
 */
export function measurePose(joints: JointPositions, offset: number, rotations?: PoseRotations): Float64Array {
  assertPose(joints, offset);
  const values = new Float64Array(POSECODES.length);
  for (let posecode = 0; posecode < values.length; posecode++)
    values[posecode] = measure(posecode, joints, offset);
  if (rotations !== undefined) values[HEAD_TURN] = headTurnDegrees(rotations);
  return values;
}

/** The twist about the vertical of neck and head together, relative to the chest. */
function headTurnDegrees({ pose6d, poseOffset = 0 }: PoseRotations): number {
  const neck = new Float64Array(9);
  const head = new Float64Array(9);
  rotation6dToMatrix(pose6d, poseOffset + NECK, neck, 0);
  rotation6dToMatrix(pose6d, poseOffset + HEAD, head, 0);
  composeRotations(neck, 0, head, 0, head, 0);
  return headingRadians(head, 0) * DEGREES;
}
