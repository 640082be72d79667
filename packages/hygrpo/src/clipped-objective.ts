import {
  cast,
  clipByValue,
  customGrad,
  equal,
  minimum,
  mul,
  tensor,
  tidy,
  type Tensor,
} from '@pose-rft/tensor';

/** How far a ratio may move before it stops paying: [1 - low, 1 + high]. */
export interface ClipEpsilon {
  readonly low: number;
  readonly high: number;
}

/**
 * PPO's clipped surrogate, term by term: `min(r A, clip(r, 1 - low, 1 + high) A)`, to be maximised (Schulman et al.,
 * arXiv 1707.06347; asymmetric as in DAPO, arXiv 2503.14476). At r = 1 its gradient is that of `r A`.
 *
 * @param ratios - any shape
 * @param advantages - plain data in the shape of `ratios`, or a tensor that broadcasts to it; no gradient reaches them
 * @returns the shape of `ratios`; differentiable (once) in `ratios`
 * @example
 * ```ts
 * import { clippedObjective } from '@pose-rft/hygrpo';
 * import { tensor1d, tidy, useBackend } from '@pose-rft/tensor';
 *
 * await useBackend('cpu');
 * tidy(() => {
 *   const terms = clippedObjective(tensor1d([2, 2]), Float32Array.of(1, -1), { low: 0.25, high: 0.5 });
 *   console.assert(terms.dataSync().join() === '1.5,-2');
 * });
 * ```
 */
export function clippedObjective(
  ratios: Tensor,
  advantages: Tensor | Float32Array,
  epsilon: ClipEpsilon,
): Tensor {
  return tidy(() => {
    const weights = advantages instanceof Float32Array ? tensor(advantages, ratios.shape) : advantages;
    // Stock gradients of minimum and clip would take ten products and comparisons; the slope is A where r A is the
    // smaller term (or both are equal), and 0 where the clip bites.
    const surrogate = customGrad((values, save) => {
      const free = mul(values as Tensor, weights);
      const clipped = mul(clipByValue(values as Tensor, 1 - epsilon.low, 1 + epsilon.high), weights);
      const value = minimum(free, clipped);
      (save as (tensors: Tensor[]) => void)([weights, cast(equal(free, value), 'float32')]);
      return {
        value,
        gradFunc: (slopes: Tensor, saved: Tensor[]) =>
          saved.reduce((product, factor) => mul(product, factor), slopes),
      };
    });
    return surrogate(ratios);
  });
}

/** What the ratios of one component look like. */
export interface RatioStatistics {
  readonly mean: number;
  readonly max: number;
  /** The share of ratios whose gradient the clip cuts: above 1 + high with A > 0, or below 1 - low with A < 0. */
  readonly clipFraction: number;
}

/**
 * Statistics of ratios, as TRL counts them: a clip counts only where it bites.
 *
 * @param ratios - N numbers
 * @param advantages - N numbers, or N / K, each of which stands for K ratios
 */
export function ratioStatistics(
  ratios: Float32Array,
  advantages: Float32Array,
  epsilon: ClipEpsilon,
): RatioStatistics {
  const repeats = ratios.length / advantages.length;
  let total = 0;
  let max = -Infinity;
  let clipped = 0;
  for (let index = 0; index < ratios.length; index++) {
    const ratio = ratios[index] as number;
    const advantage = advantages[repeats === 1 ? index : Math.floor(index / repeats)] as number;
    total += ratio;
    if (ratio > max) max = ratio;
    if ((ratio > 1 + epsilon.high && advantage > 0) || (ratio < 1 - epsilon.low && advantage < 0))
      clipped += 1;
  }
  return { mean: total / ratios.length, max, clipFraction: clipped / ratios.length };
}
