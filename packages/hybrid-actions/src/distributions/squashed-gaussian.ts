import type { Random } from '@pose-rft/random';
import {
  add,
  exp,
  expandDims,
  mul,
  sub,
  sum,
  tanh,
  tensor1d,
  tensor2d,
  tidy,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
} from '@pose-rft/tensor';
import { tanhLogSlope } from '../bijectors/tanh-bijector.js';
import type { GaussianParameters } from '../policy.js';
import { boxScale, requireSameBox, type BoxCorners } from './box-scale.js';
import { createDiagonalGaussian, gaussianKl } from './diagonal-gaussian.js';
import { requireShape, sampleAndScore, type Distribution } from './distribution.js';

/** Gaussians before tanh, and the box that the range of tanh is stretched over. */
export interface SquashedGaussianParameters extends GaussianParameters, BoxCorners {}

/** Gaussians squashed by tanh onto a box; samples are float32 [B, D]. */
export interface SquashedGaussianDistribution extends Distribution<Tensor2D> {
  readonly kind: 'squashedGaussian';
  readonly parameters: SquashedGaussianParameters;
}

/**
 * A batch of Gaussians squashed onto a box, as in soft actor-critic (Haarnoja et al., arXiv 1812.05905, appendix C):
 * y = low + (high - low) (1 + tanh(x)) / 2.
 *
 * `logProb` sees only y, as a stored action would be seen: a value within 2^-24 of a side counts as that near, one
 * outside has -Infinity. `mode()` is the density's own, not tanh(mean), which is the median. `entropy()` and `mean()`
 * have no closed form; they are integrals over one dimension each, here by the trapezoidal rule on 129 nodes: exact to
 * float32 for standard deviations up to 5.
 *
 * @param parameters - `mean` and `logStandardDeviation` of x, float32 [B, D]; `low` and `high`, D numbers each
 * @throws DistributionError if shapes or corners do not fit
 * @example
 * ```ts
 * import { createSquashedGaussian } from '@pose-rft/hybrid-actions';
 * import { createRandom } from '@pose-rft/random';
 * import { tidy, useBackend, zeros } from '@pose-rft/tensor';
 *
 * await useBackend('cpu');
 * tidy(() => {
 *   const throttle = createSquashedGaussian({
 *     mean: zeros([1, 1]),
 *     logStandardDeviation: zeros([1, 1]),
 *     low: [0],
 *     high: [10],
 *   });
 *   const [drawn = 0] = throttle.sample(createRandom(1)).dataSync();
 *   console.assert(drawn > 0 && drawn < 10);
 *   console.assert(Math.abs((throttle.mean().dataSync()[0] ?? 0) - 5) < 1e-5);
 * });
 * ```
 */
export function createSquashedGaussian(parameters: SquashedGaussianParameters): SquashedGaussianDistribution {
  const { mean, logStandardDeviation } = parameters;
  const [batchSize, size] = mean.shape;
  const base = createDiagonalGaussian(parameters);
  const scale = boxScale(parameters, size);
  // y = low + width (1 + tanh x) / 2
  const logHalfVolume = scale.logVolume - size * Math.LN2;

  /** From numbers before tanh, on the host. */
  function squash(values: ArrayLike<number>): Tensor2D {
    const squashed = Float32Array.from(values, (x, index) =>
      scale.stretchNumber(0.5 + 0.5 * Math.tanh(x), index),
    );
    return tensor2d(squashed, [batchSize, size]);
  }

  const sample = (random: Random): Tensor2D => tidy(() => squash(base.sample(random).dataSync()));

  function logProb(value: Tensor2D): Tensor1D {
    requireShape('sample', value, mean.shape, 'the mean');
    return tidy(() => {
      const { fromLow, fromHigh } = scale.logShares(value);
      // tanh x = 2 share - 1, so x is half the log-odds of the share, and dy/dx = 2 width share (1 - share).
      const beforeTanh = mul<Tensor2D>(sub(fromLow, fromHigh), 0.5);
      const logSlopes = add(sum<Tensor1D>(add(fromLow, fromHigh), 1), scale.logVolume + size * Math.LN2);
      return scale.within(value, sub(base.logProb(beforeTanh), logSlopes));
    });
  }

  /** [B, D]: the expectation of a function of x. */
  function expectation(of: (x: Tensor) => Tensor): Tensor2D {
    const nodes = standardNormalNodes();
    const x = add(expandDims(mean, 2), mul(expandDims(exp(logStandardDeviation), 2), tensor1d(nodes.at)));
    return sum(mul(of(x), tensor1d(nodes.weights)), 2);
  }

  return {
    kind: 'squashedGaussian',
    parameters,
    batchSize,
    sample,
    logProb,
    sampleAndLogProb: sampleAndScore({ sample, logProb }),
    entropy: () =>
      tidy(() => add(base.entropy(), add(sum<Tensor1D>(expectation(tanhLogSlope), 1), logHalfVolume))),
    kl(other) {
      requireSameBox(parameters, other.parameters);
      return gaussianKl(parameters, other.parameters);
    },
    mode() {
      const means = mean.dataSync<'float32'>();
      const logStandardDeviations = logStandardDeviation.dataSync<'float32'>();
      return squash(
        Float64Array.from(means, (centre, index) =>
          modeBeforeTanh(centre, Math.exp(2 * (logStandardDeviations[index] as number))),
        ),
      );
    },
    mean: () => tidy(() => scale.stretch(mul(add(expectation(tanh), 1), 0.5))),
  };
}

const NODES = 129;
const REACH = 8;

/** The trapezoidal rule under a standard normal weight, which converges faster than any power of the step. */
function standardNormalNodes(): { readonly at: Float32Array; readonly weights: Float32Array } {
  const at = Float32Array.from({ length: NODES }, (_, index) => REACH * ((2 * index) / (NODES - 1) - 1));
  const step = (2 * REACH) / (NODES - 1);
  return { at, weights: at.map((z) => (step * Math.exp(-0.5 * z * z)) / Math.sqrt(2 * Math.PI)) };
}

/**
 * Where the density of tanh(x) is greatest: the largest solution of x = |mean| + 2 variance tanh(x), on the mean's side
 * of 0. Newton's method from above converges monotonically, since x - 2 variance tanh(x) is convex there.
 */
function modeBeforeTanh(mean: number, variance: number): number {
  let x = Math.abs(mean) + 2 * variance;
  for (let step = 0; step < 60; step++) {
    const t = Math.tanh(x);
    const slope = 1 - 2 * variance * (1 - t * t);
    const next = x - (x - Math.abs(mean) - 2 * variance * t) / slope;
    if (!(next < x && next >= 0)) break;
    x = next;
  }
  return mean < 0 ? -x : x;
}
