import { createAdamW, dispose, softmax, tidy, useBackend, valueAndGradients } from '@pose-rft/tensor';
import { expectNoTensorLeak } from '@pose-rft/tensor/testing';
import { createRandom } from '@pose-rft/random';
import { beforeAll, describe, expect, it } from 'vitest';
import type { PoseHeadConfig } from './pose-head-config.js';
import { supervisedLoss, type SupervisedSample } from './supervised.js';
import { createSmallModel, randomAnswer, randomPrompt, type SmallModel } from './testing/small-model.js';
import { planAnswers } from './answer-plan.js';
import { passAnswers } from './answer-pass.js';

beforeAll(() => useBackend('wasm'));

const HEAD = { hiddenSize: 14, logStdMin: -4, logStdMax: -2.5 };
const POSE_SIZE = 12;
/** One question that two poses fit: half of the samples show the one, half the other. */
const TWO_POSES = [0.4, -0.4].map((offset) =>
  createRandom(40)
    .fillNormal(new Float32Array(POSE_SIZE))
    .map((value) => 0.2 * value + offset),
);

interface Learned {
  readonly negativeLogLikelihood: number;
  /** Root mean square distances of the answered pose to the two. */
  readonly distances: readonly number[];
  readonly componentMeans: readonly Float32Array[];
  readonly weights: readonly number[];
}

function learn(poseHead: PoseHeadConfig): Learned {
  const model = createSmallModel(6, { hiddenSize: 16, poseHead });
  const random = createRandom(7);
  const prompt = randomPrompt(model.config, random, { wordCount: 3, hasImage: false });
  const answerIds = randomAnswer(random, 2, 1);
  const batch = [0, 1, 0, 1].map((pose): SupervisedSample => ({
    ...prompt,
    answerIds,
    targetPose6d: TWO_POSES[pose],
  }));
  const optimizer = createAdamW({ weightDecay: 0, beta2: 0.98, maxGradientNorm: 1 });
  let negativeLogLikelihood = 0;
  for (let step = 0; step < 150; step++) {
    const { gradients, aux } = valueAndGradients(model.parameters, () =>
      supervisedLoss(model.decoder, batch),
    );
    optimizer.step(model.parameters, gradients, step < 100 ? 0.01 : 0.002);
    dispose(gradients);
    negativeLogLikelihood = aux.poseNegativeLogLikelihood;
  }
  const learned = { negativeLogLikelihood, ...inspect(model, prompt.promptIds, answerIds) };
  model.dispose();
  return learned;
}

function inspect(model: SmallModel, promptIds: readonly number[], ids: readonly number[]) {
  return tidy(() => {
    const { poses } = passAnswers(model.decoder, planAnswers([{ promptIds }], [{ prompt: 0, ids }]));
    if (poses === undefined) throw new TypeError('the answer has no <POSE>');
    const answered = poses.mean.dataSync<'float32'>().slice();
    const mixture = poses.kind === 'mixture' ? poses : undefined;
    const means = mixture?.components.mean.dataSync<'float32'>().slice() ?? answered;
    return {
      distances: TWO_POSES.map((pose) => distance(answered, pose)),
      componentMeans: Array.from({ length: means.length / POSE_SIZE }, (_, k) => means.subarray(k * POSE_SIZE, (k + 1) * POSE_SIZE)), // prettier-ignore
      weights: mixture === undefined ? [1] : [...softmax(mixture.logits).dataSync()], // prettier-ignore
    };
  });
}

function distance(a: Float32Array, b: Float32Array): number {
  return Math.sqrt(a.reduce((sum, value, index) => sum + (value - (b[index] as number)) ** 2, 0) / a.length);
}

describe('one question that two poses fit', () => {
  it('is answered by a Gaussian with their average, and by a mixture with one of them, of equal weights', () => {
    const { gaussian, mixture } = expectNoTensorLeak(() => ({
      gaussian: learn(HEAD),
      mixture: learn({ ...HEAD, distribution: { kind: 'mixture', componentCount: 2 } }),
    }));
    // The two poses are 0.8 apart in every number.
    for (const found of gaussian.distances) expect(Math.abs(found - 0.4)).toBeLessThan(0.05);
    expect(Math.min(...mixture.distances)).toBeLessThan(0.1);
    expect(Math.max(...mixture.distances)).toBeGreaterThan(0.7);
    for (const pose of TWO_POSES)
      expect(Math.min(...mixture.componentMeans.map((mean) => distance(mean, pose)))).toBeLessThan(0.1);
    for (const weight of mixture.weights) expect(Math.abs(weight - 0.5)).toBeLessThan(0.1);
    // The gain of the mixture, in nats per number: far more than the bound that sigma's own bounds could explain.
    expect(gaussian.negativeLogLikelihood - mixture.negativeLogLikelihood).toBeGreaterThan(5);
  });
});
