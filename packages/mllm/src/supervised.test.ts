import {
  dispose,
  mul,
  sum,
  tensor,
  tensor1d,
  tidy,
  useBackend,
  valueAndGradients,
  type Scalar,
  type Tensor,
} from '@pose-rft/tensor';
import { expectNoTensorLeak, trackTensorLeaks } from '@pose-rft/tensor/testing';
import { createRandom } from '@pose-rft/random';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { passAnswers } from './answer-pass.js';
import { planAnswers } from './answer-plan.js';
import { PromptError } from './prompt.js';
import {
  supervisedLoss,
  SupervisedSampleError,
  type PoseMeanLoss,
  type SupervisedLossOptions,
  type SupervisedSample,
} from './supervised.js';
import {
  createSmallModel,
  largestDifference,
  randomAnswer,
  randomPrompt,
  type SmallModel,
} from './testing/small-model.js';
import { SPECIAL_TOKEN_IDS } from './tokenizer.js';

beforeAll(() => useBackend('cpu'));
trackTensorLeaks({ beforeAll, afterAll });

let model: SmallModel;
let batch: readonly SupervisedSample[];
beforeAll(() => {
  model = createSmallModel(3);
  const random = createRandom(4);
  batch = [3, 1, 5, 2].map((wordCount, index) => ({
    ...randomPrompt(model.config, random, { wordCount, hasImage: index % 2 === 0 }),
    answerIds: randomAnswer(random, wordCount, 1),
    targetPose6d: random.fillNormal(new Float32Array(model.config.poseSize)),
  }));
});
afterAll(() => model.dispose());

const evaluate = (samples: readonly SupervisedSample[], options?: SupervisedLossOptions) =>
  tidy(() => {
    const { loss, aux } = supervisedLoss(model.decoder, samples, options);
    return { loss: loss.dataSync()[0] as number, ...aux };
  });

/** Gradients as plain data, and nothing left alive. */
function gradientsOf(loss: () => Scalar): { loss: number; gradients: Record<string, Float32Array> } {
  return expectNoTensorLeak(() => {
    const { loss: value, gradients } = valueAndGradients(model.parameters, () => ({
      loss: loss(),
      aux: null,
    }));
    const data = Object.fromEntries(
      Object.entries(gradients).map(([name, gradient]: [string, Tensor]) => [
        name,
        gradient.dataSync<'float32'>(),
      ]),
    );
    dispose(gradients);
    return { loss: value, gradients: data };
  });
}

/** Half the squared distance of all numbers from 0.3, whose gradient is the difference. */
const distanceFrom: PoseMeanLoss = (meanPoses6d) => {
  const gradient = meanPoses6d.map((value) => value - 0.3);
  return { loss: gradient.reduce((total, difference) => total + difference ** 2 / 2, 0), gradient };
};

describe('supervisedLoss', () => {
  it('is the weighted sum of its terms', () => {
    const report = evaluate(batch, { poseWeight: 3, negativeLogLikelihoodWeight: 0.5 });
    expect(report.poseCount).toBe(4);
    const expected =
      report.crossEntropy + 3 * report.poseMeanSquaredError + 0.5 * report.poseNegativeLogLikelihood;
    expect(report.loss).toBeCloseTo(expected, 4);
  });

  it('starts near the cross entropy of a uniform guess', () => {
    const allowed = model.config.vocabularySize - 5;
    expect(Math.abs(evaluate(batch).crossEntropy - Math.log(allowed))).toBeLessThan(0.5);
  });

  it('averages over tokens, then over samples', () => {
    const alone = batch.map((sample) => evaluate([sample]).crossEntropy);
    expect(evaluate(batch).crossEntropy).toBeCloseTo(alone.reduce((a, b) => a + b) / batch.length, 5);
  });

  it('does not depend on the order of the batch', () => {
    expect(evaluate(batch.toReversed()).loss).toBeCloseTo(evaluate(batch).loss, 4);
  });

  it('has the gradient of its finite differences', () => {
    const samples = batch.slice(0, 2);
    // The standard deviations' likelihood holds the mean fixed, so differences of all else must leave it out.
    const options = { poseMeanLoss: distanceFrom, poseMeanLossWeight: 0.7, negativeLogLikelihoodWeight: 0 };
    const ofDeviations = { ...options, negativeLogLikelihoodWeight: 0.2 };
    const { gradients } = gradientsOf(() => supervisedLoss(model.decoder, samples, options).loss);
    const all = gradientsOf(() => supervisedLoss(model.decoder, samples, ofDeviations).loss);
    const random = createRandom(5);
    const step = 2e-3;
    for (const name of model.parameters.names) {
      const isDeviation = name.startsWith('pose_head.log_std');
      const gradient = (isDeviation ? all.gradients : gradients)[name] as Float32Array;
      // A random direction of unit length checks all numbers of the parameter at once.
      const direction = random.fillNormal(new Float32Array(gradient.length));
      const norm = Math.sqrt(direction.reduce((total, value) => total + value ** 2, 0));
      const slope = gradient.reduce(
        (total, value, index) => total + (value * (direction[index] as number)) / norm,
        0,
      );
      const [ahead = NaN, behind = NaN] = [step, -step].map((distance) =>
        withMoved(
          name,
          direction,
          distance / norm,
          () => evaluate(samples, isDeviation ? ofDeviations : options).loss,
        ),
      );
      const difference = (ahead - behind) / (2 * step);
      expect(Math.abs(difference - slope), name).toBeLessThan(0.01 * Math.abs(slope) + 0.01);
    }
  });

  it('keeps the negative log-likelihood out of the mean', () => {
    const { gradients } = gradientsOf(
      () => supervisedLoss(model.decoder, batch, { poseWeight: 0, negativeLogLikelihoodWeight: 1 }).loss,
    );
    expect(Math.max(...(gradients['pose_head.mean.weight'] ?? []).map(Math.abs))).toBe(0);
    expect(Math.max(...(gradients['pose_head.log_std.weight'] ?? []).map(Math.abs))).toBeGreaterThan(0);
  });

  it('trains no pose where the target or the <POSE> is missing', () => {
    const [first, second, third, fourth] = batch as [
      SupervisedSample,
      SupervisedSample,
      SupervisedSample,
      SupervisedSample,
    ];
    const withoutPose = {
      ...second,
      answerIds: second.answerIds.filter((id) => id !== SPECIAL_TOKEN_IDS.pose),
    };
    const samples = [{ ...first, targetPose6d: undefined }, withoutPose, third, fourth];
    const seen: number[][] = [];
    const { poseCount, poseMeanSquaredError } = evaluate(samples, {
      poseMeanLoss: (poses, sampleIndices) => {
        seen.push([...sampleIndices]);
        return { loss: 0, gradient: new Float32Array(poses.length) };
      },
    });
    expect(poseCount).toBe(2);
    expect(seen).toEqual([[2, 3]]);
    expect(poseMeanSquaredError).toBeCloseTo(evaluate([third, fourth]).poseMeanSquaredError, 5);
    expect(evaluate([withoutPose])).toMatchObject({ poseCount: 0, poseMeanSquaredError: 0 });
    const { gradients } = gradientsOf(() => supervisedLoss(model.decoder, [withoutPose]).loss);
    expect(gradients['pose_head.mean.weight']).toBeUndefined();
  });

  it('refuses samples that nothing can be learned from', () => {
    const sample = batch[1] as SupervisedSample;
    const cases: readonly [readonly SupervisedSample[], RegExp][] = [
      [[], /the batch is empty/],
      [[{ ...sample, answerIds: [] }], /sample 0 has an empty answer/],
      [
        [sample, { ...sample, answerIds: [SPECIAL_TOKEN_IDS.unknown] }],
        /sample 1 holds token 6, which the model never/,
      ],
      [[{ ...sample, targetPose6d: new Float32Array(5) }], /to have 12 finite numbers, found 5/],
      [[{ ...sample, targetPose6d: new Float32Array(12).fill(NaN) }], /number 0 is NaN/],
    ];
    expectNoTensorLeak(() => {
      for (const [samples, message] of cases) {
        expect(() => supervisedLoss(model.decoder, samples)).toThrow(SupervisedSampleError);
        expect(() => supervisedLoss(model.decoder, samples)).toThrow(message);
      }
      expect(() => supervisedLoss(model.decoder, [{ ...sample, promptIds: [] }])).toThrow(PromptError);
    });
  });
});

describe('passAnswers', () => {
  it('gives a shared prefix the loss and the gradients of replicated prompts', () => {
    const random = createRandom(8);
    const prompts = [true, false].map((hasImage) =>
      randomPrompt(model.config, random, { wordCount: 4, hasImage }),
    );
    const answers = [0, 0, 1, 0, 1].map((prompt) => ({
      prompt,
      ids: randomAnswer(random, 1 + random.integer(4), 1),
    }));
    answers.push({ prompt: 0, ids: answers[0]?.ids ?? [] });
    const shared = planAnswers(prompts, answers);
    const replicated = planAnswers(
      answers.map(({ prompt }) => prompts[prompt] ?? { promptIds: [] }),
      answers.map(({ ids }, prompt) => ({ prompt, ids })),
    );
    const tokenCount = replicated.tokenIds.length;
    const weights = random.fillNormal(new Float32Array(tokenCount)).map((weight) => weight / tokenCount);
    const sharedWeights = new Float32Array(shared.tokenIds.length);
    shared.tokenIndices.forEach((place, token) => {
      sharedWeights[place] = (sharedWeights[place] as number) + (weights[token] as number);
    });
    const weighted = (plan: typeof shared, tokenWeights: Float32Array): Scalar =>
      sum(mul(passAnswers(model.decoder, plan).tokenLogProbs, tensor1d(tokenWeights)));
    const a = gradientsOf(() => weighted(shared, sharedWeights));
    const b = gradientsOf(() => weighted(replicated, weights));
    expect(a.loss).toBeCloseTo(b.loss, 4);
    expect(Object.keys(a.gradients)).toEqual(Object.keys(b.gradients));
    for (const [name, gradient] of Object.entries(a.gradients))
      expect(largestDifference(gradient, b.gradients[name] ?? []), name).toBeLessThan(1e-5);
  });
});

function withMoved<Result>(name: string, direction: Float32Array, scale: number, body: () => Result): Result {
  const original = model.parameters.get(name).clone();
  const values = original.dataSync<'float32'>();
  const moved = values.map((value, index) => value + scale * (direction[index] as number));
  model.parameters.replace(name, tensor(moved, original.shape));
  try {
    return body();
  } finally {
    model.parameters.replace(name, original);
  }
}
