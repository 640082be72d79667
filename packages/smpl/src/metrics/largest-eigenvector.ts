/** A 4x4 matrix that is not diagonal after so many sweeps of Jacobi holds NaN: five are enough in practice. */
const MAXIMUM_SWEEPS = 16;

/** An entry that is smaller, relative to its two diagonal entries, no longer turns an eigenvector measurably. */
const NEGLIGIBLE = 2 ** -56;

const eigenvectors = new Float64Array(16);

/**
 * Writes the unit eigenvector of the largest eigenvalue of a symmetric 4x4 matrix, by cyclic Jacobi rotations (Golub
 * and Van Loan, section 8.5). The matrix is overwritten. Repeated eigenvalues are no difficulty: any unit vector of the
 * eigenspace may come out.
 */
export function writeLargestEigenvector(matrix: Float64Array, target: Float64Array): void {
  eigenvectors.fill(0);
  for (let index = 0; index < 4; index++) eigenvectors[5 * index] = 1;
  for (let sweep = 0; sweep < MAXIMUM_SWEEPS; sweep++) {
    let rotations = 0;
    for (let p = 0; p < 3; p++) {
      for (let q = p + 1; q < 4; q++) rotations += annihilate(matrix, p, q);
    }
    if (rotations === 0) break;
  }
  let largest = 0;
  for (let index = 1; index < 4; index++) {
    if ((matrix[5 * index] as number) > (matrix[5 * largest] as number)) largest = index;
  }
  for (let row = 0; row < 4; row++) target[row] = eigenvectors[4 * row + largest] as number;
}

/** Rotates rows and columns p and q so that entry (p, q) vanishes. Returns 0 if it already was negligible. */
function annihilate(matrix: Float64Array, p: number, q: number): 0 | 1 {
  const entry = matrix[4 * p + q] as number;
  const diagonalP = matrix[5 * p] as number;
  const diagonalQ = matrix[5 * q] as number;
  if (Math.abs(entry) <= NEGLIGIBLE * (Math.abs(diagonalP) + Math.abs(diagonalQ))) return 0;
  const theta = (diagonalQ - diagonalP) / (2 * entry);
  const tangent = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const cosine = 1 / Math.sqrt(tangent * tangent + 1);
  const sine = tangent * cosine;
  rotateColumns(matrix, p, q, cosine, sine);
  rotateRows(matrix, p, q, cosine, sine);
  matrix[4 * p + q] = 0;
  matrix[4 * q + p] = 0;
  rotateColumns(eigenvectors, p, q, cosine, sine);
  return 1;
}

function rotateColumns(matrix: Float64Array, p: number, q: number, cosine: number, sine: number): void {
  for (let row = 0; row < 16; row += 4) {
    const atP = matrix[row + p] as number;
    const atQ = matrix[row + q] as number;
    matrix[row + p] = cosine * atP - sine * atQ;
    matrix[row + q] = sine * atP + cosine * atQ;
  }
}

function rotateRows(matrix: Float64Array, p: number, q: number, cosine: number, sine: number): void {
  for (let column = 0; column < 4; column++) {
    const atP = matrix[4 * p + column] as number;
    const atQ = matrix[4 * q + column] as number;
    matrix[4 * p + column] = cosine * atP - sine * atQ;
    matrix[4 * q + column] = sine * atP + cosine * atQ;
  }
}
