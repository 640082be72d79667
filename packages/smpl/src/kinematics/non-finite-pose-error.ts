import type { RealArray } from '../real-array.js';

/** Thrown when the rotation of a joint holds NaN or an infinity. */
export class NonFinitePoseError extends Error {
  override readonly name = 'NonFinitePoseError';
}

/** The error for one joint, of whose `count` numbers at `offset` at least one is not finite. */
export function nonFinitePose(
  joint: number,
  jointName: string | undefined,
  source: RealArray,
  offset: number,
  count: number,
): NonFinitePoseError {
  const numbers = Array.from(source.subarray(offset, offset + count));
  return new NonFinitePoseError(
    `The rotation of joint ${joint} ('${jointName ?? 'unnamed'}') is [${numbers.join(', ')}]. ` +
      'Every number must be finite: look for the step that produced this pose.',
  );
}
