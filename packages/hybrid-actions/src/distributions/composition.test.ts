import { createRandom } from '@pose-rft/random';
import {
  grad,
  grads,
  mul,
  ones,
  sum,
  tensor1d,
  tensor2d,
  tensor3d,
  tidy,
  useBackend,
  zeros,
  type Tensor,
  type Tensor2D,
} from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  createAutoregressive,
  createCategorical,
  createDiagonalGaussian,
  createGaussianMixture,
  createJoint,
  estimateEntropy,
  estimateKl,
  hybrid,
  categorical,
  keepTopK,
  keepTopP,
  maskCategories,
  real,
  scaleTemperature,
  stackActions,
  unstackActions,
  when,
} from '../index.js';

beforeAll(async () => {
  await useBackend('cpu');
});
trackTensorLeaks({ beforeAll, afterAll });

const probabilities = (logits: Tensor2D): number[] =>
  Array.from(createCategorical(logits).mean().dataSync()).map((p) => Number(p.toFixed(4)));
const logitsOf = (...weights: number[]): Tensor2D => tensor2d([weights.map(Math.log)]);

describe('logit transforms', () => {
  test('mask what they say, and renormalise the rest', () => {
    tidy(() => {
      const weights = logitsOf(5, 1, 3, 1);
      expect(probabilities(keepTopK(weights, 2))).toEqual([0.625, 0, 0.375, 0]);
      expect(probabilities(keepTopK(weights, 3))).toEqual([0.5, 0.1, 0.3, 0.1]); // a tie stays
      expect(probabilities(keepTopK(weights, 9))).toEqual([0.5, 0.1, 0.3, 0.1]);
      expect(probabilities(keepTopP(weights, 0.4))).toEqual([1, 0, 0, 0]);
      expect(probabilities(keepTopP(weights, 0.6))).toEqual([0.625, 0, 0.375, 0]);
      expect(probabilities(keepTopP(weights, 1))).toEqual([0.5, 0.1, 0.3, 0.1]);
      expect(probabilities(scaleTemperature(logitsOf(1, 2), 0.5))).toEqual([0.2, 0.8]);
      const allowed = tensor2d([[0, 1, 1, 0]], undefined, 'bool');
      expect(probabilities(maskCategories(weights, allowed))).toEqual([0, 0.25, 0.75, 0]);
    });
  });

  test('keep the masks that were there', () => {
    tidy(() => {
      const weights = logitsOf(0, 1, 3, 0);
      expect(probabilities(keepTopK(weights, 3))).toEqual([0, 0.25, 0.75, 0]);
      expect(probabilities(keepTopP(weights, 0.99))).toEqual([0, 0.25, 0.75, 0]);
    });
  });

  test('leave finite gradients', () => {
    tidy(() => {
      const slope = grad((logits) =>
        createCategorical(keepTopP(keepTopK(logits as Tensor2D, 2), 0.9)).logProb(tensor1d([0], 'int32')),
      )(logitsOf(5, 1, 3, 1));
      expect(Array.from(slope.dataSync()).map((x) => Number(x.toFixed(3)) + 0)).toEqual([
        0.375, 0, -0.375, 0,
      ]);
    });
  });
});

describe('estimates', () => {
  const gaussian = (mean: Tensor, logStandardDeviation: Tensor) =>
    createDiagonalGaussian({
      mean: mean as Tensor2D,
      logStandardDeviation: logStandardDeviation as Tensor2D,
    });
  const at = (value: number): Tensor2D => tensor2d([[value]]);

  test('of the entropy have its value and its gradient', () => {
    tidy(() => {
      const options = () => ({ random: createRandom(3), draws: 1500 });
      const [mean, spread] = grads((m, s) => sum(estimateEntropy(gaussian(m, s), options())))([
        at(1),
        at(-0.5),
      ]);
      expect(estimateEntropy(gaussian(at(1), at(-0.5)), options()).dataSync()[0]).toBeCloseTo(0.9189, 1);
      expect(Math.abs(mean?.dataSync()[0] ?? NaN)).toBeLessThan(0.15);
      expect(Math.abs((spread?.dataSync()[0] ?? NaN) - 1)).toBeLessThan(0.2);
    });
  });

  test('of the divergence have its value and its gradients', () => {
    tidy(() => {
      const options = () => ({ random: createRandom(4), draws: 1500 });
      const q = gaussian(at(0), at(0));
      const [own] = grads((m) => sum(estimateKl(gaussian(m, at(0)), q, options())))([at(1)]);
      const [other] = grads((m) => sum(estimateKl(q, gaussian(m, at(0)), options())))([at(1)]);
      expect(estimateKl(gaussian(at(1), at(0)), q, options()).dataSync()[0]).toBeCloseTo(0.5, 1);
      expect(Math.abs((own?.dataSync()[0] ?? NaN) - 1)).toBeLessThan(0.2);
      expect(Math.abs((other?.dataSync()[0] ?? NaN) - 1)).toBeLessThan(0.2);
      expect(estimateKl(q, q, options()).dataSync()[0]).toBe(0);
    });
  });

  test('the mode of a mixture is its highest peak', () => {
    tidy(() => {
      const mixture = createGaussianMixture({
        logits: tensor2d([[0, 1, -Infinity]]),
        mean: tensor3d([[[-2], [3], [9]]]),
        logStandardDeviation: zeros([1, 3, 1]),
      });
      expect(mixture.mode().dataSync()[0]).toBeCloseTo(3, 3);
    });
  });
});

describe('autoregressive sequences', () => {
  const preference = (length: number): Tensor2D =>
    tensor2d([
      [length, 0.5, 1],
      [0, length, 1],
    ]);
  const stepwise = createAutoregressive({
    batchSize: 2,
    maxLength: 3,
    end: 1,
    nextLogits: (prefix) => preference(prefix.shape[1]),
  });

  test('score all steps at once as they score them one by one', () => {
    tidy(() => {
      const { sample, logProb } = stepwise.sampleAndLogProb(createRandom(5));
      const atOnce = createAutoregressive({
        batchSize: 2,
        maxLength: 3,
        end: 1,
        nextLogits: () => zeros([2, 3]),
        allLogits: (tokens) => stepwise.logitsAlong(tokens),
      });
      expect(Array.from(atOnce.logProb(sample).dataSync())).toEqual(Array.from(logProb.dataSync()));
    });
  });

  test('greedily take the likeliest token until the end', () => {
    tidy(() => {
      expect(stepwise.greedy().dataSync().join()).toBe('2,0,0,2,1,-1');
    });
  });
});

describe('a conditional joint', () => {
  const space = hybrid({
    move: categorical({ categories: 2 }),
    by: when('move', { equals: 1 }, real({ size: 1 })),
  });

  test('gives no gradient to a field in the rows that lack it', () => {
    tidy(() => {
      const sample = stackActions(space, [{ move: 0 }, { move: 1, by: Float32Array.of(2) }]);
      const slope = grad((mean) =>
        sum(
          createJoint(space, {
            move: () => createCategorical(zeros([2, 2])),
            by: () =>
              createDiagonalGaussian({
                mean: mean as Tensor2D,
                logStandardDeviation: zeros([2, 1]),
              }),
          }).logProb(sample),
        ),
      )(zeros([2, 1]));
      expect(Array.from(slope.dataSync())).toEqual([0, 2]);
    });
  });

  test('says which rows have a field, and draws one action a row', () => {
    tidy(() => {
      const joint = createJoint(space, {
        move: () => createCategorical(mul(ones([6, 2]), 0.5)),
        by: ({ move }) =>
          createDiagonalGaussian({
            mean: zeros([move.size, 1]),
            logStandardDeviation: zeros([6, 1]),
          }),
      });
      const sample = joint.sample(createRandom(8));
      const actions = unstackActions(space, sample);
      expect(Array.from(joint.presence(sample).by.dataSync())).toEqual(
        actions.map((action) => (action.by === undefined ? 0 : 1)),
      );
      expect(Array.from(stackActions(space, actions).move.dataSync())).toEqual(
        actions.map(({ move }) => move),
      );
      expect(joint.greedy().move.dataSync().join()).toBe('0,0,0,0,0,0');
    });
  });
});
