import { createHuggingFaceTokenizer, type HuggingFaceTokenizerJson } from './hugging-face-tokenizer.js';
import { withPoseCodes, type PoseCodeTokenizerJson } from './pose-tokeniser/pose-code-tokenizer.js';
import { TokenizerError } from './tokenizer-error.js';

/** Ids of the tokens that every vocabulary starts with, in this order. */
export interface SpecialTokenIds {
  /** Fills unused slots; never written, never sampled. */
  readonly pad: 0;
  /** Ends an answer. */
  readonly endOfSequence: 1;
  /** Stands for the pose: the decoder's hidden state at it feeds the pose head. */
  readonly pose: 2;
  /** A slot for one image feature vector. */
  readonly image: 3;
  /** Opens the question. */
  readonly user: 4;
  /** Opens the answer. */
  readonly assistant: 5;
  /** A word outside the vocabulary. */
  readonly unknown: 6;
}

export const SPECIAL_TOKENS: readonly string[] = [
  '<pad>',
  '<eos>',
  '<POSE>',
  '<image>',
  '<user>',
  '<assistant>',
  '<unk>',
];

export const SPECIAL_TOKEN_IDS: SpecialTokenIds = {
  pad: 0,
  endOfSequence: 1,
  pose: 2,
  image: 3,
  user: 4,
  assistant: 5,
  unknown: 6,
};

export interface EncodedText {
  readonly ids: readonly number[];
  /** The words that became `<unk>`, in order of appearance, each once. */
  readonly unknownWords: readonly string[];
}

/** A stretch of what is encoded: text of one's own, text of someone else's, or tokens. */
export type TextPiece =
  /** Special tokens are recognised where they are spelt. */
  | { readonly kind: 'trusted'; readonly text: string }
  /** No special token comes from it, whatever it spells. */
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'ids'; readonly ids: readonly number[] };

/** Plain JSON; {@link parseTokenizer} reads it back. */
export type TokenizerJson = WordLevelTokenizerJson | HuggingFaceTokenizerJson | PoseCodeTokenizerJson;

export interface WordLevelTokenizerJson {
  readonly type: 'word-level';
  readonly version: 1;
  readonly specialTokens: readonly string[];
  /** The ordinary words, whose ids follow those of the special tokens. */
  readonly words: readonly string[];
}

/** Splits text into tokens, and names each by its place in a fixed vocabulary. */
export interface Tokenizer {
  /** The token of every id. */
  readonly vocabulary: readonly string[];
  /** `vocabulary.length`. */
  readonly size: number;
  /** Text to ids; the special tokens are recognised where they are spelt exactly (`<POSE>`). For text that is not one's own, see `encodePieces`. */
  encode(text: string): EncodedText;
  /**
   * Stretches of text to ids, as if they were one text (so a token may reach from one into the next), but for the special
   * tokens, which come from trusted text alone: a question that spells `<POSE>` or `</s>` gives ordinary tokens.
   */
  encodePieces(pieces: readonly TextPiece[]): EncodedText;
  /**
   * Ids to text. The tokens that begin, end and pad are left out; other special tokens are spelt.
   *
   * @throws TokenizerError for an id outside the vocabulary
   */
  decode(ids: Iterable<number>): string;
  /** The id of one token, spelt as in the vocabulary. */
  idOf(token: string): number | undefined;
  /** Whether a token is a special one: never the encoding of literal text. */
  isSpecial(id: number): boolean;
  toJSON(): TokenizerJson;
}

/** A tokenizer of {@link createTokenizer}. */
export interface WordLevelTokenizer extends Tokenizer {
  toJSON(): WordLevelTokenizerJson;
}

const WORD_OR_MARK = "[\\p{L}\\p{N}]+(?:['’-][\\p{L}\\p{N}]+)*|[^\\s\\p{L}\\p{N}]";
const PIECE = new RegExp([...SPECIAL_TOKENS, WORD_OR_MARK].join('|'), 'gu');
const LITERAL_PIECE = new RegExp(WORD_OR_MARK, 'gu');
const ATTACHES_TO_THE_LEFT = new Set([',', '.', '?', '!', ':', ';', ')', '%']);
const ATTACHES_TO_THE_RIGHT = new Set(['(']);

/**
 * A word-level tokenizer over a given vocabulary: what a small model with a closed world of captions needs. The
 * special tokens are added in front. Words are compared in lower case; a hyphenated word that is unknown as a whole falls
 * apart at its hyphens; decoding attaches punctuation to the word it belongs to.
 *
 * @param words - lower-case words and single punctuation marks, each once, without the special tokens
 * @throws TokenizerError if a word occurs twice, or is not exactly one token of its own text
 * @example
 * ```ts
 * import { createTokenizer } from '@pose-rft/mllm';
 *
 * const tokenizer = createTokenizer(['the', 'left', 'arm', 'is', 'raised', ',', '.']);
 * const { ids, unknownWords } = tokenizer.encode('The left arm is raised: <POSE>.');
 * console.assert(unknownWords.join() === ':');
 * console.assert(tokenizer.decode(ids) === 'the left arm is raised <unk> <POSE>.');
 * ```
 */
export function createTokenizer(words: readonly string[]): WordLevelTokenizer {
  const vocabulary = Object.freeze([...SPECIAL_TOKENS, ...words]);
  const idOfToken = indexVocabulary(vocabulary);

  function encodePieces(pieces: readonly TextPiece[]): EncodedText {
    const ids: number[] = [];
    const unknownWords = new Set<string>();
    const append = (word: string): void => {
      const id = idOfToken.get(word);
      if (id === undefined) unknownWords.add(word);
      ids.push(id ?? SPECIAL_TOKEN_IDS.unknown);
    };
    for (const stretch of pieces) {
      if (stretch.kind === 'ids') {
        ids.push(...stretch.ids);
        continue;
      }
      for (const piece of stretch.kind === 'trusted'
        ? splitText(stretch.text)
        : splitLiterally(stretch.text)) {
        if (idOfToken.has(piece) || !piece.includes('-') || piece === '-') append(piece);
        else piece.split('-').forEach(append);
      }
    }
    return { ids, unknownWords: [...unknownWords] };
  }

  function decode(ids: Iterable<number>): string {
    let text = '';
    let glued = true;
    for (const id of ids) {
      const token = vocabulary[id];
      if (token === undefined)
        throw new TokenizerError(
          `Tokenizer.decode: ${id} is no token id; expected an integer in [0, ${vocabulary.length - 1}]. ` +
            'Was the text encoded with another vocabulary?',
        );
      if (id === SPECIAL_TOKEN_IDS.pad || id === SPECIAL_TOKEN_IDS.endOfSequence) continue;
      text += glued || ATTACHES_TO_THE_LEFT.has(token) ? token : ` ${token}`;
      glued = ATTACHES_TO_THE_RIGHT.has(token);
    }
    return text;
  }

  return {
    vocabulary,
    size: vocabulary.length,
    encode: (text) => encodePieces([{ kind: 'trusted', text }]),
    encodePieces,
    decode,
    idOf: (token) => idOfToken.get(token),
    isSpecial: (id) => id >= 0 && id < SPECIAL_TOKENS.length,
    toJSON: () => ({ type: 'word-level', version: 1, specialTokens: SPECIAL_TOKENS, words: [...words] }),
  };
}

/**
 * Reads what `Tokenizer.toJSON` wrote.
 *
 * @throws TokenizerError if `json` is anything else
 */
export function parseTokenizer(json: unknown): Tokenizer {
  const record: Partial<
    Record<
      keyof WordLevelTokenizerJson | keyof HuggingFaceTokenizerJson | keyof PoseCodeTokenizerJson,
      unknown
    >
  > = typeof json === 'object' && json !== null ? json : {};
  if (record.type === 'pose-codes') return parsePoseCodes(record);
  if (record.type === 'hugging-face')
    return createHuggingFaceTokenizer({
      tokenizerJson: record.tokenizerJson,
      tokenizerConfig: record.tokenizerConfig,
    });
  if (record.type !== 'word-level' || record.version !== 1)
    throw new TokenizerError(
      `parseTokenizer: expected { type: "word-level", version: 1, ... }, found ${preview(json)}. ` +
        'Only tokenizers saved by this package can be read.',
    );
  if (!isStringArray(record.specialTokens) || record.specialTokens.join() !== SPECIAL_TOKENS.join())
    throw new TokenizerError(
      `parseTokenizer: expected the special tokens ${SPECIAL_TOKENS.join(' ')}, found ` +
        `${preview(record.specialTokens)}. The vocabulary's ids would be shifted.`,
    );
  if (!isStringArray(record.words))
    throw new TokenizerError(
      `parseTokenizer: expected "words" to be an array of strings, found ${preview(record.words)}.`,
    );
  return createTokenizer(record.words);
}

function parsePoseCodes(record: Partial<Record<keyof PoseCodeTokenizerJson, unknown>>): Tokenizer {
  const { version, levelCount, codebookSize } = record;
  const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 1;
  if (version !== 1 || !isCount(levelCount) || !isCount(codebookSize))
    throw new TokenizerError(
      'parseTokenizer: expected { type: "pose-codes", version: 1, levelCount, codebookSize, base } with counts above 0, ' +
        `found ${preview(record)}.`,
    );
  return withPoseCodes(parseTokenizer(record.base), { levelCount, codebookSize });
}

function splitText(text: string): readonly string[] {
  return (text.match(PIECE) ?? []).map((piece) =>
    SPECIAL_TOKENS.includes(piece) ? piece : piece.toLowerCase(),
  );
}

function splitLiterally(text: string): readonly string[] {
  return (text.match(LITERAL_PIECE) ?? []).map((piece) => piece.toLowerCase());
}

function indexVocabulary(vocabulary: readonly string[]): ReadonlyMap<string, number> {
  const idOfToken = new Map<string, number>();
  vocabulary.forEach((token, id) => {
    const pieces = splitText(token);
    if (pieces.length !== 1 || pieces[0] !== token)
      throw new TokenizerError(
        `createTokenizer: word ${id - SPECIAL_TOKENS.length}, ${JSON.stringify(token)}, is not one lower-case word ` +
          `or punctuation mark: its text splits into ${JSON.stringify(pieces)}. Give each piece as a word of its own.`,
      );
    const first = idOfToken.get(token);
    if (first !== undefined)
      throw new TokenizerError(
        `createTokenizer: ${JSON.stringify(token)} is in the vocabulary twice (ids ${first} and ${id}); ` +
          'list every word once, and the special tokens not at all.',
      );
    idOfToken.set(token, id);
  });
  return idOfToken;
}

function isStringArray(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function preview(value: unknown): string {
  return JSON.stringify(value)?.slice(0, 120) ?? String(value);
}

export { TokenizerError };
