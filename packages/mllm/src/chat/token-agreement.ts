import type { MllmConfig } from '../config.js';
import type { Tokenizer } from '../tokenizer.js';

/** How a tokenizer spells the tokens that mean something to the model. */
export interface SpecialTokenNames {
  /** Default: what the tokenizer's own configuration says. */
  readonly beginOfSequence?: string;
  /** Default: what the tokenizer's own configuration says. */
  readonly endOfSequence?: string;
  /** Default: `<POSE>`. */
  readonly pose?: string;
  /** Default: `<image>`. */
  readonly image?: string;
}

/** Thrown for a tokenizer that was not made for the model. */
export class TokenAgreementError extends Error {
  override readonly name = 'TokenAgreementError';
  /** Each thing that they disagree on. */
  readonly disagreements: readonly string[];

  constructor(disagreements: readonly string[]) {
    super(`The tokenizer and the model disagree: ${disagreements.join('; ')}.`);
    this.disagreements = disagreements;
  }
}

/**
 * Whether a tokenizer and a model mean the same by their ids: the size of the vocabulary, the tokens that begin and end a
 * sequence, `<POSE>`, `<image>`, and the slots of poses in questions, which no text may give.
 *
 * @param names - how the tokenizer spells them, where not as usual
 * @throws TokenAgreementError naming all disagreements, each with ids and the way out
 * @example
 * ```ts
 * import { checkTokenAgreement, createTokenizer, mllmConfig, TokenAgreementError } from '@pose-rft/mllm';
 *
 * const tokenizer = createTokenizer(['bend', 'the', 'left', 'knee']);
 * checkTokenAgreement(tokenizer, mllmConfig('tiny'));
 * try {
 *   checkTokenAgreement(tokenizer, mllmConfig('llava-1.5-7b'));
 * } catch (error) {
 *   console.assert(error instanceof TokenAgreementError && error.disagreements.length === 3);
 * }
 * ```
 */
export function checkTokenAgreement(
  tokenizer: Tokenizer,
  config: MllmConfig,
  names: SpecialTokenNames = {},
): void {
  const { tokenIds, vocabularySize } = config;
  const own = ownNames(tokenizer);
  const disagreements: string[] = [];
  if (tokenizer.size > vocabularySize)
    disagreements.push(
      `the tokenizer has ${tokenizer.size} tokens, the model ${vocabularySize} rows of embeddings; expected at least as ` +
        'many rows',
    );
  const compare = (what: string, name: string, id: number, remedy: string): void => {
    const found = tokenizer.idOf(name);
    if (found === id && tokenizer.isSpecial(id)) return;
    disagreements.push(
      found === undefined
        ? `the model's ${what} is ${id}, but the tokenizer has no ${name}; ${remedy}`
        : found === id
          ? `${name} (${id}) is an ordinary token of the tokenizer; expected a special one, which no text gives`
          : `${name} is ${found} to the tokenizer, but the model's ${what} is ${id}; ${remedy}`,
    );
  };
  const end = names.endOfSequence ?? own.endOfSequence;
  if (end !== undefined)
    compare(
      'tokenIds.endOfSequence',
      end,
      tokenIds.endOfSequence,
      "give the configuration the tokenizer's id",
    );
  else if (!tokenizer.isSpecial(tokenIds.endOfSequence))
    disagreements.push(
      `the model's tokenIds.endOfSequence, ${tokenIds.endOfSequence}, is no special token of the tokenizer; expected one`,
    );
  if (tokenIds.pose !== null)
    compare('tokenIds.pose', names.pose ?? '<POSE>', tokenIds.pose, 'add it (addedSpecialTokens), and load the model with its id (poseTokenId)'); // prettier-ignore
  if (tokenIds.image !== null && config.imageTokenCount > 0)
    compare(
      'tokenIds.image',
      names.image ?? '<image>',
      tokenIds.image,
      "give the configuration the tokenizer's id",
    );
  const begin = names.beginOfSequence ?? own.beginOfSequence;
  if (begin !== undefined && begin !== end)
    disagreements.push(...beginDisagreements(tokenizer, config, begin));
  if (config.poseInput !== null) disagreements.push(...slotDisagreements(tokenizer, config, config.poseInput.tokenId)); // prettier-ignore
  if (disagreements.length > 0) throw new TokenAgreementError(disagreements);
}

/** The model knows the token that begins a sequence as one that no answer may hold. */
function beginDisagreements(tokenizer: Tokenizer, { tokenIds }: MllmConfig, name: string): readonly string[] {
  const id = tokenizer.idOf(name);
  if (id === undefined) return [`the tokenizer begins a sequence with ${name}, which it does not have`];
  if (tokenIds.unanswerable.includes(id)) return [];
  return [
    `${name} (${id}) begins a sequence, but the model may answer with it; expected it among tokenIds.unanswerable`,
  ];
}

function slotDisagreements(tokenizer: Tokenizer, { tokenIds }: MllmConfig, id: number): readonly string[] {
  const taken = Object.entries({ pose: tokenIds.pose, image: tokenIds.image, endOfSequence: tokenIds.endOfSequence }).find(([, other]) => other === id); // prettier-ignore
  if (taken !== undefined)
    return [`poseInput.tokenId ${id} is tokenIds.${taken[0]} too; expected a token of its own`];
  const spelt = tokenizer.vocabulary[id] ?? '';
  if (spelt === '' || tokenizer.isSpecial(id)) return [];
  return [
    `poseInput.tokenId ${id} is the ordinary token ${JSON.stringify(spelt)}; expected a special one, or a row behind the ` +
      `tokenizer's ${tokenizer.size}`,
  ];
}

/** The names in the tokenizer's own description. */
function ownNames(tokenizer: Tokenizer): Pick<SpecialTokenNames, 'beginOfSequence' | 'endOfSequence'> {
  const whole = tokenizer.toJSON();
  const json = whole.type === 'pose-codes' ? whole.base : whole;
  if (json.type === 'word-level') return { endOfSequence: '<eos>' };
  const name = (field: string): string | undefined => {
    const token = json.tokenizerConfig[field];
    if (typeof token === 'string') return token;
    if (typeof token !== 'object' || token === null || !('content' in token)) return undefined;
    return typeof token.content === 'string' ? token.content : undefined;
  };
  const [beginOfSequence, endOfSequence] = [name('bos_token'), name('eos_token')];
  return {
    ...(beginOfSequence === undefined ? {} : { beginOfSequence }),
    ...(endOfSequence === undefined ? {} : { endOfSequence }),
  };
}
