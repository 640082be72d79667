import { assertRange, type RealArray } from '../real-array.js';

/**
 * The Hamilton product `first * second` of two quaternions [x, y, z, w]: the rotation that does `second`, then `first`.
 * The target may be either source.
 *
 * @throws ArrayRangeError if an array has fewer than 4 numbers from its offset on
 * @example
 * ```ts
 * import { axisAngleToQuaternion, composeQuaternions, invertQuaternion } from '@pose-rft/smpl';
 *
 * const turn = new Float64Array(4);
 * axisAngleToQuaternion(Float64Array.of(0.2, -1, 0.7), 0, turn, 0);
 * const back = new Float64Array(4);
 * invertQuaternion(turn, 0, back, 0);
 * composeQuaternions(turn, 0, back, 0, turn, 0);
 * console.assert(Math.abs((turn[3] ?? 0) - 1) < 1e-12, 'the identity');
 * ```
 */
export function composeQuaternions(
  first: RealArray,
  firstOffset: number,
  second: RealArray,
  secondOffset: number,
  target: RealArray,
  targetOffset: number,
): void {
  assertRange(first, firstOffset, 4, 'The first quaternion');
  assertRange(second, secondOffset, 4, 'The second quaternion');
  assertRange(target, targetOffset, 4, 'The product');
  const x1 = first[firstOffset] as number;
  const y1 = first[firstOffset + 1] as number;
  const z1 = first[firstOffset + 2] as number;
  const w1 = first[firstOffset + 3] as number;
  const x2 = second[secondOffset] as number;
  const y2 = second[secondOffset + 1] as number;
  const z2 = second[secondOffset + 2] as number;
  const w2 = second[secondOffset + 3] as number;
  target[targetOffset] = w1 * x2 + x1 * w2 + y1 * z2 - z1 * y2;
  target[targetOffset + 1] = w1 * y2 - x1 * z2 + y1 * w2 + z1 * x2;
  target[targetOffset + 2] = w1 * z2 + x1 * y2 - y1 * x2 + z1 * w2;
  target[targetOffset + 3] = w1 * w2 - x1 * x2 - y1 * y2 - z1 * z2;
}

/**
 * The inverse of a *unit* quaternion [x, y, z, w]: its conjugate. The target may be the source.
 *
 * @throws ArrayRangeError if an array has fewer than 4 numbers from its offset on
 */
export function invertQuaternion(
  source: RealArray,
  sourceOffset: number,
  target: RealArray,
  targetOffset: number,
): void {
  assertRange(source, sourceOffset, 4, 'The quaternion');
  assertRange(target, targetOffset, 4, 'The inverse');
  for (let axis = 0; axis < 3; axis++) target[targetOffset + axis] = -(source[sourceOffset + axis] as number);
  target[targetOffset + 3] = source[sourceOffset + 3] as number;
}
