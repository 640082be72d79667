const STEPS = 200;
const CONVERGED = 1e-9;

interface Peak {
  readonly point: Float64Array;
  readonly height: number;
}

/**
 * The highest peak of a mixture of diagonal Gaussians among those that mean-shift climbs to from each mean. Each step
 * goes to the mean of the Gaussians, weighted by how much each has to say about the present point; it never goes down.
 *
 * @param logWeights - K numbers, unnormalised
 * @param means - K x D, row-major
 * @param deviations - K x D standard deviations
 * @returns D numbers
 */
export function gaussianMixtureMode(
  logWeights: Float32Array,
  means: Float32Array,
  deviations: Float32Array,
): Float64Array {
  const count = logWeights.length;
  const size = means.length / count;
  const logDensities = new Float64Array(count);

  /** Fills `logDensities` with each Gaussian's weighted log-density, and returns that of the mixture; both up to a constant. */
  const score = (point: Float64Array): number => {
    let largest = -Infinity;
    for (let k = 0; k < count; k++) {
      let value = logWeights[k] as number;
      for (let d = 0; d < size; d++) {
        const deviation = deviations[k * size + d] as number;
        value -= 0.5 * (((point[d] as number) - (means[k * size + d] as number)) / deviation) ** 2;
        value -= Math.log(deviation);
      }
      logDensities[k] = value;
      largest = Math.max(largest, value);
    }
    let total = 0;
    for (const value of logDensities) total += Math.exp(value - largest);
    return largest + Math.log(total);
  };

  const climb = (start: Float64Array): Peak => {
    let point = start;
    let height = score(point);
    for (let step = 0; step < STEPS; step++) {
      const next = new Float64Array(size);
      for (let d = 0; d < size; d++) {
        let total = 0;
        for (let k = 0; k < count; k++) {
          const precision =
            Math.exp((logDensities[k] as number) - height) / (deviations[k * size + d] as number) ** 2;
          total += precision;
          next[d] = (next[d] as number) + precision * (means[k * size + d] as number);
        }
        next[d] = (next[d] as number) / total;
      }
      const gain = score(next) - height;
      point = next;
      height += gain;
      if (gain < CONVERGED) break;
    }
    return { point, height };
  };

  let best: Peak = { point: new Float64Array(size), height: -Infinity };
  for (let k = 0; k < count; k++) {
    if (logWeights[k] === -Infinity) continue;
    const peak = climb(Float64Array.from(means.subarray(k * size, (k + 1) * size)));
    if (peak.height > best.height) best = peak;
  }
  return best.point;
}
