import { assertRange, type RealArray } from '../real-array.js';
import { nonFiniteRotation } from './non-finite-rotation-error.js';

/**
 * Writes the row-major 3x3 matrix of a quaternion laid out [x, y, z, w], as in glTF, three.js and SciPy. The quaternion
 * is normalised first; the zero quaternion counts as the identity.
 *
 * @throws ArrayRangeError if the source has fewer than 4 or the target fewer than 9 numbers from its offset on
 * @throws NonFiniteRotationError if a number is NaN or infinite
 */
export function quaternionToMatrix(
  source: RealArray,
  sourceOffset: number,
  target: RealArray,
  targetOffset: number,
): void {
  assertRange(source, sourceOffset, 4, 'The quaternion');
  assertRange(target, targetOffset, 9, 'The matrix');
  let x = source[sourceOffset] as number;
  let y = source[sourceOffset + 1] as number;
  let z = source[sourceOffset + 2] as number;
  let w = source[sourceOffset + 3] as number;
  const largest = Math.max(Math.abs(x), Math.abs(y), Math.abs(z), Math.abs(w));
  if (!(largest < Infinity)) throw nonFiniteRotation('quaternion', source, sourceOffset, 4);
  if (largest === 0) {
    w = 1;
  } else {
    // Scaled by the largest number first, so that the squares neither overflow nor vanish.
    x /= largest;
    y /= largest;
    z /= largest;
    w /= largest;
  }
  const s = 2 / (x * x + y * y + z * z + w * w);
  target[targetOffset] = 1 - s * (y * y + z * z);
  target[targetOffset + 1] = s * (x * y - w * z);
  target[targetOffset + 2] = s * (x * z + w * y);
  target[targetOffset + 3] = s * (x * y + w * z);
  target[targetOffset + 4] = 1 - s * (x * x + z * z);
  target[targetOffset + 5] = s * (y * z - w * x);
  target[targetOffset + 6] = s * (x * z - w * y);
  target[targetOffset + 7] = s * (y * z + w * x);
  target[targetOffset + 8] = 1 - s * (x * x + y * y);
}

/**
 * Writes the unit quaternion [x, y, z, w] of a row-major rotation matrix, by Shepperd's method (1978): the largest of
 * the four components is computed first, so it is accurate for every angle. Of the two quaternions of a rotation it is
 * the one with w > 0; for a half turn (w = 0) the one whose first non-zero number is positive.
 *
 * @throws ArrayRangeError if the source has fewer than 9 or the target fewer than 4 numbers from its offset on
 * @throws NonFiniteRotationError if a number is NaN or infinite
 */
export function matrixToQuaternion(
  source: RealArray,
  sourceOffset: number,
  target: RealArray,
  targetOffset: number,
): void {
  assertRange(source, sourceOffset, 9, 'The matrix');
  assertRange(target, targetOffset, 4, 'The quaternion');
  const m00 = source[sourceOffset] as number;
  const m01 = source[sourceOffset + 1] as number;
  const m02 = source[sourceOffset + 2] as number;
  const m10 = source[sourceOffset + 3] as number;
  const m11 = source[sourceOffset + 4] as number;
  const m12 = source[sourceOffset + 5] as number;
  const m20 = source[sourceOffset + 6] as number;
  const m21 = source[sourceOffset + 7] as number;
  const m22 = source[sourceOffset + 8] as number;
  // Four times each component's square; their sum is 4 for a rotation.
  const xx = 1 + m00 - m11 - m22;
  const yy = 1 - m00 + m11 - m22;
  const zz = 1 - m00 - m11 + m22;
  const ww = 1 + m00 + m11 + m22;
  let x: number;
  let y: number;
  let z: number;
  let w: number;
  if (ww >= xx && ww >= yy && ww >= zz) {
    x = m21 - m12;
    y = m02 - m20;
    z = m10 - m01;
    w = ww;
  } else if (xx >= yy && xx >= zz) {
    x = xx;
    y = m01 + m10;
    z = m02 + m20;
    w = m21 - m12;
  } else if (yy >= zz) {
    x = m01 + m10;
    y = yy;
    z = m12 + m21;
    w = m02 - m20;
  } else {
    x = m02 + m20;
    y = m12 + m21;
    z = zz;
    w = m10 - m01;
  }
  const length = Math.sqrt(x * x + y * y + z * z + w * w);
  if (!(length < Infinity)) throw nonFiniteRotation('matrix', source, sourceOffset, 9);
  const scale = isLowerHalf(x, y, w) ? -1 / length : 1 / length;
  target[targetOffset] = x * scale;
  target[targetOffset + 1] = y * scale;
  target[targetOffset + 2] = z * scale;
  target[targetOffset + 3] = w * scale;
}

/** Where z alone is not zero it was computed first, so it is positive. */
function isLowerHalf(x: number, y: number, w: number): boolean {
  return w < 0 || (w === 0 && (x < 0 || (x === 0 && y < 0)));
}
