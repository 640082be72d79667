import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ChatTemplateError, renderChat } from '../render-chat.js';
import { chatTemplateOf, readChatTemplate } from './read-chat-template.js';

const root = mkdtempSync(join(tmpdir(), 'chat-template-'));
afterAll(() => {
  rmSync(root, { recursive: true });
});
let count = 0;
function folderOf(files: Readonly<Record<string, unknown>>): string {
  const folder = join(root, String(count++));
  mkdirSync(folder);
  for (const [name, content] of Object.entries(files))
    writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
  return folder;
}
const source = "{% for m in messages %}{{ m['content'] + eos_token }}{% endfor %}";

describe('readChatTemplate', () => {
  it('reads a tokenizer_config.json as the hub has it', async () => {
    const template = await readChatTemplate(
      folderOf({
        'tokenizer_config.json': {
          add_bos_token: true,
          bos_token: { __type: 'AddedToken', content: '<s>', lstrip: false },
          eos_token: '</s>',
          chat_template: source,
        },
      }),
    );
    expect(template).toEqual({
      source,
      beginOfSequence: '<s>',
      endOfSequence: '</s>',
      addsBeginOfSequence: true,
    });
    expect(renderChat(template ?? expect.fail(), [{ role: 'user', content: 'hi' }])).toBe('hi</s>');
  });

  it('takes the template called default, and files of their own first', async () => {
    const named = [{ name: 'tool_use', template: 'x' }, { name: 'default', template: source }]; // prettier-ignore
    expect(chatTemplateOf({ chat_template: named })?.source).toBe(source);
    const config = { eos_token: '</s>', chat_template: 'old' };
    for (const own of [{ 'chat_template.jinja': source }, { 'chat_template.json': { chat_template: source } }])
      expect(await readChatTemplate(folderOf({ 'tokenizer_config.json': config, ...own }))).toMatchObject({ source, endOfSequence: '</s>' }); // prettier-ignore
    expect(await readChatTemplate(folderOf({ 'chat_template.jinja': source }))).toEqual({ source, beginOfSequence: '', endOfSequence: '' }); // prettier-ignore
  });

  it('gives nothing where there is none', async () => {
    expect(await readChatTemplate(folderOf({}))).toBeUndefined();
    expect(
      await readChatTemplate(folderOf({ 'tokenizer_config.json': { eos_token: '</s>' } })),
    ).toBeUndefined();
    expect(chatTemplateOf({ chat_template: null })).toBeUndefined();
  });

  it.each<[Readonly<Record<string, unknown>>, RegExp]>([
    [{ 'tokenizer_config.json': '{' }, /expected JSON/],
    [{ 'tokenizer_config.json': [] }, /expected an object/],
    [{ 'tokenizer_config.json': { chat_template: 7 } }, /expected a text, or a list of named ones, found 7/],
    [{ 'tokenizer_config.json': { chat_template: [{ name: 'rag', template: 'x' }] } }, /none of the 1 templates \(rag\)/],
    [{ 'chat_template.json': 'null' }, /chat_template.json: expected an object/],
  ])('refuses %j', async (files, message) => {
    const reading = readChatTemplate(folderOf(files));
    await expect(reading).rejects.toThrow(message);
    await expect(reading).rejects.toThrow(ChatTemplateError);
  }); // prettier-ignore

  it('says when a file cannot be read', async () => {
    const folder = folderOf({});
    mkdirSync(join(folder, 'chat_template.jinja'));
    await expect(readChatTemplate(folder)).rejects.toThrow(/Check the path and its permissions/);
  });
});
