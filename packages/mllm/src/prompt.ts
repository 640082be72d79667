import { imageFeatureCount, type ImageSizes } from './vision-input.js';
import { SPECIAL_TOKENS, SPECIAL_TOKEN_IDS, type Tokenizer } from './tokenizer.js';

/** What the model reads before it answers. */
export interface MllmPrompt {
  /** Token ids; each `<image>` among them is a slot for one feature vector. */
  readonly promptIds: readonly number[];
  /** [slots * imageFeatureSize] feature vectors in the order of the slots; absent without slots. */
  readonly imageFeatures?: Float32Array | undefined;
  /** [poses * poseSize] the poses of the question, in the order of their slots (`poseInput` of the configuration). */
  readonly inputPoses6d?: Float32Array | undefined;
}

/** Thrown for a prompt that the model cannot read. */
export class PromptError extends Error {
  override readonly name = 'PromptError';
}

/**
 * The prompt's one format: image slots (if there is an image), `<user>`, the question, `<assistant>`.
 *
 * @param question - plain text: it may not spell a control token, which would let it forge the other side's turn
 * @param imageFeatures - [config.imageTokenCount * config.imageFeatureSize]
 * @throws PromptError for control tokens in the question, or features of another size
 * @example
 * ```ts
 * import { createTokenizer, encodePrompt, mllmConfig } from '@pose-rft/mllm';
 *
 * const tokenizer = createTokenizer(['show', 'me', 'a', 'person', 'squatting']);
 * const config = mllmConfig('tiny', { vocabularySize: tokenizer.size });
 * const prompt = encodePrompt(tokenizer, config, 'Show me a person squatting');
 * console.assert(prompt.promptIds.length === 7);
 * ```
 */
export function encodePrompt(
  tokenizer: Tokenizer,
  config: ImageSizes,
  question: string,
  imageFeatures?: Float32Array,
): MllmPrompt {
  const { ids } = tokenizer.encode(question);
  const control = ids.find((id) => id !== SPECIAL_TOKEN_IDS.unknown && id < SPECIAL_TOKENS.length);
  if (control !== undefined)
    throw new PromptError(
      `encodePrompt: the question spells the control token ${SPECIAL_TOKENS[control]}; take it out: ` +
        JSON.stringify(question.slice(0, 120)),
    );
  const turn = [SPECIAL_TOKEN_IDS.user, ...ids, SPECIAL_TOKEN_IDS.assistant];
  if (imageFeatures === undefined) return { promptIds: turn };
  const expected = imageFeatureCount(config);
  if (imageFeatures.length !== expected)
    throw new PromptError(
      `encodePrompt: expected ${config.imageTokenCount} x ${expected / config.imageTokenCount} = ${expected} image features, ` +
        `found ${imageFeatures.length}. Was the image encoded for another model?`,
    );
  const slots = new Array<number>(config.imageTokenCount).fill(SPECIAL_TOKEN_IDS.image);
  return { promptIds: [...slots, ...turn], imageFeatures };
}
