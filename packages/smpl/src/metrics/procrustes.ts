import { assertRange, type RealArray } from '../real-array.js';
import { quaternionToMatrix } from '../rotation/quaternion.js';
import { assertJoints, mpjpeMillimetres } from './joint-error.js';
import { writeLargestEigenvector } from './largest-eigenvector.js';
import { nonFiniteJoints } from './non-finite-joints-error.js';

/** Relative to the distance from the origin; joints that are nearer to each other count as one point. */
const ROUNDING = 1e-14;

const correlation = new Float64Array(9);
const profile = new Float64Array(16);
const eigenvector = new Float64Array(4);
const quaternion = new Float64Array(4);
const rotation = new Float64Array(9);
const predictedCentroid = new Float64Array(3);
const targetCentroid = new Float64Array(3);
let aligned = new Float64Array(72);

/**
 * PA-MPJPE: the mean joint distance in millimetres after the predicted joints (in metres) have been moved, turned and
 * scaled onto the target by the similarity of least squares; see {@link alignBySimilarity}.
 *
 * @throws ArrayRangeError if an array has fewer than 3 * jointCount numbers from its offset on
 * @throws EmptyMetricError if jointCount is not a positive integer
 * @throws NonFiniteJointsError if a coordinate is NaN or infinite
 * @example
 * ```ts
 * import { paMpjpeMillimetres, SYNTHETIC_SKELETON } from '@pose-rft/smpl';
 *
 * const rest = SYNTHETIC_SKELETON.restJointsMetres;
 * const twiceAsBig = rest.map((coordinate) => 2 * coordinate + 1);
 * console.assert(paMpjpeMillimetres(twiceAsBig, 0, rest, 0, 24) < 1e-9);
 * ```
 */
export function paMpjpeMillimetres(
  predicted: RealArray,
  predictedOffset: number,
  target: RealArray,
  targetOffset: number,
  jointCount: number,
): number {
  if (aligned.length < 3 * jointCount) aligned = new Float64Array(3 * jointCount);
  alignBySimilarity(predicted, predictedOffset, target, targetOffset, jointCount, aligned, 0);
  return mpjpeMillimetres(aligned, 0, target, targetOffset, jointCount);
}

/**
 * Writes the predicted joints after the similarity (scale, rotation, translation) that minimises the sum of squared
 * distances to the target. The rotation is found as the quaternion of Horn ("Closed-form solution of absolute
 * orientation using unit quaternions", 1987), which cannot reflect; the scale is that of Umeyama (1991). Any set is
 * allowed: for flat, straight or coincident joints one of the optimal rotations is used; predicted joints that all
 * coincide come to lie in the target's centroid. `alignedJoints` may be `predicted` itself.
 *
 * Note that the *squared* error can only fall; the mean distance may rise if the alignment trades one large error for
 * many small ones.
 *
 * @throws ArrayRangeError if an array has fewer than 3 * jointCount numbers from its offset on
 * @throws EmptyMetricError if jointCount is not a positive integer
 * @throws NonFiniteJointsError if a coordinate is NaN or infinite
 */
export function alignBySimilarity(
  predicted: RealArray,
  predictedOffset: number,
  target: RealArray,
  targetOffset: number,
  jointCount: number,
  alignedJoints: RealArray,
  alignedOffset: number,
): void {
  assertJoints(predicted, predictedOffset, target, targetOffset, jointCount);
  assertRange(alignedJoints, alignedOffset, 3 * jointCount, 'The aligned joints');
  writeCentroid(predicted, predictedOffset, jointCount, predictedCentroid);
  writeCentroid(target, targetOffset, jointCount, targetCentroid);
  const spread = correlate(predicted, predictedOffset, target, targetOffset, jointCount);
  const size = correlation.reduce((sum, value) => sum + Math.abs(value), spread);
  if (!(size < Infinity)) throw nonFiniteJoints(predicted, predictedOffset, target, targetOffset, jointCount);
  writeOptimalRotation();
  const scale = spread > coincidentSpread(jointCount) ? alignedCorrelation() / spread : 0;
  for (let joint = 0; joint < jointCount; joint++) {
    const from = predictedOffset + 3 * joint;
    const to = alignedOffset + 3 * joint;
    const x = (predicted[from] as number) - (predictedCentroid[0] as number);
    const y = (predicted[from + 1] as number) - (predictedCentroid[1] as number);
    const z = (predicted[from + 2] as number) - (predictedCentroid[2] as number);
    for (let row = 0; row < 3; row++) {
      const turned =
        (rotation[3 * row] as number) * x +
        (rotation[3 * row + 1] as number) * y +
        (rotation[3 * row + 2] as number) * z;
      alignedJoints[to + row] = scale * turned + (targetCentroid[row] as number);
    }
  }
}

/** The spread up to which the predicted joints differ by no more than the rounding of their centroid. */
function coincidentSpread(jointCount: number): number {
  const squaredDistance = predictedCentroid.reduce((sum, coordinate) => sum + coordinate * coordinate, 0);
  return jointCount * squaredDistance * ROUNDING * ROUNDING;
}

function writeCentroid(joints: RealArray, offset: number, jointCount: number, centroid: Float64Array): void {
  for (let axis = 0; axis < 3; axis++) {
    let sum = 0;
    for (let joint = 0; joint < jointCount; joint++) sum += joints[offset + 3 * joint + axis] as number;
    centroid[axis] = sum / jointCount;
  }
}

/** Fills `correlation` with the sum of predicted target^T about the centroids; returns the predicted joints' spread. */
function correlate(
  predicted: RealArray,
  predictedOffset: number,
  target: RealArray,
  targetOffset: number,
  jointCount: number,
): number {
  correlation.fill(0);
  let spread = 0;
  for (let joint = 0; joint < jointCount; joint++) {
    for (let row = 0; row < 3; row++) {
      const value =
        (predicted[predictedOffset + 3 * joint + row] as number) - (predictedCentroid[row] as number);
      spread += value * value;
      for (let column = 0; column < 3; column++) {
        const other =
          (target[targetOffset + 3 * joint + column] as number) - (targetCentroid[column] as number);
        const entry = 3 * row + column;
        correlation[entry] = (correlation[entry] as number) + value * other;
      }
    }
  }
  return spread;
}

/** Horn's symmetric 4x4 matrix of the correlation; its largest eigenvector is the rotation's quaternion (w, x, y, z). */
function writeOptimalRotation(): void {
  const xx = correlation[0] as number;
  const xy = correlation[1] as number;
  const xz = correlation[2] as number;
  const yx = correlation[3] as number;
  const yy = correlation[4] as number;
  const yz = correlation[5] as number;
  const zx = correlation[6] as number;
  const zy = correlation[7] as number;
  const zz = correlation[8] as number;
  profile[0] = xx + yy + zz;
  profile[5] = xx - yy - zz;
  profile[10] = yy - xx - zz;
  profile[15] = zz - xx - yy;
  setSymmetric(0, 1, yz - zy);
  setSymmetric(0, 2, zx - xz);
  setSymmetric(0, 3, xy - yx);
  setSymmetric(1, 2, xy + yx);
  setSymmetric(1, 3, xz + zx);
  setSymmetric(2, 3, yz + zy);
  writeLargestEigenvector(profile, eigenvector);
  quaternion[0] = eigenvector[1] as number;
  quaternion[1] = eigenvector[2] as number;
  quaternion[2] = eigenvector[3] as number;
  quaternion[3] = eigenvector[0] as number;
  quaternionToMatrix(quaternion, 0, rotation, 0);
}

function setSymmetric(row: number, column: number, value: number): void {
  profile[4 * row + column] = value;
  profile[4 * column + row] = value;
}

/** The trace of rotation * correlation: the sum over joints of target . (rotation predicted). */
function alignedCorrelation(): number {
  let trace = 0;
  for (let row = 0; row < 3; row++) {
    for (let column = 0; column < 3; column++) {
      trace += (rotation[3 * row + column] as number) * (correlation[3 * column + row] as number);
    }
  }
  return trace;
}
