/**
 * The words and punctuation marks of a text, lower case: runs of letters and digits, `,` (also for `;` and `:`) and `.`
 * (also for `!` and `?`). What is skipped, and what stands behind the first `maximumWords`, is left out; a text of which
 * nothing is left is one empty word, so that it has an embedding too.
 */
export function wordSequence(
  text: string,
  {
    skippedWords,
    maximumWords,
  }: { readonly skippedWords: ReadonlySet<string>; readonly maximumWords: number },
): readonly string[] {
  const words = text.toLowerCase().replaceAll(/[;:]/gu, ',').replaceAll(/[!?]/gu, '.').match(WORD_OR_MARK);
  const read = (words ?? []).filter((word) => !skippedWords.has(word)).slice(0, maximumWords);
  return read.length === 0 ? [''] : read;
}

const WORD_OR_MARK = /[\p{Letter}\p{Number}]+|[,.]/gu;

/**
 * The words that occur in texts, the most frequent first (ties in alphabetical order), for the vocabulary of a
 * transformer encoder.
 *
 * @param options.skippedWords - left out
 * @param options.largestSize - the rarer words beyond it are left out (default: none are)
 * @param options.leastOccurrences - words that occur less often are left out (default 1)
 * @example
 * ```ts
 * import { frequentWords } from '@pose-rft/text-pose/retrieval';
 *
 * const words = frequentWords(['left arm up', 'the left leg is bent'], { skippedWords: ['the', 'is'], largestSize: 3 });
 * console.assert(words.join() === 'left,arm,bent');
 * ```
 */
export function frequentWords(
  texts: Iterable<string>,
  options: {
    readonly skippedWords?: readonly string[];
    readonly largestSize?: number;
    readonly leastOccurrences?: number;
  } = {},
): readonly string[] {
  const { skippedWords = [], largestSize = Infinity, leastOccurrences = 1 } = options;
  const skipped = new Set(['', ...skippedWords]);
  const counts = new Map<string, number>();
  for (const text of texts)
    for (const word of wordSequence(text, { skippedWords: skipped, maximumWords: Infinity }))
      if (word !== '') counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts]
    .filter(([, count]) => count >= leastOccurrences)
    .sort(([first, firstCount], [second, secondCount]) =>
      firstCount === secondCount ? (first < second ? -1 : 1) : secondCount - firstCount,
    )
    .slice(0, largestSize)
    .map(([word]) => word);
}
