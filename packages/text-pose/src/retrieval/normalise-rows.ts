import { add, mul, rsqrt, square, sum, tidy, type Tensor2D } from '@pose-rft/tensor';

/** Keeps a row of zeros at zero. */
const EPSILON = 1e-12;

/** Rows [N, d] scaled to length 1. Differentiable. */
export function normaliseRows(rows: Tensor2D): Tensor2D {
  return tidy(() => mul(rows, rsqrt(add(sum(square(rows), 1, true), EPSILON))));
}
