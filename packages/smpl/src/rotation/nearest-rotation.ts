import { singularValueDecomposition3x3 } from '../linear-algebra/singular-value-decomposition.js';
import { assertRange, type RealArray } from '../real-array.js';
import { nonFiniteRotation } from './non-finite-rotation-error.js';

const left = new Float64Array(9);
const singularValues = new Float64Array(3);
const right = new Float64Array(9);

/** Thrown when nine numbers that should be a rotation matrix are not one. */
export class NotARotationError extends Error {
  override readonly name = 'NotARotationError';
}

/** A rotation stored in single precision departs from an exact one by less than 1e-6. */
const DEFAULT_TOLERANCE = 1e-5;

/**
 * Writes the rotation that is nearest to a row-major 3x3 matrix in the Frobenius norm, U V^T of its singular value
 * decomposition with both factors rotations: the orthogonal Procrustes problem without reflections (Umeyama 1991). A
 * rotation comes back as it is, up to rounding; the zero matrix gives the identity. Where several rotations are nearest
 * (a reflection's two smallest singular values equal, or rank below two) it is one of them. The target may be the source.
 *
 * @throws ArrayRangeError if an array has fewer than 9 numbers from its offset on
 * @throws NonFiniteRotationError if a number is NaN or infinite
 * @example
 * ```ts
 * import { nearestRotation } from '@pose-rft/smpl';
 *
 * const averaged = Float64Array.of(0.8, 0, 0, 0, 0, -0.7, 0, 0.7, 0);
 * nearestRotation(averaged, 0, averaged, 0);
 * console.assert(Math.abs((averaged[7] ?? 0) - 1) < 1e-12, 'a quarter turn about x');
 * ```
 */
export function nearestRotation(
  source: RealArray,
  sourceOffset: number,
  target: RealArray,
  targetOffset: number,
): void {
  assertRange(source, sourceOffset, 9, 'The matrix');
  assertRange(target, targetOffset, 9, 'The nearest rotation');
  if (!isFinite9(source, sourceOffset)) throw nonFiniteRotation('matrix', source, sourceOffset, 9);
  singularValueDecomposition3x3(source, sourceOffset, left, 0, singularValues, 0, right, 0);
  for (let row = 0; row < 9; row += 3) {
    for (let column = 0; column < 3; column++) {
      target[targetOffset + row + column] =
        (left[row] as number) * (right[3 * column] as number) +
        (left[row + 1] as number) * (right[3 * column + 1] as number) +
        (left[row + 2] as number) * (right[3 * column + 2] as number);
    }
  }
}

/**
 * How far nine numbers are from a rotation matrix: the largest entry of |R^T R - I|, or 2 for an orthonormal matrix that
 * reflects (determinant below zero), whichever is more. Zero for a rotation; NaN if a number is NaN or infinite.
 *
 * @throws ArrayRangeError if the array has fewer than 9 numbers from the offset on
 */
export function departureFromRotation(source: RealArray, sourceOffset: number): number {
  assertRange(source, sourceOffset, 9, 'The matrix');
  if (!isFinite9(source, sourceOffset)) return Number.NaN;
  let largest = determinantSign(source, sourceOffset) < 0 ? 2 : 0;
  for (let first = 0; first < 3; first++) {
    for (let second = first; second < 3; second++) {
      let product = first === second ? -1 : 0;
      for (let row = 0; row < 9; row += 3) {
        product +=
          (source[sourceOffset + row + first] as number) * (source[sourceOffset + row + second] as number);
      }
      largest = Math.max(largest, Math.abs(product));
    }
  }
  return largest;
}

/**
 * Throws unless nine numbers are a rotation matrix: the strict alternative to {@link nearestRotation} for input that
 * should already be one. The conversions themselves do not check, for speed.
 *
 * @param tolerance - what {@link departureFromRotation} may be; by default what single precision and a few products add
 * @throws ArrayRangeError if the array has fewer than 9 numbers from the offset on
 * @throws NonFiniteRotationError if a number is NaN or infinite
 * @throws NotARotationError if the columns are not orthonormal, or the determinant is negative
 * @example
 * ```ts
 * import { assertRotationMatrix, NotARotationError } from '@pose-rft/smpl';
 *
 * try {
 *   assertRotationMatrix(Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, -1), 0);
 * } catch (error) {
 *   console.assert(error instanceof NotARotationError && error.message.includes('reflects'));
 * }
 * ```
 */
export function assertRotationMatrix(
  source: RealArray,
  sourceOffset: number,
  tolerance = DEFAULT_TOLERANCE,
): void {
  const departure = departureFromRotation(source, sourceOffset);
  if (departure <= tolerance) return;
  if (Number.isNaN(departure)) throw nonFiniteRotation('matrix', source, sourceOffset, 9);
  const numbers = Array.from(source.subarray(sourceOffset, sourceOffset + 9));
  const reason =
    determinantSign(source, sourceOffset) < 0
      ? 'it reflects: its determinant is negative'
      : `its columns are not orthonormal: R^T R departs from the identity by ${departure.toPrecision(3)}, ` +
        `and ${tolerance} is allowed`;
  throw new NotARotationError(
    `The matrix at offset ${sourceOffset}, [${numbers.join(', ')}], is not a rotation: ${reason}. ` +
      'Check its layout (row-major), or take nearestRotation of it.',
  );
}

function isFinite9(source: RealArray, offset: number): boolean {
  let sum = 0;
  for (let entry = 0; entry < 9; entry++) sum += 0 * (source[offset + entry] as number);
  return sum === 0;
}

function determinantSign(source: RealArray, offset: number): number {
  const a = source[offset] as number;
  const b = source[offset + 1] as number;
  const c = source[offset + 2] as number;
  return (
    a * cofactor(source, offset, 4, 8, 5, 7) +
    b * cofactor(source, offset, 5, 6, 3, 8) +
    c * cofactor(source, offset, 3, 7, 4, 6)
  );
}

function cofactor(source: RealArray, offset: number, i: number, j: number, k: number, l: number): number {
  return (
    (source[offset + i] as number) * (source[offset + j] as number) -
    (source[offset + k] as number) * (source[offset + l] as number)
  );
}
