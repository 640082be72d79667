import type { Random } from '@pose-rft/random';
import type { Tensor, Tensor1D, Tensor2D } from '@pose-rft/tensor';

/**
 * A batch of B independent distributions, one a row of its parameters. The parameters stay the caller's; every
 * method returns new tensors, which are the caller's too. Everything but the samples is differentiable with respect
 * to the parameters.
 */
export interface Distribution<Sample extends Tensor = Tensor> {
  readonly kind: string;
  /** B. */
  readonly batchSize: number;
  /** One draw a row. Plain data to autodiff: no gradient flows through a sample. */
  sample(random: Random): Sample;
  /** [B]: the log-probability or log-density of one value a row, in nats. */
  logProb(sample: Sample): Tensor1D;
  /** One draw a row, and its log-probability. */
  sampleAndLogProb(random: Random): { readonly sample: Sample; readonly logProb: Tensor1D };
  /** [B], in nats. */
  entropy(): Tensor1D;
  /** [B]: KL(this || other), in nats. */
  kl(other: this): Tensor1D;
  /** The most likely value of each row. */
  mode(): Sample;
  /** [B, size]: the expected value of each row. */
  mean(): Tensor2D;
}

/** Thrown when the parameters of a distribution, or the values given to it, do not fit. */
export class DistributionError extends Error {
  override readonly name = 'DistributionError';
}
