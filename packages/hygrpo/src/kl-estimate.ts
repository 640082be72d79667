import { clipByValue, exp, mul, neg, square, sub, tidy, type Tensor } from '@pose-rft/tensor';
import { match } from 'ts-pattern';
import { LOG_RATIO_LIMIT } from './importance-ratio.js';
import { straightThrough } from './straight-through.js';

/**
 * Estimators of KL(pi || reference) from samples of pi, with d = log pi - log reference (J. Schulman, "Approximating
 * KL divergence", 2020):
 *
 * | | value | its expectation | expectation of its gradient, on samples of pi |
 * | --- | --- | --- | --- |
 * | k1 | d | the KL | 0 |
 * | k2 | d^2 / 2 | near the KL if both are near | the KL's gradient |
 * | k3 | exp(-d) - 1 + d | the KL; never negative | that of KL(reference \|\| pi) |
 */
export type KlEstimator = 'k1' | 'k2' | 'k3';

/**
 * KL(pi || reference), one estimate for each sampled log-probability; d is clamped to +-20.
 *
 * @param logProbs - of samples of pi
 * @param referenceLogProbs - of the same samples, the same shape
 * @param estimator - whose values are returned
 * @param gradient - whose gradient they carry; default that of `estimator`. Only 'k2' has the gradient of the KL in
 * expectation, so 'k3' with the gradient 'k2' is right in both.
 * @example
 * ```ts
 * import { klEstimate } from '@pose-rft/hygrpo';
 * import { tensor1d, tidy, useBackend } from '@pose-rft/tensor';
 *
 * await useBackend('cpu');
 * tidy(() => {
 *   const estimate = klEstimate(tensor1d([-1, -1]), tensor1d([-1, -2]), 'k3', 'k2').dataSync();
 *   console.assert(estimate[0] === 0 && Math.abs((estimate[1] ?? 0) - Math.exp(-1)) < 1e-6);
 * });
 * ```
 */
export function klEstimate(
  logProbs: Tensor,
  referenceLogProbs: Tensor,
  estimator: KlEstimator,
  gradient: KlEstimator = estimator,
): Tensor {
  return tidy(() => {
    const d = clipByValue(sub(logProbs, referenceLogProbs), -LOG_RATIO_LIMIT, LOG_RATIO_LIMIT);
    const value = valueOf(d, estimator);
    return gradient === estimator ? value : straightThrough(valueOf(d, gradient), value);
  });
}

function valueOf(d: Tensor, estimator: KlEstimator): Tensor {
  return match(estimator)
    .with('k1', () => d)
    .with('k2', () => mul(square(d), 0.5))
    .with('k3', () => sub(exp(neg(d)), sub(1, d)))
    .exhaustive();
}
