import type { EncodedText, TextPiece, Tokenizer, WordLevelTokenizerJson } from '../tokenizer.js';
import type { HuggingFaceTokenizerJson } from '../hugging-face-tokenizer.js';
import { TokenizerError } from '../tokenizer-error.js';
import type { PoseTokeniserConfig } from './pose-tokeniser-config.js';

/** How many tokens the codes of a tokeniser need: K * C. */
export type PoseCodeSizes = Pick<PoseTokeniserConfig, 'levelCount' | 'codebookSize'>;

/** Plain JSON; `parseTokenizer` reads it back. */
export interface PoseCodeTokenizerJson extends PoseCodeSizes {
  readonly type: 'pose-codes';
  readonly version: 1;
  readonly base: WordLevelTokenizerJson | HuggingFaceTokenizerJson;
}

/**
 * A tokenizer whose vocabulary goes on behind another one's with a special token for every pose code: `<pose_k_c>` for
 * code c of level k, level after level.
 */
export interface PoseCodeTokenizer extends Tokenizer {
  readonly levelCount: number;
  readonly codebookSize: number;
  /** The id of `<pose_0_0>`; code c of level k is `firstCodeId + k * codebookSize + c`. */
  readonly firstCodeId: number;
  /** The id that comes before the codes of a pose: `<POSE>`. */
  readonly poseId: number;
  /** Whether an id is a code. */
  isCode(id: number): boolean;
  /** [levelCount] the token ids of one pose's codes. */
  idsOfCodes(codes: ArrayLike<number>): readonly number[];
  /** [levelCount] the codes that follow the first `<POSE>` of an answer; undefined if they are not all there, in order. */
  codesIn(ids: readonly number[]): readonly number[] | undefined;
  /** Text without codes: what a reader sees, and what rewards of texts judge. */
  decodeWithoutCodes(ids: Iterable<number>): string;
  toJSON(): PoseCodeTokenizerJson;
}

const CODE = /<pose_(\d+)_(\d+)>/gu;

/**
 * Appends the tokens of pose codes to a tokenizer's vocabulary. They are special: literal text never gives them, whatever
 * it spells.
 *
 * @param base - not one with pose codes already
 * @throws TokenizerError if the base has pose codes, or does not know `<POSE>`, which opens a pose in an answer
 * @example
 * ```ts
 * import { createTokenizer, withPoseCodes } from '@pose-rft/mllm';
 *
 * const base = createTokenizer(['here', 'it', 'is', '.']);
 * const tokenizer = withPoseCodes(base, { levelCount: 2, codebookSize: 16 });
 * const { ids } = tokenizer.encode('Here it is <POSE><pose_0_3><pose_1_15>.');
 * console.assert(tokenizer.size === base.size + 32);
 * console.assert(tokenizer.codesIn(ids)?.join() === '3,15');
 * console.assert(tokenizer.decodeWithoutCodes(ids) === 'here it is <POSE>.');
 * ```
 */
export function withPoseCodes(base: Tokenizer, sizes: PoseCodeSizes): PoseCodeTokenizer {
  const { levelCount, codebookSize } = sizes;
  const baseJson = base.toJSON();
  const poseId = base.idOf('<POSE>');
  if (baseJson.type === 'pose-codes' || poseId === undefined)
    throw new TokenizerError(
      baseJson.type === 'pose-codes'
        ? 'withPoseCodes: the tokenizer has pose codes already; give the one without.'
        : 'withPoseCodes: the tokenizer has no token <POSE>, which comes before the codes of a pose; add it first.',
    );
  const firstCodeId = base.size;
  const codeCount = levelCount * codebookSize;
  const spelt = (place: number): string =>
    `<pose_${Math.floor(place / codebookSize)}_${place % codebookSize}>`;
  const vocabulary = Object.freeze([
    ...base.vocabulary,
    ...Array.from({ length: codeCount }, (_, place) => spelt(place)),
  ]);
  const isCode = (id: number): boolean => id >= firstCodeId && id < firstCodeId + codeCount;

  function idOfCode(level: number, code: number): number | undefined {
    return level < levelCount && code < codebookSize ? firstCodeId + level * codebookSize + code : undefined;
  }

  /** Trusted text around the codes that it spells; codes that there are not stay text. */
  function splitTrusted(text: string): readonly TextPiece[] {
    const pieces: TextPiece[] = [];
    let from = 0;
    for (const match of text.matchAll(CODE)) {
      const id = idOfToken(match[0]);
      if (id === undefined) continue;
      pieces.push({ kind: 'trusted', text: text.slice(from, match.index) }, { kind: 'ids', ids: [id] });
      from = match.index + match[0].length;
    }
    return [...pieces, { kind: 'trusted', text: text.slice(from) }];
  }

  function idOfToken(token: string): number | undefined {
    const parts = /^<pose_(0|[1-9]\d*)_(0|[1-9]\d*)>$/u.exec(token);
    return parts === null ? base.idOf(token) : idOfCode(Number(parts[1]), Number(parts[2]));
  }

  function encodePieces(pieces: readonly TextPiece[]): EncodedText {
    return base.encodePieces(
      pieces.flatMap((piece) =>
        piece.kind === 'trusted' && piece.text.includes('<pose_') ? splitTrusted(piece.text) : [piece],
      ),
    );
  }

  function decode(ids: Iterable<number>): string {
    let text = '';
    let run: number[] = [];
    const closeRun = (): void => {
      const decoded = base.decode(run);
      run = [];
      const needsSpace = text !== '' && decoded !== '' && !/^[\s,.?!:;)%]/u.test(decoded);
      text += (needsSpace ? ' ' : '') + decoded;
    };
    for (const id of ids) {
      if (!isCode(id)) {
        run.push(id);
        continue;
      }
      closeRun();
      text += spelt(id - firstCodeId);
    }
    closeRun();
    return text;
  }

  return {
    ...sizes,
    firstCodeId,
    poseId,
    vocabulary,
    size: vocabulary.length,
    isCode,
    encode: (text) => encodePieces([{ kind: 'trusted', text }]),
    encodePieces,
    decode,
    decodeWithoutCodes: (ids) => base.decode([...ids].filter((id) => !isCode(id))),
    idOf: idOfToken,
    isSpecial: (id) => isCode(id) || base.isSpecial(id),
    idsOfCodes(codes) {
      return Array.from({ length: levelCount }, (_, level) => {
        const id = idOfCode(level, codes[level] ?? Number.NaN);
        if (id === undefined || codes.length !== levelCount)
          throw new TokenizerError(
            `idsOfCodes: expected ${levelCount} codes in [0, ${codebookSize}), found [${Array.from(codes).join(', ')}].`,
          );
        return id;
      });
    },
    codesIn(ids) {
      const start = ids.indexOf(poseId) + 1;
      if (start === 0) return undefined;
      const codes: number[] = [];
      for (let level = 0; level < levelCount; level++) {
        const code = (ids[start + level] ?? -1) - firstCodeId - level * codebookSize;
        if (!(code >= 0 && code < codebookSize)) return undefined;
        codes.push(code);
      }
      return codes;
    },
    toJSON: () => ({ type: 'pose-codes', version: 1, levelCount, codebookSize, base: baseJson }),
  };
}
