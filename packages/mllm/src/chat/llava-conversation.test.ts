import { describe, expect, it } from 'vitest';
import { createByteLevelFormat, numbers, TEMPLATES } from '../testing/chat-model.js';
import { answerMask, conversationSample } from './conversation-sample.js';
import { conversationTurn } from './conversation.js';
import type { ConversationProblem } from './conversation-error.js';
import { conversationOfLlava, type LlavaParts, type LlavaTurn } from './llava-conversation.js';

const image = { kind: 'image', features: numbers(6, 1) } as const;
const pose = (seed: number) => ({ kind: 'pose', rotation6d: numbers(6, seed) }) as const;

/** As LLaVA-Instruct-150k is laid out. */
const turns: readonly LlavaTurn[] = [
  { from: 'human', value: 'What is she doing?\n<image>' },
  { from: 'gpt', value: 'She kneels.' },
  { from: 'human', value: 'Give the pose.' },
  { from: 'gpt', value: 'Here: <POSE> and mirrored: <POSE>.' },
];

describe('conversationOfLlava', () => {
  it('puts parts for placeholders, pictures first as LLaVA does', () => {
    const conversation = conversationOfLlava(turns, { images: [image], answerPoses: [pose(1), pose(2)], system: 'Be brief.' }); // prettier-ignore
    expect(conversation).toEqual([
      conversationTurn('system', 'Be brief.'),
      conversationTurn('user', image, '\n', 'What is she doing?'),
      conversationTurn('assistant', 'She kneels.'),
      conversationTurn('user', 'Give the pose.'),
      conversationTurn('assistant', 'Here: ', pose(1), ' and mirrored: ', pose(2), '.'),
    ]);
  });

  it('takes what readers of data sets give, and poses of questions', () => {
    const read: readonly LlavaTurn[] = [
      { from: 'user', text: 'describe <POSE> and <POSE>' },
      { from: 'assistant', text: 'both <image> stand' },
    ];
    expect(conversationOfLlava(read, { inputPoses: [pose(1), pose(2)] })).toEqual([
      conversationTurn('user', 'describe ', pose(1), ' and ', pose(2)),
      conversationTurn('assistant', 'both <image> stand'),
    ]);
  });

  it.each<[ConversationProblem, readonly LlavaTurn[], LlavaParts]>([
    ['image-count', turns, { answerPoses: [pose(1), pose(2)] }],
    ['image-count', turns, { images: [image, image], answerPoses: [pose(1), pose(2)] }],
    ['pose-count', turns, { images: [image], answerPoses: [pose(1)] }],
    ['pose-count', turns, { images: [image], answerPoses: [pose(1), pose(2)], inputPoses: [pose(3)] }],
    ['broken-record', [{ from: 'robot', value: 'hi' }], {}],
    ['broken-record', [JSON.parse('{"from":"human"}') as LlavaTurn], {}],
  ])('refuses a record: %s', (problem, record, parts) => {
    expect(() => conversationOfLlava(record, parts)).toThrow(expect.objectContaining({ name: 'ConversationError', problem })); // prettier-ignore
  });

  it('becomes a sequence that teaches the answers, token by token', () => {
    const format = createByteLevelFormat(TEMPLATES['vicuna-v1'] ?? expect.fail());
    const { tokenizer, config } = format;
    const sample = conversationSample(format, conversationOfLlava(turns, { images: [image], answerPoses: [pose(1), pose(2)], system: 'Be brief.' })); // prettier-ignore
    const mask = answerMask(sample);
    const spelt = sample.promptIds.map((id) =>
      id === config.poseInput?.tokenId ? '<slot>' : tokenizer.isSpecial(id) ? tokenizer.vocabulary[id] : tokenizer.decode([id]),
    ); // prettier-ignore
    const runs: string[] = [];
    spelt.forEach((token, index) => {
      const name = mask[index] === 1 ? 'taught' : 'shown';
      if (runs.at(-1)?.startsWith(name) === true) runs[runs.length - 1] += token ?? '';
      else runs.push(`${name}:${token}`);
    });
    expect(runs).toEqual([
      'shown:<s>Be brief. USER: <image><image>\nWhat is she doing? ASSISTANT:',
      'taught: She kneels.</s>',
      'shown:USER: Give the pose. ASSISTANT:',
      'taught: Here: <POSE> and mirrored: <POSE>.</s>',
    ]);
    expect(sample.answers[1]?.poses.map(({ position, target }) => [spelt[position], target])).toEqual([
      ['<POSE>', pose(1)],
      ['<POSE>', pose(2)],
    ]);
    expect(sample.imageFeatures).toEqual(image.features);
  });

  it('is shortened by whole exchanges, or refused', () => {
    const format = createByteLevelFormat(TEMPLATES['vicuna-v1'] ?? expect.fail());
    const conversation = conversationOfLlava(turns, { images: [image], answerPoses: [pose(1), pose(2)] });
    const whole = conversationSample(format, conversation);
    const first = conversationSample(format, conversation.slice(0, 2));
    for (const maxTokens of [whole.promptIds.length - 1, first.promptIds.length]) {
      expect(conversationSample(format, conversation, { maxTokens })).toEqual(first);
      expect(() => conversationSample(format, conversation, { maxTokens, tooLong: 'refuse' })).toThrow(/expected at most/);
    } // prettier-ignore
    expect(() => conversationSample(format, conversation, { maxTokens: first.promptIds.length - 1 })).toThrow(
      expect.objectContaining({ name: 'ConversationError', problem: 'too-long' }),
    );
  });
});
