import { dispose, sum, tidy, useBackend, valueAndGradients } from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { createRandom } from '@pose-rft/random';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { passAnswers } from './answer-pass.js';
import { planAnswers } from './answer-plan.js';
import { MllmConfigError } from './config.js';
import { packSegments } from './packing.js';
import { PromptError } from './prompt.js';
import { sampleAnswers } from './sampling.js';
import {
  createSmallModel,
  largestDifference,
  randomAnswer,
  randomPrompt,
  type SmallModel,
} from './testing/small-model.js';

beforeAll(() => useBackend('wasm'));
trackTensorLeaks({ beforeAll, afterAll });

const SLOT = 30;
let model: SmallModel;
beforeAll(() => {
  model = createSmallModel(2, {
    vocabularySize: SLOT + 1,
    poseInput: { tokenId: SLOT, tokenCount: 2, hiddenSize: 9 },
  });
});
afterAll(() => model.dispose());

/** A prompt with an image and two poses. */
function prompt(seed: number) {
  const random = createRandom(3);
  const { promptIds, imageFeatures } = randomPrompt(model.config, random, { wordCount: 2, hasImage: true });
  const poses = createRandom(seed).fillNormal(new Float32Array(2 * 12));
  return { promptIds: [...promptIds, SLOT, SLOT, 9, SLOT, SLOT], imageFeatures, inputPoses6d: poses };
}
const answer = randomAnswer(createRandom(4), 2, 1);
const scored = (seed: number) =>
  tidy(() => passAnswers(model.decoder, planAnswers([prompt(seed)], [{ prompt: 0, ids: answer }])).tokenLogProbs.dataSync().slice()); // prettier-ignore

describe('poses in a question', () => {
  it('change the answer, in sampling as in scoring, and never come out of it', async () => {
    expect(largestDifference(scored(5), scored(6))).toBeGreaterThan(1e-4);
    const prompts = [prompt(5)];
    const sampled = await sampleAnswers(model.decoder, prompts, { candidatesPerPrompt: 6, maxNewTokens: 5, random: createRandom(1) }); // prettier-ignore
    const plan = planAnswers(prompts, sampled.answers.map((ids) => ({ prompt: 0, ids }))); // prettier-ignore
    const again = tidy(() => passAnswers(model.decoder, plan).tokenLogProbs.dataSync().slice());
    expect(largestDifference(plan.tokenIndices.length === 0 ? [] : Float32Array.from(plan.tokenIndices, (i) => again[i] as number), sampled.logProbs)).toBeLessThan(1e-4); // prettier-ignore
    expect(model.decoder.canAnswerWith(SLOT)).toBe(false);
  });

  it('train their projector', () => {
    const { gradients } = valueAndGradients(model.parameters, () => ({
      loss: sum(
        passAnswers(model.decoder, planAnswers([prompt(5)], [{ prompt: 0, ids: answer }])).tokenLogProbs,
      ),
      aux: null,
    }));
    for (const layer of ['linear_1', 'linear_2'])
      expect(Math.max(...(gradients[`pose_projector.${layer}.weight`]?.dataSync() ?? []))).toBeGreaterThan(0);
    dispose(gradients);
  });

  it('must fit their slots', () => {
    const { promptIds, imageFeatures, inputPoses6d } = prompt(5);
    const pack = (poses: Float32Array | undefined, of = model.config): unknown =>
      packSegments([{ ids: promptIds, imageFeatures, inputPoses6d: poses }], of);
    expect(() => pack(undefined)).toThrow(
      /has 4 pose slots, 2 for a pose, so expected 24 numbers of poses, found 0/,
    );
    expect(() => pack(inputPoses6d.slice(12))).toThrow(PromptError);
    expect(() => pack(inputPoses6d.map((value, index) => (index === 3 ? NaN : value)))).toThrow(
      /number 3 .* is NaN/,
    );
    expect(() => pack(inputPoses6d, { ...model.config, poseInput: null })).toThrow(/reads no poses/);
    expect(() => createSmallModel(2, { poseInput: { tokenId: 4000, tokenCount: 1, hiddenSize: 3 } })).toThrow(
      MllmConfigError,
    );
  });
});
