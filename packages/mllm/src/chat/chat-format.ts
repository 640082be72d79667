import type { MllmConfig } from '../config.js';
import { ChatTemplateError, renderChat, type ChatTemplate, type ChatTurn } from '../render-chat.js';
import type { Tokenizer } from '../tokenizer.js';
import type { VisionEncoder } from '../vision/vision-encoder.js';
import { chatMark, hasMarkCharacters, splitAtMarks, textItems } from './chat-marks.js';
import { checkTokenAgreement, type SpecialTokenNames } from './token-agreement.js';

/** How conversations become a model's tokens, and its tokens answers. */
export interface ChatFormat {
  readonly config: MllmConfig;
  readonly tokenizer: Tokenizer;
  readonly template: ChatTemplate;
  /** Turns pixels into features; undefined if pictures come as features. */
  readonly visionEncoder: Pick<VisionEncoder, 'encode'> | undefined;
  /** Whether the template takes a turn's content as one text, or as items of text and image. */
  readonly contentForm: 'text' | 'items';
  /** The special token behind each answer: the template's, or if it writes none, the model's end of sequence. */
  readonly endOfTurnId: number;
  /** Whether the template writes it; else it is put behind answers all the same, for the model writes it. */
  readonly templateEndsTurns: boolean;
}

export interface ChatFormatOptions {
  readonly config: MllmConfig;
  readonly tokenizer: Tokenizer;
  /** The model's own (`readChatTemplate`), one of `CHAT_TEMPLATES`, or {@link WORD_LEVEL_CHAT_TEMPLATE}. */
  readonly template: ChatTemplate;
  readonly visionEncoder?: Pick<VisionEncoder, 'encode'>;
  /** How the tokenizer spells its special tokens, where not as usual. */
  readonly tokenNames?: SpecialTokenNames;
}

/** The format of `encodePrompt` in many turns, for the tokenizers of `createTokenizer`: pictures first in a turn. */
export const WORD_LEVEL_CHAT_TEMPLATE: ChatTemplate = Object.freeze({
  source:
    "{% for message in messages %}{% if message['role'] == 'system' %}{{ message['content'] + ' ' }}" +
    "{% elif message['role'] == 'user' %}{{ '<user> ' + message['content'] + ' ' }}" +
    "{% else %}{{ '<assistant> ' + message['content'] + ' <eos> ' }}{% endif %}{% endfor %}" +
    "{% if add_generation_prompt %}{{ '<assistant>' }}{% endif %}",
  beginOfSequence: '',
  endOfSequence: '<eos>',
});

/**
 * Brings a model, its tokenizer and a chat template together.
 *
 * @throws TokenAgreementError if tokenizer and model disagree
 * @throws ChatTemplateError if the template does not show what a user and an assistant say
 * @example
 * ```ts
 * import { createChatFormat, createTokenizer, mllmConfig, WORD_LEVEL_CHAT_TEMPLATE } from '@pose-rft/mllm';
 *
 * const tokenizer = createTokenizer(['bend', 'the', 'left', 'knee']);
 * const config = mllmConfig('tiny', { vocabularySize: tokenizer.size });
 * const format = createChatFormat({ config, tokenizer, template: WORD_LEVEL_CHAT_TEMPLATE });
 * console.assert(format.contentForm === 'text' && format.endOfTurnId === config.tokenIds.endOfSequence);
 * ```
 */
export function createChatFormat(options: ChatFormatOptions): ChatFormat {
  const { config, tokenizer, template, visionEncoder, tokenNames } = options;
  checkTokenAgreement(tokenizer, config, tokenNames);
  if (hasMarkCharacters(template.source))
    throw new ChatTemplateError(
      'createChatFormat: the template holds U+10FFF0 or U+10FFF1, which mark the parts of a conversation; take them out.',
    );
  const contentForm = findContentForm(template);
  const endOfTurn = findEndOfTurn(template, tokenizer, contentForm);
  return {
    config,
    tokenizer,
    template,
    visionEncoder,
    contentForm,
    endOfTurnId: endOfTurn ?? config.tokenIds.endOfSequence,
    templateEndsTurns: endOfTurn !== undefined,
  };
}

/** A content that is nothing but a mark, as a template of this form takes it. */
function markedContent(mark: number, form: ChatFormat['contentForm']): ChatTurn['content'] {
  return form === 'text' ? chatMark(mark) : textItems(chatMark(mark));
}

function showsMark(text: string, mark: number): boolean {
  return splitAtMarks(text).filter((piece) => piece.kind === 'mark' && piece.mark === mark).length === 1;
}

/** Templates do not say what they take: the one that shows a question as it is given. */
function findContentForm(template: ChatTemplate): ChatFormat['contentForm'] {
  const failures: unknown[] = [];
  for (const form of ['text', 'items'] as const)
    try {
      if (showsMark(renderChat(template, [{ role: 'user', content: markedContent(0, form) }]), 0))
        return form;
    } catch (cause) {
      failures.push(cause);
    }
  throw new ChatTemplateError(
    'createChatFormat: the template does not show what the user says, neither given as a text nor as items' +
      `${failures.map((cause) => `; ${cause instanceof Error ? cause.message : String(cause)}`).join('')}. ` +
      'Give another template.',
    { cause: failures[0] },
  );
}

/** The first special token that the template writes behind an answer. */
function findEndOfTurn(
  template: ChatTemplate,
  tokenizer: Tokenizer,
  form: ChatFormat['contentForm'],
): number | undefined {
  const text = renderChat(
    template,
    [
      { role: 'user', content: markedContent(0, form) },
      { role: 'assistant', content: markedContent(1, form) },
    ],
    { addGenerationPrompt: false },
  );
  if (!showsMark(text, 1))
    throw new ChatTemplateError(
      `createChatFormat: the template does not show an answer as it is given: ${JSON.stringify(text.slice(0, 200))}.`,
    );
  const pieces = splitAtMarks(text);
  const behind = pieces.slice(1 + pieces.findIndex((piece) => piece.kind === 'mark' && piece.mark === 1));
  const { ids } = tokenizer.encodePieces(
    behind.flatMap((piece) => (piece.kind === 'template' ? [{ kind: 'trusted', text: piece.text }] : [])),
  );
  return ids.find(tokenizer.isSpecial);
}
