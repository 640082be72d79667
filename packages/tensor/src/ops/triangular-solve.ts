import { matMul, neg, tensor3d, tidy } from '@tensorflow/tfjs-core';
import type { Tensor3D } from '@tensorflow/tfjs-core';
import { withGradient } from '../fused/custom-gradient.js';
import { requireTensor } from '../fused/operand.js';
import { lowerTriangle } from './lower-triangle.js';

/** Thrown when a matrix of a batch has no inverse, or no Cholesky factor. */
export class SingularMatrixError extends Error {
  override readonly name = 'SingularMatrixError';

  constructor(
    operation: string,
    /** Which matrix of the batch. */
    readonly matrix: number,
    /** The row in which its pivot fails. */
    readonly row: number,
    expected: string,
    found: number,
  ) {
    super(`${operation}: the pivot in row ${row} of matrix ${matrix} must be ${expected}, found ${found}`);
  }
}

/**
 * Solves `L X = Y`, or `transpose(L) X = Y`, for X by substitution, matrix by matrix. Computed in float64 on the host,
 * so a GPU backend waits for the factor.
 *
 * @param factor - float32 [B, n, n]: L; only its lower triangle is read
 * @param rightHandSide - float32 [B, n, m]: Y
 * @param options - `transposed`: solve with the transpose of L
 * @returns float32 [B, n, m]; differentiable (once) in both
 * @throws FusedOperandError if a shape or dtype is wrong
 * @throws SingularMatrixError for a number on the diagonal that is 0 or not finite
 * @example
 * ```ts
 * import { tensor3d, triangularSolve, useBackend } from '@pose-rft/tensor';
 *
 * await useBackend('cpu');
 * const solution = triangularSolve(tensor3d([[[2, 0], [1, 4]]]), tensor3d([[[2], [9]]]));
 * console.assert(solution.dataSync().join() === '1,2');
 * ```
 */
export function triangularSolve(
  factor: Tensor3D,
  rightHandSide: Tensor3D,
  options: { readonly transposed?: boolean } = {},
): Tensor3D {
  const { transposed = false } = options;
  requireTensor('triangularSolve', 'factor', factor, 'float32', [null, null, factor.shape[1]]);
  const [batchSize, size] = factor.shape;
  requireTensor('triangularSolve', 'rightHandSide', rightHandSide, 'float32', [batchSize, size, null]);
  return withGradient<Tensor3D>([factor, rightHandSide], (save) => {
    const value = solve(factor, rightHandSide, transposed);
    save([factor, value]);
    return {
      value,
      gradient: (outputGradient, saved) => {
        const [ofFactor, solution] = saved as [Tensor3D, Tensor3D];
        const rightGradient = triangularSolve(ofFactor, outputGradient, { transposed: !transposed });
        const outer = transposed
          ? matMul<Tensor3D>(solution, rightGradient, false, true)
          : matMul<Tensor3D>(rightGradient, solution, false, true);
        return [tidy(() => neg(lowerTriangle(outer))), rightGradient];
      },
    };
  });
}

function solve(factor: Tensor3D, rightHandSide: Tensor3D, transposed: boolean): Tensor3D {
  const [batchSize, size, columns] = rightHandSide.shape;
  const lower = factor.dataSync<'float32'>();
  const solution = Float64Array.from(rightHandSide.dataSync<'float32'>());
  for (let matrix = 0; matrix < batchSize; matrix++) {
    const l = matrix * size * size;
    const x = matrix * size * columns;
    for (let step = 0; step < size; step++) {
      const row = transposed ? size - 1 - step : step;
      const pivot = lower[l + row * size + row] as number;
      if (!(Number.isFinite(pivot) && pivot !== 0))
        throw new SingularMatrixError('triangularSolve', matrix, row, 'finite and not 0', pivot);
      for (let column = 0; column < columns; column++) {
        let left = solution[x + row * columns + column] as number;
        // The rows that are solved already: above for L, below for its transpose.
        for (let before = 0; before < step; before++) {
          const other = transposed ? size - 1 - before : before;
          const entry = transposed ? l + other * size + row : l + row * size + other;
          left -= (lower[entry] as number) * (solution[x + other * columns + column] as number);
        }
        solution[x + row * columns + column] = left / pivot;
      }
    }
  }
  return tensor3d(Float32Array.from(solution), [batchSize, size, columns]);
}
