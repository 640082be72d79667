import { tensor3d, tidy, where, zerosLike } from '@tensorflow/tfjs-core';
import type { Tensor3D } from '@tensorflow/tfjs-core';

/**
 * The lower triangles of square matrices, zeros above; whatever stood there, NaN included, reaches neither values nor
 * gradients.
 *
 * @param matrices - float32 [B, n, n]
 * @example
 * ```ts
 * import { lowerTriangle, tensor3d, useBackend } from '@pose-rft/tensor';
 *
 * await useBackend('cpu');
 * console.assert(lowerTriangle(tensor3d([[[1, NaN], [2, 3]]])).dataSync().join() === '1,0,2,3');
 * ```
 */
export function lowerTriangle(matrices: Tensor3D): Tensor3D {
  return tidy(() => where(triangleMask(matrices.shape[1]), matrices, zerosLike(matrices)));
}

/** bool [1, n, n]: on and below the diagonal. */
function triangleMask(size: number): Tensor3D {
  const mask = new Uint8Array(size * size);
  for (let row = 0; row < size; row++) mask.fill(1, row * size, row * size + row + 1);
  return tensor3d(mask, [1, size, size], 'bool');
}
