import { clipByValue, exp, mul, neg, square, sub, tidy, type Tensor } from '@pose-rft/tensor';
import { match } from 'ts-pattern';
import { LOG_RATIO_LIMIT } from './importance-ratio.js';

/**
 * Estimators of KL(pi || reference) from samples of pi, with d = log pi - log reference (J. Schulman, "Approximating
 * KL divergence"): k1 = d is unbiased; k2 = d^2 / 2 has the right gradient; k3 = exp(-d) - 1 + d is unbiased and never
 * negative, but its gradient is not that of the KL.
 */
export type KlEstimator = 'k1' | 'k2' | 'k3';

/**
 * KL(pi || reference), one estimate for each sampled log-probability; d is clamped to +-20.
 *
 * @param logProbs - of samples of pi
 * @param referenceLogProbs - of the same samples, the same shape
 * @example
 * ```ts
 * import { klEstimate } from '@pose-rft/hygrpo';
 * import { tensor1d, tidy, useBackend } from '@pose-rft/tensor';
 *
 * await useBackend('cpu');
 * tidy(() => {
 *   const estimate = klEstimate(tensor1d([-1, -1]), tensor1d([-1, -2]), 'k3').dataSync();
 *   console.assert(estimate[0] === 0 && Math.abs((estimate[1] ?? 0) - Math.exp(-1)) < 1e-6);
 * });
 * ```
 */
export function klEstimate(logProbs: Tensor, referenceLogProbs: Tensor, estimator: KlEstimator): Tensor {
  return tidy(() => {
    const d = clipByValue(sub(logProbs, referenceLogProbs), -LOG_RATIO_LIMIT, LOG_RATIO_LIMIT);
    return match(estimator)
      .with('k1', () => d)
      .with('k2', () => mul(square(d), 0.5))
      .with('k3', () => sub(exp(neg(d)), sub(1, d)))
      .exhaustive();
  });
}
