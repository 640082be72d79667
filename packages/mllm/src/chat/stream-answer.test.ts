import { useBackend } from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { createRandom } from '@pose-rft/random';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDecoder, type Decoder } from '../decoder.js';
import { createPosePolicy } from '../policy.js';
import { sampleAnswers } from '../sampling.js';
import { createTokenConstraint } from '../token-constraint.js';
import { choice, literal, sequence } from '../token-pattern.js';
import { createChatModel, numbers } from '../testing/chat-model.js';
import { largestDifference } from '../testing/small-model.js';
import { SPECIAL_TOKEN_IDS } from '../tokenizer.js';
import { answerConversations } from './answer-conversations.js';
import { chatSequence } from './chat-sequence.js';
import { conversationTurn, type Conversation } from './conversation.js';
import { streamAnswer, type AnswerEvent, type AnswerOptions } from './stream-answer.js';

beforeAll(() => useBackend('wasm'));
trackTensorLeaks({ beforeAll, afterAll });

const { pose: POSE, endOfSequence: EOS } = SPECIAL_TOKEN_IDS;
let model: ReturnType<typeof createChatModel>;
beforeAll(() => {
  model = createChatModel(3);
});
afterAll(() => model.dispose());

const pose = (seed: number) => ({ kind: 'pose', rotation6d: numbers(12, seed) }) as const;
const image = { kind: 'image', features: numbers(15, 1) } as const;
const conversation: Conversation = [
  conversationTurn('user', image, 'the pose of a person', pose(1)),
  conversationTurn('assistant', 'here is ', pose(2), '.'),
  conversationTurn('user', 'the left arm raised'),
];
async function collect(
  options: Partial<AnswerOptions> = {},
  of: Conversation = conversation,
): Promise<readonly AnswerEvent[]> {
  const events: AnswerEvent[] = [];
  for await (const event of streamAnswer(model, of, {
    random: createRandom(1),
    maxNewTokens: 12,
    ...options,
  }))
    events.push(event);
  return events;
}
function endOf(events: readonly AnswerEvent[]): Extract<AnswerEvent, { kind: 'end' }> {
  const last = events.at(-1);
  return last?.kind === 'end' ? last : expect.fail();
}
/** Holds the answer to these tokens. */
const forced = (...answers: readonly string[]) =>
  createTokenConstraint(choice(...answers.map((text) => sequence(literal(model.tokenizer.encode(text).ids)))), model.decoder); // prettier-ignore

describe('streamAnswer', () => {
  it('gives the answer that the batched sampler and the policy give for the same seed', async () => {
    let poseCount = 0;
    for (let seed = 0; seed < 12; seed++) {
      const events = await collect({ random: createRandom(seed) });
      const { turn, reason } = endOf(events);
      const prompt = chatSequence(model.format, conversation, 'question');
      const sampled = await sampleAnswers(model.decoder, [prompt], { candidatesPerPrompt: 1, random: createRandom(seed), maxNewTokens: 12 }); // prettier-ignore
      expect(turn.tokenIds).toEqual(sampled.answers[0]);
      expect(reason).toBe(sampled.answers[0]?.at(-1) === EOS ? 'stop' : 'length');
      const poses = events.flatMap((event) => (event.kind === 'pose' ? [event.pose] : []));
      expect(poses).toHaveLength(turn.tokenIds?.filter((id) => id === POSE).length ?? -1);
      expect(turn.parts.filter(({ kind }) => kind === 'pose')).toEqual(poses);
      poseCount += poses.length;
      const texts = events.map((event) => (event.kind === 'text' ? event.text : event.kind === 'pose' ? '<POSE>' : '')); // prettier-ignore
      expect(texts.join('')).toBe(model.tokenizer.decode(turn.tokenIds ?? []));
    }
    expect(poseCount).toBeGreaterThan(3);
  });

  it('gives the pose that a greedy policy gives, its deviation too', async () => {
    const { config, tokenizer, parameters } = model;
    const constraint = forced('here is <POSE> .');
    const policy = createPosePolicy({ config, tokenizer, parameters: parameters.clone(), answerPattern: constraint.pattern }); // prettier-ignore
    const prompt = chatSequence(model.format, conversation, 'question');
    const { actions, poseDistributions } = await policy.act([prompt], { candidatesPerPrompt: 1, samplesPerCandidate: 1, random: createRandom(1), greedy: true }); // prettier-ignore
    const event = (await collect({ greedy: true, constraint })).find(({ kind }) => kind === 'pose');
    const found = event?.kind === 'pose' ? event.pose : expect.fail();
    expect(found.rotation6d).toEqual(actions[0]?.pose);
    expect(found.mean).toEqual(poseDistributions.mean);
    expect(found.standardDeviation).toEqual(poseDistributions.logStandardDeviation.map(Math.exp));
    policy.dispose();
  });

  it.each([
    ['no pose', 'here .', []],
    ['one', 'here is <POSE> .', [0]],
    ['several', '<POSE> and <POSE> <POSE>', [0, 1, 2]],
    ['one at the end', 'is <POSE>', [0]],
  ])('reads each pose of an answer at its own state: %s', async (_, text, indices) => {
    const spelt = text.replace('and', 'with');
    const events = await collect({ constraint: forced(spelt), temperature: 1.5 });
    const { turn, reason } = endOf(events);
    const poses = events.flatMap((event) => (event.kind === 'pose' ? [event.pose] : []));
    expect(reason).toBe('stop');
    expect(poses.map(({ index }) => index)).toEqual(indices);
    expect(model.tokenizer.decode(turn.tokenIds ?? [])).toBe(model.tokenizer.decode(model.tokenizer.encode(spelt).ids)); // prettier-ignore
    const [first, second] = poses;
    if (first !== undefined && second !== undefined) {
      // Not one state for all, and not one noise.
      expect(largestDifference(first.mean, second.mean)).toBeGreaterThan(1e-4);
      const noise = (of: typeof first) => of.rotation6d.map((value, place) => (value - (of.mean[place] ?? 0)) / (of.standardDeviation[place] ?? 1)); // prettier-ignore
      expect(largestDifference(noise(first), noise(second))).toBeGreaterThan(0.1);
    }
    // Asked again with the answer in the history, its poses are shown.
    const next = chatSequence(model.format, [...conversation, turn, conversationTurn('user', 'a person')], 'question'); // prettier-ignore
    expect(next.inputPoses6d?.slice(24)).toEqual(Float32Array.from(poses.flatMap(({ rotation6d }) => [...rotation6d]))); // prettier-ignore
  });

  it('draws a pose without changing the words after it', async () => {
    const [greedy, drawn] = [await collect({ topK: 1 }), await collect({ greedy: true })];
    expect(endOf(greedy).turn.tokenIds).toEqual(endOf(drawn).turn.tokenIds);
  });

  it('stops at a token of one’s own, and says when it was cut off', async () => {
    const stop = model.tokenizer.idOf('.') ?? -1;
    const stopped = endOf(await collect({ constraint: forced('here . here here'), stopTokenIds: [stop] }));
    expect([stopped.reason, stopped.turn.parts]).toEqual(['stop', [{ kind: 'text', text: 'here' }]]);
    expect(endOf(await collect({ constraint: forced('here <POSE> here here'), maxNewTokens: 2 }))).toMatchObject({ reason: 'length', turn: { parts: [{ text: 'here ' }, { kind: 'pose' }] } }); // prettier-ignore
  });

  it('ends where it stands when it is aborted', async () => {
    const constraint = forced('here is <POSE> with a person .');
    for (const until of [0, 1, 3, 4, 5]) {
      const controller = new AbortController();
      if (until === 0) controller.abort();
      const events: AnswerEvent[] = [];
      for await (const event of streamAnswer(model, conversation, { random: createRandom(1), maxNewTokens: 12, constraint, signal: controller.signal })) {
        events.push(event);
        if (events.length === until) controller.abort();
      } // prettier-ignore
      const { reason, turn } = endOf(events);
      expect(reason).toBe('aborted');
      expect(events).toHaveLength(until + 1);
      expect(turn.tokenIds?.filter((id) => id === POSE)).toHaveLength(turn.parts.filter(({ kind }) => kind === 'pose').length); // prettier-ignore
      // What was said stands: the conversation can go on.
      expect(() => chatSequence(model.format, [...conversation, turn, conversationTurn('user', 'a person')], 'question')).not.toThrow(); // prettier-ignore
    }
  });

  it('computes nothing before it is asked, and frees all when it is left', async () => {
    let passes = 0;
    const decoder: Decoder = {
      ...model.decoder,
      nextHiddenStates: (...given) => {
        passes++;
        return model.decoder.nextHiddenStates(...given);
      },
    };
    const events = streamAnswer({ ...model, decoder }, conversation, { random: createRandom(1), maxNewTokens: 9, constraint: forced('a a a a a a a a') }); // prettier-ignore
    const seen: number[] = [];
    for (let index = 0; index < 4; index++) {
      await events.next();
      await new Promise((resolve) => setTimeout(resolve, 5));
      seen.push(passes);
    }
    expect(seen).toEqual([0, 1, 2, 3]);
    await events.return();
    expect(passes).toBe(3);
  });

  it('refuses conversations that are no question, and too long ones', async () => {
    await expect(collect({}, conversation.slice(0, 2))).rejects.toThrow(
      /expected a user turn to be answered/,
    );
    const { config, parameters } = model;
    const decoder = createDecoder({ config, parameters });
    await expect(streamAnswer({ ...model, decoder }, conversation, { random: createRandom(1), maxNewTokens: 2 }).next()).rejects.toThrow(/may answer with 23, but the tokenizer has 23 tokens/); // prettier-ignore
    decoder.dispose();
    await expect(collect({ maxNewTokens: 200 })).rejects.toThrow(/the model has 120 positions/);
  });
});

describe('answerConversations', () => {
  it('answers each as if it were alone', async () => {
    const others: Conversation[] = [
      conversation,
      [conversationTurn('user', 'a person')],
      conversation.slice(0, 1),
    ];
    const random = createRandom(8);
    const options = { maxNewTokens: 10, temperature: 1.2 };
    const together = await answerConversations(model, others, { ...options, random });
    for (const [index, each] of others.entries()) {
      const { turn, reason } = endOf(await collect({ ...options, random: random.split(index) }, each));
      const answer = together[index];
      expect(answer?.turn.tokenIds).toEqual(turn.tokenIds);
      expect(answer?.reason).toBe(reason);
      expect(answer?.logProbs).toHaveLength(turn.tokenIds?.length ?? -1);
      expect(answer?.turn.parts.map((part) => (part.kind === 'text' ? part.text : part.kind))).toEqual(turn.parts.map((part) => (part.kind === 'text' ? part.text : part.kind))); // prettier-ignore
      const rotations = (of: typeof turn | undefined) => Float32Array.from(of?.parts.flatMap((part) => (part.kind === 'pose' ? [...part.rotation6d] : [])) ?? []); // prettier-ignore
      expect(largestDifference(rotations(answer?.turn), rotations(turn))).toBeLessThan(1e-5);
    }
    expect(together.flatMap(({ poses }) => poses).length).toBeGreaterThan(0);
  });

  it('stops for a signal', async () => {
    await expect(answerConversations(model, [conversation], { random: createRandom(1), maxNewTokens: 3, signal: AbortSignal.abort(new RangeError('enough')) })).rejects.toThrow('enough'); // prettier-ignore
  });
});
