import {
  cast,
  clipByValue,
  customGrad,
  equal,
  maximum,
  minimum,
  mul,
  tensor,
  tidy,
  type Tensor,
} from '@pose-rft/tensor';
import { ObjectiveOptionError } from './objective-option-error.js';

/** How far a ratio may move before it stops paying: [1 - low, 1 + high]. Symmetric as in PPO if the two are equal. */
export interface ClipEpsilon {
  /** In (0, 1]; 1 leaves the ratio free below. */
  readonly low: number;
  /** > 0. Larger than `low` in DAPO ("clip-higher"). */
  readonly high: number;
  /**
   * c > 1: where A < 0 a term is never below c A, so that a ratio which ran away cannot dominate (dual-clip PPO, Ye et
   * al., arXiv 1912.09729; verl's `clip_ratio_c`). Default: no bound.
   */
  readonly dual?: number;
  /**
   * > 0: the unclipped ratio is capped at this, too (INTELLECT-2's two-sided clip; TRL's `delta`). Where it is at least
   * 1 + high it is the same as `dual`. Default: no cap.
   */
  readonly ratioCap?: number;
}

/**
 * PPO's clipped surrogate, term by term: `min(r A, clip(r, 1 - low, 1 + high) A)`, to be maximised (Schulman et al.,
 * arXiv 1707.06347; asymmetric as in DAPO, arXiv 2503.14476), with a dual clip or a cap on the ratio if asked for:
 *
 *     A >= 0: min(min(r, cap) A, clip(r) A)        A < 0: max(min(min(r, cap) A, clip(r) A), dual A)
 *
 * At r = 1 its gradient is that of `r A`; where a bound bites it is 0.
 *
 * @param ratios - any shape
 * @param advantages - plain data in the shape of `ratios`, or a tensor that broadcasts to it; no gradient reaches them
 * @returns the shape of `ratios`; differentiable (once) in `ratios`
 * @throws ObjectiveOptionError if a bound is out of its range
 * @example
 * ```ts
 * import { clippedObjective } from '@pose-rft/hygrpo';
 * import { tensor1d, tidy, useBackend } from '@pose-rft/tensor';
 *
 * await useBackend('cpu');
 * tidy(() => {
 *   const terms = clippedObjective(tensor1d([2, 8]), Float32Array.of(1, -1), { low: 0.25, high: 0.5, dual: 3 });
 *   console.assert(terms.dataSync().join() === '1.5,-3');
 * });
 * ```
 */
export function clippedObjective(
  ratios: Tensor,
  advantages: Tensor | Float32Array,
  epsilon: ClipEpsilon,
): Tensor {
  requireClip(epsilon);
  const { low, high, dual, ratioCap } = epsilon;
  return tidy(() => {
    const weights = advantages instanceof Float32Array ? tensor(advantages, ratios.shape) : advantages;
    // Stock gradients of minimum and clip would take ten products and comparisons; the slope is A where r A is the
    // term itself, and 0 where a bound bites.
    const surrogate = customGrad((values, save) => {
      const given = values as Tensor;
      const free = mul(given, weights);
      const capped = ratioCap === undefined ? free : mul(minimum(given, ratioCap), weights);
      const bounded = minimum(capped, mul(clipByValue(given, 1 - low, 1 + high), weights));
      // c min(A, 0) bounds from below where A < 0; where A >= 0 it is 0, and no term is below that.
      const value = dual === undefined ? bounded : maximum(bounded, mul(minimum(weights, 0), dual));
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

/**
 * Checks the bounds of a clip.
 *
 * @throws ObjectiveOptionError naming the field
 */
export function requireClip({ low, high, dual, ratioCap }: ClipEpsilon): void {
  const demand = (field: string, value: number, holds: boolean, allowed: string): void => {
    if (!holds) throw new ObjectiveOptionError(`clipEpsilon.${field}`, value, allowed);
  };
  demand('low', low, low > 0 && low <= 1, 'a number in (0, 1]');
  demand('high', high, Number.isFinite(high) && high > 0, 'a finite number > 0');
  if (dual !== undefined) demand('dual', dual, Number.isFinite(dual) && dual > 1, 'a finite number > 1');
  if (ratioCap !== undefined)
    demand('ratioCap', ratioCap, Number.isFinite(ratioCap) && ratioCap > 0, 'a finite number > 0');
}

/** What the ratios of one component look like. */
export interface RatioStatistics {
  readonly mean: number;
  readonly min: number;
  readonly max: number;
  /** The share of ratios whose gradient the clip cuts: above 1 + high with A > 0, or below 1 - low with A < 0. */
  readonly clipFraction: number;
  /** The part of it below 1 - low. */
  readonly clipFractionLow: number;
  /** The part of it above 1 + high. */
  readonly clipFractionHigh: number;
  /** The share of ratios, with A < 0, that run into the dual clip or the cap. */
  readonly dualClipFraction: number;
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
  const runaway = Math.min(epsilon.dual ?? Infinity, epsilon.ratioCap ?? Infinity);
  let total = 0;
  let min = Infinity;
  let max = -Infinity;
  let low = 0;
  let high = 0;
  let dual = 0;
  for (let index = 0; index < ratios.length; index++) {
    const ratio = ratios[index] as number;
    const advantage = advantages[repeats === 1 ? index : Math.floor(index / repeats)] as number;
    total += ratio;
    if (ratio > max) max = ratio;
    if (ratio < min) min = ratio;
    if (ratio > 1 + epsilon.high && advantage > 0) high += 1;
    if (ratio < 1 - epsilon.low && advantage < 0) low += 1;
    if (ratio > runaway && advantage < 0) dual += 1;
  }
  const count = ratios.length;
  return {
    mean: total / count,
    min,
    max,
    clipFraction: (low + high) / count,
    clipFractionLow: low / count,
    clipFractionHigh: high / count,
    dualClipFraction: dual / count,
  };
}
