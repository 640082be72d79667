import {
  add,
  cholesky,
  eye,
  grad,
  lowerTriangle,
  matMul,
  mul,
  reshape,
  SingularMatrixError,
  sub,
  sum,
  tensor3d,
  tidy,
  transpose,
  triangularSolve,
  useBackend,
  type Tensor,
  type Tensor3D,
} from '@pose-rft/tensor';
import { checkGradients, trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

trackTensorLeaks({ beforeAll, afterAll });

/** Two 3 x 3 matrices; what lies above the diagonal must not be read. */
const FACTORS = [2, 9, 9, 0.5, -1, 9, 1, 0.3, 3, 1, NaN, NaN, -1, 2, NaN, 0.2, 0.7, 0.5];
const CLEAN = FACTORS.map((value, index) =>
  index % 9 === 1 || index % 9 === 2 || index % 9 === 5 ? 0 : value,
);
const RIGHT = Array.from({ length: 12 }, (_, index) => Math.sin(3 * index + 1));

const swap = (matrices: Tensor): Tensor3D => transpose(matrices as Tensor3D, [0, 2, 1]);
/** A A^T + I / 2: symmetric and positive definite. */
const positive = (matrices: Tensor): Tensor3D =>
  add(matMul(matrices as Tensor3D, swap(matrices)), mul(eye(3), 0.5));

describe.each(['cpu', 'wasm'] as const)('on %s', (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  const largest = (difference: Tensor): number => Math.max(...difference.dataSync().map(Math.abs));

  test.each([false, true])('triangularSolve undoes the product (transposed: %s)', (transposed) => {
    tidy(() => {
      const right = tensor3d(RIGHT, [2, 3, 2]);
      const solution = triangularSolve(tensor3d(FACTORS, [2, 3, 3]), right, { transposed });
      const clean = tensor3d(CLEAN, [2, 3, 3]);
      expect(largest(sub(matMul(transposed ? swap(clean) : clean, solution), right))).toBeLessThan(1e-5);
    });
  });

  test('cholesky undoes the product, from the lower triangle alone', () => {
    tidy(() => {
      const matrices = positive(tensor3d(CLEAN, [2, 3, 3]));
      const factor = cholesky(matrices);
      expect(largest(sub(matMul(factor, swap(factor)), matrices))).toBeLessThan(1e-5);
      expect(largest(sub(cholesky(lowerTriangle(matrices)), factor))).toBe(0);
      expect(largest(sub(factor, lowerTriangle(factor)))).toBe(0);
    });
  });

  test('the gradients are right', () => {
    const factor = { shape: [2, 3, 3], values: CLEAN };
    const right = { shape: [2, 3, 2], values: RIGHT };
    const tolerances = { step: 0.003, tolerance: 0.02 };
    for (const transposed of [false, true])
      checkGradients(
        (l, y) => triangularSolve(reshape(l, [2, 3, 3]), reshape(y, [2, 3, 2]), { transposed }),
        [factor, right],
        tolerances,
      );
    checkGradients((a) => cholesky(positive(a)), [factor], tolerances);
  });

  test('lowerTriangle keeps NaN above the diagonal out of the gradient', () => {
    tidy(() => {
      const slope = grad((a) => sum(lowerTriangle(a as Tensor3D)))(tensor3d([1, NaN, 2, 3], [1, 2, 2]));
      expect(Array.from(slope.dataSync())).toEqual([1, 0, 1, 1]);
    });
  });
});

describe('bad input', () => {
  const solve = (factor: number[], shape: [number, number, number] = [1, 2, 2]): Tensor =>
    tidy(() => triangularSolve(tensor3d(factor, shape), tensor3d([1, 1], [1, 2, 1])));

  test.each([
    ['a zero', [1, 0, 1, 0], /row 1 of matrix 0 must be finite and not 0, found 0/],
    ['NaN', [NaN, 0, 1, 1], /row 0 of matrix 0 .* found NaN/],
  ])('%s on the diagonal is refused', (_, factor, message) => {
    expect(() => solve(factor)).toThrow(SingularMatrixError);
    expect(() => solve(factor)).toThrow(message);
  });

  test('shapes that do not fit are refused', () => {
    expect(() => solve([1, 2], [1, 2, 1])).toThrow(
      /factor must be float32 \[any,any,2\], found float32 \[1,2,1\]/,
    );
    expect(() => solve([1], [1, 1, 1])).toThrow(/rightHandSide must be float32 \[1,1,any\]/);
  });

  test('a matrix that is not positive definite is refused by its place', () => {
    const matrices = [1, 0, 0, 1, 1, 2, 2, 1];
    expect(() => tidy(() => cholesky(tensor3d(matrices, [2, 2, 2])))).toThrow(
      /cholesky: the pivot in row 1 of matrix 1 must be positive and finite, found -3/,
    );
  });
});
