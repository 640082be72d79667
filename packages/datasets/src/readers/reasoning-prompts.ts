import { findFiles, streamFile } from '../files/dataset-files.js';
import { jsonLines } from '../json/json-lines.js';
import type { ReadingContext } from '../reading/dataset-reading.js';
import type { DatasetRecord } from '../record/dataset-record.js';
import { objectFields, textField } from '../record/field-numbers.js';
import { imageReference } from '../record/image-reference.js';
import { conversationRecord } from './conversations.js';
import { forEachElement } from './list-elements.js';

const POSE_REQUEST = '<POSE>';

/**
 * Prompts that ask for a pose by reasoning, one JSON object a line: LLaVA's form (`conversations`), or short,
 * `{"prompt": "...", "image": "...", "answer": "...", "id": "..."}`, of which only `prompt` must be there. Images lie in
 * `images/`. All `*.jsonl` of the folder are read. The short form is this project's own.
 */
export async function* readReasoningPrompts(
  context: ReadingContext,
): AsyncGenerator<DatasetRecord, void, undefined> {
  const { folder, split } = context;
  const files = await findFiles(folder, '*.jsonl');
  if (files.length === 0) context.problem('missing-file', '*.jsonl', 'there are no prompts');
  for (const file of files) {
    if (!context.takesSequence(file)) continue;
    const elements = jsonLines(streamFile(folder, file), { file });
    for await (const { where, index, value } of forEachElement(context, file, elements)) {
      const record = await context.attempt(where, () => promptRecord(value, `${file}:${index}`));
      if (record !== undefined) yield { dataset: 'reasoning-prompts', split, ...record };
    }
  }
}

function promptRecord(value: unknown, fallbackId: string): Omit<DatasetRecord, 'dataset' | 'split'> {
  const fields = objectFields(value, 'the prompt');
  if ('conversations' in fields) return conversationRecord(value, fallbackId, 'images/');
  const { id, image, answer } = fields;
  const prompt = textField(fields['prompt'], 'prompt');
  return {
    id: typeof id === 'string' || typeof id === 'number' ? String(id) : fallbackId,
    identity: {},
    ...(image !== undefined && { image: imageReference('images/', textField(image, 'image')) }),
    conversation: [
      {
        from: 'human',
        text: image === undefined || prompt.includes('<image>') ? prompt : `<image>\n${prompt}`,
      },
      { from: 'assistant', text: answer === undefined ? POSE_REQUEST : textField(answer, 'answer') },
    ],
  };
}
