import { singularValueDecomposition3x3 } from '../linear-algebra/singular-value-decomposition.js';

/** Newton's method from above converges in four or five steps; the bound is for inputs that are not finite. */
const MAXIMUM_STEPS = 30;

/**
 * The product of the pairwise sums of the singular values (over their root mean square, cubed) below which the closed
 * form loses digits, because the best rotation is nearly ambiguous: nearly straight sets, nearly reflected ones.
 */
const WELL_CONDITIONED = 1e-3;

const left = new Float64Array(9);
const singularValues = new Float64Array(3);
const right = new Float64Array(9);

/**
 * Writes the rotation R (row-major) with the greatest trace of R^T B, for B the sum over points of target * source^T:
 * what turns the sources onto the targets in least squares (Wahba's problem). Returns that trace, the sum of the singular
 * values of B with the sign of det B on the least. It never reflects, and where several rotations are equally good
 * (straight, coincident or mirrored sets) it takes one of them.
 *
 * The trace is the largest root of the characteristic quartic, found by Newton's method from above; R follows from it
 * without eigenvectors (Markley, "Attitude determination from vector observations: a fast optimal matrix algorithm",
 * 1993). Nearly ambiguous cases go through the singular value decomposition instead.
 */
export function writeOptimalRotation(correlation: Float64Array, rotation: Float64Array): number {
  let squares = 0;
  for (let entry = 0; entry < 9; entry++)
    squares += (correlation[entry] as number) * (correlation[entry] as number);
  const size = Math.sqrt(squares);
  // Squares that vanish or overflow, as well as zero, are left to the scaled decomposition.
  if (!(size > 1e-150 && size < 1e150)) return writeBySingularValues(correlation, rotation);
  const factor = 1 / size;
  const b0 = (correlation[0] as number) * factor;
  const b1 = (correlation[1] as number) * factor;
  const b2 = (correlation[2] as number) * factor;
  const b3 = (correlation[3] as number) * factor;
  const b4 = (correlation[4] as number) * factor;
  const b5 = (correlation[5] as number) * factor;
  const b6 = (correlation[6] as number) * factor;
  const b7 = (correlation[7] as number) * factor;
  const b8 = (correlation[8] as number) * factor;
  // The cofactors: det B times the transposed inverse.
  const c0 = b4 * b8 - b5 * b7;
  const c1 = b5 * b6 - b3 * b8;
  const c2 = b3 * b7 - b4 * b6;
  const c3 = b2 * b7 - b1 * b8;
  const c4 = b0 * b8 - b2 * b6;
  const c5 = b1 * b6 - b0 * b7;
  const c6 = b1 * b5 - b2 * b4;
  const c7 = b2 * b3 - b0 * b5;
  const c8 = b0 * b4 - b1 * b3;
  const determinant = b0 * c0 + b1 * c1 + b2 * c2;
  const cofactorSquares =
    c0 * c0 + c1 * c1 + c2 * c2 + c3 * c3 + c4 * c4 + c5 * c5 + c6 * c6 + c7 * c7 + c8 * c8;
  // With the squares of B adding up to 1, the trace t solves (t^2 - 1)^2 - 8 t det B - 4 |cofactors|^2 = 0, and t^2 is
  // at most 1 + 2 sqrt(3) |cofactors|.
  let trace = Math.sqrt(1 + 2 * Math.sqrt(3 * cofactorSquares));
  for (let step = 0; step < MAXIMUM_STEPS; step++) {
    const excess = trace * trace - 1;
    const slope = 4 * trace * excess - 8 * determinant;
    if (!(slope > 8 * WELL_CONDITIONED)) return writeBySingularValues(correlation, rotation);
    const change = (excess * excess - 8 * trace * determinant - 4 * cofactorSquares) / slope;
    trace -= change;
    if (!(change > 4e-16 * trace)) break;
  }
  const kappa = (trace * trace - 1) / 2;
  // An eighth of the slope at the root: well above zero.
  const zeta = kappa * trace - determinant;
  // R = ((kappa + |B|^2) B + trace * cofactors - B B^T B) / zeta.
  const own = kappa + 1;
  const g00 = own - (b0 * b0 + b1 * b1 + b2 * b2);
  const g11 = own - (b3 * b3 + b4 * b4 + b5 * b5);
  const g22 = own - (b6 * b6 + b7 * b7 + b8 * b8);
  const g01 = -(b0 * b3 + b1 * b4 + b2 * b5);
  const g02 = -(b0 * b6 + b1 * b7 + b2 * b8);
  const g12 = -(b3 * b6 + b4 * b7 + b5 * b8);
  const inverse = 1 / zeta;
  rotation[0] = (g00 * b0 + g01 * b3 + g02 * b6 + trace * c0) * inverse;
  rotation[1] = (g00 * b1 + g01 * b4 + g02 * b7 + trace * c1) * inverse;
  rotation[2] = (g00 * b2 + g01 * b5 + g02 * b8 + trace * c2) * inverse;
  rotation[3] = (g01 * b0 + g11 * b3 + g12 * b6 + trace * c3) * inverse;
  rotation[4] = (g01 * b1 + g11 * b4 + g12 * b7 + trace * c4) * inverse;
  rotation[5] = (g01 * b2 + g11 * b5 + g12 * b8 + trace * c5) * inverse;
  rotation[6] = (g02 * b0 + g12 * b3 + g22 * b6 + trace * c6) * inverse;
  rotation[7] = (g02 * b1 + g12 * b4 + g22 * b7 + trace * c7) * inverse;
  rotation[8] = (g02 * b2 + g12 * b5 + g22 * b8 + trace * c8) * inverse;
  return trace * size;
}

function writeBySingularValues(correlation: Float64Array, rotation: Float64Array): number {
  singularValueDecomposition3x3(correlation, 0, left, 0, singularValues, 0, right, 0);
  for (let row = 0; row < 9; row += 3) {
    for (let column = 0; column < 3; column++) {
      rotation[row + column] =
        (left[row] as number) * (right[3 * column] as number) +
        (left[row + 1] as number) * (right[3 * column + 1] as number) +
        (left[row + 2] as number) * (right[3 * column + 2] as number);
    }
  }
  return (singularValues[0] as number) + (singularValues[1] as number) + (singularValues[2] as number);
}
