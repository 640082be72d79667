import {
  createCholeskyGaussian,
  createDiagonalGaussian,
  createGaussianMixture,
  createLowRankGaussian,
} from '@pose-rft/hybrid-actions';
import { mul, reshape, sum, tensor, tensor2d, tidy, useBackend, type Tensor1D } from '@pose-rft/tensor';
import { checkGradients, expectNoTensorLeak, trackTensorLeaks } from '@pose-rft/tensor/testing';
import { createRandom } from '@pose-rft/random';
import { match } from 'ts-pattern';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MllmConfigError, mllmConfig } from './config.js';
import { drawPoses } from './pose-draws.js';
import { poseDistribution, selectPoseRows, type PoseDistribution } from './pose-head.js';
import type { PoseHeadConfig } from './pose-head-config.js';
import { poseJointLogProbs } from './pose-log-probs.js';
import { createSmallModel, largestDifference, type SmallModel } from './testing/small-model.js';

beforeAll(() => useBackend('wasm'));
trackTensorLeaks({ beforeAll, afterAll });

const POSE_SIZE = 12;
const HEAD = { hiddenSize: 14, logStdMin: -4, logStdMax: -2.5 };
const VARIANTS: readonly [string, PoseHeadConfig][] = [
  ['diagonal', HEAD],
  ['lowRank', { ...HEAD, distribution: { kind: 'lowRank', rank: 3 } }],
  ['cholesky of joints', { ...HEAD, distribution: { kind: 'cholesky', within: 'joint' } }],
  ['cholesky of the pose', { ...HEAD, distribution: { kind: 'cholesky', within: 'pose' } }],
  ['mixture', { ...HEAD, distribution: { kind: 'mixture', componentCount: 3 } }],
];

/** A model whose pose head has large random weights: correlations and weights far from their start. */
function lively(poseHead: PoseHeadConfig): SmallModel {
  const model = createSmallModel(3, { poseHead });
  const random = createRandom(4);
  for (const name of model.parameters.names)
    if (name.startsWith('pose_head.'))
      model.parameters.replace(
        name,
        tensor(
          random
            .split(name)
            .fillNormal(new Float32Array(model.parameters.get(name).size))
            .map((value) => value * 0.7),
          model.parameters.get(name).shape,
        ),
      );
  return model;
}

/** The whole pose's log-density [M], by the distributions of hybrid-actions. */
function logDensity(poses: PoseDistribution, sample: Float32Array): Tensor1D {
  const [rows] = poses.mean.shape;
  const value = tensor2d(sample, poses.mean.shape);
  return match(poses)
    .with({ kind: 'diagonal' }, (diagonal) => createDiagonalGaussian(diagonal).logProb(value))
    .with({ kind: 'lowRank' }, ({ mean, ownLogStandardDeviation, lowRankFactor }) =>
      createLowRankGaussian({ mean, logStandardDeviation: ownLogStandardDeviation, lowRankFactor }).logProb(
        value,
      ),
    )
    .with({ kind: 'cholesky' }, ({ mean, choleskyFactor }) => {
      const shape: [number, number] = [choleskyFactor.shape[0], choleskyFactor.shape[1]];
      const blocks = createCholeskyGaussian({ mean: reshape(mean, shape), choleskyFactor });
      return sum<Tensor1D>(reshape(blocks.logProb(reshape(value, shape)), [rows, -1]), 1);
    })
    .with({ kind: 'mixture' }, ({ logits, components }) => {
      const shape: [number, number, number] = [rows, logits.shape[1], POSE_SIZE];
      return createGaussianMixture({
        logits,
        mean: reshape(components.mean, shape),
        logStandardDeviation: reshape(components.logStandardDeviation, shape),
      }).logProb(value);
    })
    .exhaustive();
}

describe.each(VARIANTS)('the %s head', (_, poseHead) => {
  let model: SmallModel;
  beforeAll(() => {
    model = lively(poseHead);
  });
  afterAll(() => model.dispose());
  const hidden = createRandom(5).fillNormal(new Float32Array(2 * 8));
  const samples = (of: SmallModel, count: number): Float32Array =>
    tidy(() => {
      const means = of.decoder.poses(tensor2d(hidden, [2, 8])).mean.dataSync<'float32'>();
      const noise = createRandom(6).fillNormal(new Float32Array(2 * count * POSE_SIZE));
      return noise.map(
        (value, index) =>
          (means[Math.floor(index / (count * POSE_SIZE)) * POSE_SIZE + (index % POSE_SIZE)] as number) +
          0.1 * value,
      );
    });

  it('gives joints log-densities that add up to the density of the pose', () => {
    expectNoTensorLeak(() => {
      const values = samples(model, 1);
      tidy(() => {
        const poses = model.decoder.poses(tensor2d(hidden, [2, 8]));
        const byJoint = poseJointLogProbs(values, poses);
        expect(byJoint.shape).toEqual([2, 1, 2]);
        expect(
          largestDifference(sum(byJoint, [1, 2]).dataSync(), logDensity(poses, values).dataSync()),
        ).toBeLessThan(1e-3);
      });
    });
  });

  it('scores every sample of a row by that row', () => {
    const values = samples(model, 3);
    tidy(() => {
      const poses = model.decoder.poses(tensor2d(hidden, [2, 8]));
      const together = poseJointLogProbs(values, poses).dataSync();
      for (let sample = 0; sample < 3; sample++) {
        const alone = Float32Array.from({ length: 2 * POSE_SIZE }, (__, index) => {
          const row = Math.floor(index / POSE_SIZE);
          return values[(row * 3 + sample) * POSE_SIZE + (index % POSE_SIZE)] as number;
        });
        const expected = poseJointLogProbs(alone, poses).dataSync();
        for (let row = 0; row < 2; row++)
          expect(
            largestDifference(
              together.subarray((row * 3 + sample) * 2, (row * 3 + sample) * 2 + 2),
              expected.subarray(2 * row, 2 * row + 2),
            ),
          ).toBeLessThan(1e-3);
      }
    });
  });

  it('keeps standard deviations within their bounds', () => {
    tidy(() => {
      const { logStandardDeviation } = model.decoder.poses(tensor2d(hidden.map((x) => 30 * x), [2, 8])); // prettier-ignore
      for (const value of logStandardDeviation.dataSync()) {
        expect(value).toBeGreaterThanOrEqual(-4.0001);
        expect(value).toBeLessThanOrEqual(-2.5 + 0.5 * Math.log(2) + 1e-4);
      }
    });
  });

  it('draws what it scores, with the mean and the spread that it reports', async () => {
    const draws = await drawPoses(model.decoder, hidden, {
      samplesPerCandidate: 600,
      random: createRandom(7),
      greedy: false,
    });
    const flat = Float32Array.from(draws.poses.flatMap((pose) => [...pose]));
    const scored = tidy(() =>
      poseJointLogProbs(flat, model.decoder.poses(tensor2d(hidden, [2, 8]))).dataSync<'float32'>(),
    );
    expect(largestDifference(draws.logProbs, scored)).toBeLessThan(1e-3);
    if (poseHead.distribution?.kind === 'mixture') return;
    for (let place = 0; place < 2 * POSE_SIZE; place++) {
      const row = Math.floor(place / POSE_SIZE);
      const column = Array.from(
        { length: 600 },
        (__, sample) => draws.poses[row * 600 + sample]?.[place % POSE_SIZE] as number,
      );
      const mean = column.reduce((a, b) => a + b) / 600;
      const deviation = Math.sqrt(column.reduce((a, b) => a + (b - mean) ** 2, 0) / 600);
      const reported = Math.exp(draws.distributions.logStandardDeviation[place] as number);
      // Five standard errors.
      expect(Math.abs(mean - (draws.distributions.mean[place] as number)) / reported).toBeLessThan(0.21);
      expect(Math.abs(deviation / reported - 1)).toBeLessThan(0.15);
    }
  });

  it('answers greedily with the pose that it reports', async () => {
    const { poses, distributions } = await drawPoses(model.decoder, hidden, {
      samplesPerCandidate: 2,
      random: createRandom(7),
      greedy: true,
    });
    expect(poses.flatMap((pose) => [...pose])).toEqual(
      [0, 0, 1, 1].flatMap((row) => [...distributions.mean.subarray(row * POSE_SIZE, (row + 1) * POSE_SIZE)]),
    );
  });

  it('has the gradients of finite differences', () => {
    const values = samples(model, 2);
    checkGradients(
      (states) => {
        const poses = poseDistribution(model.parameters, poseHead, reshape(states, [2, 8]));
        return mul(poseJointLogProbs(values, poses), 0.01);
      },
      [{ shape: [2, 8], values: hidden }],
      { step: 2e-3, tolerance: 0.03 },
    );
  });

  it('selects rows', () => {
    tidy(() => {
      const poses = model.decoder.poses(tensor2d(hidden, [2, 8]));
      const values = samples(model, 1);
      const swapped = Float32Array.from([...values.slice(POSE_SIZE), ...values.slice(0, POSE_SIZE), ...values.slice(POSE_SIZE)]); // prettier-ignore
      const expected = poseJointLogProbs(values, poses).dataSync();
      const found = poseJointLogProbs(swapped, selectPoseRows(poses, Int32Array.of(1, 0, 1))).dataSync();
      expect(largestDifference(found, [2, 3, 0, 1, 2, 3].map((i) => expected[i] as number))).toBeLessThan(1e-4); // prettier-ignore
    });
  });
});

describe('a mixture', () => {
  it('answers with the mean of its heaviest Gaussian', () => {
    const model = lively({ ...HEAD, distribution: { kind: 'mixture', componentCount: 3 } });
    model.parameters.replace('pose_head.mixture.weight', tensor(new Float32Array(14 * 3), [14, 3]));
    model.parameters.replace('pose_head.mixture.bias', tensor([0, 2, 1], [3]));
    tidy(() => {
      const poses = model.decoder.poses(tensor2d(createRandom(5).fillNormal(new Float32Array(16)), [2, 8]));
      if (poses.kind !== 'mixture') throw new TypeError('expected a mixture');
      const components = poses.components.mean.dataSync();
      expect(largestDifference(poses.mean.dataSync(), [...components.subarray(12, 24), ...components.subarray(48, 60)])).toBe(0); // prettier-ignore
    });
    model.dispose();
  });
});

describe('the configuration of a head', () => {
  it.each<[unknown, RegExp]>([
    [{ kind: 'lowRank' }, /rank to be an integer above 0/],
    [{ kind: 'mixture', componentCount: 0 }, /componentCount to be an integer above 0/],
    [{ kind: 'cholesky', within: 'hand' }, /within to be "joint" or "pose"/],
    [{ kind: 'vonMises' }, /a kind among diagonal, lowRank, cholesky, mixture/],
  ])('refuses %j', (distribution, message) => {
    const make = (): unknown => mllmConfig('tiny', { poseHead: { ...HEAD, distribution } as PoseHeadConfig });
    expect(make).toThrow(MllmConfigError);
    expect(make).toThrow(message);
  });
});
