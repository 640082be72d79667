import { assertRange, type RealArray } from '../real-array.js';
import { assertJoints } from './joint-error.js';
import { nonFiniteJoints } from './non-finite-joints-error.js';
import { writeOptimalRotation } from '../rotation/optimal-rotation.js';

const MILLIMETRES_PER_METRE = 1000;

/** Relative to the distance from the origin; joints that are nearer to each other count as one point. */
const ROUNDING = 1e-14;

/** Sum of target * predicted^T about the centroids. */
const correlation = new Float64Array(9);
const rotation = new Float64Array(9);
/** Predicted centroid, then target centroid: what `fit` found, beside `rotation`. */
const centroids = new Float64Array(6);

/** A similarity x -> scale * rotation * x + translation. */
export interface SimilarityTransform {
  readonly scale: number;
  /** Row-major 3x3. */
  readonly rotation: Float64Array;
  /** [3], in metres. */
  readonly translationMetres: Float64Array;
}

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
  assertJoints(predicted, predictedOffset, target, targetOffset, jointCount);
  const scale = fit(predicted, predictedOffset, target, targetOffset, jointCount);
  const r0 = scale * (rotation[0] as number);
  const r1 = scale * (rotation[1] as number);
  const r2 = scale * (rotation[2] as number);
  const r3 = scale * (rotation[3] as number);
  const r4 = scale * (rotation[4] as number);
  const r5 = scale * (rotation[5] as number);
  const r6 = scale * (rotation[6] as number);
  const r7 = scale * (rotation[7] as number);
  const r8 = scale * (rotation[8] as number);
  const px = centroids[0] as number;
  const py = centroids[1] as number;
  const pz = centroids[2] as number;
  const tx = centroids[3] as number;
  const ty = centroids[4] as number;
  const tz = centroids[5] as number;
  let sum = 0;
  for (let index = 0; index < 3 * jointCount; index += 3) {
    const x = (predicted[predictedOffset + index] as number) - px;
    const y = (predicted[predictedOffset + index + 1] as number) - py;
    const z = (predicted[predictedOffset + index + 2] as number) - pz;
    const dx = (target[targetOffset + index] as number) - tx - (r0 * x + r1 * y + r2 * z);
    const dy = (target[targetOffset + index + 1] as number) - ty - (r3 * x + r4 * y + r5 * z);
    const dz = (target[targetOffset + index + 2] as number) - tz - (r6 * x + r7 * y + r8 * z);
    sum += Math.sqrt(dx * dx + dy * dy + dz * dz);
  }
  return (MILLIMETRES_PER_METRE * sum) / jointCount;
}

/**
 * Writes the predicted joints after the similarity (scale, rotation, translation) that minimises the sum of squared
 * distances to the target (Umeyama, "Least-squares estimation of transformation parameters between two point patterns",
 * 1991). The rotation never reflects. Any set is allowed: for flat, straight or coincident joints one of the optimal
 * rotations is used; predicted joints that all coincide come to lie in the target's centroid. `alignedJoints` may be
 * `predicted` itself.
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
  const scale = fit(predicted, predictedOffset, target, targetOffset, jointCount);
  for (let joint = 0; joint < jointCount; joint++) {
    const from = predictedOffset + 3 * joint;
    const to = alignedOffset + 3 * joint;
    const x = (predicted[from] as number) - (centroids[0] as number);
    const y = (predicted[from + 1] as number) - (centroids[1] as number);
    const z = (predicted[from + 2] as number) - (centroids[2] as number);
    for (let row = 0; row < 3; row++) {
      const turned =
        (rotation[3 * row] as number) * x +
        (rotation[3 * row + 1] as number) * y +
        (rotation[3 * row + 2] as number) * z;
      alignedJoints[to + row] = scale * turned + (centroids[3 + row] as number);
    }
  }
}

/**
 * The similarity that {@link alignBySimilarity} applies, to use on something else: the vertices of the mesh that the
 * joints belong to (PA-PVE), or its orientations (PA-MPJAE).
 *
 * @throws ArrayRangeError if an array has fewer than 3 * jointCount numbers from its offset on
 * @throws EmptyMetricError if jointCount is not a positive integer
 * @throws NonFiniteJointsError if a coordinate is NaN or infinite
 * @example
 * ```ts
 * import { fitSimilarity, SYNTHETIC_SKELETON } from '@pose-rft/smpl';
 *
 * const rest = SYNTHETIC_SKELETON.restJointsMetres;
 * const half = rest.map((coordinate) => coordinate / 2);
 * console.assert(Math.abs(fitSimilarity(half, 0, rest, 0, 24).scale - 2) < 1e-9);
 * ```
 */
export function fitSimilarity(
  predicted: RealArray,
  predictedOffset: number,
  target: RealArray,
  targetOffset: number,
  jointCount: number,
): SimilarityTransform {
  assertJoints(predicted, predictedOffset, target, targetOffset, jointCount);
  const scale = fit(predicted, predictedOffset, target, targetOffset, jointCount);
  const translationMetres = Float64Array.from({ length: 3 }, (_, row) => {
    let turned = 0;
    for (let axis = 0; axis < 3; axis++) {
      turned += (rotation[3 * row + axis] as number) * (centroids[axis] as number);
    }
    return (centroids[3 + row] as number) - scale * turned;
  });
  return { scale, rotation: rotation.slice(), translationMetres };
}

/** Fills `centroids` and `rotation`; returns the scale. */
function fit(
  predicted: RealArray,
  predictedOffset: number,
  target: RealArray,
  targetOffset: number,
  jointCount: number,
): number {
  const end = 3 * jointCount;
  let px = 0;
  let py = 0;
  let pz = 0;
  let tx = 0;
  let ty = 0;
  let tz = 0;
  for (let index = 0; index < end; index += 3) {
    px += predicted[predictedOffset + index] as number;
    py += predicted[predictedOffset + index + 1] as number;
    pz += predicted[predictedOffset + index + 2] as number;
    tx += target[targetOffset + index] as number;
    ty += target[targetOffset + index + 1] as number;
    tz += target[targetOffset + index + 2] as number;
  }
  px /= jointCount;
  py /= jointCount;
  pz /= jointCount;
  tx /= jointCount;
  ty /= jointCount;
  tz /= jointCount;
  let xx = 0;
  let xy = 0;
  let xz = 0;
  let yx = 0;
  let yy = 0;
  let yz = 0;
  let zx = 0;
  let zy = 0;
  let zz = 0;
  let spread = 0;
  for (let index = 0; index < end; index += 3) {
    const x = (predicted[predictedOffset + index] as number) - px;
    const y = (predicted[predictedOffset + index + 1] as number) - py;
    const z = (predicted[predictedOffset + index + 2] as number) - pz;
    const u = (target[targetOffset + index] as number) - tx;
    const v = (target[targetOffset + index + 1] as number) - ty;
    const w = (target[targetOffset + index + 2] as number) - tz;
    spread += x * x + y * y + z * z;
    xx += u * x;
    xy += u * y;
    xz += u * z;
    yx += v * x;
    yy += v * y;
    yz += v * z;
    zx += w * x;
    zy += w * y;
    zz += w * z;
  }
  correlation[0] = xx;
  correlation[1] = xy;
  correlation[2] = xz;
  correlation[3] = yx;
  correlation[4] = yy;
  correlation[5] = yz;
  correlation[6] = zx;
  correlation[7] = zy;
  correlation[8] = zz;
  const size = spread + Math.abs(xx + yy + zz) + Math.abs(xy + yx) + Math.abs(xz + zx) + Math.abs(yz + zy);
  if (!(size < Infinity)) throw nonFiniteJoints(predicted, predictedOffset, target, targetOffset, jointCount);
  centroids[0] = px;
  centroids[1] = py;
  centroids[2] = pz;
  centroids[3] = tx;
  centroids[4] = ty;
  centroids[5] = tz;
  const trace = writeOptimalRotation(correlation, rotation);
  // Up to here the predicted joints differ by no more than the rounding of their centroid: they are one point.
  const coincident = jointCount * (px * px + py * py + pz * pz) * ROUNDING * ROUNDING;
  return spread > coincident ? trace / spread : 0;
}
