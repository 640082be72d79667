import { assertRange, type RealArray } from '../real-array.js';

/**
 * The product `first * second` of two row-major 3x3 matrices: the rotation that does `second`, then `first`. The target
 * may be either source.
 *
 * @throws ArrayRangeError if an array has fewer than 9 numbers from its offset on
 */
export function composeRotations(
  first: RealArray,
  firstOffset: number,
  second: RealArray,
  secondOffset: number,
  target: RealArray,
  targetOffset: number,
): void {
  assertRange(first, firstOffset, 9, 'The first matrix');
  assertRange(second, secondOffset, 9, 'The second matrix');
  assertRange(target, targetOffset, 9, 'The product');
  const s00 = second[secondOffset] as number;
  const s01 = second[secondOffset + 1] as number;
  const s02 = second[secondOffset + 2] as number;
  const s10 = second[secondOffset + 3] as number;
  const s11 = second[secondOffset + 4] as number;
  const s12 = second[secondOffset + 5] as number;
  const s20 = second[secondOffset + 6] as number;
  const s21 = second[secondOffset + 7] as number;
  const s22 = second[secondOffset + 8] as number;
  // All of `first` is read before anything is written, because the target may be its storage.
  const f00 = first[firstOffset] as number;
  const f01 = first[firstOffset + 1] as number;
  const f02 = first[firstOffset + 2] as number;
  const f10 = first[firstOffset + 3] as number;
  const f11 = first[firstOffset + 4] as number;
  const f12 = first[firstOffset + 5] as number;
  const f20 = first[firstOffset + 6] as number;
  const f21 = first[firstOffset + 7] as number;
  const f22 = first[firstOffset + 8] as number;
  target[targetOffset] = f00 * s00 + f01 * s10 + f02 * s20;
  target[targetOffset + 1] = f00 * s01 + f01 * s11 + f02 * s21;
  target[targetOffset + 2] = f00 * s02 + f01 * s12 + f02 * s22;
  target[targetOffset + 3] = f10 * s00 + f11 * s10 + f12 * s20;
  target[targetOffset + 4] = f10 * s01 + f11 * s11 + f12 * s21;
  target[targetOffset + 5] = f10 * s02 + f11 * s12 + f12 * s22;
  target[targetOffset + 6] = f20 * s00 + f21 * s10 + f22 * s20;
  target[targetOffset + 7] = f20 * s01 + f21 * s11 + f22 * s21;
  target[targetOffset + 8] = f20 * s02 + f21 * s12 + f22 * s22;
}

/**
 * The inverse of a rotation: its transpose. The target may be the source.
 *
 * @throws ArrayRangeError if an array has fewer than 9 numbers from its offset on
 */
export function invertRotation(
  source: RealArray,
  sourceOffset: number,
  target: RealArray,
  targetOffset: number,
): void {
  assertRange(source, sourceOffset, 9, 'The matrix');
  assertRange(target, targetOffset, 9, 'The inverse');
  const m01 = source[sourceOffset + 1] as number;
  const m02 = source[sourceOffset + 2] as number;
  const m12 = source[sourceOffset + 5] as number;
  target[targetOffset] = source[sourceOffset] as number;
  target[targetOffset + 1] = source[sourceOffset + 3] as number;
  target[targetOffset + 2] = source[sourceOffset + 6] as number;
  target[targetOffset + 4] = source[sourceOffset + 4] as number;
  target[targetOffset + 5] = source[sourceOffset + 7] as number;
  target[targetOffset + 8] = source[sourceOffset + 8] as number;
  target[targetOffset + 3] = m01;
  target[targetOffset + 6] = m02;
  target[targetOffset + 7] = m12;
}

/**
 * Rotates the vector at `vectorOffset` by a row-major 3x3 matrix. The target may be the vector itself.
 *
 * @throws ArrayRangeError if an array is too short
 */
export function rotateVector(
  matrix: RealArray,
  matrixOffset: number,
  vector: RealArray,
  vectorOffset: number,
  target: RealArray,
  targetOffset: number,
): void {
  assertRange(matrix, matrixOffset, 9, 'The matrix');
  assertRange(vector, vectorOffset, 3, 'The vector');
  assertRange(target, targetOffset, 3, 'The rotated vector');
  const x = vector[vectorOffset] as number;
  const y = vector[vectorOffset + 1] as number;
  const z = vector[vectorOffset + 2] as number;
  for (let row = 0; row < 3; row++) {
    const start = matrixOffset + 3 * row;
    target[targetOffset + row] =
      (matrix[start] as number) * x + (matrix[start + 1] as number) * y + (matrix[start + 2] as number) * z;
  }
}
