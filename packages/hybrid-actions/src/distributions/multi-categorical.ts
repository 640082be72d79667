import type { Random } from '@pose-rft/random';
import {
  addN,
  concat,
  reshape,
  slice,
  split,
  stack,
  sum,
  tidy,
  type Tensor1D,
  type Tensor2D,
} from '@pose-rft/tensor';
import { drawOf } from '../draw-of.js';
import { createCategorical, type CategoricalDistribution } from './categorical.js';
import { DistributionError, requireShape, sampleAndScore, type Distribution } from './distribution.js';

/** Several independent choices; samples are int32 [B, K]. */
export interface MultiCategoricalDistribution extends Distribution<Tensor2D> {
  readonly kind: 'multiCategorical';
  /** [B, sum of categories]: the unnormalised log-probabilities of the first choice, then of the second, ... */
  readonly logits: Tensor2D;
  /** K of them. */
  readonly categories: readonly number[];
  /** [B, K]: what {@link Distribution.logProb} sums, one number a choice. */
  choiceLogProbs(sample: Tensor2D): Tensor2D;
}

/**
 * A batch of K independent choices a row. `mean()` is the probabilities, side by side as the logits are.
 *
 * @param parameters - `logits`: float32 [B, sum of categories], -Infinity masks a category; `categories`: K sizes
 * @throws DistributionError if the logits are not as wide as the categories
 * @example
 * ```ts
 * import { createMultiCategorical } from '@pose-rft/hybrid-actions';
 * import { createRandom } from '@pose-rft/random';
 * import { tidy, useBackend, zeros } from '@pose-rft/tensor';
 *
 * await useBackend('cpu');
 * tidy(() => {
 *   const gearAndSignal = createMultiCategorical({ logits: zeros([1, 9]), categories: [6, 3] });
 *   const { sample, logProb } = gearAndSignal.sampleAndLogProb(createRandom(1));
 *   console.assert(sample.shape.join() === '1,2');
 *   console.assert(Math.abs((logProb.dataSync()[0] ?? 0) + Math.log(18)) < 1e-6);
 * });
 * ```
 */
export function createMultiCategorical(parameters: {
  readonly logits: Tensor2D;
  readonly categories: readonly number[];
}): MultiCategoricalDistribution {
  const { logits, categories } = parameters;
  const [batchSize, width] = logits.shape;
  const total = categories.reduce((all, count) => all + count, 0);
  if (width !== total || categories.length === 0)
    throw new DistributionError(
      `logits has the shape [${batchSize}, ${width}]; the categories ${categories.join(', ')} need ${total} columns`,
    );
  /** To be called inside `tidy`. */
  const choicesOf = (all: Tensor2D): CategoricalDistribution[] =>
    split<Tensor2D>(all, [...categories], 1).map((part) => createCategorical(part));
  const choices = (): CategoricalDistribution[] => choicesOf(logits);
  const column = (value: Tensor2D, position: number): Tensor1D =>
    reshape(slice(value, [0, position], [batchSize, 1]), [batchSize]);

  function sample(random: Random): Tensor2D {
    const draw = drawOf(random);
    return tidy(() =>
      stack(
        choices().map((choice, position) => choice.sample(draw.split(position))),
        1,
      ),
    ) as Tensor2D;
  }

  function choiceLogProbs(value: Tensor2D): Tensor2D {
    requireShape('sample', value, [batchSize, categories.length], 'the batch and its choices');
    return tidy(() =>
      stack(
        choices().map((choice, position) => choice.logProb(column(value, position))),
        1,
      ),
    ) as Tensor2D;
  }

  const logProb = (value: Tensor2D): Tensor1D => tidy(() => sum<Tensor1D>(choiceLogProbs(value), 1));

  return {
    kind: 'multiCategorical',
    logits,
    categories,
    batchSize,
    sample,
    logProb,
    choiceLogProbs,
    sampleAndLogProb: sampleAndScore({ sample, logProb }),
    entropy: () => tidy(() => addN(choices().map((choice) => choice.entropy()))),
    kl(other) {
      if (other.categories.join() !== categories.join())
        throw new DistributionError(
          `kl: this distribution has the categories ${categories.join(', ')}, the other ${other.categories.join(', ')}`,
        );
      return tidy(() => {
        const others = choicesOf(other.logits);
        return addN(
          choices().map((choice, position) => choice.kl(others[position] as CategoricalDistribution)),
        );
      });
    },
    mode: () =>
      tidy(() =>
        stack(
          choices().map((choice) => choice.mode()),
          1,
        ),
      ) as Tensor2D,
    mean: () =>
      tidy(() =>
        concat(
          choices().map((choice) => choice.mean()),
          1,
        ),
      ),
  };
}
