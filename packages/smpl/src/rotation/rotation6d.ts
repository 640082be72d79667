import { assertRange, type RealArray } from '../real-array.js';
import { axisAngleToMatrix, matrixToAxisAngle } from './axis-angle.js';
import { orthonormaliseColumns } from './gram-schmidt.js';
import { nonFiniteRotation } from './non-finite-rotation-error.js';

/**
 * The order of a 6D rotation's numbers in memory. Published code uses three, and numbers in one are not valid in
 * another:
 * - `columns`: the first column of the matrix, then the second. ChatPose and HMR 2.0; this project's own.
 * - `interleaved`: the first two columns, row by row: m00 m01 m10 m11 m20 m21. HMR, SPIN and their descendants.
 * - `rows`: the first row, then the second. PyTorch3D.
 */
export type Rotation6dLayout = 'columns' | 'interleaved' | 'rows';

const matrix = new Float64Array(9);

/**
 * Writes the row-major 3x3 rotation of six numbers by Gram-Schmidt (Zhou et al., "On the Continuity of Rotation
 * Representations in Neural Networks", 2019). Every finite input gives a rotation:
 * - a zero first column counts as the x axis;
 * - a second column that is zero, or within a millionth of a radian of the first one's line, is replaced by the
 *   coordinate axis that is most nearly perpendicular to the first (of equal ones y, then z), so that six zeros give
 *   the identity.
 *
 * With layout `rows`, read "row" for "column".
 *
 * @throws ArrayRangeError if the source has fewer than 6 or the target fewer than 9 numbers from its offset on
 * @throws NonFiniteRotationError if a number is NaN or infinite
 * @example
 * ```ts
 * import { rotation6dToMatrix } from '@pose-rft/smpl';
 *
 * const matrix = new Float64Array(9);
 * rotation6dToMatrix(Float32Array.of(2, 0, 0, 1, 3, 0), 0, matrix, 0);
 * console.assert(matrix.join() === '1,0,0,0,1,0,0,0,1');
 * ```
 */
export function rotation6dToMatrix(
  source: RealArray,
  sourceOffset: number,
  target: RealArray,
  targetOffset: number,
  layout: Rotation6dLayout = 'columns',
): void {
  assertRange(source, sourceOffset, 6, 'The 6D rotation');
  assertRange(target, targetOffset, 9, 'The matrix');
  const n0 = source[sourceOffset] as number;
  const n1 = source[sourceOffset + 1] as number;
  const n2 = source[sourceOffset + 2] as number;
  const n3 = source[sourceOffset + 3] as number;
  const n4 = source[sourceOffset + 4] as number;
  const n5 = source[sourceOffset + 5] as number;
  const isFinite =
    layout === 'interleaved'
      ? orthonormaliseColumns(n0, n2, n4, n1, n3, n5, target, targetOffset)
      : orthonormaliseColumns(n0, n1, n2, n3, n4, n5, target, targetOffset);
  if (!isFinite) throw nonFiniteRotation('6D rotation', source, sourceOffset, 6);
  if (layout === 'rows') transposeInPlace(target, targetOffset);
}

/**
 * Writes the six numbers of a row-major rotation matrix: two of its columns (or rows), unchanged.
 *
 * @throws ArrayRangeError if the source has fewer than 9 or the target fewer than 6 numbers from its offset on
 * @example
 * ```ts
 * import { matrixToRotation6d } from '@pose-rft/smpl';
 *
 * const rotation6d = new Float32Array(6);
 * matrixToRotation6d(Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1), 0, rotation6d, 0);
 * console.assert(rotation6d.join() === '1,0,0,0,1,0');
 * ```
 */
export function matrixToRotation6d(
  source: RealArray,
  sourceOffset: number,
  target: RealArray,
  targetOffset: number,
  layout: Rotation6dLayout = 'columns',
): void {
  assertRange(source, sourceOffset, 9, 'The matrix');
  assertRange(target, targetOffset, 6, 'The 6D rotation');
  const m00 = source[sourceOffset] as number;
  const m01 = source[sourceOffset + 1] as number;
  const m02 = source[sourceOffset + 2] as number;
  const m10 = source[sourceOffset + 3] as number;
  const m11 = source[sourceOffset + 4] as number;
  const m12 = source[sourceOffset + 5] as number;
  const m20 = source[sourceOffset + 6] as number;
  const m21 = source[sourceOffset + 7] as number;
  switch (layout) {
    case 'columns':
      writeSix(target, targetOffset, m00, m10, m20, m01, m11, m21);
      return;
    case 'interleaved':
      writeSix(target, targetOffset, m00, m01, m10, m11, m20, m21);
      return;
    case 'rows':
      writeSix(target, targetOffset, m00, m01, m02, m10, m11, m12);
      return;
  }
}

/**
 * Writes the 6D rotation (layout `columns`) of an axis-angle vector in radians.
 *
 * @throws ArrayRangeError if the source has fewer than 3 or the target fewer than 6 numbers from its offset on
 * @throws NonFiniteRotationError if a number is NaN or infinite
 */
export function axisAngleToRotation6d(
  source: RealArray,
  sourceOffset: number,
  target: RealArray,
  targetOffset: number,
): void {
  axisAngleToMatrix(source, sourceOffset, matrix, 0);
  matrixToRotation6d(matrix, 0, target, targetOffset);
}

/**
 * Writes the axis-angle vector, of length at most pi radians, of a 6D rotation in layout `columns`.
 *
 * @throws ArrayRangeError if the source has fewer than 6 or the target fewer than 3 numbers from its offset on
 * @throws NonFiniteRotationError if a number is NaN or infinite
 */
export function rotation6dToAxisAngle(
  source: RealArray,
  sourceOffset: number,
  target: RealArray,
  targetOffset: number,
): void {
  rotation6dToMatrix(source, sourceOffset, matrix, 0);
  matrixToAxisAngle(matrix, 0, target, targetOffset);
}

function transposeInPlace(target: RealArray, offset: number): void {
  swap(target, offset + 1, offset + 3);
  swap(target, offset + 2, offset + 6);
  swap(target, offset + 5, offset + 7);
}

function swap(target: RealArray, first: number, second: number): void {
  const kept = target[first] as number;
  target[first] = target[second] as number;
  target[second] = kept;
}

function writeSix(
  target: RealArray,
  offset: number,
  n0: number,
  n1: number,
  n2: number,
  n3: number,
  n4: number,
  n5: number,
): void {
  target[offset] = n0;
  target[offset + 1] = n1;
  target[offset + 2] = n2;
  target[offset + 3] = n3;
  target[offset + 4] = n4;
  target[offset + 5] = n5;
}
