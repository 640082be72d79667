import { add, tidy, type Tensor1D, type Tensor2D } from '@pose-rft/tensor';
import type { Bijector } from '../bijectors/bijector.js';
import {
  DistributionError,
  sampleAndScore,
  type Distribution,
  type SampledDistribution,
} from './distribution.js';

/** Another distribution's samples, carried along by a bijector. */
export interface TransformedDistribution<
  Base extends Distribution<Tensor2D>,
> extends SampledDistribution<Tensor2D> {
  readonly kind: 'transformed';
  readonly base: Base;
  readonly bijector: Bijector;
  /** [B]: that of the bases, since a bijector changes no divergence; of the same bijector only. */
  kl(other: TransformedDistribution<Base>): Tensor1D;
}

/**
 * The distribution of `bijector.forward(x)` where x is drawn from `base`. It has no general entropy, mode or mean: for
 * the entropy, see {@link estimateEntropy}.
 *
 * @example
 * ```ts
 * import { createDiagonalGaussian, createTransformed, expBijector } from '@pose-rft/hybrid-actions';
 * import { tensor2d, tidy, useBackend, zeros } from '@pose-rft/tensor';
 *
 * await useBackend('cpu');
 * tidy(() => {
 *   const base = createDiagonalGaussian({ mean: zeros([1, 1]), logStandardDeviation: zeros([1, 1]) });
 *   const logNormal = createTransformed(base, expBijector);
 *   const logProb = logNormal.logProb(tensor2d([[1]])).dataSync()[0] ?? 0;
 *   console.assert(Math.abs(logProb + 0.5 * Math.log(2 * Math.PI)) < 1e-6);
 * });
 * ```
 */
export function createTransformed<Base extends Distribution<Tensor2D>>(
  base: Base,
  bijector: Bijector,
): TransformedDistribution<Base> {
  const { batchSize } = base;
  const sample: TransformedDistribution<Base>['sample'] = (random) =>
    tidy(() => bijector.forward(base.sample(random)));
  const logProb = (value: Tensor2D): Tensor1D =>
    tidy(() => add(base.logProb(bijector.inverse(value)), bijector.inverseLogDet(value)));
  return {
    kind: 'transformed',
    base,
    bijector,
    batchSize,
    sample,
    logProb,
    sampleAndLogProb: sampleAndScore({ sample, logProb }),
    kl(other) {
      if (other.bijector !== bijector)
        throw new DistributionError(
          `kl: the two distributions have different bijectors (${bijector.kind}, ${other.bijector.kind}); use estimateKl`,
        );
      return base.kl(other.base);
    },
  };
}
