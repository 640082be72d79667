import { matMul, tensor3d, tidy, type Tensor3D } from '@pose-rft/tensor';
import type { TokenGrid } from './vision-config.js';

/**
 * Resizes a grid of tokens by bilinear interpolation between their centres (as PyTorch's `interpolate` with
 * `align_corners=False`: half a token from the edge, nothing beyond the outermost centres). Differentiable.
 *
 * @param tokens - float32 [images, from.rows * from.columns, d]
 * @returns float32 [images, to.rows * to.columns, d]
 */
export function resizeTokenGrid(tokens: Tensor3D, from: TokenGrid, to: TokenGrid): Tensor3D {
  if (from.rows === to.rows && from.columns === to.columns) return tokens;
  return tidy(() => {
    const weights = tensor3d(interpolationWeights(from, to), [
      1,
      to.rows * to.columns,
      from.rows * from.columns,
    ]);
    return matMul(weights, tokens);
  });
}

/** [to.rows * to.columns, from.rows * from.columns], row-major: every row sums to 1. */
function interpolationWeights(from: TokenGrid, to: TokenGrid): Float32Array {
  const vertical = lineWeights(from.rows, to.rows);
  const horizontal = lineWeights(from.columns, to.columns);
  const sourceCount = from.rows * from.columns;
  const weights = new Float32Array(to.rows * to.columns * sourceCount);
  for (let row = 0; row < to.rows; row++)
    for (let column = 0; column < to.columns; column++) {
      const start = (row * to.columns + column) * sourceCount;
      for (let y = 0; y < from.rows; y++)
        for (let x = 0; x < from.columns; x++)
          weights[start + y * from.columns + x] =
            (vertical[row * from.rows + y] as number) * (horizontal[column * from.columns + x] as number);
    }
  return weights;
}

/** [to, from]: the shares of the source points in every target point along one axis. */
function lineWeights(from: number, to: number): Float64Array {
  const weights = new Float64Array(to * from);
  for (let target = 0; target < to; target++) {
    const centre = Math.min(Math.max(((target + 0.5) * from) / to - 0.5, 0), from - 1);
    const lower = Math.min(Math.floor(centre), from - 1);
    const upper = Math.min(lower + 1, from - 1);
    const share = centre - lower;
    const row = target * from;
    weights[row + lower] = (weights[row + lower] as number) + 1 - share;
    weights[row + upper] = (weights[row + upper] as number) + share;
  }
  return weights;
}
