import type { RealArray } from '../real-array.js';

/** Thrown when a rotation holds NaN or an infinity. */
export class NonFiniteRotationError extends Error {
  override readonly name = 'NonFiniteRotationError';
}

/** The error for `count` numbers at `offset`, of which at least one is not finite. */
export function nonFiniteRotation(
  what: string,
  source: RealArray,
  offset: number,
  count: number,
): NonFiniteRotationError {
  const numbers = Array.from(source.subarray(offset, offset + count));
  return new NonFiniteRotationError(
    `The ${what} at offset ${offset} is [${numbers.join(', ')}]. Every number must be finite: ` +
      'look for a division by zero or an overflow where it was computed.',
  );
}
