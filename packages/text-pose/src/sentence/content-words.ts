import { normaliseSentence } from './normalise-sentence.js';

/** Words that say nothing about the pose: with or without them a phrase means the same. */
const EMPTY_WORDS: ReadonlySet<string> = new Set(['the', 'a', 'their', 'is', 'are', 'being']);

/** The normalised tokens of a text without articles, possessives and copulas. */
export function contentWords(text: string): string[] {
  return normaliseSentence(text).filter((word) => !EMPTY_WORDS.has(word));
}
