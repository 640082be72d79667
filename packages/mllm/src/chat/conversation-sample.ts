import { chatSequence, type ChatSequence } from './chat-sequence.js';
import type { ChatFormat } from './chat-format.js';
import type { Conversation } from './conversation.js';
import { ConversationError } from './conversation-error.js';

/** A whole conversation to learn from: one sequence, of which the assistant's tokens and poses are taught. */
export type ConversationSample = ChatSequence;

export interface ConversationSampleOptions {
  /** Longest sequence in tokens, pictures' and poses' rows included (default: the model's positions). */
  readonly maxTokens?: number;
  /**
   * What becomes of a conversation that is longer: `shorten` (the default) leaves out its last exchanges, each a question
   * with its answer, until it fits; `refuse` throws. No answer is ever cut: half of one teaches to stop in the middle.
   */
  readonly tooLong?: 'shorten' | 'refuse';
}

/**
 * A conversation that ends in an answer as one training sequence, with all of its answers as targets: the loss of
 * `conversationLoss` is on the assistant's tokens alone (the end of each turn among them), and on the assistant's poses.
 * What stands before an answer is exactly what `streamAnswer` would show the model at that turn.
 *
 * @throws ConversationError if the model cannot take it, or if not even its first exchange fits
 * @throws ChatTemplateError if the template shows an answer's prompt in another way when later turns follow
 * @example
 * ```ts
 * import {
 *   conversationSample,
 *   conversationTurn,
 *   createChatFormat,
 *   createTokenizer,
 *   mllmConfig,
 *   WORD_LEVEL_CHAT_TEMPLATE,
 * } from '@pose-rft/mllm';
 *
 * const tokenizer = createTokenizer(['stand', 'here', 'now', 'kneel']);
 * const config = mllmConfig('tiny', { vocabularySize: tokenizer.size });
 * const format = createChatFormat({ config, tokenizer, template: WORD_LEVEL_CHAT_TEMPLATE });
 * const pose = { kind: 'pose', rotation6d: new Float32Array(144) } as const;
 * const sample = conversationSample(format, [
 *   conversationTurn('user', 'stand'),
 *   conversationTurn('assistant', 'here', pose),
 *   conversationTurn('user', 'now kneel'),
 *   conversationTurn('assistant', pose, pose),
 * ]);
 * const taught = sample.answers.map(({ begin, end }) => tokenizer.decode(sample.promptIds.slice(begin, end)));
 * console.assert(taught.join('|') === 'here <POSE>|<POSE> <POSE>');
 * ```
 */
export function conversationSample(
  format: ChatFormat,
  conversation: Conversation,
  options: ConversationSampleOptions = {},
): ConversationSample {
  const { maxTokens = format.config.maxPositions, tooLong = 'shorten' } = options;
  const sample = chatSequence(format, conversation, 'answer');
  if (sample.promptIds.length <= maxTokens) return sample;
  const lastFitting = sample.answers.findLast(({ end }) => end <= maxTokens);
  if (lastFitting === undefined || tooLong === 'refuse')
    throw new ConversationError(
      'too-long',
      `it has ${sample.promptIds.length} tokens, its first answer ends at ${sample.answers[0]?.end}; expected at most ` +
        `${maxTokens}. Shorten it, or raise maxTokens up to the model's positions (${format.config.maxPositions})`,
    );
  // What follows the answer's end may take room too: then one exchange less.
  for (let length = lastFitting.turn + 1; length > 1; length -= 2) {
    const shorter = chatSequence(format, conversation.slice(0, length), 'answer');
    if (shorter.promptIds.length <= maxTokens) return shorter;
  }
  throw new ConversationError(
    'too-long',
    `its first answer ends at ${sample.answers[0]?.end}, and what the template puts behind it goes beyond ${maxTokens} tokens`,
  );
}

/**
 * Which tokens of a sequence are taught.
 *
 * @returns [tokens] 1 for the assistant's, the ends of its turns among them; 0 for all others
 */
export function answerMask({ promptIds, answers }: ChatSequence): Uint8Array {
  const mask = new Uint8Array(promptIds.length);
  for (const { begin, end } of answers) mask.fill(1, begin, end);
  return mask;
}
