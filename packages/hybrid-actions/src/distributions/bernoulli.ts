import type { Random } from '@pose-rft/random';
import {
  add,
  cast,
  equal,
  fill,
  greater,
  mul,
  neg,
  sigmoid,
  softplus,
  stopGradient,
  sub,
  sum,
  tensor2d,
  tidy,
  where,
  zerosLike,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
} from '@pose-rft/tensor';
import { DistributionError, requireShape, sampleAndScore, type Distribution } from './distribution.js';

/** Independent flags; samples are int32 [B, D] of 0 and 1. */
export interface BernoulliDistribution extends Distribution<Tensor2D> {
  readonly kind: 'bernoulli';
  /** [B, D]: the log-odds of 1. */
  readonly logits: Tensor2D;
  /** [B, D]: what {@link Distribution.logProb} sums, one number a flag; NaN for a value that is neither 0 nor 1. */
  flagLogProbs(sample: Tensor2D): Tensor2D;
}

/**
 * A batch of D independent flags a row. `mean()` is the probability of 1.
 *
 * @param logits - float32 [B, D]: log p - log(1 - p); -Infinity forbids a 1, Infinity a 0, without NaN in values or
 *   gradients
 * @example
 * ```ts
 * import { createBernoulli } from '@pose-rft/hybrid-actions';
 * import { tensor2d, tidy, useBackend } from '@pose-rft/tensor';
 *
 * await useBackend('cpu');
 * tidy(() => {
 *   const flags = createBernoulli(tensor2d([[0, Math.log(3)]]));
 *   const logProb = flags.logProb(tensor2d([[1, 1]], undefined, 'int32')).dataSync()[0] ?? 0;
 *   console.assert(Math.abs(logProb - Math.log(0.5 * 0.75)) < 1e-6);
 * });
 * ```
 */
export function createBernoulli(logits: Tensor2D): BernoulliDistribution {
  function sample(random: Random): Tensor2D {
    const values = logits.dataSync<'float32'>();
    const drawn = Int32Array.from(values, (logit, index) => {
      if (Number.isNaN(logit)) throw new DistributionError(`logits[${index}] (row-major) is NaN`);
      return random.uniform() < 1 / (1 + Math.exp(-logit)) ? 1 : 0;
    });
    return tensor2d(drawn, logits.shape, 'int32');
  }

  function flagLogProbs(value: Tensor2D): Tensor2D {
    requireShape('sample', value, logits.shape, 'the logits');
    return tidy(() =>
      where(
        equal(value, 1),
        logOfOne(logits),
        where(equal(value, 0), logOfZero(logits), fill(logits.shape, NaN)),
      ),
    );
  }

  const logProb = (value: Tensor2D): Tensor1D => tidy(() => sum<Tensor1D>(flagLogProbs(value), 1));

  return {
    kind: 'bernoulli',
    logits,
    batchSize: logits.shape[0],
    sample,
    logProb,
    flagLogProbs,
    sampleAndLogProb: sampleAndScore({ sample, logProb }),
    entropy: () => tidy(() => neg(expectation(logits, finite(logOfOne(logits)), finite(logOfZero(logits))))),
    kl(other) {
      requireShape("the other's logits", other.logits, logits.shape, 'these logits');
      return tidy(() => {
        const loss = (own: Tensor2D, its: Tensor2D): Tensor2D =>
          // What this one never draws costs nothing, whatever the other says.
          sub(finite(own), where(greater(stopGradient(own), -Infinity), its, zerosLike(its)));
        return expectation(
          logits,
          loss(logOfOne(logits), logOfOne(other.logits)),
          loss(logOfZero(logits), logOfZero(other.logits)),
        );
      });
    },
    mode: () => tidy(() => cast<Tensor2D>(greater(logits, 0), 'int32')),
    mean: () => sigmoid(logits),
  };
}

function logOfOne(logits: Tensor2D): Tensor2D {
  return neg(softplus(neg(logits)));
}

function logOfZero(logits: Tensor2D): Tensor2D {
  return neg(softplus(logits));
}

/** With 0 in place of -Infinity: its weight is 0, and 0 * -Infinity would be NaN. */
function finite(logProbs: Tensor2D): Tensor2D {
  return where(greater(stopGradient(logProbs), -Infinity), logProbs, zerosLike(logProbs));
}

/** [B]: the sum over flags of p * ofOne + (1 - p) * ofZero. */
function expectation(logits: Tensor2D, ofOne: Tensor, ofZero: Tensor): Tensor1D {
  return sum<Tensor1D>(add(mul(sigmoid(logits), ofOne), mul(sigmoid(neg(logits)), ofZero)), 1);
}
