import { tensor2d, tensor3d, tidy, useBackend, zeros } from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { NonFiniteLogProbError, RolloutShapeError } from './index.js';
import {
  exactEntropy,
  exactKl,
  partOf,
  requireFiniteLogProbs,
  scoredComponent,
  type ComponentDistribution,
} from './scored-component.js';

beforeAll(() => useBackend('cpu'));
trackTensorLeaks({ beforeAll, afterAll });

const layout = { kind: 'nested', candidates: Int32Array.of(0), groups: 1 } as const;

it('knows a distribution by where it stands in the scores, whatever else a policy says of it', () => {
  tidy(() => {
    const logProbs = { pose: { ...layout, values: zeros([1, 1, 1]) } } as const;
    const pose = { mean: tensor2d([[1]]), logStandardDeviation: tensor2d([[0]]), kind: 'diagonal' };
    const { distribution } = scoredComponent({ logProbs, gaussians: { pose } }, 'pose', 'the policy');
    if (distribution === undefined) throw new Error('no distribution');
    expect(exactKl(distribution, distribution).dataSync()[0]).toBe(0);
  });
});

test('one component of the scores, with the distribution of its own name alone', () => {
  tidy(() => {
    const logProbs = { pose: { ...layout, values: zeros([1, 1, 1]) } } as const;
    const gaussian = { mean: tensor2d([[1]]), logStandardDeviation: tensor2d([[0]]) };
    const cholesky = { mean: gaussian.mean, choleskyFactor: tensor3d([[[2]]]) };
    const lowRank = { ...gaussian, lowRankFactor: tensor3d([[[1]]]) };
    const categorical = { logits: tensor2d([[0, 1]]) };
    const scored = (more: object): unknown => scoredComponent({ logProbs, ...more }, 'pose', 'the policy');
    const distribution = (kind: string, parameters: object): unknown => ({
      logProbs: logProbs.pose,
      distribution: { kind, ...parameters },
    });
    expect(scored({ gaussians: { pose: gaussian } })).toEqual(distribution('gaussian', gaussian));
    expect(scored({ choleskyGaussians: { pose: cholesky } })).toEqual(
      distribution('choleskyGaussian', cholesky),
    );
    expect(scored({ lowRankGaussians: { pose: lowRank } })).toEqual(distribution('lowRankGaussian', lowRank));
    expect(scored({ categoricals: { pose: categorical } })).toEqual(distribution('categorical', categorical));
    const others = { gaussians: {}, choleskyGaussians: {}, lowRankGaussians: {}, categoricals: {} };
    for (const none of [{}, others]) expect(scored(none)).toEqual({ logProbs: logProbs.pose });
  });
});

test('a part that is not there is refused by its name and those that are', () => {
  expect(partOf({ pose: 1 }, 'pose', 'the rollout')).toBe(1);
  const refused = (parts: Record<string, number>, name: string, message: string): void => {
    expect(() => partOf(parts, name, 'the rollout')).toThrow(
      expect.objectContaining({ name: 'RolloutShapeError', message }) as Error,
    );
  };
  refused({ answer: 1, pose: 1 }, 'posee', "the rollout has no component 'posee' (it has: answer, pose)");
  refused({}, 'toString', "the rollout has no component 'toString' (it has: none)");
});

test('the first log-probability that is not finite is refused by its index and owner', () => {
  expect(() => requireFiniteLogProbs('pose', Float32Array.of(-1, 0, 5), 'the policy')).not.toThrow();
  const refused = (): void =>
    requireFiniteLogProbs('pose', Float32Array.of(-1, -Infinity, NaN), 'the policy');
  expect(refused).toThrow(NonFiniteLogProbError);
  expect(refused).toThrow(
    expect.objectContaining({
      name: 'NonFiniteLogProbError',
      component: 'pose',
      index: 1,
      value: -Infinity,
    }) as Error,
  );
  expect(refused).toThrow(
    /1 of the policy is -Infinity; expected finite numbers \(are the parameters finite/,
  );
});

/** Two distributions of each kind, with the same KL divergence and entropy computed by hand. */
interface Pair {
  readonly p: ComponentDistribution;
  readonly q: ComponentDistribution;
  readonly kl: number;
  readonly entropy: number;
}

const LOG_2_PI_E = 1 + Math.log(2 * Math.PI);

/** Gaussians with the variances 4 and 1 around 1 and 0: KL = (4 + 1 - 1 - ln 4) / 2. */
function pairs(): Record<ComponentDistribution['kind'], Pair> {
  const gaussian = { kl: 0.5 * (4 - Math.log(4)), entropy: 0.5 * (LOG_2_PI_E + Math.log(4)) };
  const [ours, theirs] = [tensor2d([[1]]), tensor2d([[0]])];
  return {
    gaussian: {
      p: { kind: 'gaussian', mean: ours, logStandardDeviation: tensor2d([[Math.log(2)]]) },
      q: { kind: 'gaussian', mean: theirs, logStandardDeviation: tensor2d([[0]]) },
      ...gaussian,
    },
    choleskyGaussian: {
      p: { kind: 'choleskyGaussian', mean: ours, choleskyFactor: tensor3d([[[2]]]) },
      q: { kind: 'choleskyGaussian', mean: theirs, choleskyFactor: tensor3d([[[1]]]) },
      ...gaussian,
    },
    lowRankGaussian: {
      p: {
        kind: 'lowRankGaussian',
        mean: ours,
        logStandardDeviation: tensor2d([[0]]),
        lowRankFactor: tensor3d([[[Math.sqrt(3)]]]),
      },
      q: {
        kind: 'lowRankGaussian',
        mean: theirs,
        logStandardDeviation: tensor2d([[0.5 * Math.log(0.5)]]),
        lowRankFactor: tensor3d([[[Math.SQRT1_2]]]),
      },
      ...gaussian,
    },
    categorical: {
      p: { kind: 'categorical', logits: tensor2d([[Math.log(3), 0]]) },
      q: { kind: 'categorical', logits: tensor2d([[0, 0]]) },
      kl: 0.75 * Math.log(1.5) + 0.25 * Math.log(0.5),
      entropy: -0.75 * Math.log(0.75) - 0.25 * Math.log(0.25),
    },
  };
}

const kinds = ['gaussian', 'choleskyGaussian', 'lowRankGaussian', 'categorical'] as const;

describe('distributions of each kind', () => {
  test.each(kinds)('%s: KL and entropy', (kind) => {
    tidy(() => {
      const { p, q, kl, entropy } = pairs()[kind];
      expect(exactKl(p, q).dataSync()[0]).toBeCloseTo(kl, 5);
      expect(exactKl(p, p).dataSync()[0]).toBeCloseTo(0, 6);
      expect(exactEntropy(p).dataSync()[0]).toBeCloseTo(entropy, 5);
      expect(Array.from(exactKl(p, q).shape)).toEqual([1]);
    });
  });

  test.each(kinds.flatMap((p) => kinds.filter((q) => q !== p).map((q) => [p, q] as const)))(
    '%s and %s have no KL',
    (ours, theirs) => {
      tidy(() => {
        const all = pairs();
        const refused = (): unknown => exactKl(all[ours].p, all[theirs].q);
        expect(refused).toThrow(RolloutShapeError);
        expect(refused).toThrow(`the policy's distribution is ${ours}, the reference's ${theirs}`);
      });
    },
  );
});
