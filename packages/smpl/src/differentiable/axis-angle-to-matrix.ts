import {
  add,
  div,
  eye,
  less,
  matMul,
  mul,
  onesLike,
  reshape,
  sin,
  sqrt,
  square,
  stopGradient,
  sub,
  sum,
  tensor2d,
  tidy,
  where,
} from '@pose-rft/tensor';
import type { Tensor } from '@pose-rft/tensor';
import { leadingShape } from './rotation-shape-error.js';

/** Below it (0.7 radians) the series is exact in single precision, and its derivative does not cancel. */
const SERIES_BELOW = 0.5;

/** (-1)^k / (2k + 1)!, the last first. */
const SINC_COEFFICIENTS = [1 / 362880, -1 / 5040, 1 / 120, -1 / 6];

/**
 * Row-major rotation matrices of axis-angle vectors in radians, by Rodrigues' formula; differentiable everywhere. At
 * zero the derivative is exact too, dR/dw = the generators of SO(3): the coefficients sin t / t and (1 - cos t) / t^2 are
 * taken as functions of t^2, which are smooth there, where the usual division by the norm gives NaN or zero.
 *
 * @param axisAngle - [..., 3]
 * @returns [..., 3, 3]
 * @throws RotationShapeError if the last dimension is not 3
 * @example
 * ```ts
 * import { axisAngleToMatrix } from '@pose-rft/smpl/differentiable';
 * import { grad, slice, sum, useBackend, zeros } from '@pose-rft/tensor';
 *
 * await useBackend('cpu');
 * const slope = grad((w) => sum(slice(axisAngleToMatrix(w), [2, 1], [1, 1])))(zeros([3])); // of m21, at the identity
 * console.assert(slope.dataSync().join() === '1,0,0');
 * ```
 */
export function axisAngleToMatrix(axisAngle: Tensor): Tensor {
  const leading = leadingShape(axisAngle, [3], 'The axis-angle vectors');
  return tidy(() => {
    const rows = reshape(axisAngle, [-1, 3]);
    const angleSquared = sum(square(rows), 1, true); // [N, 1]
    const a = sincOfSquare(angleSquared);
    const b = mul(square(sincOfSquare(mul(angleSquared, 0.25))), 0.5);
    const cross = matMul(rows, tensor2d(GENERATORS, [3, 9])); // [N, 9]
    const outer = reshape(mul(reshape(rows, [-1, 3, 1]), reshape(rows, [-1, 1, 3])), [-1, 9]);
    const identity = reshape(eye(3), [1, 9]);
    const squaredCross = sub(outer, mul(angleSquared, identity));
    return reshape(add(identity, add(mul(a, cross), mul(b, squaredCross))), [...leading, 3, 3]);
  });
}

/** By component of w, the row-major cross product matrix. */
const GENERATORS = [
  ...[0, 0, 0, 0, 0, -1, 0, 1, 0],
  ...[0, 0, 1, 0, 0, 0, -1, 0, 0],
  ...[0, -1, 0, 1, 0, 0, 0, 0, 0],
];

/** sin t / t as a function of t^2. */
function sincOfSquare(angleSquared: Tensor): Tensor {
  const isSmall = less(stopGradient(angleSquared), SERIES_BELOW);
  // Neither branch sees an argument outside its range, so that what `where` drops is finite.
  const angle = sqrt(where(isSmall, onesLike(angleSquared), angleSquared));
  const small = where(isSmall, angleSquared, onesLike(angleSquared));
  let series: Tensor = mul(onesLike(small), SINC_COEFFICIENTS[0] as number);
  for (const coefficient of SINC_COEFFICIENTS.slice(1)) series = add(mul(series, small), coefficient);
  return where(isSmall, add(mul(series, small), 1), div(sin(angle), angle));
}
