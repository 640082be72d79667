import type { Skeleton } from '../skeleton/skeleton.js';
import type { SkinningWeights } from './body-model.js';
import { sparseRowsFromEntries, type SparseRows } from './sparse-rows.js';

/** Vertices that hold a joint. */
const RING_SIZE = 48;
/** How fast their influence falls with distance, metres. */
const REACH_METRES = 0.06;

/**
 * A joint regressor [J, V] for a skinned surface: each joint is a weighted sum of vertices around it that follow it or
 * its parent. The weights are those nearest to a bell curve of the distance (weighted least squares) that sum to 1 and
 * reproduce the rest joint exactly; any affine deformation of the surroundings then carries the joint with it.
 *
 * @param vertices - rest surface, metres, [V*3]
 */
export function affineJointRegressor(
  vertices: Float32Array,
  skinning: SkinningWeights,
  skeleton: Skeleton,
): SparseRows {
  const rows: number[] = [];
  const columns: number[] = [];
  const values: number[] = [];
  const count = vertices.length / 3;
  skeleton.parents.forEach((parent, joint) => {
    const centre = skeleton.restJointsMetres.subarray(3 * joint, 3 * joint + 3);
    const offset = (vertex: number, axis: number): number =>
      (vertices[3 * vertex + axis] as number) - (centre[axis] as number);
    const distance = (vertex: number): number =>
      Math.hypot(offset(vertex, 0), offset(vertex, 1), offset(vertex, 2));
    const ring = Array.from({ length: count }, (_, vertex) => vertex)
      .filter((vertex) => follows(skinning, vertex, joint) || follows(skinning, vertex, parent))
      .map((vertex) => ({ vertex, metres: distance(vertex) }))
      .sort((a, b) => a.metres - b.metres || a.vertex - b.vertex)
      .slice(0, RING_SIZE);
    const bell = ring.map(({ metres }) => Math.exp(-((metres / REACH_METRES) ** 2) / 2) + 1e-6);
    // Moments of [1, x, y, z] about the joint; the weights are bell * (factors . [1, x, y, z]).
    const coordinates = ring.map(({ vertex }) => [
      1,
      offset(vertex, 0),
      offset(vertex, 1),
      offset(vertex, 2),
    ]);
    const moments = [0, 1, 2, 3].map((a) =>
      [0, 1, 2, 3].map((b) =>
        coordinates.reduce(
          (sum, point, i) => sum + (bell[i] as number) * (point[a] as number) * (point[b] as number),
          0,
        ),
      ),
    );
    const factors = solve(moments, [1, 0, 0, 0]);
    ring.forEach(({ vertex }, i) => {
      rows.push(joint);
      columns.push(vertex);
      values.push(
        (bell[i] as number) *
          factors.reduce((sum, factor, a) => sum + factor * ((coordinates[i] as number[])[a] as number), 0),
      );
    });
  });
  return sparseRowsFromEntries(rows, columns, values, skeleton.parents.length, count);
}

function follows(
  { influenceCount, joints, weights }: SkinningWeights,
  vertex: number,
  joint: number,
): boolean {
  for (let slot = vertex * influenceCount; slot < (vertex + 1) * influenceCount; slot++)
    if (joints[slot] === joint && (weights[slot] as number) > 0.05) return true;
  return false;
}

/** Gaussian elimination of a symmetric positive definite system. */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const rows = matrix.map((row, i) => [...row, right[i] as number]);
  rows.forEach((pivotRow, pivot) => {
    rows.forEach((row, i) => {
      if (i === pivot) return;
      const factor = (row[pivot] as number) / (pivotRow[pivot] as number);
      for (let column = pivot; column < row.length; column++)
        row[column] = (row[column] as number) - factor * (pivotRow[column] as number);
    });
  });
  return rows.map((row, i) => (row.at(-1) as number) / (row[i] as number));
}
