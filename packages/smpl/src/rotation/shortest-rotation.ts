import { assertRange, type RealArray } from '../real-array.js';
import { nonFiniteRotation } from './non-finite-rotation-error.js';
import { quaternionToMatrix } from './quaternion.js';

/** Nearer to opposite than this, in radians, two directions fix no axis. */
const OPPOSITE = 1e-12;

const quaternion = new Float64Array(4);

/**
 * Writes the row-major matrix of the smallest rotation that takes the direction of one vector to that of another: the
 * swing without twist. Accurate for all angles up to a half turn. For opposite vectors it is a half turn about some
 * perpendicular; if either vector is zero, the identity.
 *
 * @throws ArrayRangeError if a vector has fewer than 3 or the target fewer than 9 numbers from its offset on
 * @throws NonFiniteRotationError if a number is NaN or infinite
 * @example
 * ```ts
 * import { rotateVector, shortestRotation } from '@pose-rft/smpl';
 *
 * const matrix = new Float64Array(9);
 * shortestRotation(Float64Array.of(0, 2, 0), 0, Float64Array.of(0, 0, 5), 0, matrix, 0);
 * const turned = new Float64Array(3);
 * rotateVector(matrix, 0, Float64Array.of(0, 1, 0), 0, turned, 0);
 * console.assert(Math.abs((turned[2] ?? 0) - 1) < 1e-12);
 * ```
 */
export function shortestRotation(
  from: RealArray,
  fromOffset: number,
  to: RealArray,
  toOffset: number,
  target: RealArray,
  targetOffset: number,
): void {
  assertRange(from, fromOffset, 3, 'The first vector');
  assertRange(to, toOffset, 3, 'The second vector');
  assertRange(target, targetOffset, 9, 'The rotation');
  const fromLength = lengthOf(from, fromOffset);
  const toLength = lengthOf(to, toOffset);
  quaternion.fill(0);
  quaternion[3] = 1;
  if (fromLength > 0 && toLength > 0) {
    const a0 = (from[fromOffset] as number) / fromLength;
    const a1 = (from[fromOffset + 1] as number) / fromLength;
    const a2 = (from[fromOffset + 2] as number) / fromLength;
    const b0 = (to[toOffset] as number) / toLength;
    const b1 = (to[toOffset + 1] as number) / toLength;
    const b2 = (to[toOffset + 2] as number) / toLength;
    // |a + b| is twice the cosine of half the angle, and a x b over it the sine of half the angle times the axis.
    const sum = Math.hypot(a0 + b0, a1 + b1, a2 + b2);
    if (sum > OPPOSITE) {
      quaternion[0] = (a1 * b2 - a2 * b1) / sum;
      quaternion[1] = (a2 * b0 - a0 * b2) / sum;
      quaternion[2] = (a0 * b1 - a1 * b0) / sum;
      quaternion[3] = sum / 2;
    } else {
      writePerpendicular(a0, a1, a2);
    }
  }
  quaternionToMatrix(quaternion, 0, target, targetOffset);
}

/** A half turn about the cross product with the coordinate axis that is farthest from the unit vector. */
function writePerpendicular(x: number, y: number, z: number): void {
  const isXFar = Math.abs(x) <= Math.abs(y) && Math.abs(x) <= Math.abs(z);
  const isYFar = Math.abs(y) <= Math.abs(z);
  const [a, b, c] = isXFar ? [0, z, -y] : isYFar ? [-z, 0, x] : [y, -x, 0];
  quaternion[0] = a;
  quaternion[1] = b;
  quaternion[2] = c;
  quaternion[3] = 0;
}

function lengthOf(vector: RealArray, offset: number): number {
  const length = Math.hypot(
    vector[offset] as number,
    vector[offset + 1] as number,
    vector[offset + 2] as number,
  );
  if (!(length < Infinity)) throw nonFiniteRotation('vector', vector, offset, 3);
  return length;
}
