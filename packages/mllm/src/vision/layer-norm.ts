import { add, mean, mul, rsqrt, square, sub, tidy, type Tensor1D, type Tensor2D } from '@pose-rft/tensor';

/**
 * (x - mean) / sqrt(variance + epsilon) * weight + bias over each row, with the variance divided by the row's length
 * (J. L. Ba et al., "Layer Normalization", 2016).
 *
 * @param rows - float32 [N, d]
 * @param weight - [d]
 * @param bias - [d]
 */
export function layerNorm(rows: Tensor2D, weight: Tensor1D, bias: Tensor1D, epsilon: number): Tensor2D {
  return tidy(() => {
    const centred: Tensor2D = sub(rows, mean(rows, 1, true));
    const scale = rsqrt(add(mean(square(centred), 1, true), epsilon));
    return add(mul(mul(centred, scale), weight), bias);
  });
}
