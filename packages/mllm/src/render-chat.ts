import { Template } from '@huggingface/jinja';

/** One turn of a conversation. */
export interface ChatTurn {
  readonly role: 'system' | 'user' | 'assistant';
  /** A text; for the templates of multimodal models that go through items, those. */
  readonly content: string | readonly ChatContentItem[];
}

/** Part of a turn, as Hugging Face's processors name it. */
export type ChatContentItem = { readonly type: 'text'; readonly text: string } | { readonly type: 'image' };

/** A Jinja template, as in a `tokenizer_config.json`, and the tokens that it calls `bos_token` and `eos_token`. */
export interface ChatTemplate {
  readonly source: string;
  readonly beginOfSequence: string;
  readonly endOfSequence: string;
  /** Whether a conversation begins with `beginOfSequence` even where the template leaves it to the tokenizer. */
  readonly addsBeginOfSequence?: boolean;
}

/** Thrown for a template that cannot be read, or that refuses a conversation. */
export class ChatTemplateError extends Error {
  override readonly name = 'ChatTemplateError';
}

/**
 * A conversation as the text that a model was trained on. The text is trusted as a whole: a turn that spells a special
 * token becomes one if it is encoded so.
 *
 * @param options.addGenerationPrompt - ends with the opening of the assistant's turn (default true)
 * @throws ChatTemplateError
 * @example
 * ```ts
 * import { CHAT_TEMPLATES, renderChat } from '@pose-rft/mllm';
 *
 * const text = renderChat(
 *   { source: CHAT_TEMPLATES.chatml, beginOfSequence: '', endOfSequence: '<|im_end|>' },
 *   [{ role: 'user', content: 'Describe this pose.' }],
 * );
 * console.assert(text === '<|im_start|>user\nDescribe this pose.<|im_end|>\n<|im_start|>assistant\n');
 * ```
 */
export function renderChat(
  template: ChatTemplate,
  turns: readonly ChatTurn[],
  options: { readonly addGenerationPrompt?: boolean } = {},
): string {
  try {
    return new Template(template.source).render({
      messages: turns.map(({ role, content }) => ({
        role,
        content: typeof content === 'string' ? content : content.map((item) => ({ ...item })),
      })),
      bos_token: template.beginOfSequence,
      eos_token: template.endOfSequence,
      add_generation_prompt: options.addGenerationPrompt ?? true,
    });
  } catch (cause) {
    throw new ChatTemplateError(
      `renderChat: the template does not take the conversation of ${turns.length} turns: ` +
        `${cause instanceof Error ? cause.message : String(cause)}. Check the template and the order of the roles.`,
      { cause },
    );
  }
}
