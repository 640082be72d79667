import {
  createCholeskyGaussian,
  createLowRankGaussian,
  type ComponentScores,
  type Rollout,
} from '@pose-rft/hybrid-actions';
import { createRandom } from '@pose-rft/random';
import { sum, tensor2d, tensor3d, tidy, useBackend, zeros } from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hyGrpoObjective, RolloutShapeError } from './index.js';

beforeAll(() => useBackend('cpu'));
trackTensorLeaks({ beforeAll, afterAll });

// Two candidates, two samples of each, four dimensions in two blocks.
const rollout = {
  prompts: [null],
  candidatesPerPrompt: 2,
  samplesPerCandidate: 2,
  actions: [null, null, null, null],
  logProbs: {
    pose: { kind: 'nested', values: new Float32Array(8), candidates: Int32Array.of(0, 1), groups: 2 },
  },
  policyVersion: 0,
} as const satisfies Rollout<null, null>;

const numbers = (seed: number, count: number): Float32Array =>
  createRandom(seed)
    .fillNormal(new Float32Array(count))
    .map((value) => 0.3 * value);
const cholesky = (seed: number) => ({
  mean: tensor2d(numbers(seed, 8), [4, 2]),
  choleskyFactor: tensor3d(
    numbers(seed + 1, 16).map((value, index) => (index % 4 === 0 || index % 4 === 3 ? 1 + value : value)),
    [4, 2, 2],
  ),
});
const lowRank = (seed: number) => ({
  mean: tensor2d(numbers(seed, 8), [2, 4]),
  logStandardDeviation: tensor2d(numbers(seed + 1, 8), [2, 4]),
  lowRankFactor: tensor3d(numbers(seed + 2, 8), [2, 4, 1]),
});
const scores = (distributions: Omit<ComponentScores, 'logProbs'>): ComponentScores => ({
  logProbs: { pose: { ...rollout.logProbs.pose, values: zeros([2, 2, 2]) } },
  ...distributions,
});
const regularised = (policy: ComponentScores, reference: ComponentScores) =>
  hyGrpoObjective({
    rollout,
    scores: policy,
    reference,
    advantages: { pose: { values: new Float32Array(8), perGroup: true } },
    components: { pose: { klCoefficient: 1, entropyCoefficient: 1 } },
  }).components['pose'];

describe('components whose dimensions depend on each other', () => {
  test('blocks of full covariances have the exact divergence and entropy, summed over blocks', () => {
    tidy(() => {
      const [ours, theirs] = [cholesky(1), cholesky(5)];
      const objective = regularised(
        scores({ choleskyGaussians: { pose: ours } }),
        scores({ choleskyGaussians: { pose: theirs } }),
      );
      const gaussian = createCholeskyGaussian(ours);
      const mean = (perBlock: ReturnType<typeof gaussian.entropy>): number =>
        (sum(perBlock).dataSync()[0] ?? NaN) / 2;
      expect(objective?.kl?.dataSync()[0]).toBeCloseTo(mean(gaussian.kl(createCholeskyGaussian(theirs))), 5);
      expect(objective?.entropy?.dataSync()[0]).toBeCloseTo(mean(gaussian.entropy()), 5);
    });
  });

  test('so have low-rank covariances', () => {
    tidy(() => {
      const [ours, theirs] = [lowRank(1), lowRank(5)];
      const objective = regularised(
        scores({ lowRankGaussians: { pose: ours } }),
        scores({ lowRankGaussians: { pose: theirs } }),
      );
      const gaussian = createLowRankGaussian(ours);
      const mean = (perRow: ReturnType<typeof gaussian.entropy>): number =>
        (sum(perRow).dataSync()[0] ?? NaN) / 2;
      expect(objective?.kl?.dataSync()[0]).toBeCloseTo(mean(gaussian.kl(createLowRankGaussian(theirs))), 5);
      expect(objective?.entropy?.dataSync()[0]).toBeCloseTo(mean(gaussian.entropy()), 5);
    });
  });

  test('another kind in the reference is refused', () => {
    tidy(() => {
      expect(() =>
        regularised(
          scores({ choleskyGaussians: { pose: cholesky(1) } }),
          scores({ lowRankGaussians: { pose: lowRank(1) } }),
        ),
      ).toThrow(RolloutShapeError);
    });
  });
});
