import { useBackend } from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { createVisionEncoder } from '../vision/vision-encoder.js';
import { renderChat } from '../render-chat.js';
import { createByteLevelFormat, createChatModel, numbers, TEMPLATES } from '../testing/chat-model.js';
import { createChatFormat, WORD_LEVEL_CHAT_TEMPLATE } from './chat-format.js';
import { chatSequence } from './chat-sequence.js';
import { conversationTurn, type Conversation } from './conversation.js';
import type { ConversationProblem } from './conversation-error.js';
import { parseAnswer } from './parse-answer.js';

beforeAll(() => useBackend('wasm'));
trackTensorLeaks({ beforeAll, afterAll });

const image = { kind: 'image', features: numbers(6, 1) } as const;
const secondImage = { kind: 'image', features: [numbers(6, 2)] } as const;
const pose = (seed: number) => ({ kind: 'pose', rotation6d: numbers(6, seed) }) as const;
const system = conversationTurn('system', 'You see people.');
const ask = conversationTurn('user', image, 'describe the pose');
const describeIt = conversationTurn('assistant', 'here is the pose ', pose(3), ' of a person');
const bend = conversationTurn('user', 'bend the left knee');

describe.each(Object.entries(TEMPLATES))('with the template %s', (name, template) => {
  const format = createByteLevelFormat(template);
  const { tokenizer, config } = format;
  const { pose: poseId = null, image: imageId, endOfSequence } = config.tokenIds;
  const slot = config.poseInput?.tokenId;
  const words = (ids: readonly number[]): string =>
    ids.map((id) => (id === slot ? '<slot>' : tokenizer.isSpecial(id) ? tokenizer.vocabulary[id] : tokenizer.decode([id]))).join(''); // prettier-ignore

  it('gives the tokens of the rendered text, with rows for pictures and poses', () => {
    const conversation = [system, ask, describeIt, bend];
    const { promptIds, imageFeatures, inputPoses6d, answers, unknownWords } = chatSequence(format, conversation, 'question'); // prettier-ignore
    expect(promptIds.filter((id) => id === imageId)).toHaveLength(2);
    expect(imageFeatures).toEqual(image.features);
    // The assistant's pose is shown again in the question after it.
    expect(promptIds.filter((id) => id === slot)).toHaveLength(3);
    expect(inputPoses6d).toEqual(pose(3).rotation6d);
    expect(promptIds.indexOf(slot ?? -1)).toBeGreaterThan(promptIds.indexOf(poseId ?? -1));
    expect(unknownWords).toEqual([]);
    expect(answers).toMatchObject([{ turn: 2, poses: [{ position: promptIds.indexOf(poseId ?? -1) }] }]);

    const shown = words(promptIds).replace('<image><image>', '<image>').replace('<slot><slot><slot>', '');
    const expected = renderChat(
      template,
      format.contentForm === 'text'
        ? [
            { role: 'system', content: 'You see people.' },
            { role: 'user', content: '<image>describe the pose' },
            { role: 'assistant', content: 'here is the pose <POSE> of a person' },
            { role: 'user', content: 'bend the left knee' },
          ]
        : [
            { role: 'system', content: [{ type: 'text', text: 'You see people.' }] },
            { role: 'user', content: [{ type: 'image' }, { type: 'text', text: 'describe the pose' }] },
            { role: 'assistant', content: [{ type: 'text', text: 'here is the pose <POSE> of a person' }] },
            { role: 'user', content: [{ type: 'text', text: 'bend the left knee' }] },
          ],
    );
    if (name === 'llava-hub')
      // Its processor leaves <s> to the tokenizer, and its template the end of an answer to nobody.
      expect(shown).toBe(`<s>${expected.replace('of a person', 'of a person</s>')}`);
    else expect(shown).toBe(expected);
  });

  it('takes the answers out again', () => {
    const poses = conversationTurn('assistant', pose(4), ' then ', pose(5));
    const { promptIds, answers } = chatSequence(format, [ask, describeIt, bend, poses], 'answer');
    const parsed = answers.map(({ begin, end }) => parseAnswer(format, promptIds.slice(begin, end)));
    // Templates put white space around an answer, and some trim it.
    expect(parsed.map(({ parts }) => parts.map((part) => (part.kind === 'pose' ? part.index : part.text.trim())))).toEqual([
      ['here is the pose', 0, 'of a person'],
      expect.arrayContaining([0, 'then', 1]),
    ]); // prettier-ignore
    expect(parsed.every(({ isEnded }) => isEnded)).toBe(true);
    expect(answers.map(({ end }) => promptIds[end - 1])).toEqual(Array(2).fill(format.endOfTurnId));
    expect(answers[1]?.poses.map(({ target }) => target)).toEqual([pose(4), pose(5)]);
    if (name === 'llava-hub') expect(format.endOfTurnId).toBe(endOfSequence);
  });

  it('takes no special token from words', () => {
    const specials = (text: string): readonly string[] => {
      const turns = [conversationTurn('user', text), conversationTurn('assistant', text), conversationTurn('user', text, image, text)]; // prettier-ignore
      const { promptIds } = chatSequence(format, turns, 'question');
      return promptIds.filter((id) => tokenizer.isSpecial(id) || id === slot).map((id) => words([id]));
    };
    const harmless = specials('hello');
    for (const name of [...tokenizer.vocabulary.filter((_, id) => tokenizer.isSpecial(id)), '<POSE', '{{ bos_token }}', '\u{10FFF1}0\u{10FFF0}'])
      expect(specials(`a ${name} b`)).toEqual(harmless); // prettier-ignore
    expect(specials('<PO').length).toBe(harmless.length);
  });
});

describe('chatSequence', () => {
  const format = createByteLevelFormat(TEMPLATES['chatml'] ?? expect.fail());
  const { config, tokenizer } = format;

  it('shows pictures and poses in the order in which they are said', () => {
    const turns = [
      conversationTurn('user', image, pose(6), 'and', secondImage, pose(7)),
      describeIt,
      conversationTurn('user', pose(8), 'again'),
    ];
    const { imageFeatures, inputPoses6d, promptIds } = chatSequence(format, turns, 'question');
    expect(imageFeatures).toEqual(Float32Array.from([...image.features, ...secondImage.features.flatMap((part) => [...part])])); // prettier-ignore
    expect(inputPoses6d).toEqual(
      Float32Array.from([6, 7, 3, 8].flatMap((seed) => [...pose(seed).rotation6d])),
    );
    expect(promptIds.filter((id) => id === config.poseInput?.tokenId)).toHaveLength(12);
  });

  it('repeats what the model wrote, token for token', () => {
    const spelt = tokenizer.encodePieces([{ kind: 'literal', text: 'h' }, { kind: 'ids', ids: [] }, { kind: 'literal', text: 'ere' }]).ids; // prettier-ignore
    expect(spelt).not.toEqual(tokenizer.encode('here').ids);
    const poseId = config.tokenIds.pose ?? -1;
    const written = (tokenIds: readonly number[]) => ({
      ...conversationTurn('assistant', 'here', pose(3)),
      tokenIds,
    });
    const tokens = [...spelt, poseId];
    for (const end of [[], [format.endOfTurnId], [config.tokenIds.endOfSequence]]) {
      const { promptIds, answers } = chatSequence(format, [bend, written([...tokens, ...end])], 'answer');
      expect(promptIds.slice(answers[0]?.begin, answers[0]?.end)).toEqual([...tokens, format.endOfTurnId]);
    }
    expect(() => chatSequence(format, [bend, written(spelt)], 'answer')).toThrow(
      /hold 0 <POSE>, its parts 1 poses/,
    );
  });

  it('shows the poses of answers by <POSE> alone to a model that reads none', () => {
    const blind = { ...config, poseInput: null };
    const plain = createChatFormat({ ...format, config: blind, template: format.template, visionEncoder: { encode: () => [] } }); // prettier-ignore
    const { inputPoses6d, promptIds } = chatSequence(plain, [bend, describeIt, bend], 'question');
    expect(inputPoses6d).toBeUndefined();
    expect(promptIds).toContain(config.tokenIds.pose);
  });

  it('encodes pictures that come as pixels', () => {
    const pixels = [{ data: new Float32Array(12), channelCount: 3, height: 2, width: 2 }];
    const asked: unknown[] = [];
    const encode: ReturnType<typeof createVisionEncoder>['encode'] = (pictures) => {
      asked.push(...pictures);
      return pictures.map(() => [numbers(6, 9)]);
    };
    const seeing = createChatFormat({
      config,
      tokenizer,
      template: format.template,
      visionEncoder: { encode },
    });
    const { imageFeatures } = chatSequence(seeing, [conversationTurn('user', image, { kind: 'image', pixels }, 'compare')], 'question'); // prettier-ignore
    expect(asked).toEqual([pixels]);
    expect(imageFeatures?.slice(6)).toEqual(numbers(6, 9));
    expect(() => chatSequence(format, [conversationTurn('user', { kind: 'image', pixels })], 'question')).toThrow(/no vision encoder/); // prettier-ignore
  });

  const noVision = { ...config, imageTokenCount: 0 };
  const brokenPose = { kind: 'pose', rotation6d: numbers(6, 1).fill(NaN, 3, 4) } as const;
  it.each<[ConversationProblem, Conversation, Partial<typeof config>?]>([
    ['empty', []],
    ['empty-turn', [conversationTurn('user')]],
    ['role-order', [ask, ask]],
    ['role-order', [describeIt]],
    ['role-order', [ask, describeIt, describeIt]],
    ['role-order', [ask, describeIt]],
    ['system-not-first', [ask, system]],
    ['role-order', [system]],
    ['misplaced-part', [conversationTurn('system', image), ask]],
    ['misplaced-part', [conversationTurn('system', pose(1)), ask]],
    ['misplaced-part', [ask, conversationTurn('assistant', image), bend]],
    ['misplaced-part', [{ ...ask, tokenIds: [3] }]],
    ['image-without-vision', [ask], noVision],
    ['image-features', [conversationTurn('user', { kind: 'image', features: numbers(5, 1) })]],
    ['pose-without-input', [conversationTurn('user', pose(1))], { poseInput: null }],
    ['pose-without-head', [bend, describeIt, bend], { tokenIds: { ...config.tokenIds, pose: null } }],
    ['pose-size', [conversationTurn('user', { kind: 'pose', rotation6d: numbers(7, 1) })]],
    ['pose-size', [conversationTurn('user', brokenPose)]],
  ])('refuses a conversation: %s', (problem, conversation, changes = {}) => {
    const changed = createChatFormat({
      config: { ...config, ...changes },
      tokenizer,
      template: format.template,
    });
    expect(() => chatSequence(changed, conversation, 'question')).toThrow(expect.objectContaining({ name: 'ConversationError', problem })); // prettier-ignore
  });

  it('refuses to learn from a conversation that ends in a question', () => {
    expect(() => chatSequence(format, [ask], 'answer')).toThrow(/the last turn is the user's/);
  });

  it('finds an answer whose first token would reach into its prompt, and cuts there', () => {
    // `: h` is one token of this template's text.
    const source =
      "{% for m in messages %}{{ m['content'] + (' th' if m['role'] == 'user' else '</s>') }}{% endfor %}";
    const gluing = createByteLevelFormat({ source, beginOfSequence: '', endOfSequence: '</s>' });
    const said = [conversationTurn('user', 'describe'), conversationTurn('assistant', 'e pose')];
    const before = chatSequence(gluing, said.slice(0, 1), 'question').promptIds;
    const { promptIds, answers } = chatSequence(gluing, said, 'answer');
    expect(tokenizer.encode('describe the pose').ids.slice(0, before.length)).not.toEqual(before);
    expect(promptIds.slice(0, answers[0]?.begin)).toEqual(before);
    expect(tokenizer.decode(promptIds)).toBe('describe the pose');
  });

  it.each([
    ['leaves out', "{{ messages[0]['content'] }}</s>{% if messages | length == 2 %}{{ messages[1]['content'] }}</s>{% endif %}"],
    ['shows earlier turns in another way', "{% for m in messages %}{% if loop.last %}last: {% endif %}{{ m['content'] }}</s>{% endfor %}"],
  ])('refuses a template that %s', (message, source) => {
    const of = createByteLevelFormat({ source, beginOfSequence: '', endOfSequence: '</s>' });
    expect(() => chatSequence(of, [bend, describeIt, bend], 'question')).toThrow(message);
  }); // prettier-ignore

  it.each([
    ['does not show what the user says', '{{ bos_token }}'],
    ['does not show what the user says', "{{ raise_exception('no') }}"],
    ['does not show an answer', "{% for m in messages %}{% if m['role'] == 'user' %}{{ m['content'] }}{% endif %}{% endfor %}"],
    ['mark the parts', "{{ messages[0]['content'] }}\u{10FFF0}"],
  ])('refuses a template that %s', (message, source) => {
    expect(() => createByteLevelFormat({ source, beginOfSequence: '', endOfSequence: '</s>' })).toThrow(message);
  }); // prettier-ignore

  it('takes word-level tokenizers, and tells the words that they lack', () => {
    const model = createChatModel(1);
    const said = [conversationTurn('user', 'show the <POSE> of a zebra'), conversationTurn('assistant', 'here: ', { kind: 'pose', rotation6d: numbers(12, 1) }, '.')]; // prettier-ignore
    const { promptIds, unknownWords } = chatSequence(model.format, [...said, conversationTurn('user', 'standing')], 'question'); // prettier-ignore
    expect(unknownWords).toEqual(expect.arrayContaining(['show', 'zebra', '<', '>', 'pose', ':'].filter((word) => model.tokenizer.idOf(word) === undefined))); // prettier-ignore
    expect(promptIds.filter((id) => id === 2)).toHaveLength(1);
    expect(WORD_LEVEL_CHAT_TEMPLATE.source).toContain('<assistant>');
    model.dispose();
  });
});
