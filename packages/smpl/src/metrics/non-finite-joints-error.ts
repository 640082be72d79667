import type { RealArray } from '../real-array.js';

/** Thrown when joints that are to be measured hold NaN or an infinity. */
export class NonFiniteJointsError extends Error {
  override readonly name = 'NonFiniteJointsError';
}

/** The error for two sets of joints, of which at least one holds a number that is not finite. */
export function nonFiniteJoints(
  predicted: RealArray,
  predictedOffset: number,
  target: RealArray,
  targetOffset: number,
  jointCount: number,
): NonFiniteJointsError {
  for (let index = 0; index < 3 * jointCount; index++) {
    for (const [what, value] of [
      ['predicted', predicted[predictedOffset + index]],
      ['target', target[targetOffset + index]],
    ] as const) {
      if (!Number.isFinite(value)) {
        return new NonFiniteJointsError(
          `Coordinate ${'xyz'.charAt(index % 3)} of ${what} joint ${Math.floor(index / 3)} is ${String(value)}. ` +
            'Every coordinate must be a finite number of metres.',
        );
      }
    }
  }
  return new NonFiniteJointsError('The joints are too far apart to measure. Give them in metres.');
}

/** Throws, naming the joint (and the pose, of several), if a coordinate of one of the joints is not finite. */
export function assertFiniteJoints(
  what: 'predicted' | 'target',
  joints: RealArray,
  offset: number,
  indices: readonly number[],
  pose?: number,
): void {
  for (const joint of indices) {
    for (let axis = 0; axis < 3; axis++) {
      const value = joints[offset + 3 * joint + axis];
      if (Number.isFinite(value)) continue;
      const ofPose = pose === undefined ? '' : ` of pose ${pose}`;
      throw new NonFiniteJointsError(
        `Coordinate ${'xyz'.charAt(axis)} of ${what} joint ${joint}${ofPose} is ${String(value)}. ` +
          'Every coordinate must be a finite number of metres.',
      );
    }
  }
}
