/** The typed arrays that poses, rotations and joints come in. */
export type RealArray = Float32Array | Float64Array;

/** Thrown when an array is too short for what is to be read from it or written to it. */
export class ArrayRangeError extends Error {
  override readonly name = 'ArrayRangeError';
}

/** Throws unless `array` holds `count` numbers from `offset` on; `what` names the array in the message. */
export function assertRange(array: RealArray, offset: number, count: number, what: string): void {
  if (offset >= 0 && offset + count <= array.length && Number.isInteger(offset)) return;
  throw new ArrayRangeError(
    `${what}: expected ${count} numbers from offset ${offset}, but the array has ${array.length}. ` +
      'Check the offset (in numbers, not in poses) and the length.',
  );
}
