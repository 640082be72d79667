import { createAdamW, dispose, tidy, useBackend, valueAndGradients } from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { createRandom } from '@pose-rft/random';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { passAnswers } from '../answer-pass.js';
import { planAnswers } from '../answer-plan.js';
import { supervisedLoss, SupervisedSampleError, type SupervisedSample } from '../supervised.js';
import { createChatModel, numbers } from '../testing/chat-model.js';
import { largestDifference } from '../testing/small-model.js';
import { conversationLoss } from './conversation-loss.js';
import { conversationSample } from './conversation-sample.js';
import { chatSequence } from './chat-sequence.js';
import { conversationTurn, type Conversation } from './conversation.js';
import { streamAnswer } from './stream-answer.js';

beforeAll(() => useBackend('wasm'));
trackTensorLeaks({ beforeAll, afterAll });

let model: ReturnType<typeof createChatModel>;
beforeAll(() => {
  model = createChatModel(3, { hiddenSize: 16 });
});
afterAll(() => model.dispose());

const pose = (seed: number) => ({ kind: 'pose', rotation6d: numbers(12, seed) }) as const;
const image = { kind: 'image', features: numbers(15, 1) } as const;
const conversation: Conversation = [
  conversationTurn('system', 'a person'),
  conversationTurn('user', image, 'the pose of a person', pose(1)),
  conversationTurn('assistant', 'here is the pose', pose(2), '.'),
  conversationTurn('user', 'the left arm raised'),
  conversationTurn('assistant', pose(3), 'with', pose(4)),
  conversationTurn('user', pose(5), 'is a person squatting'),
  conversationTurn('assistant', 'standing.'),
];
const answerTurns = [2, 4, 6];

/** One turn as a sample of its own, as `supervisedLoss` takes it: the prompt that the model would be shown, and the answer. */
function singleTurn(turn: number): SupervisedSample {
  const prompt = chatSequence(model.format, conversation.slice(0, turn), 'question');
  const { promptIds, answers } = chatSequence(model.format, conversation.slice(0, turn + 1), 'answer');
  const span = answers.at(-1) ?? expect.fail();
  return {
    ...prompt,
    answerIds: promptIds.slice(span.begin, span.end),
    targetPose6d: span.poses[0]?.target.rotation6d,
  };
}

describe('conversationLoss', () => {
  it('is the loss of every answer after all that stands before it, gradients too', () => {
    const withoutSecond: Conversation = conversation.map((turn, index) =>
      index === 4 ? conversationTurn('assistant', pose(3), 'with a person') : turn,
    );
    const sample = conversationSample(model.format, withoutSecond);
    const singles = answerTurns.map((turn): SupervisedSample => {
      const prompt = chatSequence(model.format, withoutSecond.slice(0, turn), 'question');
      const span = sample.answers.find((answer) => answer.turn === turn) ?? expect.fail();
      return { ...prompt, answerIds: sample.promptIds.slice(span.begin, span.end), targetPose6d: span.poses[0]?.target.rotation6d }; // prettier-ignore
    });
    const whole = valueAndGradients(model.parameters, () => conversationLoss(model.decoder, [sample]));
    const apart = valueAndGradients(model.parameters, () => supervisedLoss(model.decoder, singles));
    expect(whole.aux.poseCount).toBe(2);
    expect(whole.loss).toBeCloseTo(apart.loss, 4);
    expect(whole.aux.crossEntropy).toBeCloseTo(apart.aux.crossEntropy, 5);
    for (const [name, gradient] of Object.entries(apart.gradients)) {
      const [found, expected] = [whole.gradients[name]?.dataSync() ?? [], gradient.dataSync()];
      const scale = Math.max(1e-3, ...expected.map(Math.abs));
      expect(largestDifference(found, expected) / scale, name).toBeLessThan(1e-4);
    }
    dispose(whole.gradients);
    dispose(apart.gradients);
  });

  it('leaves out nothing of answers alone, whatever the others say', () => {
    const of = (turns: Conversation) =>
      tidy(() => conversationLoss(model.decoder, [conversationSample(model.format, turns)]).aux.crossEntropy);
    const asked = [...conversation.slice(0, -2), conversationTurn('user', 'the right arm'), conversation.at(-1) ?? expect.fail()]; // prettier-ignore
    expect(of(asked)).not.toBeCloseTo(of(conversation), 5);
    // Mean over answers of the mean over tokens.
    const means = answerTurns.map((turn) => {
      const { answerIds, ...prompt } = singleTurn(turn);
      return tidy(() => {
        const { tokenLogProbs } = passAnswers(model.decoder, planAnswers([prompt], [{ prompt: 0, ids: answerIds }], model.config.tokenIds)); // prettier-ignore
        const values = tokenLogProbs.dataSync<'float32'>();
        return -values.reduce((sum, value) => sum + value, 0) / values.length;
      });
    });
    expect(of(conversation)).toBeCloseTo(means.reduce((sum, value) => sum + value, 0) / 3, 5);
  });

  it('shows no answer anything of later turns', () => {
    const logProbsOf = (turns: Conversation): Float32Array => {
      const { promptIds, answers, ...features } = chatSequence(model.format, turns, 'answer');
      const { begin, end } = answers[0] ?? expect.fail();
      return tidy(() => {
        const plan = {
          ...planAnswers([{ promptIds, ...features }], []),
          tokenRows: Int32Array.from({ length: end - begin }, (_, place) => begin + place - 1),
          tokenIds: Int32Array.from(promptIds.slice(begin, end)),
        };
        return passAnswers(model.decoder, plan).tokenLogProbs.dataSync<'float32'>().slice();
      });
    };
    const alone = logProbsOf(conversation.slice(0, 3));
    expect(largestDifference(logProbsOf(conversation), alone)).toBeLessThan(1e-5);
    const changed = [...conversation.slice(0, 3), conversationTurn('user', pose(9), image, 'left left left'), conversationTurn('assistant', pose(8))]; // prettier-ignore
    expect(largestDifference(logProbsOf(changed), alone)).toBeLessThan(1e-5);
  });

  it('takes each pose at its own <POSE>, in any number', () => {
    const sample = conversationSample(model.format, conversation);
    const before = valueAndGradients(model.parameters, () =>
      conversationLoss(model.decoder, [sample, sample]),
    );
    dispose(before.gradients);
    expect(before.aux.poseCount).toBe(6);
    const asked: number[] = [];
    const poseMeanLoss = (poses: Float32Array, samples: Int32Array) => {
      asked.push(...samples);
      return { loss: 0, gradient: new Float32Array(poses.length) };
    };
    const batch = [conversationSample(model.format, conversation.slice(0, 3)), sample];
    tidy(() => conversationLoss(model.decoder, batch, { poseMeanLoss }).loss.dataSync().length);
    expect(asked).toEqual([0, 1, 1, 1]);
  });

  it('lets a model learn two poses of one answer, and to go on from the pose before', async () => {
    const learner = createChatModel(6, { hiddenSize: 16 });
    const ask = conversationTurn('user', 'the pose of a person standing');
    const both = conversationTurn('assistant', 'here is ', pose(2), ' with ', pose(3));
    const talks: Conversation[] = [1, -1].map((sign) => {
      const own = (seed: number) => ({ kind: 'pose', rotation6d: pose(seed).rotation6d.map((x) => sign * x) }) as const; // prettier-ignore
      return [
        conversationTurn('user', own(7), 'the left'),
        conversationTurn('assistant', 'here is ', own(5), '.'),
        ask,
        conversationTurn('assistant', 'here is ', own(2), ' with ', own(3), '.'),
      ];
    });
    const batch = [conversationSample(learner.format, [ask, both]), ...talks.map((talk) => conversationSample(learner.format, talk))]; // prettier-ignore
    const optimizer = createAdamW({ weightDecay: 0, beta2: 0.98, maxGradientNorm: 1 });
    for (let step = 0; step < 250; step++) {
      const { gradients } = valueAndGradients(learner.parameters, () => conversationLoss(learner.decoder, batch)); // prettier-ignore
      optimizer.step(learner.parameters, gradients, 0.01);
      dispose(gradients);
    }
    for (const [index, talk] of talks.entries()) {
      const given: Float32Array[] = [];
      for await (const event of streamAnswer(learner, talk.slice(0, 3), { random: createRandom(1), maxNewTokens: 9, greedy: true }))
        if (event.kind === 'pose') given.push(event.pose.rotation6d); // prettier-ignore
      const sign = index === 0 ? 1 : -1;
      expect(given).toHaveLength(2);
      for (const [place, found] of given.entries())
        expect(
          largestDifference(
            found,
            pose(2 + place).rotation6d.map((x) => sign * x),
          ),
        ).toBeLessThan(0.4);
    }
    optimizer.dispose();
    learner.dispose();
  });

  it('refuses what teaches nothing, or what no answer may hold', () => {
    expect(() => conversationLoss(model.decoder, [])).toThrow(SupervisedSampleError);
    const unknown = conversationSample(model.format, [conversationTurn('user', 'a'), conversationTurn('assistant', 'zebra')]); // prettier-ignore
    expect(() => conversationLoss(model.decoder, [unknown])).toThrow(
      /turn 1 of conversation 0 holds token 6/,
    );
  });
});
