import type { RealArray } from '../real-array.js';

/** Thrown when a position that inverse kinematics should reach is NaN or infinite. */
export class NonFiniteTargetError extends Error {
  override readonly name = 'NonFiniteTargetError';
}

/** Thrown when the options of inverse kinematics do not fit the skeleton or each other. */
export class InverseKinematicsOptionsError extends Error {
  override readonly name = 'InverseKinematicsOptionsError';
}

/** The error for the number at `index` of [J, 3] wanted positions. */
export function nonFiniteTarget(
  names: readonly string[],
  joints: RealArray,
  offset: number,
  index: number,
): NonFiniteTargetError {
  const joint = Math.floor(index / 3);
  return new NonFiniteTargetError(
    `Coordinate ${'xyz'.charAt(index % 3)} of joint ${joint} ('${names[joint] ?? 'unnamed'}') is ` +
      `${String(joints[offset + index])}. Every wanted position must be finite; give a joint that is unknown weight 0 in ` +
      'solveInverseKinematics.',
  );
}
