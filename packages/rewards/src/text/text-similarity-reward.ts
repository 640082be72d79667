import { identified, scoreRows, type Reward, type RewardIdentity } from './reward.js';

export interface TextSimilarityRewardOptions<Prompt, Action> extends RewardIdentity {
  readonly answer: (action: Action) => string;
  /** The answer to be similar to; undefined: the reward declines. */
  readonly reference: (prompt: Prompt) => string | undefined;
}

/**
 * How much the answer's spelling has in common with a reference: see {@link textSimilarity}. In [0, 1]; NaN where the
 * prompt has no reference. It stands where the paper has the cosine of BGE-M3 embeddings, and is lexical: it knows no
 * synonyms, and "left" for "right" costs little. For meaning, give an embedding's cosine in the same shape.
 *
 * The reference's n-grams in any order maximise it, so it can be gamed by copying frequent phrases of the references.
 *
 * @example
 * ```ts
 * import { textSimilarityReward } from '@pose-rft/rewards';
 *
 * const reward = textSimilarityReward({
 *   answer: (action: string) => action,
 *   reference: (prompt: string) => prompt,
 * });
 * const prompt = 'a dog on the beach';
 * const { values } = reward.score({
 *   rows: [prompt, 'a dog at the sea', 'none'].map((action) => ({ prompt, action })),
 * });
 * console.assert((values[0] ?? 0) > 0.999 && (values[1] ?? 0) > (values[2] ?? 1));
 * ```
 */
export function textSimilarityReward<Prompt, Action>(
  options: TextSimilarityRewardOptions<Prompt, Action>,
): Reward<Prompt, Action> {
  const { answer, reference } = options;
  return identified(options, { name: 'text_similarity', drives: 'answer' }, (batch) => {
    // The candidates of a prompt share its reference: count its n-grams once.
    const profiles = new Map<string, TextProfile>();
    return scoreRows(batch, (prompt, action) => {
      const text = reference(prompt);
      if (text === undefined) return undefined;
      const expected = profiles.get(text) ?? profileOf(text);
      profiles.set(text, expected);
      return similarity(profileOf(answer(action)), expected);
    });
  });
}

/**
 * The mean of two cosines between counts: of character trigrams, and of words and word pairs, both after lower-casing
 * and dropping punctuation. Symmetric, in [0, 1]; 1 for texts that differ in case and punctuation only, and for two
 * empty ones.
 *
 * @example
 * ```ts
 * import { textSimilarity } from '@pose-rft/rewards';
 *
 * console.assert(textSimilarity('A dog!', 'a dog') > 0.999);
 * ```
 */
export function textSimilarity(first: string, second: string): number {
  return similarity(profileOf(first), profileOf(second));
}

type Counts = ReadonlyMap<string, number>;

interface TextProfile {
  readonly characters: Counts;
  readonly words: Counts;
}

function profileOf(text: string): TextProfile {
  const words = text.toLowerCase().match(/[\p{Letter}\p{Number}]+/gu) ?? [];
  const spaced = [...` ${words.join(' ')} `];
  return {
    characters: count(words.length === 0 ? [] : nGrams(spaced, 3, '')),
    words: count([...words, ...nGrams(words, 2, ' ')]),
  };
}

function nGrams(items: readonly string[], length: number, separator: string): readonly string[] {
  const count = Math.max(0, items.length - length + 1);
  return Array.from({ length: count }, (_, start) => items.slice(start, start + length).join(separator));
}

function count(items: readonly string[]): Counts {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  return counts;
}

function similarity(first: TextProfile, second: TextProfile): number {
  return (cosine(first.characters, second.characters) + cosine(first.words, second.words)) / 2;
}

function cosine(first: Counts, second: Counts): number {
  if (first.size === 0 || second.size === 0) return first.size === second.size ? 1 : 0;
  let product = 0;
  for (const [item, times] of first) product += times * (second.get(item) ?? 0);
  return Math.min(1, product / (norm(first) * norm(second)));
}

function norm(counts: Counts): number {
  let squares = 0;
  for (const times of counts.values()) squares += times * times;
  return Math.sqrt(squares);
}
