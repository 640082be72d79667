/**
 * Solves A x = b for a symmetric positive definite matrix, in place: the lower triangle of `matrix` (row-major,
 * [size, size]) becomes its Cholesky factor, `vector` the solution. Returns false, with both unusable, if the matrix is
 * not positive definite (or holds NaN).
 */
export function solvePositiveDefinite(matrix: Float64Array, vector: Float64Array, size: number): boolean {
  for (let row = 0; row < size; row++) {
    const start = row * size;
    for (let column = 0; column <= row; column++) {
      const other = column * size;
      let sum = matrix[start + column] as number;
      for (let k = 0; k < column; k++) sum -= (matrix[start + k] as number) * (matrix[other + k] as number);
      if (column < row) {
        matrix[start + column] = sum / (matrix[other + column] as number);
      } else {
        if (!(sum > 0)) return false;
        matrix[start + row] = Math.sqrt(sum);
      }
    }
  }
  for (let row = 0; row < size; row++) {
    let sum = vector[row] as number;
    for (let k = 0; k < row; k++) sum -= (matrix[row * size + k] as number) * (vector[k] as number);
    vector[row] = sum / (matrix[row * size + row] as number);
  }
  for (let row = size - 1; row >= 0; row--) {
    let sum = vector[row] as number;
    for (let k = row + 1; k < size; k++) sum -= (matrix[k * size + row] as number) * (vector[k] as number);
    vector[row] = sum / (matrix[row * size + row] as number);
  }
  return true;
}
