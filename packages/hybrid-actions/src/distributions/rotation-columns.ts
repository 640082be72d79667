import {
  concat,
  div,
  mul,
  reshape,
  safeNorm,
  slice,
  sub,
  sum,
  type Tensor2D,
  type Tensor3D,
} from '@pose-rft/tensor';

/** The columns of rotation matrices, each [B, J, 3]. */
export type RotationColumns = readonly [Tensor3D, Tensor3D, Tensor3D];

/**
 * The rotation matrices that 6D numbers stand for, by Gram-Schmidt (Zhou et al., arXiv 1812.07035, eq. 13). To be
 * called inside `tidy`.
 *
 * @param sixD - [B, 6 J]: per joint the first column, then the second; neither zero nor parallel
 */
export function rotationColumns(sixD: Tensor2D): RotationColumns {
  const [batchSize, width] = sixD.shape;
  const joints = width / 6;
  const pairs: Tensor3D = reshape(sixD, [batchSize, joints, 6]);
  const half = (start: number): Tensor3D => slice(pairs, [0, 0, start], [batchSize, joints, 3]);
  const first = unit(half(0));
  const second = unit(sub(half(3), mul(first, sum(mul(first, half(3)), 2, true))));
  return [first, second, cross(first, second)];
}

function unit(vectors: Tensor3D): Tensor3D {
  return div(vectors, safeNorm(vectors, 2, true));
}

function cross(a: Tensor3D, b: Tensor3D): Tensor3D {
  // (a x b)_i = a_{i+1} b_{i+2} - a_{i+2} b_{i+1}
  return sub(mul(turned(a, 1), turned(b, 2)), mul(turned(a, 2), turned(b, 1)));
}

/** The coordinates from `by` on, then those before. */
function turned(vectors: Tensor3D, by: number): Tensor3D {
  const [batchSize, joints] = vectors.shape;
  return concat(
    [
      slice(vectors, [0, 0, by], [batchSize, joints, 3 - by]),
      slice(vectors, [0, 0, 0], [batchSize, joints, by]),
    ],
    2,
  );
}

/** The first two columns of each joint, as 6D numbers [B, 6 J]. */
export function sixDOf([first, second]: RotationColumns): Tensor2D {
  const [batchSize, joints] = first.shape;
  return reshape(concat([first, second], 2), [batchSize, 6 * joints]);
}
