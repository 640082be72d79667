import { tensor2d, tidy, useBackend } from '@pose-rft/tensor';
import { expectNoTensorLeak, trackTensorLeaks } from '@pose-rft/tensor/testing';
import { createRandom } from '@pose-rft/random';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { passAnswers } from './answer-pass.js';
import { ConstrainedAnswerError } from './constrained-log-probs.js';
import { planAnswers } from './answer-plan.js';
import { PromptError, type MllmPrompt } from './prompt.js';
import { answerSteps, SamplingOptionError, type SamplingOptions } from './answer-steps.js';
import { sampleAnswers, type SampledAnswers } from './sampling.js';
import { createSmallModel, largestDifference, randomPrompt, type SmallModel } from './testing/small-model.js';
import { createTokenConstraint, type TokenConstraint } from './token-constraint.js';
import { noneOf, oneOf, repeat, sequence } from './token-pattern.js';
import { SPECIAL_TOKEN_IDS } from './tokenizer.js';

const { endOfSequence: EOS, pose: POSE } = SPECIAL_TOKEN_IDS;
const CANDIDATES = 40;

beforeAll(() => useBackend('wasm'));
trackTensorLeaks({ beforeAll, afterAll });

let model: SmallModel;
let prompts: readonly MllmPrompt[];
beforeAll(() => {
  model = createSmallModel(21);
  const random = createRandom(22);
  prompts = [2, 5, 1].map((wordCount, index) =>
    randomPrompt(model.config, random, { wordCount, hasImage: index === 1 }),
  );
});
afterAll(() => model.dispose());

const sample = (options: Partial<SamplingOptions> = {}): Promise<SampledAnswers> =>
  expectNoTensorLeak(() =>
    sampleAnswers(model.decoder, prompts, {
      candidatesPerPrompt: CANDIDATES,
      random: createRandom(23),
      maxNewTokens: 7,
      ...options,
    }),
  );

/** What a training pass makes of sampled answers, in the order in which sampling reports it. */
function scored(sampled: SampledAnswers, temperature = 1, constraint?: TokenConstraint) {
  const candidatesPerPrompt = sampled.answers.length / prompts.length;
  const plan = planAnswers(
    prompts,
    sampled.answers.map((ids, candidate) => ({ prompt: Math.floor(candidate / candidatesPerPrompt), ids })),
  );
  const distinct = tidy(() =>
    passAnswers(model.decoder, plan, temperature, undefined, constraint).tokenLogProbs.dataSync(),
  );
  return Float32Array.from(plan.tokenIndices, (place) => distinct[place] as number);
}

describe('sampleAnswers', () => {
  it.each([1, 0.5, 1.7])(
    'reports the log-probabilities of a training pass at temperature %d',
    async (temperature) => {
      const sampled = await sample({ temperature });
      expect(largestDifference(sampled.logProbs, scored(sampled, temperature))).toBeLessThan(1e-4);
    },
  );

  it('reports them untruncated under topK and topP', async () => {
    const sampled = await sample({ topK: 5, topP: 0.8 });
    expect(largestDifference(sampled.logProbs, scored(sampled))).toBeLessThan(1e-4);
  });

  it('ends an answer at its first <eos>, or at maxNewTokens', async () => {
    const { answers, offsets } = await sample();
    expect(answers).toHaveLength(3 * CANDIDATES);
    answers.forEach((ids, index) => {
      expect(ids.length).toBe((offsets[index + 1] as number) - (offsets[index] as number));
      expect(ids.slice(0, -1)).not.toContain(EOS);
      expect(ids.at(-1) === EOS || ids.length === 7).toBe(true);
      for (const id of ids) expect(model.decoder.canAnswerWith(id)).toBe(true);
    });
    expect(new Set(answers.map(({ length }) => length)).size).toBeGreaterThan(2);
  });

  it('finds the hidden state at the first <POSE> of every answer that has one', async () => {
    const { answers, poseCandidates, poseHidden } = await sample();
    const expected = answers.flatMap((ids, index) => (ids.includes(POSE) ? [index] : []));
    expect([...poseCandidates]).toEqual(expected);
    expect(expected.some((index) => answers[index]?.indexOf(POSE) === 6)).toBe(true);
    const plan = planAnswers(
      prompts,
      expected.map((candidate) => ({
        prompt: Math.floor(candidate / CANDIDATES),
        ids: answers[candidate] ?? [],
      })),
    );
    const { sampledMean, scoredMean } = tidy(() => {
      const width = model.config.hiddenSize;
      const hidden = tensor2d(poseHidden, [expected.length, width]);
      return {
        sampledMean: model.decoder.poses(hidden).mean.dataSync(),
        scoredMean: passAnswers(model.decoder, plan).poses?.mean.dataSync() ?? [],
      };
    });
    expect(largestDifference(sampledMean, scoredMean)).toBeLessThan(1e-5);
  });

  it('is greedy on demand, and so with topK 1 or a tiny topP', async () => {
    const greedy = await sample({ greedy: true });
    for (const options of [{ topK: 1 }, { topP: 1e-6 }])
      expect((await sample({ ...options, random: createRandom(99) })).answers).toEqual(greedy.answers);
    for (let prompt = 0; prompt < prompts.length; prompt++)
      expect(
        new Set(greedy.answers.slice(CANDIDATES * prompt, CANDIDATES * (prompt + 1)).map((ids) => ids.join()))
          .size,
      ).toBe(1);
  });

  it('ends an answer at a stop token, and keeps the state at a <POSE> that is one', async () => {
    const stop = model.tokenizer.idOf('standing') as number;
    const { answers, poseCandidates } = await sample({ stopTokenIds: [stop, POSE] });
    expect(answers.some((ids) => ids.at(-1) === stop)).toBe(true);
    for (const ids of answers) expect(ids.slice(0, -1).some((id) => id === stop || id === POSE)).toBe(false);
    expect([...poseCandidates]).toEqual(
      answers.flatMap((ids, index) => (ids.at(-1) === POSE ? [index] : [])),
    );
    expect(poseCandidates.length).toBeGreaterThan(0);
  });

  it('keeps to a constraint, with the log-probabilities of a training pass under it', async () => {
    const dot = model.tokenizer.idOf('.') as number;
    const constraint = createTokenConstraint(
      sequence(repeat(noneOf(POSE, dot), { minimum: 1, maximum: 3 }), oneOf(POSE), oneOf(dot)),
      model.decoder,
    );
    const sampled = await sample({ constraint, temperature: 0.8 });
    for (const ids of sampled.answers) {
      expect(constraint.matches(ids.slice(0, -1))).toBe(true);
      expect(ids.at(-1)).toBe(EOS);
    }
    expect(sampled.poseCandidates).toHaveLength(3 * CANDIDATES);
    expect(largestDifference(sampled.logProbs, scored(sampled, 0.8, constraint))).toBeLessThan(1e-4);
    // <POSE> after three words, the full stop and <eos> have no alternative.
    expect(sampled.logProbs.filter((logProb) => logProb === 0).length).toBeGreaterThanOrEqual(2 * 3 * CANDIDATES); // prettier-ignore
    expect(() => scored(sampled, 0.8, createTokenConstraint(oneOf(dot), model.decoder))).toThrow(
      ConstrainedAnswerError,
    );
  });

  it('grows answers step by step, frees everything when left early, and finds every <POSE> on demand', async () => {
    const steps = (posesOf: 'first' | 'every') =>
      answerSteps(model.decoder, prompts, { candidatesPerPrompt: CANDIDATES, random: createRandom(23), maxNewTokens: 7, posesOf }); // prettier-ignore
    await expectNoTensorLeak(async () => {
      for await (const step of steps('first')) if (step.kind === 'tokens') break;
    });
    const counts = { first: 0, every: 0 };
    const answers: number[][] = [];
    for (const posesOf of ['first', 'every'] as const)
      for await (const step of steps(posesOf)) {
        if (step.kind === 'poses') {
          counts[posesOf] += step.candidates.length;
          expect(step.hiddenStates).toHaveLength(step.candidates.length * model.config.hiddenSize);
        } else if (posesOf === 'every')
          for (const { candidate, id } of step.tokens) (answers[candidate] ??= []).push(id);
      }
    expect(answers).toEqual((await sample()).answers);
    expect(counts.every).toBe(answers.flat().filter((id) => id === POSE).length);
    expect(counts.first).toBe(answers.filter((ids) => ids.includes(POSE)).length);
    expect(counts.every).toBeGreaterThan(counts.first);
  });

  it('repeats itself for the same random stream', async () => {
    expect(await sample({ random: createRandom(5) })).toEqual(await sample({ random: createRandom(5) }));
    expect((await sample({ random: createRandom(5) })).answers).not.toEqual((await sample()).answers);
  });

  it('stops when its signal is aborted, and leaves nothing behind', async () => {
    const reason = new Error('enough');
    await expect(sample({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  it.each<[Partial<SamplingOptions>, RegExp]>([
    [{ candidatesPerPrompt: 0 }, /candidatesPerPrompt to be an integer above 0, found 0/],
    [{ maxNewTokens: 1.5 }, /maxNewTokens .* found 1.5/],
    [{ temperature: 0 }, /temperature to be a finite number above 0 .*set greedy/],
    [{ temperature: NaN }, /found NaN/],
    [{ topK: 0 }, /topK/],
    [{ minP: 1 }, /minP to be a number in \[0, 1\), found 1/],
    [{ topP: 1.2 }, /topP to be a number in \(0, 1\], found 1.2/],
  ])('refuses %j', async (options, message) => {
    await expect(sample(options)).rejects.toThrow(SamplingOptionError);
    await expect(sample(options)).rejects.toThrow(message);
  });

  it('refuses prompts that leave no room', async () => {
    await expect(sample({ maxNewTokens: 36 })).rejects.toThrow(PromptError);
    await expect(
      sampleAnswers(model.decoder, [], { candidatesPerPrompt: 1, random: createRandom(1), maxNewTokens: 2 }),
    ).rejects.toThrow(/there are no prompts/);
  });
});
