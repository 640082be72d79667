/**
 * The weights by which a least-squares polynomial through values at integer times gives its own value at time 0
 * (Savitzky and Golay, "Smoothing and differentiation of data by simplified least squares procedures", 1964): the
 * middle of a window, or, at the ends of a motion, any other place in it.
 *
 * @param first - time of the window's first value, at most 0
 * @param last - time of its last one, at least 0
 * @param degree - of the polynomial; one that the window cannot determine is lowered to one that it can
 * @returns last - first + 1 weights that sum to 1
 */
export function polynomialFitWeights(first: number, last: number, degree: number): Float64Array {
  const count = last - first + 1;
  const size = Math.min(degree, count - 1) + 1;
  // Times of about unit size keep the normal equations well conditioned.
  const scale = Math.max(1, -first, last);
  const powers = Float64Array.from(
    { length: count * size },
    (_, index) => ((first + Math.floor(index / size)) / scale) ** (index % size),
  );
  const moments = new Float64Array(size * size);
  for (let row = 0; row < size; row++)
    for (let column = 0; column < size; column++) {
      let sum = 0;
      for (let sample = 0; sample < count; sample++)
        sum += (powers[sample * size + row] as number) * (powers[sample * size + column] as number);
      moments[row * size + column] = sum;
    }
  const constant = new Float64Array(size);
  constant[0] = 1;
  const solution = solveSymmetric(moments, constant, size);
  return Float64Array.from({ length: count }, (_, sample) => {
    let weight = 0;
    for (let power = 0; power < size; power++)
      weight += (solution[power] as number) * (powers[sample * size + power] as number);
    return weight;
  });
}

/** Solves a small positive definite system in place, by elimination. */
function solveSymmetric(matrix: Float64Array, right: Float64Array, size: number): Float64Array {
  for (let pivot = 0; pivot < size; pivot++)
    for (let row = pivot + 1; row < size; row++) {
      const factor = (matrix[row * size + pivot] as number) / (matrix[pivot * size + pivot] as number);
      for (let column = pivot; column < size; column++)
        matrix[row * size + column] =
          (matrix[row * size + column] as number) - factor * (matrix[pivot * size + column] as number);
      right[row] = (right[row] as number) - factor * (right[pivot] as number);
    }
  for (let row = size - 1; row >= 0; row--) {
    let sum = right[row] as number;
    for (let column = row + 1; column < size; column++)
      sum -= (matrix[row * size + column] as number) * (right[column] as number);
    right[row] = sum / (matrix[row * size + row] as number);
  }
  return right;
}
