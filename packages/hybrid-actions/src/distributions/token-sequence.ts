import type { Random } from '@pose-rft/random';
import {
  cumprod,
  greater,
  greaterEqual,
  maximum,
  mul,
  expandDims,
  reshape,
  slice,
  softmax,
  stopGradient,
  sub,
  sum,
  tensor2d,
  tidy,
  tokenLogProbs,
  where,
  zerosLike,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
} from '@pose-rft/tensor';
import { createCategorical, type CategoricalDistribution } from './categorical.js';
import { DistributionError, requireShape, sampleAndScore, type Distribution } from './distribution.js';
import { drawCategory } from './draw-category.js';
import { likeliestSequence } from './likeliest-sequence.js';

/** Follows the last token of a sequence that is shorter than its room. */
export const NO_TOKEN = -1;

/** One distribution over tokens a step. */
export interface TokenSequenceParameters {
  /** [B, T, V]: the unnormalised log-probabilities of each step; -Infinity masks a token. */
  readonly logits: Tensor3D;
  /** The token after which nothing follows. */
  readonly end: number;
  /** [B]: how many of the T steps each row has. All of them unless given. */
  readonly lengths?: ArrayLike<number>;
}

/** Sequences of tokens; samples are int32 [B, T], with -1 after the last token. */
export interface TokenSequenceDistribution extends Distribution<Tensor2D> {
  readonly kind: 'tokenSequence';
  readonly parameters: TokenSequenceParameters;
  /** [B, T]: what {@link Distribution.logProb} sums, one number a token; 0 after the last. */
  stepLogProbs(sample: Tensor2D): Tensor2D;
}

/**
 * A batch of token sequences, up to T long, that stop after the end token. The steps are independent given that the
 * sequence goes on, so entropy, divergence, mode and mean are exact: each step counts with the probability of being
 * reached. `mean()` is [B, T V]: the probability of each token at each step.
 *
 * For a model whose logits depend on the tokens before (teacher forcing), `stepLogProbs` and `logProb` are right for the
 * very tokens that the logits were computed from, and only they; to draw from such a model, see
 * {@link createAutoregressive}.
 *
 * @throws DistributionError if `end` or `lengths` do not fit the logits
 * @example
 * ```ts
 * import { createTokenSequence } from '@pose-rft/hybrid-actions';
 * import { tensor2d, tidy, useBackend, zeros } from '@pose-rft/tensor';
 *
 * await useBackend('cpu');
 * tidy(() => {
 *   const sequence = createTokenSequence({ logits: zeros([1, 3, 4]), end: 1 });
 *   const tokens = tensor2d([[2, 1, -1]], undefined, 'int32'); // ended after two of three steps
 *   console.assert(Math.abs((sequence.logProb(tokens).dataSync()[0] ?? 0) + 2 * Math.log(4)) < 1e-6);
 * });
 * ```
 */
export function createTokenSequence(parameters: TokenSequenceParameters): TokenSequenceDistribution {
  const { logits, end } = parameters;
  const [batchSize, steps, vocabularySize] = logits.shape;
  const lengths = Array.from(parameters.lengths ?? new Array<number>(batchSize).fill(steps));
  if (!(Number.isInteger(end) && end >= 0 && end < vocabularySize))
    throw new DistributionError(`end: expected a token in [0, ${vocabularySize}), got ${end}`);
  if (
    lengths.length !== batchSize ||
    !lengths.every((length) => Number.isInteger(length) && length >= 0 && length <= steps)
  )
    throw new DistributionError(
      `lengths: expected ${batchSize} integers in [0, ${steps}], got ${lengths.join(', ')}`,
    );
  const byStep = (all: Tensor3D): CategoricalDistribution =>
    createCategorical(reshape(all, [batchSize * steps, vocabularySize]));

  /** [B, T]: 1 where a row has the step. */
  const exists = (): Tensor2D => {
    const mask = new Float32Array(batchSize * steps);
    lengths.forEach((length, row) => mask.fill(1, row * steps, row * steps + length));
    return tensor2d(mask, [batchSize, steps]);
  };

  /** [B, T]: the probability that a step is reached. */
  function reached(): Tensor2D {
    const stops: Tensor2D = reshape(slice(softmax(logits), [0, 0, end], [batchSize, steps, 1]), [
      batchSize,
      steps,
    ]);
    return mul(cumprod(sub(1, stops), 1, true), exists());
  }

  /** [B]: the expectation of what each step reached adds; [B T] may be infinite where none is reached. */
  function overReached(perStep: Tensor1D): Tensor1D {
    const weights = reached();
    const values: Tensor2D = reshape(perStep, [batchSize, steps]);
    const possible = where(greater(stopGradient(weights), 0), values, zerosLike(values));
    return sum<Tensor1D>(mul(weights, possible), 1);
  }

  function sample(random: Random): Tensor2D {
    const values = logits.dataSync<'float32'>();
    const drawn = new Int32Array(batchSize * steps).fill(NO_TOKEN);
    lengths.forEach((length, row) => {
      for (let step = row * steps; step < row * steps + length; step++) {
        const token = drawCategory(values, step, vocabularySize, random);
        drawn[step] = token;
        if (token === end) break;
      }
    });
    return tensor2d(drawn, [batchSize, steps], 'int32');
  }

  function stepLogProbs(value: Tensor2D): Tensor2D {
    requireShape('sample', value, [batchSize, steps], 'the steps of the logits');
    return tidy(() => {
      const tokens: Tensor2D = maximum(value, zerosLike(value));
      const logProbs = tokenLogProbs(
        reshape(logits, [batchSize * steps, vocabularySize]),
        reshape(tokens, [batchSize * steps]),
      );
      const perStep: Tensor2D = reshape(logProbs, [batchSize, steps]);
      return where(greaterEqual(value, 0), perStep, zerosLike(perStep));
    });
  }

  const logProb = (value: Tensor2D): Tensor1D => tidy(() => sum<Tensor1D>(stepLogProbs(value), 1));

  return {
    kind: 'tokenSequence',
    parameters,
    batchSize,
    sample,
    logProb,
    stepLogProbs,
    sampleAndLogProb: sampleAndScore({ sample, logProb }),
    entropy: () => tidy(() => overReached(byStep(logits).entropy())),
    kl({ parameters: other }) {
      requireShape('the other logits', other.logits, logits.shape, 'these logits');
      const theirs = Array.from(other.lengths ?? new Array<number>(batchSize).fill(steps));
      if (other.end !== end || theirs.join() !== lengths.join())
        throw new DistributionError('kl: the two distributions differ in their end token or their lengths');
      return tidy(() => overReached(byStep(logits).kl(byStep(other.logits))));
    },
    mode() {
      const values = logits.dataSync<'float32'>();
      const likeliest = new Int32Array(batchSize * steps).fill(NO_TOKEN);
      lengths.forEach((length, row) => {
        const first = row * steps * vocabularySize;
        const own = values.subarray(first, first + length * vocabularySize);
        likeliest.set(likeliestSequence(own, vocabularySize, end), row * steps);
      });
      return tensor2d(likeliest, [batchSize, steps], 'int32');
    },
    mean: () =>
      tidy(() =>
        reshape(mul(softmax(logits), expandDims(reached(), 2)), [batchSize, steps * vocabularySize]),
      ),
  };
}
