import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CHAT_TEMPLATES, type ChatTemplateName } from './chat-templates.js';
import { ChatTemplateError, renderChat, type ChatTurn } from './render-chat.js';

interface GoldenChat {
  readonly template: ChatTemplateName;
  readonly messages: readonly ChatTurn[];
  readonly addGenerationPrompt: boolean;
  readonly text: string;
}

/** By transformers' apply_chat_template, through tools/parity/tokenizers/generate.py. */
const { chats } = JSON.parse(
  readFileSync(new URL('../golden/tokenizers.golden.json', import.meta.url), 'utf8'),
) as { readonly chats: readonly GoldenChat[] };
const TOKENS = { beginOfSequence: '<s>', endOfSequence: '</s>' };

describe('renderChat', () => {
  it.each(chats)(
    'renders $template as transformers does ($messages.length turns, opening $addGenerationPrompt)',
    ({ template, messages, addGenerationPrompt, text }) => {
      const source = CHAT_TEMPLATES[template];
      expect(renderChat({ source, ...TOKENS }, messages, { addGenerationPrompt })).toBe(text);
    },
  );

  it.each(['{% if %}', "{{ raise_exception('roles must alternate') }}"])('refuses %s', (source) => {
    expect(() => renderChat({ source, ...TOKENS }, [])).toThrow(ChatTemplateError);
  });
});
