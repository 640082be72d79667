import { clipByValue, mul, stopGradient, tensor, tidy, type Tensor } from '@pose-rft/tensor';
import { requireClip, type ClipEpsilon } from './clipped-objective.js';

/**
 * CISPO's surrogate, term by term: `sg[clip(r, 1 - low, 1 + high)] A log pi`, to be maximised (MiniMax-M1, arXiv
 * 2506.13585). No term loses its gradient to the clip: a bounded importance weight on plain REINFORCE. TRL's
 * `epsilon_high` is 1 + high, with low 1 (no bound below).
 *
 * @param ratios - any shape
 * @param logProbs - of the present policy, in the shape of `ratios`; differentiable in these alone
 * @param advantages - plain data in the shape of `ratios`, or a tensor that broadcasts to it
 * @throws ObjectiveOptionError if a bound is out of its range
 * @example
 * ```ts
 * import { weightedLogProbObjective } from '@pose-rft/hygrpo';
 * import { tensor1d, tidy, useBackend } from '@pose-rft/tensor';
 *
 * await useBackend('cpu');
 * tidy(() => {
 *   const clip = { low: 1, high: 3 };
 *   const terms = weightedLogProbObjective(tensor1d([9]), tensor1d([-2]), Float32Array.of(1), clip);
 *   console.assert(terms.dataSync()[0] === -8);
 * });
 * ```
 */
export function weightedLogProbObjective(
  ratios: Tensor,
  logProbs: Tensor,
  advantages: Tensor | Float32Array,
  epsilon: ClipEpsilon,
): Tensor {
  requireClip(epsilon);
  return tidy(() => {
    const weights = advantages instanceof Float32Array ? tensor(advantages, ratios.shape) : advantages;
    const clipped = stopGradient(clipByValue(ratios, 1 - epsilon.low, 1 + epsilon.high));
    return mul(mul(clipped, weights), logProbs);
  });
}
