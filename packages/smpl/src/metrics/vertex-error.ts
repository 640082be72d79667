import { ArrayRangeError, type RealArray } from '../real-array.js';
import { assertJoints, mpjpeMillimetres } from './joint-error.js';
import { nonFiniteJoints } from './non-finite-joints-error.js';
import type { SimilarityTransform } from './procrustes.js';

const MILLIMETRES_PER_METRE = 1000;

/** How two meshes are brought together before they are compared. */
export type VertexAlignment =
  | { readonly kind: 'none' }
  /** Each mesh relative to its own root, [x, y, z] in metres: the usual PVE. */
  | {
      readonly kind: 'root';
      readonly predictedRootMetres: ArrayLike<number>;
      readonly targetRootMetres: ArrayLike<number>;
    }
  /** The predicted mesh moved by a similarity, such as `fitSimilarity` finds on the joints or the vertices: PA-PVE. */
  | { readonly kind: 'similarity'; readonly transform: SimilarityTransform };

/**
 * PVE (also MPVPE, MVE): the mean distance in millimetres between the vertices of two meshes of one topology, given in
 * metres. Published numbers are taken after the root joints have been moved together.
 *
 * @param predicted - [vertexCount, 3] metres from `predictedOffset` on
 * @param target - likewise
 * @throws ArrayRangeError if an array or a root is too short
 * @throws EmptyMetricError if vertexCount is not a positive integer
 * @throws NonFiniteJointsError if a coordinate is NaN or infinite
 * @example
 * ```ts
 * import { pveMillimetres } from '@pose-rft/smpl';
 *
 * const [predicted, target] = [Float64Array.of(1, 0, 0, 1, 1, 0), Float64Array.of(0, 0, 0, 0, 1, 0.2)];
 * const roots = { kind: 'root', predictedRootMetres: [1, 0, 0], targetRootMetres: [0, 0, 0] } as const;
 * console.assert(Math.abs(pveMillimetres(predicted, 0, target, 0, 2, roots) - 100) < 1e-9);
 * ```
 */
export function pveMillimetres(
  predicted: RealArray,
  predictedOffset: number,
  target: RealArray,
  targetOffset: number,
  vertexCount: number,
  alignment: VertexAlignment,
): number {
  switch (alignment.kind) {
    case 'none':
      return mpjpeMillimetres(predicted, predictedOffset, target, targetOffset, vertexCount);
    case 'root': {
      const from = rootOf(alignment.predictedRootMetres, 'predictedRootMetres');
      const to = rootOf(alignment.targetRootMetres, 'targetRootMetres');
      const shift = from.map((coordinate, axis) => (to[axis] as number) - coordinate);
      return meanDistance(predicted, predictedOffset, target, targetOffset, vertexCount, IDENTITY, shift);
    }
    case 'similarity': {
      const { scale, rotation, translationMetres } = alignment.transform;
      const matrix = rotation.map((entry) => scale * entry);
      return meanDistance(
        predicted,
        predictedOffset,
        target,
        targetOffset,
        vertexCount,
        matrix,
        translationMetres,
      );
    }
  }
}

const IDENTITY = Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1);

function meanDistance(
  predicted: RealArray,
  predictedOffset: number,
  target: RealArray,
  targetOffset: number,
  count: number,
  matrix: Float64Array,
  shift: Float64Array,
): number {
  assertJoints(predicted, predictedOffset, target, targetOffset, count);
  let sum = 0;
  for (let index = 0; index < 3 * count; index += 3) {
    const x = predicted[predictedOffset + index] as number;
    const y = predicted[predictedOffset + index + 1] as number;
    const z = predicted[predictedOffset + index + 2] as number;
    let squares = 0;
    for (let row = 0; row < 3; row++) {
      const moved =
        (matrix[3 * row] as number) * x +
        (matrix[3 * row + 1] as number) * y +
        (matrix[3 * row + 2] as number) * z +
        (shift[row] as number);
      const difference = moved - (target[targetOffset + index + row] as number);
      squares += difference * difference;
    }
    sum += Math.sqrt(squares);
  }
  if (!(sum < Infinity)) throw nonFiniteJoints(predicted, predictedOffset, target, targetOffset, count);
  return (MILLIMETRES_PER_METRE * sum) / count;
}

function rootOf(root: ArrayLike<number>, what: string): Float64Array {
  if (root.length === 3) return Float64Array.from(root);
  throw new ArrayRangeError(`${what} has ${root.length} numbers. Give the root's x, y and z in metres.`);
}
