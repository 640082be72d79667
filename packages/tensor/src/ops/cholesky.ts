import { add, matMul, mul, tensor3d, tidy, transpose } from '@tensorflow/tfjs-core';
import type { Tensor3D } from '@tensorflow/tfjs-core';
import { withGradient } from '../fused/custom-gradient.js';
import { requireTensor } from '../fused/operand.js';
import { lowerTriangle } from './lower-triangle.js';
import { SingularMatrixError, triangularSolve } from './triangular-solve.js';

/**
 * The lower triangular L with `L transpose(L) = A` and a positive diagonal. Computed in float64 on the host, so a GPU
 * backend waits for A. Gradient: Murray, "Differentiation of the Cholesky decomposition" (arXiv 1602.07527), eq. 10.
 *
 * @param matrices - float32 [B, n, n]: A, symmetric and positive definite; only its lower triangle is read, and the
 *   gradient is the symmetric one
 * @returns float32 [B, n, n]; differentiable (once)
 * @throws FusedOperandError if the shape or dtype is wrong
 * @throws SingularMatrixError for a matrix that is not positive definite
 * @example
 * ```ts
 * import { cholesky, tensor3d, useBackend } from '@pose-rft/tensor';
 *
 * await useBackend('cpu');
 * console.assert(cholesky(tensor3d([[[4, 2], [2, 5]]])).dataSync().join() === '2,0,1,2');
 * ```
 */
export function cholesky(matrices: Tensor3D): Tensor3D {
  requireTensor('cholesky', 'matrices', matrices, 'float32', [null, null, matrices.shape[1]]);
  return withGradient<Tensor3D>([matrices], (save) => {
    const value = factorise(matrices);
    save([value]);
    return {
      value,
      gradient: (outputGradient, saved) => {
        const [factor] = saved as [Tensor3D];
        return [tidy(() => symmetricGradient(factor, outputGradient))];
      },
    };
  });
}

/** sym(L^-T phi(L^T G) L^-1), where phi keeps the lower triangle and halves the diagonal. */
function symmetricGradient(factor: Tensor3D, outputGradient: Tensor3D): Tensor3D {
  const projected = halvedDiagonal(
    lowerTriangle(matMul(transpose(factor, [0, 2, 1]), lowerTriangle(outputGradient))),
  );
  const left = triangularSolve(factor, projected, { transposed: true });
  const both = triangularSolve(factor, transpose<Tensor3D>(left, [0, 2, 1]), { transposed: true });
  return mul(add(both, transpose(both, [0, 2, 1])), 0.5);
}

function halvedDiagonal(matrices: Tensor3D): Tensor3D {
  const [, size] = matrices.shape;
  const weights = new Float32Array(size * size).fill(1);
  for (let row = 0; row < size; row++) weights[row * size + row] = 0.5;
  return mul(matrices, tensor3d(weights, [1, size, size]));
}

function factorise(matrices: Tensor3D): Tensor3D {
  const [batchSize, size] = matrices.shape;
  const lower = Float64Array.from(matrices.dataSync<'float32'>());
  for (let matrix = 0; matrix < batchSize; matrix++) {
    const start = matrix * size * size;
    for (let row = 0; row < size; row++) {
      const r = start + row * size;
      for (let column = 0; column <= row; column++) {
        const c = start + column * size;
        let left = lower[r + column] as number;
        for (let index = 0; index < column; index++)
          left -= (lower[r + index] as number) * (lower[c + index] as number);
        if (column < row) lower[r + column] = left / (lower[c + column] as number);
        else if (left > 0 && left < Infinity) lower[r + row] = Math.sqrt(left);
        else throw new SingularMatrixError('cholesky', matrix, row, 'positive and finite', left);
      }
      lower.fill(0, r + row + 1, r + size);
    }
  }
  return tensor3d(Float32Array.from(lower), [batchSize, size, size]);
}
