import type { Random } from '@pose-rft/random';
import {
  argMax,
  exp,
  greater,
  logSoftmax,
  mul,
  neg,
  stopGradient,
  sub,
  sum,
  tensor1d,
  tidy,
  tokenLogProbs,
  where,
  zerosLike,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
} from '@pose-rft/tensor';
import { DistributionError, type Distribution } from './distribution.js';

/** Categorical distributions; samples are int32 [B]. */
export interface CategoricalDistribution extends Distribution<Tensor1D> {
  readonly kind: 'categorical';
  /** [B, C]: unnormalised log-probabilities; -Infinity masks a category. */
  readonly logits: Tensor2D;
}

/**
 * A batch of categorical distributions. `mean()` is the expected one-hot vector, that is the probabilities.
 *
 * A category with logit -Infinity is masked: never drawn, and without a NaN in any value or gradient.
 *
 * @param logits - float32 [B, C], at least one finite in every row, no NaN
 * @example
 * ```ts
 * import { createCategorical } from '@pose-rft/hybrid-actions';
 * import { createRandom } from '@pose-rft/random';
 * import { tensor2d, tidy, useBackend } from '@pose-rft/tensor';
 *
 * await useBackend('cpu');
 * tidy(() => {
 *   const coin = createCategorical(tensor2d([[Math.log(3), 0]]));
 *   const { sample, logProb } = coin.sampleAndLogProb(createRandom(1));
 *   console.assert(Math.abs((logProb.dataSync()[0] ?? 0) - Math.log(sample.dataSync()[0] === 0 ? 0.75 : 0.25)) < 1e-6);
 * });
 * ```
 */
export function createCategorical(logits: Tensor2D): CategoricalDistribution {
  const [batchSize, categories] = logits.shape;

  function sample(random: Random): Tensor1D {
    const values = logits.dataSync<'float32'>();
    const drawn = new Int32Array(batchSize);
    for (let row = 0; row < batchSize; row++) drawn[row] = drawRow(values, row, categories, random);
    return tensor1d(drawn, 'int32');
  }

  function logProb(value: Tensor1D): Tensor1D {
    return tokenLogProbs(logits, value);
  }

  return {
    kind: 'categorical',
    logits,
    batchSize,
    sample,
    logProb,
    sampleAndLogProb(random) {
      const drawn = sample(random);
      return { sample: drawn, logProb: logProb(drawn) };
    },
    entropy: () => tidy(() => neg(expectation(logits, finiteLogProbs(logits)))),
    kl(other) {
      const [otherBatchSize, otherCategories] = other.logits.shape;
      if (otherBatchSize !== batchSize || otherCategories !== categories)
        throw new DistributionError(
          `kl: this distribution has logits [${batchSize}, ${categories}], the other ` +
            `[${otherBatchSize}, ${otherCategories}]`,
        );
      return tidy(() => {
        // Where this one is masked nothing is lost, whatever the other says; the other's own mask costs Infinity.
        const otherLogProbs = where(support(logits), logSoftmax(other.logits), zerosLike(logits));
        return expectation(logits, sub(finiteLogProbs(logits), otherLogProbs));
      });
    },
    mode: () => argMax(logits, 1),
    mean: () => tidy(() => exp(logSoftmax(logits))),
  };
}

/** Which categories have a positive probability. */
function support(logits: Tensor2D): Tensor {
  return greater(stopGradient(logits), -Infinity);
}

/** Log-probabilities, with 0 in place of -Infinity: their weight is 0, and 0 * -Infinity would be NaN. */
function finiteLogProbs(logits: Tensor2D): Tensor2D {
  return where(support(logits), logSoftmax(logits), zerosLike(logits));
}

function expectation(logits: Tensor2D, values: Tensor2D): Tensor1D {
  return sum(mul(exp(logSoftmax(logits)), values), 1);
}

/** The inverse of the cumulative distribution, relative to the largest logit. */
function drawRow(logits: Float32Array, row: number, categories: number, random: Random): number {
  const start = row * categories;
  let largest = -Infinity;
  for (let index = start; index < start + categories; index++) {
    const logit = logits[index] as number;
    // Not Math.max: a NaN must be seen, not passed on.
    if (!(logit <= largest)) largest = logit;
  }
  let total = 0;
  for (let index = start; index < start + categories; index++)
    total += Math.exp((logits[index] as number) - largest);
  if (!Number.isFinite(total))
    throw new DistributionError(
      `row ${row} has the logits ${Array.from(logits.subarray(start, start + Math.min(categories, 8))).join(', ')}; ` +
        'expected no NaN, no Infinity and at least one finite number',
    );
  let left = random.uniform() * total;
  let chosen = 0;
  for (let category = 0; category < categories; category++) {
    const share = Math.exp((logits[start + category] as number) - largest);
    if (share === 0) continue;
    chosen = category;
    left -= share;
    if (left < 0) break;
  }
  return chosen;
}
