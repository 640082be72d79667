import { BYTE_CHARACTERS, bytesAsCharacters } from './byte-level-alphabet.js';
import { TokenizerError } from './tokenizer-error.js';

export interface BytePairTrainingOptions {
  /** Tokens in the end: the special ones, 256 bytes, and merges until there are so many or none is left to make. */
  readonly vocabularySize: number;
  /** Pairs seen less often are not merged (default 2). */
  readonly minFrequency?: number;
  /** Take the first ids, in this order (default: none). */
  readonly specialTokens?: readonly string[];
}

/** The contents of a `tokenizer.json`, as Hugging Face's tokenizers write it. */
export interface BytePairTokenizerJson {
  readonly version: '1.0';
  readonly truncation: null;
  readonly padding: null;
  readonly added_tokens: readonly {
    readonly id: number;
    readonly content: string;
    readonly single_word: false;
    readonly lstrip: false;
    readonly rstrip: false;
    readonly normalized: false;
    readonly special: true;
  }[];
  readonly normalizer: null;
  readonly pre_tokenizer: ByteLevel & { readonly add_prefix_space: false };
  readonly post_processor: null;
  readonly decoder: ByteLevel;
  readonly model: {
    readonly type: 'BPE';
    readonly dropout: null;
    readonly unk_token: null;
    readonly continuing_subword_prefix: null;
    readonly end_of_word_suffix: null;
    readonly fuse_unk: false;
    readonly byte_fallback: false;
    readonly ignore_merges: false;
    readonly vocab: Readonly<Record<string, number>>;
    readonly merges: readonly (readonly [string, string])[];
  };
}

interface ByteLevel {
  readonly type: 'ByteLevel';
  /** Of no effect in a decoder, where it is written as true. */
  readonly add_prefix_space: boolean;
  readonly trim_offsets: true;
  readonly use_regex: true;
}

const BYTE_LEVEL = {
  type: 'ByteLevel',
  add_prefix_space: false,
  trim_offsets: true,
  use_regex: true,
} as const;

/** Words with their leading space, as GPT-2 splits text. */
const WORD = /'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;

/**
 * Trains a byte-level byte-pair encoding (Sennrich et al., "Neural machine translation of rare words with subword units",
 * 2016): the pair of neighbouring tokens that is most frequent within words becomes a token, again and again. Of equally
 * frequent pairs the one with the smaller ids goes first, so the result depends on the texts alone, and is the one that
 * Hugging Face's `BpeTrainer` finds.
 *
 * @param texts - the training texts; a word never reaches across two of them
 * @returns what goes into `tokenizer.json`; `createHuggingFaceTokenizer` takes it as it is
 * @throws TokenizerError if vocabularySize leaves no room for bytes and special tokens, or a special token is empty or there twice
 * @example
 * ```ts
 * import { trainBytePairTokenizer } from '@pose-rft/mllm';
 *
 * const { model } = trainBytePairTokenizer(['low lower lowest', 'low'], { vocabularySize: 259 });
 * console.assert(model.merges.length === 3 && model.vocab['low'] !== undefined);
 * ```
 */
export function trainBytePairTokenizer(
  texts: Iterable<string>,
  options: BytePairTrainingOptions,
): BytePairTokenizerJson {
  const { vocabularySize, minFrequency = 2, specialTokens = [] } = options;
  checkOptions(vocabularySize, minFrequency, specialTokens);
  const tokens = [...specialTokens, ...[...BYTE_CHARACTERS].sort()];
  const idOfToken = new Map(tokens.map((token, id) => [token, id]));
  const words = countWords(texts, idOfToken);
  const merges: (readonly [string, string])[] = [];
  const pairs = countPairs(words);
  while (tokens.length < vocabularySize) {
    const best = mostFrequent(pairs);
    if (best === undefined || best.count < minFrequency) break;
    const [left, right] = best.ids;
    const token = `${tokens[left] as string}${tokens[right] as string}`;
    const known = idOfToken.get(token);
    const id = known ?? tokens.push(token) - 1;
    idOfToken.set(token, id);
    merges.push([tokens[left] as string, tokens[right] as string]);
    mergeEverywhere(pairs, best, id);
  }
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: specialTokens.map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: null,
    pre_tokenizer: BYTE_LEVEL,
    post_processor: null,
    decoder: { ...BYTE_LEVEL, add_prefix_space: true },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges,
    },
  };
}

interface Word {
  ids: readonly number[];
  readonly count: number;
}

interface Pair {
  readonly ids: readonly [number, number];
  count: number;
  /** Words that hold it, or did. */
  readonly words: Set<Word>;
}

/** By left id * 2^26 + right id: no vocabulary has more tokens. */
type Pairs = Map<number, Pair>;

const RADIX = 2 ** 26;

function countWords(texts: Iterable<string>, idOfToken: ReadonlyMap<string, number>): readonly Word[] {
  const counts = new Map<string, number>();
  for (const text of texts)
    for (const word of text.match(WORD) ?? []) counts.set(word, (counts.get(word) ?? 0) + 1);
  return Array.from(counts, ([word, count]) => ({
    ids: Array.from(bytesAsCharacters(word), (character) => idOfToken.get(character) as number),
    count,
  }));
}

function countPairs(words: readonly Word[]): Pairs {
  const pairs: Pairs = new Map();
  for (const word of words) addPairs(pairs, word, 1);
  return pairs;
}

/** Counts a word's pairs, or with sign -1 takes them back. */
function addPairs(pairs: Pairs, word: Word, sign: 1 | -1): void {
  for (let place = 0; place + 1 < word.ids.length; place++) {
    const left = word.ids[place] as number;
    const right = word.ids[place + 1] as number;
    const key = left * RADIX + right;
    let pair = pairs.get(key);
    if (pair === undefined) {
      pair = { ids: [left, right], count: 0, words: new Set() };
      pairs.set(key, pair);
    }
    pair.count += sign * word.count;
    pair.words.add(word);
    if (pair.count === 0) pairs.delete(key);
  }
}

function mostFrequent(pairs: Pairs): Pair | undefined {
  let best: Pair | undefined;
  let bestKey = Infinity;
  for (const [key, pair] of pairs)
    if (best === undefined || pair.count > best.count || (pair.count === best.count && key < bestKey)) {
      best = pair;
      bestKey = key;
    }
  return best;
}

function mergeEverywhere(pairs: Pairs, pair: Pair, merged: number): void {
  const [left, right] = pair.ids;
  for (const word of [...pair.words]) {
    const ids: number[] = [];
    for (let place = 0; place < word.ids.length; place++) {
      const isPair = word.ids[place] === left && word.ids[place + 1] === right;
      ids.push(isPair ? merged : (word.ids[place] as number));
      if (isPair) place++;
    }
    if (ids.length === word.ids.length) continue;
    addPairs(pairs, word, -1);
    word.ids = ids;
    addPairs(pairs, word, 1);
  }
}

function checkOptions(vocabularySize: number, minFrequency: number, specialTokens: readonly string[]): void {
  const least = specialTokens.length + BYTE_CHARACTERS.length;
  if (!Number.isSafeInteger(vocabularySize) || vocabularySize < least)
    throw new TokenizerError(
      `trainBytePairTokenizer: expected vocabularySize to be an integer of at least ${least} (256 bytes and ` +
        `${specialTokens.length} special tokens), found ${vocabularySize}.`,
    );
  if (!Number.isSafeInteger(minFrequency) || minFrequency < 1)
    throw new TokenizerError(
      `trainBytePairTokenizer: expected minFrequency to be an integer above 0, found ${minFrequency}.`,
    );
  const wrong = specialTokens.find((token, index) => token === '' || specialTokens.indexOf(token) !== index);
  if (wrong !== undefined)
    throw new TokenizerError(
      `trainBytePairTokenizer: the special token ${JSON.stringify(wrong)} is empty or there twice; give each one name.`,
    );
}
