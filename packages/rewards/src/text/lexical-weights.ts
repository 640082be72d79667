import { textNGrams } from './text-n-grams.js';

/**
 * How many of a set of texts hold each n-gram: what tells words that mean something from those that stand everywhere.
 * Plain data; `JSON.stringify` stores it, and {@link parseLexicalWeights} reads it back.
 */
export interface LexicalWeights {
  readonly documents: number;
  /** Character trigrams, and the number of texts that hold each. */
  readonly trigrams: readonly (readonly [nGram: string, documents: number])[];
  /** Words, and pairs of words with a space between. */
  readonly words: readonly (readonly [nGram: string, documents: number])[];
}

export interface LexicalWeightOptions {
  /** N-grams that fewer texts hold are left out, and count as never seen. Default 2. */
  readonly minimumDocuments?: number;
}

/** Thrown when stored weights are not what `learnLexicalWeights` makes. */
export class LexicalWeightsError extends Error {
  override readonly name = 'LexicalWeightsError';
}

/**
 * Counts the n-grams of {@link textSimilarity} in texts like those to be compared, such as the training references.
 *
 * @throws RangeError if there is no text, or minimumDocuments is not a positive integer
 * @example
 * ```ts
 * import { learnLexicalWeights, parseLexicalWeights, textSimilarity } from '@pose-rft/rewards';
 *
 * const weights = learnLexicalWeights(['the left knee is bent', 'the left arm is up', 'the head is up']);
 * const stored = parseLexicalWeights(JSON.stringify(weights));
 * const kneeOrThe = [textSimilarity('the knee', 'a knee', stored), textSimilarity('the knee', 'the arm', stored)];
 * console.assert((kneeOrThe[0] ?? 0) > (kneeOrThe[1] ?? 1));
 * ```
 */
export function learnLexicalWeights(
  texts: readonly string[],
  options: LexicalWeightOptions = {},
): LexicalWeights {
  const { minimumDocuments = 2 } = options;
  if (texts.length === 0) throw new RangeError('lexical weights need at least one text to learn from');
  if (!Number.isInteger(minimumDocuments) || minimumDocuments < 1)
    throw new RangeError(`minimumDocuments must be a positive integer, got ${minimumDocuments}`);
  const trigrams = new Map<string, number>();
  const words = new Map<string, number>();
  for (const text of texts) {
    const nGrams = textNGrams(text);
    for (const nGram of new Set(nGrams.trigrams)) trigrams.set(nGram, (trigrams.get(nGram) ?? 0) + 1);
    for (const nGram of new Set(nGrams.words)) words.set(nGram, (words.get(nGram) ?? 0) + 1);
  }
  const kept = (counts: ReadonlyMap<string, number>): LexicalWeights['words'] =>
    [...counts].filter(([, documents]) => documents >= minimumDocuments).sort(byNGram);
  return { documents: texts.length, trigrams: kept(trigrams), words: kept(words) };
}

function byNGram([first]: readonly [string, number], [second]: readonly [string, number]): number {
  return first < second ? -1 : Number(first > second);
}

/**
 * Reads what `JSON.stringify` made of {@link LexicalWeights}.
 *
 * @throws LexicalWeightsError if the text is no JSON, or holds something else
 */
export function parseLexicalWeights(json: string): LexicalWeights {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch (error) {
    throw new LexicalWeightsError('lexical weights are not JSON: store them with JSON.stringify', {
      cause: error,
    });
  }
  if (typeof parsed !== 'object' || parsed === null)
    throw new LexicalWeightsError(`lexical weights must be an object, found ${JSON.stringify(parsed)}`);
  const { documents, trigrams, words } = parsed as Readonly<Record<string, unknown>>;
  if (!isCount(documents))
    throw new LexicalWeightsError(`documents must be a positive integer, found ${String(documents)}`);
  return {
    documents,
    trigrams: countsOf('trigrams', trigrams, documents),
    words: countsOf('words', words, documents),
  };
}

function countsOf(field: string, entries: unknown, documents: number): LexicalWeights['words'] {
  if (!Array.isArray(entries))
    throw new LexicalWeightsError(`${field} must be an array of [n-gram, documents]`);
  return entries.map((entry: unknown) => {
    const [nGram, count] = Array.isArray(entry) ? (entry as unknown[]) : [];
    if (typeof nGram !== 'string' || !isCount(count) || count > documents)
      throw new LexicalWeightsError(
        `${field} holds ${JSON.stringify(entry)}; expected [n-gram, documents] with 1 <= documents <= ${documents}`,
      );
    return [nGram, count] as const;
  });
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1;
}

/** The smoothed inverse document frequency, ln((1 + N) / (1 + n)) + 1: at least 1. */
export function inverseDocumentFrequency(documents: number, holding: number): number {
  return Math.log((1 + documents) / (1 + holding)) + 1;
}
