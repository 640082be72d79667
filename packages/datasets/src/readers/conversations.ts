import { findFiles, streamFile } from '../files/dataset-files.js';
import { jsonElements } from '../json/json-elements.js';
import { jsonLines } from '../json/json-lines.js';
import { RecordFieldError } from '../reading/dataset-problem.js';
import type { ReadingContext } from '../reading/dataset-reading.js';
import type { ConversationTurn, DatasetRecord } from '../record/dataset-record.js';
import { nameOf, nestedNumbers, objectFields, textField } from '../record/field-numbers.js';
import { imageReference } from '../record/image-reference.js';
import { forEachElement } from './list-elements.js';

/** LLaVA's names of the speakers; its later files also say user and assistant. */
const SPEAKERS: Readonly<Record<string, ConversationTurn['from']>> = {
  human: 'human',
  user: 'human',
  gpt: 'assistant',
  assistant: 'assistant',
};

/** Where files of conversations lie. */
export interface ConversationFiles {
  readonly dataset: string;
  /** All of them are read; at least one must be there. Lists in JSON, or JSONL by the extension. */
  readonly files: readonly string[];
  readonly imagePrefix: string;
}

/**
 * Conversations as LLaVA writes them: a JSON list (or JSONL) of objects with `id`, `image` (absent for text alone) and
 * `conversations`, in which `human` and `gpt` take turns. Streamed: LLaVA-Instruct-150k has 230 MB. The refined RPE
 * benchmark's `real_image`, `ground_truth.bbox`, `.joint_cam` and `.smpl_param` are read where they stand. Formats: LLaVA
 * `docs/Finetune_Custom_Data.md`, jjunsss/RPE-Refined `README.md`.
 */
export async function* readConversations(
  context: ReadingContext,
  { dataset, files, imagePrefix }: ConversationFiles,
): AsyncGenerator<DatasetRecord, void, undefined> {
  const { folder, split } = context;
  const found = (await Promise.all(files.map((name) => findFiles(folder, name)))).flat();
  if (found.length === 0) {
    context.problem('missing-file', files.join(', '), 'none of them is there');
    return;
  }
  for (const file of found) {
    if (!context.takesSequence(file)) continue;
    const source = streamFile(folder, file);
    const elements = file.endsWith('.jsonl') ? jsonLines(source, { file }) : jsonElements(source, { file });
    for await (const { where, index, value } of forEachElement(context, file, elements)) {
      const record = await context.attempt(where, () =>
        conversationRecord(value, `${file}:${index}`, imagePrefix),
      );
      if (record !== undefined) yield { dataset, split, ...record };
    }
  }
}

/** The parts of a record that a conversation's object holds. @throws RecordFieldError */
export function conversationRecord(
  value: unknown,
  fallbackId: string,
  imagePrefix: string,
): Omit<DatasetRecord, 'dataset' | 'split'> {
  const fields = objectFields(value, 'the conversation');
  const turns = fields['conversations'];
  if (!Array.isArray(turns) || turns.length === 0)
    throw new RecordFieldError(
      'broken-record',
      `conversations is ${nameOf(turns)}, expected a list of turns`,
    );
  const conversation = turns.map((turn: unknown, index): ConversationTurn => {
    const { from, value: text } = objectFields(turn, `turn ${index}`);
    const speaker = SPEAKERS[textField(from, `turn ${index}'s from`)];
    if (speaker === undefined)
      throw new RecordFieldError(
        'broken-record',
        `turn ${index} is from ${nameOf(from)}, expected human or gpt`,
      );
    if (speaker !== (index % 2 === 0 ? 'human' : 'assistant'))
      throw new RecordFieldError('broken-record', `turn ${index} is from ${nameOf(from)} out of turn`);
    return { from: speaker, text: textField(text, `turn ${index}'s value`) };
  });
  const id = fields['id'];
  const image = fields['real_image'] ?? fields['image'];
  const mentions = conversation.reduce((sum, { text }) => sum + text.split('<image>').length - 1, 0);
  if (image === undefined && mentions > 0)
    throw new RecordFieldError('disagreeing-counts', `${mentions} <image> in the text, but no image`);
  const truth = fields['ground_truth'];
  return {
    id: typeof id === 'string' || typeof id === 'number' ? String(id) : fallbackId,
    identity: {},
    conversation,
    ...(image !== undefined && { image: imageReference(imagePrefix, textField(image, 'image')) }),
    ...(truth !== undefined && groundTruth(truth, image, imagePrefix)),
  };
}

/** What the refined RPE benchmark knows of the person in question. */
function groundTruth(
  value: unknown,
  image: unknown,
  imagePrefix: string,
): Partial<Pick<DatasetRecord, 'image' | 'body' | 'keypoints3d' | 'keypoints2d'>> {
  const truth = objectFields(value, 'ground_truth');
  const parameters = objectFields(truth['smpl_param'], 'ground_truth.smpl_param');
  const [left = 0, top = 0, width = 0, height = 0] = nestedNumbers(truth['bbox'], [4], 'ground_truth.bbox');
  const gender = (['female', 'male', 'neutral'] as const).find((known) => known === parameters['gender']);
  const metres = nestedNumbers(truth['joint_cam'], [24, 3], 'ground_truth.joint_cam');
  const pixels = nestedNumbers(truth['joint_img'], [24, 2], 'ground_truth.joint_img');
  const confidence = new Float32Array(24).fill(1);
  return {
    image: imageReference(imagePrefix, textField(image, 'image'), { crop: { left, top, width, height } }),
    keypoints2d: { jointSet: 'smpl-24', pixels, confidence },
    keypoints3d: { jointSet: 'smpl-24', frame: 'camera', metres, confidence },
    body: {
      model: 'smpl',
      frame: 'camera',
      axisAngles: nestedNumbers(parameters['pose'], [72], 'ground_truth.smpl_param.pose'),
      betas: nestedNumbers(parameters['shape'], [10], 'ground_truth.smpl_param.shape'),
      translationMetres: nestedNumbers(parameters['trans'], [3], 'ground_truth.smpl_param.trans'),
      ...(gender && { gender }),
    },
  };
}
