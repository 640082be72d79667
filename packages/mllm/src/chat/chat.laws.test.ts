import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { createByteLevelFormat, numbers, TEMPLATES } from '../testing/chat-model.js';
import { chatSequence } from './chat-sequence.js';
import { answerMask, conversationSample } from './conversation-sample.js';
import type { Conversation, ConversationPart } from './conversation.js';
import { parseAnswer } from './parse-answer.js';
import { createTextStream } from './text-stream.js';

const formats = Object.values(TEMPLATES).map(createByteLevelFormat);
const format = fc.constantFrom(...formats);
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc
    .array(
      fc.constantFrom(
        '<POSE>',
        '<image>',
        '</s>',
        '<|im_end|>',
        'USER:',
        'ASSISTANT:',
        '\u{10FFF1}',
        '\u{10FFFD}',
        'knee',
        ' ',
        '\n',
        'ü',
      ),
      { maxLength: 6 },
    ) // prettier-ignore
    .map((parts) => parts.join('')),
);
const words = text.map((value): ConversationPart => ({ kind: 'text', text: value }));
const pose = fc
  .nat({ max: 99 })
  .map((seed): ConversationPart => ({ kind: 'pose', rotation6d: numbers(6, seed) }));
const image = fc
  .nat({ max: 99 })
  .map((seed): ConversationPart => ({ kind: 'image', features: numbers(6, seed) }));
const parts = (...kinds: readonly fc.Arbitrary<ConversationPart>[]) => fc.array(fc.oneof(...kinds), { minLength: 1, maxLength: 4 }); // prettier-ignore
/** Ends in a question. */
const conversation = fc
  .tuple(
    fc.option(parts(words)),
    fc.array(fc.tuple(parts(words, pose, image), parts(words, pose)), { minLength: 1, maxLength: 3 }),
    parts(words, pose, image),
  )
  .map(([system, exchanges, last]): Conversation => [
    ...(system === null ? [] : [{ role: 'system' as const, parts: system }]),
    ...exchanges.flatMap(([user, assistant]) => [
      { role: 'user' as const, parts: user },
      { role: 'assistant' as const, parts: assistant },
    ]),
    { role: 'user' as const, parts: last },
  ]);
const kinds = (all: Conversation, role: string, kind: ConversationPart['kind']): ConversationPart[] =>
  all.flatMap((turn) => (turn.role === role ? turn.parts.filter((part) => part.kind === kind) : []));

describe('a rendered conversation', () => {
  test.prop([format, conversation])('has the slots of its parts, and their numbers', (of, all) => {
    const { promptIds, imageFeatures, inputPoses6d, answers } = chatSequence(of, all, 'question');
    const count = (id: number | null | undefined): number => promptIds.filter((each) => each === id).length;
    const [images, asked, answered] = [kinds(all, 'user', 'image'), kinds(all, 'user', 'pose'), kinds(all, 'assistant', 'pose')]; // prettier-ignore
    expect(count(of.config.tokenIds.image)).toBe(2 * images.length);
    expect(imageFeatures?.length ?? 0).toBe(6 * images.length);
    expect(count(of.config.poseInput?.tokenId)).toBe(3 * (asked.length + answered.length));
    expect(inputPoses6d?.length ?? 0).toBe(6 * (asked.length + answered.length));
    expect(count(of.config.tokenIds.pose)).toBe(answered.length);
    expect(answers.flatMap(({ poses }) => poses.map(({ target }) => target))).toEqual(answered);
    for (const { poses } of answers) for (const { position } of poses) expect(promptIds[position]).toBe(of.config.tokenIds.pose); // prettier-ignore
  });

  test.prop([format, conversation])('gives its answers back', (of, all) => {
    const { promptIds, answers } = chatSequence(of, all, 'question');
    const said = all.filter(({ role }) => role === 'assistant');
    answers.forEach(({ begin, end }, index) => {
      const { parts: found, isEnded } = parseAnswer(of, promptIds.slice(begin, end));
      const spell = (some: readonly ({ kind: string } & { text?: string })[]): string =>
        some.map((part) => part.text ?? '<a pose>').join('').trim(); // prettier-ignore
      expect(spell(found)).toBe(spell(said[index]?.parts ?? []));
      expect(isEnded).toBe(true);
    });
  });

  test.prop([format, conversation])('begins as that of its first turns', (of, all) => {
    const whole = chatSequence(of, all, 'question');
    for (const { turn, begin } of whole.answers) {
      const earlier = chatSequence(of, all.slice(0, turn), 'question');
      expect(whole.promptIds.slice(0, begin)).toEqual(earlier.promptIds);
      const numbersBefore = (sequence: typeof whole) => [...(sequence.inputPoses6d ?? [])];
      expect(numbersBefore(whole).slice(0, numbersBefore(earlier).length)).toEqual(numbersBefore(earlier));
    }
  });

  test.prop([format, conversation])('teaches the assistant’s tokens alone', (of, all) => {
    const sample = conversationSample(of, all.slice(0, -1), { maxTokens: 10_000 });
    const mask = answerMask(sample);
    const taught = sample.promptIds.filter((_, index) => mask[index] === 1);
    const written = sample.answers.flatMap(({ begin, end }) => sample.promptIds.slice(begin, end));
    expect(taught).toEqual(written);
    const { image: imageId, pose: poseId } = of.config.tokenIds;
    expect(taught.includes(imageId ?? -1) || taught.includes(of.config.poseInput?.tokenId ?? -1)).toBe(false);
    // Every special token that is taught is a pose or the end of a turn: one for each answer.
    const specials = taught.filter((id) => of.tokenizer.isSpecial(id) && id !== poseId);
    expect(specials).toEqual(sample.answers.map(() => of.endOfTurnId));
  });
});

describe('a text stream', () => {
  const { tokenizer, config } = formats[0] ?? expect.fail();
  const ids = fc.array(fc.nat({ max: tokenizer.size - 1 }), { maxLength: 30 });
  const anyTokens = fc.oneof(ids, fc.array(text).map((all) => tokenizer.encode(all.join(' <POSE> ')).ids as number[])); // prettier-ignore

  test.prop([anyTokens])('gives what decoding gives at once, in whole characters', (all) => {
    const stream = createTextStream(tokenizer);
    const pieces = all.map((id) =>
      id === config.tokenIds.pose ? `${stream.mark(id)}<POSE>` : stream.push(id),
    );
    const flushed = stream.flush();
    expect(pieces.join('') + flushed).toBe(tokenizer.decode(all));
    for (const piece of pieces) expect(piece).not.toMatch(/[\uD800-\uDBFF]$|^[\uDC00-\uDFFF]/);
  });

  test.prop([fc.array(fc.string({ unit: 'grapheme', maxLength: 8 }), { maxLength: 8 })])(
    'breaks no character of a text into U+FFFD',
    (all) => {
      const spelt = all.join('').replaceAll('\uFFFD', '');
      const stream = createTextStream(tokenizer);
      const pieces = tokenizer.encodePieces([{ kind: 'literal', text: spelt }]).ids.map(stream.push);
      expect(pieces.join('')).not.toContain('\uFFFD');
      expect(pieces.join('') + stream.flush()).toBe(tokenizer.decode(tokenizer.encodePieces([{ kind: 'literal', text: spelt }]).ids)); // prettier-ignore
    },
  );
});
