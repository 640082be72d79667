import type { Random } from '@pose-rft/random';
import type { Tensor, Tensor1D, Tensor2D } from '@pose-rft/tensor';

/**
 * A batch of B independent distributions, one a row of its parameters, that can be drawn from and scored. The
 * parameters stay the caller's; every method returns new tensors, which are the caller's too. Everything but samples
 * and modes is differentiable with respect to the parameters.
 */
export interface SampledDistribution<Sample = Tensor> {
  readonly kind: string;
  /** B. */
  readonly batchSize: number;
  /** One draw a row. Plain data to autodiff: no gradient flows through a sample. */
  sample(random: Random): Sample;
  /** [B]: the log-probability or log-density of one value a row, in nats. */
  logProb(sample: Sample): Tensor1D;
  /** One draw a row, and its log-probability. */
  sampleAndLogProb(random: Random): { readonly sample: Sample; readonly logProb: Tensor1D };
}

/**
 * A batch of distributions whose entropy, divergence, mode and mean have a formula. For those without one, see
 * {@link estimateEntropy} and {@link estimateKl}.
 */
export interface Distribution<Sample = Tensor> extends SampledDistribution<Sample> {
  /** [B], in nats. */
  entropy(): Tensor1D;
  /** [B]: KL(this || other), in nats. */
  kl(other: this): Tensor1D;
  /** The most likely value of each row. */
  mode(): Sample;
  /** [B, size]: the expected value of each row. */
  mean(): Tensor2D;
}

/** A distribution with those formulas that it happens to have. */
export interface SomeDistribution<Sample = unknown> extends SampledDistribution<Sample> {
  entropy?(): Tensor1D;
  kl?(other: unknown): Tensor1D;
  mode?(): Sample;
  mean?(): Tensor2D;
  /** Estimates along a sample, of distributions that consist of parts which depend on each other. */
  entropyAlong?(sample: Sample): Tensor1D;
  klAlong?(other: unknown, sample: Sample): Tensor1D;
  greedy?(): Sample;
}

/** Thrown when the parameters of a distribution, or the values given to it, do not fit. */
export class DistributionError extends Error {
  override readonly name = 'DistributionError';
}

/** @throws DistributionError unless `found` has the shape `expected`, that of `of` */
export function requireShape(name: string, found: Tensor, expected: readonly number[], of: string): void {
  if (found.shape.length !== expected.length || found.shape.some((extent, axis) => extent !== expected[axis]))
    throw new DistributionError(
      `${name} has the shape [${found.shape.join(', ')}]; expected [${expected.join(', ')}], that of ${of}`,
    );
}

/** The third method of a distribution, from the other two. */
export function sampleAndScore<Sample>(distribution: {
  sample(random: Random): Sample;
  logProb(sample: Sample): Tensor1D;
}): SampledDistribution<Sample>['sampleAndLogProb'] {
  return (random) => {
    const sample = distribution.sample(random);
    return { sample, logProb: distribution.logProb(sample) };
  };
}
