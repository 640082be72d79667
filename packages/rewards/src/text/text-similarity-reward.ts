import { identified, scoreRows, type Described, type Reward, type RewardIdentity } from '../reward.js';
import type { LexicalWeights } from './lexical-weights.js';
import { createLexicon, createTextProfiler, profileSimilarity, type TextProfile } from './text-profile.js';

export interface TextSimilarityRewardOptions<Prompt, Action> extends RewardIdentity {
  readonly answer: (action: Action) => string;
  /** The answer to be similar to; undefined: the reward declines. */
  readonly reference: (prompt: Prompt) => string | undefined;
  /** Of n-grams, learned from texts (see `learnLexicalWeights`). Default: all count alike. */
  readonly weights?: LexicalWeights;
}

/**
 * How much the answer's spelling has in common with a reference: see {@link textSimilarity}. In [0, 1]; NaN where the
 * prompt has no reference. It stands where the paper has the cosine of BGE-M3 embeddings, and is lexical: it knows no
 * synonyms, and "left" for "right" costs little. For meaning, use {@link embeddingSimilarityReward}.
 *
 * The reference's n-grams in any order maximise it, so it can be gamed by copying frequent phrases of the references;
 * weights make that less worth while.
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
): Described<Reward<Prompt, Action>> {
  const { answer, reference } = options;
  const lexicon = createLexicon(options.weights);
  const about = {
    measures: `lexical cosine of n-grams with the reference${options.weights ? ', weighted by rarity' : ''}`,
    unit: '1',
    range: [0, 1],
    maximisedBy: "the reference's words and phrases, in nearly any order",
    gamedBy: 'copying frequent phrases; it knows no synonyms, and "left" for "right" costs little',
    judges: 'rows',
  } as const;
  return identified(options, { name: 'text_similarity', drives: 'answer', about }, (batch) => {
    const profileOf = createTextProfiler(lexicon);
    // The candidates of a prompt share its reference: count its n-grams once.
    const profiles = new Map<string, TextProfile>();
    return scoreRows(batch, (prompt, action) => {
      const text = reference(prompt);
      if (text === undefined) return undefined;
      let expected = profiles.get(text);
      if (expected === undefined) {
        expected = profileOf(text);
        profiles.set(text, expected);
      }
      return profileSimilarity(profileOf(answer(action)), expected);
    });
  });
}

/**
 * The mean of two cosines between counts: of character trigrams, and of words and word pairs, both after lower-casing
 * and dropping punctuation. Symmetric, in [0, 1]; 1 for texts that differ in case and punctuation only, and for two
 * empty ones. With weights each count is multiplied by the n-gram's smoothed inverse document frequency.
 *
 * It is blind to meaning: synonyms have nothing in common, and opposites may share nearly all.
 *
 * @example
 * ```ts
 * import { textSimilarity } from '@pose-rft/rewards';
 *
 * console.assert(textSimilarity('A dog!', 'a dog') > 0.999);
 * ```
 */
export function textSimilarity(first: string, second: string, weights?: LexicalWeights): number {
  const profileOf = createTextProfiler(createLexicon(weights));
  return profileSimilarity(profileOf(first), profileOf(second));
}
