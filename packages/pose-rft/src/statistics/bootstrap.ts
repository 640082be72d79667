import { createRandom, type Random } from '@pose-rft/random';

/** A mean with its confidence interval. */
export interface Estimate {
  readonly mean: number;
  /** Lower and upper end of the interval. */
  readonly low: number;
  readonly high: number;
  /** How many finite values went in. */
  readonly count: number;
}

export interface BootstrapOptions {
  /** Coverage of the interval, in (0, 1); 0.95 unless told. */
  readonly confidence?: number;
  /** 1,000 unless told. */
  readonly resamples?: number;
  /** A fixed stream unless told, so that a report can be reproduced. */
  readonly random?: Random;
}

/**
 * The mean of `values` and its percentile-bootstrap interval (B. Efron, "Bootstrap Methods", Annals of Statistics 7,
 * 1979). NaN marks a value that does not apply and is left out; with no value at all, every field is NaN.
 *
 * @param values - one independent value per prompt, any unit
 * @example
 * ```ts
 * import { bootstrapMean } from 'pose-rft';
 *
 * const estimate = bootstrapMean([0.9, 1, 1, 0.8, Number.NaN]);
 * console.assert(estimate.count === 4 && estimate.low <= estimate.mean && estimate.mean <= estimate.high);
 * ```
 */
export function bootstrapMean(values: ArrayLike<number>, options: BootstrapOptions = {}): Estimate {
  const { confidence = 0.95, resamples = 1000, random = createRandom(20) } = options;
  const present = Float64Array.from(Array.from(values).filter((value) => !Number.isNaN(value)));
  const count = present.length;
  if (count === 0) return { mean: Number.NaN, low: Number.NaN, high: Number.NaN, count };
  const means = new Float64Array(resamples);
  for (let resample = 0; resample < resamples; resample++) {
    let sum = 0;
    for (let draw = 0; draw < count; draw++) sum += present[Math.floor(random.uniform() * count)] as number;
    means[resample] = sum / count;
  }
  means.sort();
  const tail = (1 - confidence) / 2;
  return {
    mean: present.reduce((sum, value) => sum + value, 0) / count,
    low: quantileOfSorted(means, tail),
    high: quantileOfSorted(means, 1 - tail),
    count,
  };
}

/**
 * The mean change from `before` to `after` over the same prompts, with its interval: the pairs are resampled, so what
 * makes a prompt hard cancels out. Pairs in which either value is NaN are left out.
 *
 * @throws RangeError if the lengths differ
 */
export function bootstrapPairedDifference(
  before: ArrayLike<number>,
  after: ArrayLike<number>,
  options: BootstrapOptions = {},
): Estimate {
  if (before.length !== after.length)
    throw new RangeError(
      `bootstrapPairedDifference: ${before.length} values before, ${after.length} after; pairs are needed`,
    );
  const differences = Array.from(before, (value, index) => (after[index] as number) - value);
  return bootstrapMean(differences, options);
}

/** The value at `quantile` of ascending values, between two of them in proportion. */
export function quantileOfSorted(sorted: Float64Array, quantile: number): number {
  const position = quantile * (sorted.length - 1);
  const below = Math.floor(position);
  const above = Math.ceil(position);
  const low = sorted[below] as number;
  return low + ((sorted[above] as number) - low) * (position - below);
}
