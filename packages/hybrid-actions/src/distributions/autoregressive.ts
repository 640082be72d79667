import type { Random } from '@pose-rft/random';
import {
  greaterEqual,
  reshape,
  slice,
  stack,
  sum,
  tensor2d,
  tidy,
  where,
  zerosLike,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
} from '@pose-rft/tensor';
import { createCategorical, type CategoricalDistribution } from './categorical.js';
import { DistributionError, requireShape, sampleAndScore, type SampledDistribution } from './distribution.js';
import { drawCategory } from './draw-category.js';
import { createTokenSequence, NO_TOKEN } from './token-sequence.js';

/** A model of the next token. */
export interface AutoregressiveParameters {
  readonly batchSize: number;
  /** T. */
  readonly maxLength: number;
  /** The token after which nothing follows. */
  readonly end: number;
  /**
   * [B, V]: the logits of the token that follows each row of `prefix`, int32 [B, t] with t < T; rows that have ended hold
   * -1, and what is said of them is ignored. Sampling calls it for t = 0, 1, ... in turn, so a cache of keys and values
   * can grow along.
   */
  nextLogits(prefix: Tensor2D): Tensor2D;
  /**
   * [B, T, V]: the logits of every step at once, given int32 [B, T] (teacher forcing); those of step t may look at the
   * tokens before t only. Made of `nextLogits` unless given.
   */
  allLogits?(tokens: Tensor2D): Tensor3D;
}

/** Sequences from a model of the next token; samples are int32 [B, T], with -1 after the last token. */
export interface AutoregressiveDistribution extends SampledDistribution<Tensor2D> {
  readonly kind: 'autoregressive';
  /** [B, T]: what {@link SampledDistribution.logProb} sums, one number a token; 0 after the last. */
  stepLogProbs(sample: Tensor2D): Tensor2D;
  /**
   * [B]: the entropies of the steps along a sample, summed. Over the distribution's own samples its expectation is the
   * entropy, with less variance than -log p (it is -log p with each step's expectation taken).
   */
  entropyAlong(sample: Tensor2D): Tensor1D;
  /** [B]: the divergences of the steps along a sample, summed; over samples of this one its expectation is KL(this || other). */
  klAlong(other: AutoregressiveDistribution, sample: Tensor2D): Tensor1D;
  /** The likeliest token at every step given those before, which need not be the likeliest sequence. */
  greedy(): Tensor2D;
  /** [B, T, V]: the logits that a sample was scored with. */
  logitsAlong(sample: Tensor2D): Tensor3D;
}

/**
 * A batch of token sequences in which each token depends on those before: p(a) = prod_t p(a_t | a_<t), up to T tokens or
 * the end token. The entropy, the divergence and the mode of such a distribution have no closed form; `entropyAlong` and
 * `klAlong` are their unbiased estimators.
 *
 * @throws DistributionError when the model's logits have the wrong shape
 * @example
 * ```ts
 * import { createAutoregressive } from '@pose-rft/hybrid-actions';
 * import { createRandom } from '@pose-rft/random';
 * import { tensor2d, tidy, useBackend } from '@pose-rft/tensor';
 *
 * await useBackend('cpu');
 * tidy(() => {
 *   // Token 0, then token 1 (the end), for certain.
 *   const model = createAutoregressive({
 *     batchSize: 1,
 *     maxLength: 5,
 *     end: 1,
 *     nextLogits: (prefix) => tensor2d([prefix.shape[1] === 0 ? [0, -Infinity] : [-Infinity, 0]]),
 *   });
 *   console.assert(model.sample(createRandom(1)).dataSync().join() === '0,1,-1,-1,-1');
 * });
 * ```
 */
export function createAutoregressive(parameters: AutoregressiveParameters): AutoregressiveDistribution {
  const { batchSize, maxLength, end } = parameters;

  /** Token by token, each chosen from one row of logits. */
  function unroll(choose: (logits: Float32Array, row: number, vocabularySize: number) => number): Tensor2D {
    const tokens = new Int32Array(batchSize * maxLength).fill(NO_TOKEN);
    const going = new Set(Array.from({ length: batchSize }, (_, row) => row));
    for (let step = 0; step < maxLength && going.size > 0; step++) {
      const { values, vocabularySize } = tidy(() => {
        const logits = nextLogits(prefixOf(tokens, step));
        return { values: logits.dataSync<'float32'>(), vocabularySize: logits.shape[1] };
      });
      for (const row of [...going]) {
        const token = choose(values, row, vocabularySize);
        tokens[row * maxLength + step] = token;
        if (token === end) going.delete(row);
      }
    }
    return tensor2d(tokens, [batchSize, maxLength], 'int32');
  }

  function prefixOf(tokens: Int32Array, length: number): Tensor2D {
    const prefix = new Int32Array(batchSize * length);
    for (let row = 0; row < batchSize; row++)
      prefix.set(tokens.subarray(row * maxLength, row * maxLength + length), row * length);
    return tensor2d(prefix, [batchSize, length], 'int32');
  }

  function nextLogits(prefix: Tensor2D): Tensor2D {
    const logits = parameters.nextLogits(prefix);
    requireShape('nextLogits', logits, [batchSize, logits.shape[1]], 'the batch and the vocabulary');
    return logits;
  }

  function logitsAlong(tokens: Tensor2D): Tensor3D {
    requireShape('sample', tokens, [batchSize, maxLength], 'the batch and the longest sequence');
    return tidy(() => {
      const logits =
        parameters.allLogits?.(tokens) ??
        (stack(
          Array.from({ length: maxLength }, (_, step) =>
            nextLogits(slice(tokens, [0, 0], [batchSize, step])),
          ),
          1,
        ) as Tensor3D);
      requireShape('allLogits', logits, [batchSize, maxLength, logits.shape[2]], 'the batch and its steps');
      return logits;
    });
  }

  const stepLogProbs = (tokens: Tensor2D): Tensor2D =>
    tidy(() => createTokenSequence({ logits: logitsAlong(tokens), end }).stepLogProbs(tokens));
  const logProb = (tokens: Tensor2D): Tensor1D => tidy(() => sum<Tensor1D>(stepLogProbs(tokens), 1));
  const sample = (random: Random): Tensor2D =>
    unroll((logits, row, vocabularySize) => drawCategory(logits, row, vocabularySize, random));

  return {
    kind: 'autoregressive',
    batchSize,
    sample,
    logProb,
    stepLogProbs,
    sampleAndLogProb: sampleAndScore({ sample, logProb }),
    entropyAlong: (tokens) => tidy(() => sumOfSteps(tokens, stepsOf(logitsAlong(tokens)).entropy())),
    klAlong: (other, tokens) =>
      tidy(() => sumOfSteps(tokens, stepsOf(logitsAlong(tokens)).kl(stepsOf(other.logitsAlong(tokens))))),
    greedy: () =>
      unroll((logits, row, vocabularySize) => {
        const own = logits.subarray(row * vocabularySize, (row + 1) * vocabularySize);
        const likeliest = own.indexOf(own.reduce((most, logit) => Math.max(most, logit), -Infinity));
        if (likeliest < 0) throw new DistributionError(`greedy: the logits of row ${row} hold NaN`);
        return likeliest;
      }),
    logitsAlong,
  };
}

function stepsOf(logits: Tensor3D): CategoricalDistribution {
  const [batchSize, steps, vocabularySize] = logits.shape;
  return createCategorical(reshape(logits, [batchSize * steps, vocabularySize]));
}

function sumOfSteps(tokens: Tensor2D, perStep: Tensor1D): Tensor1D {
  const values: Tensor2D = reshape(perStep, tokens.shape);
  return sum<Tensor1D>(where(greaterEqual(tokens, 0), values, zerosLike(values)), 1);
}
