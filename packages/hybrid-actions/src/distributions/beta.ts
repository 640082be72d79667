import type { Random } from '@pose-rft/random';
import {
  add,
  digammaIncrease,
  div,
  logBeta,
  mul,
  sub,
  sum,
  tensor2d,
  tidy,
  type Tensor1D,
  type Tensor2D,
} from '@pose-rft/tensor';
import { boxScale, requireSameBox, type BoxCorners } from './box-scale.js';
import { DistributionError, requireShape, sampleAndScore, type Distribution } from './distribution.js';
import { logGammaVariate } from './log-gamma-variate.js';

/** Beta distributions stretched over a box. */
export interface BetaParameters extends BoxCorners {
  /** [B, D], positive: draws towards high. */
  readonly alpha: Tensor2D;
  /** [B, D], positive: draws towards low. */
  readonly beta: Tensor2D;
}

/** Independent beta distributions on the sides of a box; samples are float32 [B, D]. */
export interface BetaDistribution extends Distribution<Tensor2D> {
  readonly kind: 'beta';
  readonly parameters: BetaParameters;
}

/**
 * A batch of beta distributions stretched over a box (Chou et al., "Improving Stochastic Policy Gradients in Continuous
 * Control with Deep Reinforcement Learning using the Beta Distribution", 2017): unlike a clipped Gaussian they have no
 * mass outside. A policy head usually emits 1 + softplus(x) for both, which makes each density have one peak.
 *
 * A value within 2^-24 of the box's width of a side counts as that near, so log-densities are finite; one outside has
 * -Infinity. Where the density has no greatest value (alpha or beta below 1), `mode()` is the side it grows towards.
 *
 * @param parameters - `alpha` and `beta`, float32 [B, D], positive; `low` and `high`, D numbers each
 * @throws DistributionError if shapes or corners do not fit
 * @example
 * ```ts
 * import { createBeta } from '@pose-rft/hybrid-actions';
 * import { tensor2d, tidy, useBackend } from '@pose-rft/tensor';
 *
 * await useBackend('cpu');
 * tidy(() => {
 *   const angle = createBeta({ alpha: tensor2d([[2]]), beta: tensor2d([[2]]), low: [-1], high: [1] });
 *   const logProb = angle.logProb(tensor2d([[0]])).dataSync()[0] ?? 0;
 *   console.assert(Math.abs(logProb - Math.log(1.5 / 2)) < 1e-5);
 * });
 * ```
 */
export function createBeta(parameters: BetaParameters): BetaDistribution {
  const { alpha, beta } = parameters;
  const [batchSize, size] = alpha.shape;
  requireShape('beta', beta, alpha.shape, 'alpha');
  const scale = boxScale(parameters, size);

  /** From shares of the way from low to high, on the host. */
  function stretch(shareOf: (a: number, b: number) => number): Tensor2D {
    const alphas = alpha.dataSync<'float32'>();
    const betas = beta.dataSync<'float32'>();
    const stretched = Float32Array.from(alphas, (a, index) => {
      const b = betas[index] as number;
      if (!(a > 0 && b > 0 && a + b < Infinity))
        throw new DistributionError(
          `alpha and beta are ${a} and ${b} at ${index} (row-major); expected positive, finite numbers`,
        );
      return scale.stretchNumber(shareOf(a, b), index);
    });
    return tensor2d(stretched, [batchSize, size]);
  }

  const sample = (random: Random): Tensor2D =>
    stretch((a, b) => 1 / (1 + Math.exp(logGammaVariate(b, random) - logGammaVariate(a, random))));

  function logProb(value: Tensor2D): Tensor1D {
    requireShape('sample', value, alpha.shape, 'alpha');
    return tidy(() => {
      const { fromLow, fromHigh } = scale.logShares(value);
      const kernel = add(mul(sub(alpha, 1), fromLow), mul(sub(beta, 1), fromHigh));
      const density: Tensor1D = sub(sum<Tensor1D>(sub(kernel, logBeta(alpha, beta)), 1), scale.logVolume);
      return scale.within(value, density);
    });
  }

  return {
    kind: 'beta',
    parameters,
    batchSize,
    sample,
    logProb,
    sampleAndLogProb: sampleAndScore({ sample, logProb }),
    entropy: () =>
      tidy(() => {
        const ofAlpha = mul(sub(alpha, 1), digammaIncrease(alpha, beta));
        const ofBeta = mul(sub(beta, 1), digammaIncrease(beta, alpha));
        return add(sum<Tensor1D>(add(logBeta(alpha, beta), add(ofAlpha, ofBeta)), 1), scale.logVolume);
      }),
    kl({ parameters: other }) {
      requireSameBox(parameters, other);
      requireShape('the other alpha', other.alpha, alpha.shape, 'alpha');
      return tidy(() => {
        const ofAlpha = mul(sub(other.alpha, alpha), digammaIncrease(alpha, beta));
        const ofBeta = mul(sub(other.beta, beta), digammaIncrease(beta, alpha));
        const normalisers = sub(logBeta(other.alpha, other.beta), logBeta(alpha, beta));
        return sum<Tensor1D>(add(normalisers, add(ofAlpha, ofBeta)), 1);
      });
    },
    mode: () => stretch(modeShare),
    mean: () => tidy(() => scale.stretch(div(alpha, add(alpha, beta)))),
  };
}

function modeShare(a: number, b: number): number {
  if (a === b && a <= 1) return a === 1 ? 0.5 : 0;
  if (a < 1 || b < 1) return a < b ? 0 : 1;
  return (a - 1) / (a + b - 2);
}
