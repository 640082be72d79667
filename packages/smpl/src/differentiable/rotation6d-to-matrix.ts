import {
  abs,
  concat,
  div,
  greater,
  less,
  lessEqual,
  logicalAnd,
  logicalOr,
  max,
  mul,
  onesLike,
  reshape,
  slice,
  sqrt,
  square,
  stack,
  stopGradient,
  sub,
  sum,
  tensor2d,
  tidy,
  transpose,
  where,
} from '@pose-rft/tensor';
import type { Tensor } from '@pose-rft/tensor';
import type { Rotation6dLayout } from '../rotation/rotation6d.js';
import { leadingShape } from './rotation-shape-error.js';

/** Two columns count as parallel when the sine between them is below 1e-5: nearer, single precision has no direction. */
const PARALLEL_SINE_SQUARED = 1e-10;

/**
 * Row-major rotation matrices of 6D rotations by Gram-Schmidt (Zhou et al. 2019), differentiable everywhere. Zero or
 * parallel columns have the fallback of `rotation6dToMatrix` of the main entry (with parallel meaning within 1e-5
 * radians, because tensors are in single precision), and derivative zero.
 *
 * @param rotation6d - [..., 6], in layout `columns` unless another is named
 * @returns [..., 3, 3]
 * @throws RotationShapeError if the last dimension is not 6
 * @example
 * ```ts
 * import { rotation6dToMatrix } from '@pose-rft/smpl/differentiable';
 * import { tensor2d, useBackend } from '@pose-rft/tensor';
 *
 * await useBackend('cpu');
 * const matrix = rotation6dToMatrix(tensor2d([[2, 0, 0, 1, 3, 0]]));
 * console.assert(matrix.shape.join() === '1,3,3' && matrix.dataSync().join() === '1,0,0,0,1,0,0,0,1');
 * ```
 */
export function rotation6dToMatrix(rotation6d: Tensor, layout: Rotation6dLayout = 'columns'): Tensor {
  const leading = leadingShape(rotation6d, [6], 'The 6D rotations');
  return tidy(() => {
    const [first, second] = columnsOf(rotation6d, layout);
    const [a, b] = withoutDegenerate(scaled(first), scaled(second));
    const x = div(a, length(a));
    const perpendicular = sub(b, mul(dot(x, b), x));
    const y = div(perpendicular, length(perpendicular));
    const matrix = stack([x, y, cross(x, y)], layout === 'rows' ? 1 : 2); // [N, 3, 3]
    return reshape(matrix, [...leading, 3, 3]);
  });
}

/** The two columns (or rows) of each rotation, [N, 3] each. */
function columnsOf(rotation6d: Tensor, layout: Rotation6dLayout): readonly [Tensor, Tensor] {
  const pairs =
    layout === 'interleaved'
      ? transpose(reshape(rotation6d, [-1, 3, 2]), [0, 2, 1])
      : reshape(rotation6d, [-1, 2, 3]);
  const column = (index: number): Tensor => reshape(slice(pairs, [0, index, 0], [-1, 1, 3]), [-1, 3]);
  return [column(0), column(1)];
}

/** Over the largest entry, taken as a constant (the rotation does not depend on it), so that squares stay in range. */
function scaled(vectors: Tensor): Tensor {
  const largest = max(abs(stopGradient(vectors)), 1, true);
  return div(vectors, where(greater(largest, 0), largest, onesLike(largest)));
}

/** The same columns, except in rows that are degenerate: there constants, so that no gradient comes through. */
function withoutDegenerate(first: Tensor, second: Tensor): readonly [Tensor, Tensor] {
  const [a, b] = [stopGradient(first), stopGradient(second)];
  const hasNoFirst = less(max(abs(a), 1, true), 0.5); // scaled: the largest entry is 1, or all are 0
  const fixedA = where(hasNoFirst, tensor2d([1, 0, 0], [1, 3]), a);
  const x = div(fixedA, length(fixedA));
  const along = dot(x, b);
  const across = sum(square(sub(b, mul(along, x))), 1, true);
  const isParallel = lessEqual(across, mul(sum(square(b), 1, true), PARALLEL_SINE_SQUARED));
  const fixedB = where(isParallel, mostPerpendicularAxis(x), b);
  const isDegenerate = logicalOr(hasNoFirst, isParallel);
  return [where(isDegenerate, fixedA, first), where(isDegenerate, fixedB, second)];
}

/** The coordinate axis that makes the largest angle with each unit vector; of equal ones y is preferred, then z. */
function mostPerpendicularAxis(x: Tensor): Tensor {
  const size = abs(x);
  const [sizeX, sizeY, sizeZ] = [0, 1, 2].map((axis) => slice(size, [0, axis], [-1, 1])) as [
    Tensor,
    Tensor,
    Tensor,
  ];
  const isY = logicalAnd(lessEqual(sizeY, sizeX), lessEqual(sizeY, sizeZ));
  const isZ = lessEqual(sizeZ, sizeX);
  const zOrX = where(isZ, tensor2d([0, 0, 1], [1, 3]), tensor2d([1, 0, 0], [1, 3]));
  return where(isY, tensor2d([0, 1, 0], [1, 3]), zOrX);
}

function dot(first: Tensor, second: Tensor): Tensor {
  return sum(mul(first, second), 1, true);
}

function length(vectors: Tensor): Tensor {
  return sqrt(sum(square(vectors), 1, true));
}

function cross(first: Tensor, second: Tensor): Tensor {
  return sub(mul(rolled(first, 1), rolled(second, 2)), mul(rolled(first, 2), rolled(second, 1)));
}

/** [x, y, z] -> [y, z, x] by one place, [z, x, y] by two. */
function rolled(vectors: Tensor, places: 1 | 2): Tensor {
  return concat([slice(vectors, [0, places], [-1, 3 - places]), slice(vectors, [0, 0], [-1, places])], 1);
}
