import { add, erf, mul, sigmoid, tanh, tidy, type Tensor } from '@pose-rft/tensor';
import { match } from 'ts-pattern';
import type { VisionActivation } from './vision-config.js';

/**
 * The three kinds of GELU that checkpoints were trained with; they differ by up to 0.02:
 * - `gelu`: x times the normal distribution function at x (D. Hendrycks and K. Gimpel, 2016);
 * - `gelu_pytorch_tanh`: its approximation by tanh;
 * - `quick_gelu`: x sigmoid(1.702 x).
 */
export function gaussianErrorLinear<Rows extends Tensor>(activation: VisionActivation, x: Rows): Rows {
  return tidy(() =>
    match(activation)
      .with('gelu', () => mul<Rows>(mul(x, 0.5), add(erf(mul(x, Math.SQRT1_2)), 1)))
      .with('gelu_pytorch_tanh', () => {
        const cubic = mul(mul(x, x), mul(x, 0.044715));
        return mul<Rows>(mul(x, 0.5), add(tanh(mul(add(x, cubic), Math.sqrt(2 / Math.PI))), 1));
      })
      .with('quick_gelu', () => mul<Rows>(x, sigmoid(mul(x, 1.702))))
      .exhaustive(),
  );
}
