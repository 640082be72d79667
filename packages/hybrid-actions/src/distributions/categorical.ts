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
import { drawCategory } from './draw-category.js';
import { DistributionError, sampleAndScore, type Distribution } from './distribution.js';

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
    for (let row = 0; row < batchSize; row++) drawn[row] = drawCategory(values, row, categories, random);
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
    sampleAndLogProb: sampleAndScore({ sample, logProb }),
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
