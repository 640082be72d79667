import { createRandom } from '@pose-rft/random';
import { quantileOfSorted, type BootstrapOptions, type Estimate } from './bootstrap.js';

/** A mean with its interval, and how many clusters it rests on: few give intervals that are too narrow. */
export interface ClusteredEstimate extends Estimate {
  readonly clusterCount: number;
}

/**
 * The mean of `values` and its percentile-bootstrap interval where values within a cluster hang together, as the frames of
 * one video do: whole clusters are drawn with replacement, and the mean is taken over all their values (Field and Welsh,
 * "Bootstrapping clustered data", 2007). NaN marks a value that does not apply and is left out. If each value is a
 * cluster of its own, this is `bootstrapMean`.
 *
 * @param values - any unit
 * @param clusters - the name of each value's cluster
 * @throws RangeError if the lengths differ
 * @example
 * ```ts
 * import { bootstrapClusteredMean } from 'pose-rft';
 *
 * const { mean, clusterCount, low, high } = bootstrapClusteredMean([1, 1, 3, Number.NaN], ['a', 'a', 'b', 'c']);
 * console.assert(clusterCount === 2 && low === 1 && high === 3 && mean > 1.6);
 * ```
 */
export function bootstrapClusteredMean(
  values: ArrayLike<number>,
  clusters: readonly string[],
  options: BootstrapOptions = {},
): ClusteredEstimate {
  if (values.length !== clusters.length)
    throw new RangeError(
      `bootstrapClusteredMean: ${values.length} values, ${clusters.length} names of clusters; each value needs one`,
    );
  const { confidence = 0.95, resamples = 1000, random = createRandom(20) } = options;
  const indexOf = new Map<string, number>();
  const sums: number[] = [];
  const counts: number[] = [];
  clusters.forEach((cluster, row) => {
    const value = values[row] as number;
    if (Number.isNaN(value)) return;
    const index = indexOf.get(cluster) ?? sums.length;
    indexOf.set(cluster, index);
    sums[index] = (sums[index] ?? 0) + value;
    counts[index] = (counts[index] ?? 0) + 1;
  });
  const clusterCount = sums.length;
  if (clusterCount === 0)
    return { mean: Number.NaN, low: Number.NaN, high: Number.NaN, count: 0, clusterCount };
  const means = new Float64Array(resamples);
  for (let resample = 0; resample < resamples; resample++) {
    let sum = 0;
    let count = 0;
    for (let draw = 0; draw < clusterCount; draw++) {
      const index = Math.floor(random.uniform() * clusterCount);
      sum += sums[index] as number;
      count += counts[index] as number;
    }
    means[resample] = sum / count;
  }
  means.sort();
  const tail = (1 - confidence) / 2;
  const count = counts.reduce((total, size) => total + size, 0);
  return {
    mean: sums.reduce((total, sum) => total + sum, 0) / count,
    low: quantileOfSorted(means, tail),
    high: quantileOfSorted(means, 1 - tail),
    count,
    clusterCount,
  };
}
