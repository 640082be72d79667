import { Tokenizer as TokenizerOfHuggingFace } from '@huggingface/tokenizers';
import { TokenizerError } from './tokenizer-error.js';
import type { EncodedText, TextPiece, Tokenizer } from './tokenizer.js';

/** The two files of a Hugging Face model that describe its tokenizer, in one. */
export interface HuggingFaceTokenizerJson {
  readonly type: 'hugging-face';
  readonly version: 1;
  readonly tokenizerJson: Fields;
  readonly tokenizerConfig: Fields;
}

export interface HuggingFaceTokenizerOptions {
  /** The contents of `tokenizer.json`. */
  readonly tokenizerJson: unknown;
  /** The contents of `tokenizer_config.json`, if there is one: it names the tokens that begin, end and pad. */
  readonly tokenizerConfig?: unknown;
  /** Special tokens to add behind the vocabulary, such as `<POSE>`; those that it has already keep their ids. */
  readonly addedSpecialTokens?: readonly string[];
}

type Fields = Readonly<Record<string, unknown>>;

interface AddedToken extends Fields {
  readonly id: number;
  readonly content: string;
  readonly special: boolean;
}

/** The tokens that decoding leaves out, by their names in `tokenizer_config.json`. */
const SILENT_TOKENS = ['bos_token', 'eos_token', 'pad_token', 'unk_token'] as const;

/** Private-use characters around the number of a special token, in place of its name. */
const OPEN = '\u{10FFFD}';
const CLOSE = '\u{10FFFC}';

/**
 * The tokenizer of a Hugging Face model, by `@huggingface/tokenizers`. No special tokens are put around a text: a chat
 * template names them.
 *
 * @throws TokenizerError if the files do not describe a tokenizer
 * @example
 * ```ts
 * import { createHuggingFaceTokenizer, trainBytePairTokenizer } from '@pose-rft/mllm';
 *
 * const tokenizer = createHuggingFaceTokenizer({
 *   tokenizerJson: trainBytePairTokenizer(['a person kneels', 'a person stands'], { vocabularySize: 280 }),
 *   addedSpecialTokens: ['<POSE>'],
 * });
 * const pose = tokenizer.idOf('<POSE>');
 * console.assert(tokenizer.encode('a <POSE>').ids.at(-1) === pose);
 * const { ids } = tokenizer.encodePieces([{ kind: 'literal', text: 'is <POSE> a word?' }]);
 * console.assert(!ids.includes(pose ?? -1) && tokenizer.decode(ids) === 'is <POSE> a word?');
 * ```
 */
export function createHuggingFaceTokenizer(options: HuggingFaceTokenizerOptions): Tokenizer {
  const tokenizerConfig = fieldsOf(options.tokenizerConfig ?? {}, 'tokenizer_config.json');
  const tokenizerJson = withAddedTokens(
    fieldsOf(options.tokenizerJson, 'tokenizer.json'),
    options.addedSpecialTokens ?? [],
  );
  const plain = construct(tokenizerJson, tokenizerConfig);
  const vocabulary: readonly string[] = vocabularyOf(plain);
  const idOfToken = new Map(vocabulary.map((token, id) => [token, id]));
  const named = SILENT_TOKENS.flatMap((name) => nameOf(tokenizerConfig[name]) ?? []);
  const specials = new Map<string, number>();
  for (const { content, id, special } of addedTokensOf(tokenizerJson))
    if (special || named.includes(content)) specials.set(content, id);
  const silentIds: ReadonlySet<number> = new Set(named.flatMap((name) => specials.get(name) ?? []));
  const specialIds = new Set(specials.values());
  const specialNames = [...specials.keys()].sort((a, b) => b.length - a.length);
  const anySpecial =
    specialNames.length === 0 ? /(?!)/g : new RegExp(specialNames.map(escaped).join('|'), 'g');
  const guardedTokenizers = new Map<number, TokenizerOfHuggingFace>();

  /** A tokenizer that knows special tokens by marks of `depth` opening characters, and not by their names. */
  function guarded(depth: number): TokenizerOfHuggingFace {
    let tokenizer = guardedTokenizers.get(depth);
    if (tokenizer === undefined) {
      tokenizer = construct(
        withMarks(tokenizerJson, specials, vocabulary.length, (id) => markOf(id, depth)),
        tokenizerConfig,
      );
      guardedTokenizers.set(depth, tokenizer);
    }
    return tokenizer;
  }

  function encodePieces(pieces: readonly TextPiece[]): EncodedText {
    const depth = 1 + pieces.reduce((longest, piece) => Math.max(longest, longestRun(piece)), 0);
    const inserted = pieces.flatMap((piece) => (piece.kind === 'ids' ? [piece.ids] : []));
    const text = pieces
      .map((piece) => {
        if (piece.kind === 'ids') return markOf(vocabulary.length, depth);
        if (piece.kind === 'literal') return piece.text;
        return piece.text.replace(anySpecial, (name) => markOf(specials.get(name) ?? 0, depth));
      })
      .join('');
    if (text === '') return { ids: [], unknownWords: [] };
    let place = 0;
    const encoded: readonly number[] = guarded(depth).encode(text, { add_special_tokens: false }).ids;
    const ids = encoded.flatMap((id) => (id === vocabulary.length ? (inserted[place++] ?? []) : [id]));
    return { ids, unknownWords: [] };
  }

  return {
    vocabulary,
    size: vocabulary.length,
    encode: (text) =>
      text === ''
        ? { ids: [], unknownWords: [] }
        : { ids: plain.encode(text, { add_special_tokens: false }).ids, unknownWords: [] },
    encodePieces,
    decode(ids) {
      const shown: number[] = [];
      for (const id of ids) {
        if (vocabulary[id] === undefined)
          throw new TokenizerError(
            `Tokenizer.decode: ${id} is no token id; expected an integer in [0, ${vocabulary.length - 1}]. ` +
              'Was the text encoded with another vocabulary?',
          );
        if (!silentIds.has(id)) shown.push(id);
      }
      return shown.length === 0 ? '' : plain.decode(shown, { clean_up_tokenization_spaces: false });
    },
    idOf: (token) => idOfToken.get(token),
    isSpecial: (id) => specialIds.has(id),
    toJSON: () => ({ type: 'hugging-face', version: 1, tokenizerJson, tokenizerConfig }),
  };
}

function construct(tokenizerJson: Fields, tokenizerConfig: Fields): TokenizerOfHuggingFace {
  try {
    return new TokenizerOfHuggingFace(tokenizerJson, tokenizerConfig);
  } catch (cause) {
    throw new TokenizerError(
      `createHuggingFaceTokenizer: @huggingface/tokenizers cannot use the files: ` +
        `${cause instanceof Error ? cause.message : String(cause)}. Expected a model's tokenizer.json and ` +
        'tokenizer_config.json.',
      { cause },
    );
  }
}

function vocabularyOf(tokenizer: TokenizerOfHuggingFace): readonly string[] {
  const vocabulary: string[] = [];
  for (const [token, id] of tokenizer.get_vocab(true)) vocabulary[id] = token;
  // A vocabulary may skip ids.
  return Object.freeze(Array.from(vocabulary, (token: string | undefined) => token ?? ''));
}

/** The same tokenizer with further special tokens behind its vocabulary. */
function withAddedTokens(tokenizerJson: Fields, names: readonly string[]): Fields {
  const addedTokens = [...addedTokensOf(tokenizerJson)];
  const known = new Set(addedTokens.map(({ content }) => content));
  const missing = names.filter((name) => !known.has(name));
  if (missing.length === 0) return { ...tokenizerJson, added_tokens: addedTokens };
  let next = vocabularyOf(construct({ ...tokenizerJson, added_tokens: addedTokens }, {})).length;
  const ownIds = fieldsOf(
    fieldsOf(tokenizerJson['model'], '"model" of tokenizer.json')['vocab'] ?? {},
    '"vocab"',
  );
  for (const content of missing) {
    if (content === '')
      throw new TokenizerError(
        'createHuggingFaceTokenizer: an added special token has no name; give it one.',
      );
    const own = ownIds[content];
    addedTokens.push({
      id: typeof own === 'number' ? own : next++,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    });
  }
  return { ...tokenizerJson, added_tokens: addedTokens };
}

/** The tokenizer with marks in place of the names of special tokens, and one more mark for inserted ids. */
function withMarks(
  tokenizerJson: Fields,
  specials: ReadonlyMap<string, number>,
  insertedId: number,
  mark: (id: number) => string,
): Fields {
  const renamed = (token: string): string => {
    const id = specials.get(token);
    return id === undefined ? token : mark(id);
  };
  const model = fieldsOf(tokenizerJson['model'], '"model" of tokenizer.json');
  const vocab = model['vocab'];
  const marked: Fields[] = addedTokensOf(tokenizerJson).map((token) =>
    specials.has(token.content)
      ? { ...token, content: renamed(token.content), normalized: false, special: true }
      : token,
  );
  return {
    ...tokenizerJson,
    added_tokens: [
      ...marked,
      { ...marked[0], id: insertedId, content: mark(insertedId), normalized: false, special: true, lstrip: false, rstrip: false, single_word: false }, // prettier-ignore
    ],
    model: {
      ...model,
      vocab: Array.isArray(vocab)
        ? vocab.map((entry: unknown) =>
            Array.isArray(entry) ? [renamed(String(entry[0])), ...(entry as unknown[]).slice(1)] : entry,
          )
        : Object.fromEntries(
            Object.entries(fieldsOf(vocab ?? {}, '"vocab"')).map(([token, id]) => [renamed(token), id]),
          ),
    },
  };
}

function addedTokensOf(tokenizerJson: Fields): readonly AddedToken[] {
  const tokens = tokenizerJson['added_tokens'] ?? [];
  if (!Array.isArray(tokens))
    throw new TokenizerError(
      `createHuggingFaceTokenizer: expected "added_tokens" of tokenizer.json to be an array, found ${JSON.stringify(tokens).slice(0, 80)}.`,
    );
  return tokens.map((token: unknown, index) => {
    const { id, content, special, ...rest } = fieldsOf(token, `added token ${index}`);
    if (typeof id !== 'number' || !Number.isSafeInteger(id) || id < 0 || typeof content !== 'string')
      throw new TokenizerError(
        `createHuggingFaceTokenizer: added token ${index} has the id ${JSON.stringify(id)} and the content ` +
          `${JSON.stringify(content)}; expected an integer and a string.`,
      );
    return { ...rest, id, content, special: special === true };
  });
}

function fieldsOf(value: unknown, what: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new TokenizerError(
      `createHuggingFaceTokenizer: expected ${what} to be an object, found ${JSON.stringify(value)?.slice(0, 80)}.`,
    );
  return { ...value };
}

/** The name of a token that a configuration gives as a string or as an object with its content. */
function nameOf(token: unknown): string | undefined {
  if (typeof token === 'string') return token;
  if (typeof token !== 'object' || token === null || !('content' in token)) return undefined;
  return typeof token.content === 'string' ? token.content : undefined;
}

function markOf(id: number, depth: number): string {
  return `${OPEN.repeat(depth)}${id}${CLOSE}`;
}

/** Opening characters in a row, which a mark must outnumber. */
function longestRun(piece: TextPiece): number {
  if (piece.kind === 'ids' || !piece.text.includes(OPEN)) return 0;
  return Math.max(...(piece.text.match(/\u{10FFFD}+/gu) ?? []).map((run) => run.length / OPEN.length));
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
