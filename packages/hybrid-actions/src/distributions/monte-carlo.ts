import type { Random } from '@pose-rft/random';
import {
  add,
  div,
  mean,
  mul,
  stack,
  stopGradient,
  sub,
  sum,
  tidy,
  type Tensor1D,
  type Tensor2D,
} from '@pose-rft/tensor';
import { DistributionError, type SampledDistribution } from './distribution.js';

export interface EstimateOptions {
  readonly random: Random;
  /** Samples a row, at least 2. Default 64; the standard error falls with its square root. */
  readonly draws?: number;
}

/**
 * An unbiased estimate of the entropy by sampling: the mean of -log p over draws. Its gradient is an unbiased estimate
 * of the entropy's gradient too (score function, each draw with the mean of the others as its baseline); that of the
 * naive mean, through log p alone, would have expectation 0.
 *
 * @returns [B], in nats; differentiable
 * @throws DistributionError for fewer than 2 draws
 * @example
 * ```ts
 * import { createGaussianMixture, estimateEntropy } from '@pose-rft/hybrid-actions';
 * import { createRandom } from '@pose-rft/random';
 * import { tidy, useBackend, zeros } from '@pose-rft/tensor';
 *
 * await useBackend('cpu');
 * tidy(() => {
 *   const parameters = { logits: zeros([1, 2]), mean: zeros([1, 2, 1]), logStandardDeviation: zeros([1, 2, 1]) };
 *   const mixture = createGaussianMixture(parameters as Parameters<typeof createGaussianMixture>[0]);
 *   const [entropy = 0] = estimateEntropy(mixture, { random: createRandom(1), draws: 2000 }).dataSync();
 *   console.assert(Math.abs(entropy - 0.5 * Math.log(2 * Math.PI * Math.E)) < 0.1);
 * });
 * ```
 */
export function estimateEntropy<Sample>(
  distribution: SampledDistribution<Sample>,
  options: EstimateOptions,
): Tensor1D {
  return tidy(() => {
    const logProbs = eachDraw(options, (random) => distribution.sampleAndLogProb(random).logProb);
    return estimate(mul(logProbs, -1), logProbs);
  });
}

/**
 * An unbiased estimate of KL(p || q) by sampling from p: the mean of log p - log q over draws. Its gradient is unbiased
 * for both (score function for p, each draw with the mean of the others as its baseline). The estimate itself may be
 * negative.
 *
 * @returns [B], in nats; differentiable
 * @throws DistributionError for fewer than 2 draws
 * @example
 * ```ts
 * import { createDiagonalGaussian, estimateKl } from '@pose-rft/hybrid-actions';
 * import { createRandom } from '@pose-rft/random';
 * import { ones, tidy, useBackend, zeros } from '@pose-rft/tensor';
 *
 * await useBackend('cpu');
 * tidy(() => {
 *   const p = createDiagonalGaussian({ mean: zeros([1, 1]), logStandardDeviation: zeros([1, 1]) });
 *   const q = createDiagonalGaussian({ mean: ones([1, 1]), logStandardDeviation: zeros([1, 1]) });
 *   const [kl = 0] = estimateKl(p, q, { random: createRandom(1), draws: 2000 }).dataSync();
 *   console.assert(Math.abs(kl - 0.5) < 0.1);
 * });
 * ```
 */
export function estimateKl<Sample>(
  p: SampledDistribution<Sample>,
  q: SampledDistribution<Sample>,
  options: EstimateOptions,
): Tensor1D {
  if (p.batchSize !== q.batchSize)
    throw new DistributionError(`estimateKl: p has ${p.batchSize} rows, q ${q.batchSize}`);
  return tidy(() => {
    const others: Tensor1D[] = [];
    const own = eachDraw(options, (random) => {
      const { sample, logProb } = p.sampleAndLogProb(random);
      others.push(q.logProb(sample));
      return logProb;
    });
    return estimate(sub(own, stack(others) as Tensor2D), own);
  });
}

/** [draws, B]. */
function eachDraw({ random, draws = 64 }: EstimateOptions, draw: (random: Random) => Tensor1D): Tensor2D {
  if (!(Number.isInteger(draws) && draws >= 2))
    throw new DistributionError(`draws: expected an integer of at least 2, got ${draws}`);
  return stack(Array.from({ length: draws }, () => draw(random))) as Tensor2D;
}

/**
 * The mean of `values` [draws, B], with a gradient whose expectation is that of the expectation: what moves the values,
 * and (score function) what moves the draws.
 */
function estimate(values: Tensor2D, logProbs: Tensor2D): Tensor1D {
  const [draws] = values.shape;
  const fixed = stopGradient(values);
  const ofOthers = div(sub(sum(fixed, 0, true), fixed), draws - 1);
  const moved = mul(sub(fixed, ofOthers), sub(logProbs, stopGradient(logProbs)));
  return mean(add(values, moved), 0);
}
