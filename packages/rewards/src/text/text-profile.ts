import { inverseDocumentFrequency, type LexicalWeights } from './lexical-weights.js';
import { wordsOf } from './text-n-grams.js';

/** A text as two sparse vectors of n-grams, each sorted by key so that two are compared in one pass. */
export interface TextProfile {
  readonly trigrams: SparseVector;
  readonly words: SparseVector;
}

interface SparseVector {
  readonly keys: Float64Array;
  /** Counts, or counts times weights. */
  readonly values: Float64Array;
  readonly norm: number;
}

/** What is known of n-grams beforehand. */
export interface Lexicon {
  readonly wordIds: ReadonlyMap<string, number>;
  readonly trigramWeights: NGramWeights | undefined;
  readonly wordWeights: NGramWeights | undefined;
}

interface NGramWeights {
  readonly byKey: ReadonlyMap<number, number>;
  readonly unseen: number;
}

/** An n-gram is one number: characters and words have ids, and ids are its digits. */
const CHARACTER_BASE = 200_000; // more than Unicode has letters and digits; its cube is below 2^53
const WORD_BASE = 2 ** 26;

const ASCII = 128;

/** Of the characters beyond ASCII met so far; bounded by the letters and digits of Unicode. */
const CHARACTER_IDS = new Map<number, number>();

function characterId(codePoint: number): number {
  if (codePoint < ASCII) return codePoint;
  const known = CHARACTER_IDS.get(codePoint);
  if (known !== undefined) return known;
  const id = ASCII + CHARACTER_IDS.size;
  CHARACTER_IDS.set(codePoint, id);
  return id;
}

const SPACE = 32;

/** Weights by the numbers that n-grams have here; without weights all count alike. */
export function createLexicon(weights: LexicalWeights | undefined): Lexicon {
  const wordIds = new Map<string, number>();
  if (weights === undefined) return { wordIds, trigramWeights: undefined, wordWeights: undefined };
  const { documents } = weights;
  const idOf = (word: string): number => {
    const id = wordIds.get(word) ?? wordIds.size;
    wordIds.set(word, id);
    return id;
  };
  const weigh = (nGrams: LexicalWeights['words'], keyOf: (nGram: string) => number): NGramWeights => ({
    byKey: new Map(
      nGrams.map(([nGram, holding]) => [keyOf(nGram), inverseDocumentFrequency(documents, holding)]),
    ),
    unseen: inverseDocumentFrequency(documents, 0),
  });
  return {
    wordIds,
    trigramWeights: weigh(weights.trigrams, (nGram) =>
      [...nGram].reduce(
        (key, character) => key * CHARACTER_BASE + characterId(character.codePointAt(0) ?? 0),
        0,
      ),
    ),
    wordWeights: weigh(weights.words, (nGram) =>
      nGram.split(' ').reduce((key, word, index) => (index === 0 ? idOf(word) : pairKey(key, idOf(word))), 0),
    ),
  };
}

function pairKey(first: number, second: number): number {
  return (first + 1) * WORD_BASE + second;
}

/** Profiles that may be compared with each other: those of one profiler. It remembers new words: use one a batch. */
export function createTextProfiler(lexicon: Lexicon): (text: string) => TextProfile {
  const newWords = new Map<string, number>();
  const idOf = (word: string): number => {
    const known = lexicon.wordIds.get(word) ?? newWords.get(word);
    if (known !== undefined) return known;
    const id = lexicon.wordIds.size + newWords.size;
    newWords.set(word, id);
    return id;
  };
  return (text) => {
    const words = wordsOf(text);
    return {
      trigrams: sparseVector(trigramKeys(words), lexicon.trigramWeights),
      words: sparseVector(wordKeys(words, idOf), lexicon.wordWeights),
    };
  };
}

/** The characters of the words of one text, with a space before, between and after them. */
let characters = new Int32Array(256);

function trigramKeys(words: readonly string[]): Float64Array {
  if (words.length === 0) return new Float64Array(0);
  let bound = 1;
  for (let each = 0; each < words.length; each++) bound += (words[each] as string).length + 1;
  if (bound > characters.length) characters = new Int32Array(2 * bound);
  characters[0] = SPACE;
  let length = 1;
  for (let each = 0; each < words.length; each++) {
    const word = words[each] as string;
    for (let index = 0; index < word.length; index++) {
      let code = word.charCodeAt(index);
      if (code >= ASCII) {
        const codePoint = word.codePointAt(index) ?? 0;
        if (codePoint > 0xffff) index++;
        code = characterId(codePoint);
      }
      characters[length++] = code;
    }
    characters[length++] = SPACE;
  }
  const keys = new Float64Array(length - 2);
  for (let start = 0; start < keys.length; start++)
    keys[start] =
      ((characters[start] as number) * CHARACTER_BASE + (characters[start + 1] as number)) * CHARACTER_BASE +
      (characters[start + 2] as number);
  return keys;
}

function wordKeys(words: readonly string[], idOf: (word: string) => number): Float64Array {
  const keys = new Float64Array(Math.max(0, 2 * words.length - 1));
  let previous = -1;
  let count = 0;
  for (const word of words) {
    const id = idOf(word);
    keys[count++] = id;
    if (previous >= 0) keys[count++] = pairKey(previous, id);
    previous = id;
  }
  return keys;
}

function sparseVector(keys: Float64Array, weights: NGramWeights | undefined): SparseVector {
  sortAscending(keys);
  const values = new Float64Array(keys.length);
  let distinct = 0;
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index] as number;
    if (distinct > 0 && keys[distinct - 1] === key)
      values[distinct - 1] = (values[distinct - 1] as number) + 1;
    else {
      keys[distinct] = key;
      values[distinct] = 1;
      distinct++;
    }
  }
  let squares = 0;
  for (let index = 0; index < distinct; index++) {
    const value =
      (values[index] as number) *
      (weights === undefined ? 1 : (weights.byKey.get(keys[index] as number) ?? weights.unseen));
    values[index] = value;
    squares += value * value;
  }
  return { keys: keys.subarray(0, distinct), values, norm: Math.sqrt(squares) };
}

/** Sentences have some dozen n-grams: below this many, moving each into place beats the engine's sort. */
const SORTED_IN_PLACE = 96;

function sortAscending(keys: Float64Array): void {
  if (keys.length > SORTED_IN_PLACE) {
    keys.sort();
    return;
  }
  for (let index = 1; index < keys.length; index++) {
    const key = keys[index] as number;
    let at = index;
    for (; at > 0 && (keys[at - 1] as number) > key; at--) keys[at] = keys[at - 1] as number;
    keys[at] = key;
  }
}

/** The mean cosine of trigrams and of words; both profiles must be of one profiler. */
export function profileSimilarity(first: TextProfile, second: TextProfile): number {
  return (cosine(first.trigrams, second.trigrams) + cosine(first.words, second.words)) / 2;
}

function cosine(first: SparseVector, second: SparseVector): number {
  const firstKeys = first.keys;
  const secondKeys = second.keys;
  if (firstKeys.length === 0 || secondKeys.length === 0)
    return firstKeys.length === secondKeys.length ? 1 : 0;
  let product = 0;
  let i = 0;
  let j = 0;
  while (i < firstKeys.length && j < secondKeys.length) {
    const difference = (firstKeys[i] as number) - (secondKeys[j] as number);
    if (difference === 0) product += (first.values[i] as number) * (second.values[j] as number);
    if (difference <= 0) i++;
    if (difference >= 0) j++;
  }
  return Math.min(1, product / (first.norm * second.norm));
}
