import { ChatTemplateError, type ChatTemplate } from '../render-chat.js';

/**
 * The chat template that a model of the Hugging Face hub brings: in its `tokenizer_config.json`, or in a file of its own
 * (`chat_template.jinja`, `chat_template.json`), which goes first. Of several named ones, the one called `default`.
 *
 * @param folder - see `downloadHuggingFaceModel`
 * @returns undefined if the folder has none: take one of `CHAT_TEMPLATES`
 * @throws ChatTemplateError if a file is there but cannot be read as one
 */
export async function readChatTemplate(folder: string): Promise<ChatTemplate | undefined> {
  const tokenizerConfig = await readJson(folder, 'tokenizer_config.json');
  const jinja = await readText(folder, 'chat_template.jinja');
  const processor = await readJson(folder, 'chat_template.json');
  if (jinja !== undefined)
    return chatTemplateOf({
      ...fieldsOf(tokenizerConfig ?? {}, 'tokenizer_config.json'),
      chat_template: jinja,
    });
  if (processor !== undefined)
    return chatTemplateOf({
      ...fieldsOf(tokenizerConfig ?? {}, 'tokenizer_config.json'),
      chat_template: fieldsOf(processor, 'chat_template.json')['chat_template'],
    });
  return tokenizerConfig === undefined ? undefined : chatTemplateOf(tokenizerConfig);
}

/**
 * The chat template in the contents of a `tokenizer_config.json`, with the tokens that it may name.
 *
 * @returns undefined if there is none
 * @throws ChatTemplateError if there is something else in its place
 * @example
 * ```ts
 * import { chatTemplateOf } from '@pose-rft/mllm';
 *
 * const template = chatTemplateOf({
 *   chat_template: '{% for message in messages %}{{ message.content + eos_token }}{% endfor %}',
 *   eos_token: { content: '</s>' },
 * });
 * console.assert(template?.endOfSequence === '</s>');
 * ```
 */
export function chatTemplateOf(tokenizerConfig: unknown): ChatTemplate | undefined {
  const fields = fieldsOf(tokenizerConfig, 'tokenizer_config.json');
  const source = sourceOf(fields['chat_template']);
  if (source === undefined) return undefined;
  return {
    source,
    beginOfSequence: nameOf(fields['bos_token']),
    endOfSequence: nameOf(fields['eos_token']),
    ...(fields['add_bos_token'] === true ? { addsBeginOfSequence: true } : {}),
  };
}

function sourceOf(template: unknown): string | undefined {
  if (template === undefined || template === null) return undefined;
  if (typeof template === 'string') return template;
  if (Array.isArray(template)) {
    const named = template.map((each: unknown) => fieldsOf(each, 'a chat template'));
    const chosen = named.find(({ name }) => name === 'default');
    if (typeof chosen?.['template'] === 'string') return chosen['template'];
    throw new ChatTemplateError(
      `chat_template: none of the ${named.length} templates (${named.map(({ name }) => String(name)).join(', ')}) is ` +
        'called "default"; choose one of them, and give its text.',
    );
  }
  throw new ChatTemplateError(
    `chat_template: expected a text, or a list of named ones, found ${JSON.stringify(template).slice(0, 80)}.`,
  );
}

/** The name of a token that is given as a text or as an object with its content; empty without one. */
function nameOf(token: unknown): string {
  if (typeof token === 'string') return token;
  if (typeof token !== 'object' || token === null || !('content' in token)) return '';
  return typeof token.content === 'string' ? token.content : '';
}

function fieldsOf(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw new ChatTemplateError(
    `${what}: expected an object, found ${JSON.stringify(value)?.slice(0, 80)}. Was another file given?`,
  );
}

async function readJson(folder: string, name: string): Promise<unknown> {
  const text = await readText(folder, name);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new ChatTemplateError(
      `${folder}/${name}: ${cause instanceof Error ? cause.message : String(cause)}; expected JSON. Fetch the file again.`,
      { cause },
    );
  }
}

/** Undefined if there is no such file. */
async function readText(folder: string, name: string): Promise<string | undefined> {
  const { join } = await import('node:path');
  const { readFile } = await import('node:fs/promises');
  try {
    return await readFile(join(folder, name), 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw new ChatTemplateError(
      `${folder}/${name}: ${cause instanceof Error ? cause.message : String(cause)}. Check the path and its permissions.`,
      { cause },
    );
  }
}
