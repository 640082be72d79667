import {
  atan2,
  div,
  matMul,
  mean,
  mul,
  reshape,
  safeNorm,
  square,
  sub,
  sum,
  tensor2d,
  tidy,
  transpose,
} from '@pose-rft/tensor';
import type { Tensor } from '@pose-rft/tensor';
import { leadingShape, RotationShapeError } from './rotation-shape-error.js';

/** From nine entries of R to half of R - R^T: the sine of the angle times the axis. */
const SKEW_PART = [
  ...[0, 0, 0],
  ...[0, 0, -0.5],
  ...[0, 0.5, 0],
  ...[0, 0, 0.5],
  ...[0, 0, 0],
  ...[-0.5, 0, 0],
  ...[0, -0.5, 0],
  ...[0.5, 0, 0],
  ...[0, 0, 0],
];

/**
 * The angle in radians, in [0, pi], between rotation matrices; differentiable everywhere, with derivative zero where the
 * angle has none (equal rotations, and half turns). By the arc tangent of sine and cosine, not the arc cosine of the
 * trace, whose derivative is infinite at zero.
 *
 * @param first - [..., 3, 3] rotation matrices
 * @param second - likewise, of the same shape
 * @returns [...]
 * @throws RotationShapeError if a shape does not end in [3, 3], or the shapes differ
 * @example
 * ```ts
 * import { axisAngleToMatrix, geodesicDistance } from '@pose-rft/smpl/differentiable';
 * import { tensor2d, useBackend } from '@pose-rft/tensor';
 *
 * await useBackend('cpu');
 * const [first, second] = [axisAngleToMatrix(tensor2d([[0, 0, 0]])), axisAngleToMatrix(tensor2d([[0, 0.5, 0]]))];
 * console.assert(Math.abs((geodesicDistance(first, second).dataSync()[0] ?? 0) - 0.5) < 1e-6);
 * ```
 */
export function geodesicDistance(first: Tensor, second: Tensor): Tensor {
  const leading = leadingShape(first, [3, 3], 'The first rotations');
  leadingShape(second, [3, 3], 'The second rotations');
  if (first.shape.join() !== second.shape.join()) {
    throw new RotationShapeError(
      `The first rotations have shape [${first.shape.join(', ')}], the second [${second.shape.join(', ')}]. ` +
        'Give one for one.',
    );
  }
  return tidy(() => {
    const [a, b] = [reshape(first, [-1, 3, 3]), reshape(second, [-1, 3, 3])];
    // R1^T R2: entry (i, j) sums over k, here the last axis.
    const left = reshape(transpose(a, [0, 2, 1]), [-1, 3, 1, 3]);
    const right = reshape(transpose(b, [0, 2, 1]), [-1, 1, 3, 3]);
    const relative = reshape(sum(mul(left, right), 3), [-1, 9]);
    const sine = safeNorm(matMul(relative, tensor2d(SKEW_PART, [9, 3])), 1); // [N]
    const trace = sum(mul(reshape(a, [-1, 9]), reshape(b, [-1, 9])), 1);
    const cosine = div(sub(trace, 1), 2);
    return reshape(atan2(sine, cosine), leading);
  });
}

/**
 * The mean squared angle, in radians squared, between predicted and true rotations: a loss whose derivative is right
 * everywhere but at half turns, where it is taken as zero. At equal rotations it is smooth, with derivative zero.
 *
 * @param predicted - [..., 3, 3] rotation matrices
 * @param target - likewise, of the same shape
 * @returns a scalar
 * @throws RotationShapeError if a shape does not end in [3, 3], or the shapes differ
 */
export function geodesicLoss(predicted: Tensor, target: Tensor): Tensor {
  return tidy(() => mean(square(geodesicDistance(predicted, target))));
}
