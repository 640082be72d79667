import { CAPTION_VOCABULARY } from './caption-vocabulary.js';
import { SYNONYMS } from './synonyms.js';

const KNOWN: ReadonlySet<string> = new Set(CAPTION_VOCABULARY);
const MEANING: ReadonlyMap<string, string> = new Map(Object.entries(SYNONYMS));

/**
 * A sentence as the tokens that captions are made of: lower case, `,` and `.` split off (other punctuation becomes one
 * of the two or disappears), inflections, synonyms and numerals mapped to vocabulary words where the meaning is safe.
 * Words that mean nothing here stay as they are, so that the caller can name them. A caption's own words are never
 * changed, and normalising twice is normalising once.
 *
 * @example
 * ```ts
 * import { normaliseSentence } from '@pose-rft/text-pose';
 *
 * const words = normaliseSentence('A guy squats; his LEFT-arm raised!');
 * console.assert(words.join(' ') === 'a man squatting , their left arm raised .');
 * ```
 */
export function normaliseSentence(text: string): string[] {
  return text
    .toLowerCase()
    .replaceAll(/['’]s\b/gu, '')
    .replaceAll(/[,;:]/gu, ' , ')
    .replaceAll(/[.!?]+/gu, ' . ')
    .replaceAll('°', ' ° ')
    .replaceAll(/[^\p{Letter}\p{Number}°,.]+/gu, ' ')
    .split(' ')
    .filter((word) => word !== '')
    .flatMap((word) => (KNOWN.has(word) ? [word] : (MEANING.get(word)?.split(' ') ?? [word])));
}

/**
 * The normalised tokens of a sentence that `CAPTION_VOCABULARY` lacks, each once, in order of appearance.
 *
 * @example
 * ```ts
 * import { unknownWords } from '@pose-rft/text-pose';
 *
 * console.assert(unknownWords('A zombie squats.').join() === 'zombie');
 * ```
 */
export function unknownWords(text: string): string[] {
  return [...new Set(normaliseSentence(text).filter((word) => !KNOWN.has(word)))];
}
