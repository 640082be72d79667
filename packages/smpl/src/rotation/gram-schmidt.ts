/** Two columns count as parallel when the square of the sine between them is below this: a sine of one millionth. */
const PARALLEL_SINE_SQUARED = 1e-12;

/** Squared lengths outside this range go through a scaled computation, so that no square overflows or vanishes. */
const SAFE_MINIMUM = 1e-60;
const SAFE_MAXIMUM = 1e60;

/**
 * Writes the row-major rotation whose first column has the direction of `a`, and whose second lies in the half plane
 * of `a` and `b` on the side of `b` (Zhou et al. 2019, eq. 13). Returns false, and writes nothing, if a number is not
 * finite. Degenerate columns have the fallback that {@link rotation6dToMatrix} documents.
 */
export function orthonormaliseColumns(
  ax: number,
  ay: number,
  az: number,
  bx: number,
  by: number,
  bz: number,
  target: Float32Array | Float64Array,
  offset: number,
): boolean {
  const aa = ax * ax + ay * ay + az * az;
  if (!(aa > SAFE_MINIMUM && aa < SAFE_MAXIMUM))
    return orthonormaliseScaled(ax, ay, az, bx, by, bz, target, offset);
  const inverseA = 1 / Math.sqrt(aa);
  const x0 = ax * inverseA;
  const x1 = ay * inverseA;
  const x2 = az * inverseA;
  const along = x0 * bx + x1 * by + x2 * bz;
  const u0 = bx - along * x0;
  const u1 = by - along * x1;
  const u2 = bz - along * x2;
  const uu = u0 * u0 + u1 * u1 + u2 * u2;
  const bb = uu + along * along;
  // No uu is above an infinite bb, so it goes the long way too.
  if (!(uu > SAFE_MINIMUM && uu > PARALLEL_SINE_SQUARED * bb)) {
    return orthonormaliseScaled(ax, ay, az, bx, by, bz, target, offset);
  }
  const inverseU = 1 / Math.sqrt(uu);
  const y0 = u0 * inverseU;
  const y1 = u1 * inverseU;
  const y2 = u2 * inverseU;
  target[offset] = x0;
  target[offset + 1] = y0;
  target[offset + 2] = x1 * y2 - x2 * y1;
  target[offset + 3] = x1;
  target[offset + 4] = y1;
  target[offset + 5] = x2 * y0 - x0 * y2;
  target[offset + 6] = x2;
  target[offset + 7] = y2;
  target[offset + 8] = x0 * y1 - x1 * y0;
  return true;
}

/** Whether the second column, of components `along` and `across` the first, is too nearly parallel to it to turn it. */
export function isNearlyParallel(along: number, across: number): boolean {
  return !(across * across > PARALLEL_SINE_SQUARED * (along * along + across * across));
}

type Vector = readonly [number, number, number];

/** The rare path: columns that are degenerate, of extreme length or not finite. */
function orthonormaliseScaled(
  ax: number,
  ay: number,
  az: number,
  bx: number,
  by: number,
  bz: number,
  target: Float32Array | Float64Array,
  offset: number,
): boolean {
  const largestA = Math.max(Math.abs(ax), Math.abs(ay), Math.abs(az));
  const largestB = Math.max(Math.abs(bx), Math.abs(by), Math.abs(bz));
  if (!(largestA < Infinity && largestB < Infinity)) return false;
  const x = largestA > 0 ? normalised([ax / largestA, ay / largestA, az / largestA]) : ([1, 0, 0] as const);
  // Of a zero column this makes NaN, which counts as parallel.
  const b: Vector = [bx / largestB, by / largestB, bz / largestB];
  const u = perpendicularPart(b, x);
  const isParallel = isNearlyParallel(dot(b, x), Math.hypot(...u));
  const y = normalised(isParallel ? perpendicularPart(mostPerpendicularAxis(x), x) : u);
  const z = [x[1] * y[2] - x[2] * y[1], x[2] * y[0] - x[0] * y[2], x[0] * y[1] - x[1] * y[0]];
  for (const [column, vector] of [x, y, z].entries()) {
    for (const [row, value] of vector.entries()) target[offset + 3 * row + column] = value;
  }
  return true;
}

/** The coordinate axis that makes the largest angle with `a`; of equal ones y is preferred, then z. */
function mostPerpendicularAxis([x, y, z]: Vector): Vector {
  const [sizeX, sizeY, sizeZ] = [Math.abs(x), Math.abs(y), Math.abs(z)];
  if (sizeY <= sizeX && sizeY <= sizeZ) return [0, 1, 0];
  return sizeZ <= sizeX ? [0, 0, 1] : [1, 0, 0];
}

function perpendicularPart(vector: Vector, unit: Vector): Vector {
  const along = dot(vector, unit);
  return [vector[0] - along * unit[0], vector[1] - along * unit[1], vector[2] - along * unit[2]];
}

function normalised(vector: Vector): Vector {
  const length = Math.hypot(...vector);
  return [vector[0] / length, vector[1] / length, vector[2] / length];
}

function dot(a: Vector, b: Vector): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}
