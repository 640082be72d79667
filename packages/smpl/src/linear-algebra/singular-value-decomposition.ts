import { assertRange, type RealArray } from '../real-array.js';

/** Thrown when a matrix to be decomposed holds NaN or an infinity. */
export class NonFiniteMatrixError extends Error {
  override readonly name = 'NonFiniteMatrixError';
}

/** One-sided Jacobi converges quadratically: five sweeps are enough in practice. */
const MAXIMUM_SWEEPS = 32;

/** Two columns whose cosine is below this are orthogonal to the last bit. */
const ORTHOGONAL = 2 ** -53;

/** A column that is shorter, relative to the longest, has no direction of its own. */
const NO_DIRECTION = 2 ** -50;

const columns = new Float64Array(9);
const right = new Float64Array(9);
const lengths = new Float64Array(3);

/**
 * Writes A = U diag(s) V^T of a row-major 3x3 matrix with U and V both *rotations*: s0 >= s1 >= |s2|, and s2 carries the
 * sign of det A. So U V^T is the rotation nearest to A, and no case can make it a reflection. |s| are the usual
 * singular values. Matrices of rank 2, 1 and 0 are no difficulty: the directions that they leave open are completed to a
 * right-handed frame. Target arrays may be the source.
 *
 * By one-sided Jacobi rotations (Hestenes 1958; Demmel and Veselic 1992), which keep full relative accuracy even for
 * small singular values.
 *
 * @param left - receives U, row-major, 9 numbers from `leftOffset` on
 * @param singularValues - receives s, 3 numbers from `singularValuesOffset` on
 * @param rightVectors - receives V (not V^T), row-major, 9 numbers from `rightOffset` on
 * @throws ArrayRangeError if an array is too short
 * @throws NonFiniteMatrixError if a number is NaN or infinite
 * @example
 * ```ts
 * import { singularValueDecomposition3x3 } from '@pose-rft/smpl';
 *
 * const reflection = Float64Array.of(2, 0, 0, 0, -1, 0, 0, 0, 3);
 * const [left, values, right] = [new Float64Array(9), new Float64Array(3), new Float64Array(9)];
 * singularValueDecomposition3x3(reflection, 0, left, 0, values, 0, right, 0);
 * console.assert(values.join() === '3,2,-1', 'the sign of the determinant');
 * ```
 */
export function singularValueDecomposition3x3(
  matrix: RealArray,
  matrixOffset: number,
  left: RealArray,
  leftOffset: number,
  singularValues: RealArray,
  singularValuesOffset: number,
  rightVectors: RealArray,
  rightOffset: number,
): void {
  assertRange(matrix, matrixOffset, 9, 'The matrix');
  assertRange(left, leftOffset, 9, 'The left singular vectors');
  assertRange(singularValues, singularValuesOffset, 3, 'The singular values');
  assertRange(rightVectors, rightOffset, 9, 'The right singular vectors');
  const scale = loadScaled(matrix, matrixOffset);
  orthogonaliseColumns();
  sortColumns();
  completeLeftFrame();
  // Both frames right-handed: turning a last vector round turns the sign of the last value round.
  const isLeftReflected = isLeftHanded(columns);
  const isRightReflected = isLeftHanded(right);
  if (isLeftReflected) turnLastColumnRound(columns);
  if (isRightReflected) turnLastColumnRound(right);
  for (let entry = 0; entry < 9; entry++) {
    left[leftOffset + entry] = columns[entry] as number;
    rightVectors[rightOffset + entry] = right[entry] as number;
  }
  singularValues[singularValuesOffset] = scale * (lengths[0] as number);
  singularValues[singularValuesOffset + 1] = scale * (lengths[1] as number);
  singularValues[singularValuesOffset + 2] =
    (isLeftReflected === isRightReflected ? scale : -scale) * (lengths[2] as number);
}

/** Fills `columns` with the matrix over its largest entry, so that no square overflows or vanishes; returns that. */
function loadScaled(matrix: RealArray, offset: number): number {
  let largest = 0;
  let sum = 0;
  for (let entry = 0; entry < 9; entry++) {
    const size = Math.abs(matrix[offset + entry] as number);
    sum += size * 0;
    if (size > largest) largest = size;
  }
  if (sum !== 0 || !(largest < Infinity)) {
    const numbers = Array.from(matrix.subarray(offset, offset + 9));
    throw new NonFiniteMatrixError(
      `The matrix at offset ${offset} is [${numbers.join(', ')}]. Every number must be finite: ` +
        'look for a division by zero or an overflow where it was computed.',
    );
  }
  for (let entry = 0; entry < 9; entry++) {
    columns[entry] = largest > 0 ? (matrix[offset + entry] as number) / largest : 0;
    right[entry] = entry % 4 === 0 ? 1 : 0;
  }
  return largest;
}

/** Turns pairs of columns until all are orthogonal: `columns` becomes U diag(s), `right` V. */
function orthogonaliseColumns(): void {
  for (let sweep = 0; sweep < MAXIMUM_SWEEPS; sweep++) {
    const turned = orthogonalisePair(0, 1) + orthogonalisePair(0, 2) + orthogonalisePair(1, 2);
    if (turned === 0) return;
  }
}

function orthogonalisePair(p: number, q: number): 0 | 1 {
  let pp = 0;
  let qq = 0;
  let pq = 0;
  for (let row = 0; row < 9; row += 3) {
    const atP = columns[row + p] as number;
    const atQ = columns[row + q] as number;
    pp += atP * atP;
    qq += atQ * atQ;
    pq += atP * atQ;
  }
  if (!(Math.abs(pq) > ORTHOGONAL * Math.sqrt(pp) * Math.sqrt(qq))) return 0;
  const zeta = (qq - pp) / (2 * pq);
  const tangent = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.sqrt(1 + zeta * zeta));
  const cosine = 1 / Math.sqrt(1 + tangent * tangent);
  const sine = cosine * tangent;
  turnColumns(columns, p, q, cosine, sine);
  turnColumns(right, p, q, cosine, sine);
  return 1;
}

function turnColumns(matrix: Float64Array, p: number, q: number, cosine: number, sine: number): void {
  for (let row = 0; row < 9; row += 3) {
    const atP = matrix[row + p] as number;
    const atQ = matrix[row + q] as number;
    matrix[row + p] = cosine * atP - sine * atQ;
    matrix[row + q] = sine * atP + cosine * atQ;
  }
}

/** Longest column first, in both frames; fills `lengths`. */
function sortColumns(): void {
  for (let column = 0; column < 3; column++) lengths[column] = columnLength(column);
  for (const [p, q] of SORTING_NETWORK) {
    if ((lengths[p] as number) >= (lengths[q] as number)) continue;
    swapColumns(columns, p, q);
    swapColumns(right, p, q);
    const kept = lengths[p] as number;
    lengths[p] = lengths[q] as number;
    lengths[q] = kept;
  }
}

const SORTING_NETWORK = [
  [0, 1],
  [0, 2],
  [1, 2],
] as const;

function columnLength(column: number): number {
  return Math.hypot(columns[column] as number, columns[3 + column] as number, columns[6 + column] as number);
}

function swapColumns(matrix: Float64Array, p: number, q: number): void {
  for (let row = 0; row < 9; row += 3) {
    const kept = matrix[row + p] as number;
    matrix[row + p] = matrix[row + q] as number;
    matrix[row + q] = kept;
  }
}

/** From U diag(s) to U; a column without direction is replaced by one that is perpendicular to the others. */
function completeLeftFrame(): void {
  const least = NO_DIRECTION * (lengths[0] as number);
  if (lengths[0] === 0) {
    for (let entry = 0; entry < 9; entry++) columns[entry] = entry % 4 === 0 ? 1 : 0;
    return;
  }
  scaleColumn(0, 1 / (lengths[0] as number));
  if ((lengths[1] as number) > least) scaleColumn(1, 1 / (lengths[1] as number));
  else setPerpendicularColumn();
  if ((lengths[2] as number) > least) scaleColumn(2, 1 / (lengths[2] as number));
  else setCrossColumn();
}

function scaleColumn(column: number, factor: number): void {
  for (let row = 0; row < 9; row += 3) columns[row + column] = factor * (columns[row + column] as number);
}

/** The second column becomes a unit vector that is perpendicular to the first. */
function setPerpendicularColumn(): void {
  const x = columns[0] as number;
  const y = columns[3] as number;
  const z = columns[6] as number;
  // The cross product with the coordinate axis that is farthest from the first column.
  const isXFar = Math.abs(x) <= Math.abs(y) && Math.abs(x) <= Math.abs(z);
  const isYFar = Math.abs(y) <= Math.abs(z);
  const [a, b, c] = isXFar ? [0, z, -y] : isYFar ? [-z, 0, x] : [y, -x, 0];
  const length = Math.hypot(a, b, c);
  columns[1] = a / length;
  columns[4] = b / length;
  columns[7] = c / length;
}

/** The third column becomes the cross product of the first two. */
function setCrossColumn(): void {
  for (let row = 0; row < 3; row++) {
    const next = 3 * ((row + 1) % 3);
    const last = 3 * ((row + 2) % 3);
    columns[3 * row + 2] =
      (columns[next] as number) * (columns[last + 1] as number) -
      (columns[last] as number) * (columns[next + 1] as number);
  }
}

function turnLastColumnRound(matrix: Float64Array): void {
  for (let entry = 2; entry < 9; entry += 3) matrix[entry] = -(matrix[entry] as number);
}

/** Whether the determinant of an orthogonal matrix is -1: the third column against the cross product of the others. */
function isLeftHanded(matrix: Float64Array): boolean {
  let alongCross = 0;
  for (let row = 0; row < 3; row++) {
    const next = 3 * ((row + 1) % 3);
    const last = 3 * ((row + 2) % 3);
    alongCross +=
      (matrix[3 * row + 2] as number) *
      ((matrix[next] as number) * (matrix[last + 1] as number) -
        (matrix[last] as number) * (matrix[next + 1] as number));
  }
  return alongCross < 0;
}
