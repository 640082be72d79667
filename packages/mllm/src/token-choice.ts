import type { Random } from '@pose-rft/random';

export interface TokenChoiceOptions {
  readonly random: Random;
  readonly temperature?: number | undefined;
  readonly greedy?: boolean | undefined;
  readonly topK?: number | undefined;
  readonly topP?: number | undefined;
  readonly minP?: number | undefined;
}

/** Thrown when logits are not finite: the parameters that made them are broken. */
export class NonFiniteLogitsError extends Error {
  override readonly name = 'NonFiniteLogitsError';
}

export interface ChosenToken {
  readonly id: number;
  /** Its log-probability at the given temperature among the allowed tokens, before any truncation. */
  readonly logProb: number;
}

/**
 * A function that draws a token from a row of logits.
 *
 * @param vocabularySize - numbers in a row
 * @returns a function of logits, the offset of the row in them and, where not all tokens are allowed, which are (one
 *   number a token, at least one of them not 0); it throws a {@link NonFiniteLogitsError}
 */
export function createTokenChooser(
  vocabularySize: number,
  options: TokenChoiceOptions,
): (logits: Float32Array, offset: number, allowed?: Uint8Array) => ChosenToken {
  const { random, temperature = 1, greedy = false, topK = vocabularySize, topP = 1, minP = 0 } = options;
  const isTruncated = topK < vocabularySize || topP < 1 || minP > 0;
  const weights = new Float64Array(vocabularySize);
  const masked = new Float32Array(vocabularySize);

  return (allLogits, rowOffset, allowed) => {
    if (allowed !== undefined)
      for (let id = 0; id < vocabularySize; id++)
        masked[id] = allowed[id] === 0 ? -Infinity : (allLogits[rowOffset + id] as number);
    const logits = allowed === undefined ? allLogits : masked;
    const offset = allowed === undefined ? rowOffset : 0;
    let likeliest = 0;
    for (let id = 1; id < vocabularySize; id++)
      if ((logits[offset + id] as number) > (logits[offset + likeliest] as number)) likeliest = id;
    const peak = logits[offset + likeliest] as number;
    let total = 0;
    for (let id = 0; id < vocabularySize; id++) {
      const logit = logits[offset + id] as number;
      // What is not allowed needs no exponential: a constraint on a large vocabulary rules out most of it.
      const weight = logit === -Infinity ? 0 : Math.exp((logit - peak) / temperature);
      weights[id] = weight;
      total += weight;
    }
    if (!Number.isFinite(total))
      throw new NonFiniteLogitsError(
        `the model's logits are not finite (largest: ${peak}): its parameters have diverged. ` +
          'Go back to an earlier checkpoint and lower the learning rate.',
      );
    let id = likeliest;
    if (!greedy)
      id = isTruncated
        ? drawAmong(likeliestTokens(weights, total, { topK, topP, minP }), weights, random)
        : draw(weights, total, likeliest, random);
    return { id, logProb: ((logits[offset + id] as number) - peak) / temperature - Math.log(total) };
  };
}

/** Draws in proportion to the weights; rounding at the very end of the line falls to `fallback`. */
function draw(weights: Float64Array, total: number, fallback: number, random: Random): number {
  let left = random.uniform() * total;
  for (let id = 0; id < weights.length; id++) {
    left -= weights[id] as number;
    if (left < 0) return id;
  }
  return fallback;
}

function drawAmong(ids: readonly number[], weights: Float64Array, random: Random): number {
  let left = random.uniform() * ids.reduce((sum, id) => sum + (weights[id] as number), 0);
  for (const id of ids) {
    left -= weights[id] as number;
    if (left < 0) return id;
  }
  return ids[0] as number;
}

/**
 * The likeliest tokens: at most `topK`, no more than it takes to hold the share `topP` of `total`, and none whose weight
 * is below `minP` times the largest, which is 1.
 */
function likeliestTokens(
  weights: Float64Array,
  total: number,
  { topK, topP, minP }: { readonly topK: number; readonly topP: number; readonly minP: number },
): readonly number[] {
  const ids = Array.from(weights.keys()).sort((a, b) => (weights[b] as number) - (weights[a] as number));
  let held = 0;
  let count = 0;
  while (count < Math.min(topK, ids.length) && (count === 0 || held < topP * total)) {
    const weight = weights[ids[count] as number] as number;
    if (weight === 0 || weight < minP) break;
    held += weight;
    count++;
  }
  return ids.slice(0, count);
}
