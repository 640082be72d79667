import { createRandom } from '@pose-rft/random';
import {
  diagonalGaussianGroupLogProbs,
  grads,
  scalar,
  tensor,
  tensor1d,
  tensor2d,
  tidy,
  useBackend,
  type Tensor,
  type Tensor2D,
} from '@pose-rft/tensor';
import { expectNoTensorLeak, trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  gaussianKl,
  hyGrpoObjective,
  importanceRatios,
  klEstimate,
  ratioStatistics,
  RolloutShapeError,
  wholeBatch,
  type HyGrpoObjectiveInput,
} from './index.js';

beforeAll(async () => {
  await useBackend('cpu');
});
trackTensorLeaks({ beforeAll, afterAll });

const D = 4;
const K = 2;
const offsets = Int32Array.of(0, 2, 3, 5, 6);
const candidates = Int32Array.of(0, 1, 3);
const random = createRandom(4);
const samples = random.fillNormal(new Float32Array(3 * 2 * D));
const oldTokens = random.fillNormal(new Float32Array(6)).map((value) => -Math.abs(value));
const oldMean = random.fillNormal(new Float32Array(3 * D));
const near = (values: Float32Array): Float32Array => values.map((value) => value + 0.05 * random.normal());

const matrix = (values: Float32Array): Tensor2D => tensor2d(values, [3, D]);

function scene(tokens: Tensor, mean: Tensor2D, logStandardDeviation: Tensor2D): HyGrpoObjectiveInput {
  const zero = matrix(new Float32Array(3 * D));
  const oldPoses = diagonalGaussianGroupLogProbs(samples, matrix(oldMean), zero, D / K);
  const poses = diagonalGaussianGroupLogProbs(samples, mean, logStandardDeviation, D / K);
  return {
    rollout: {
      prompts: ['a', 'b'],
      candidatesPerPrompt: 2,
      samplesPerCandidate: 2,
      actions: Array(8).fill(null),
      logProbs: {
        answer: { kind: 'sequence', values: oldTokens, offsets },
        pose: { kind: 'nested', values: oldPoses.dataSync<'float32'>(), candidates, groups: K },
      },
      policyVersion: 0,
    },
    scores: {
      logProbs: {
        answer: { kind: 'sequence', values: tokens, offsets },
        pose: { kind: 'nested', values: poses, candidates, groups: K },
      },
      gaussians: { pose: { mean, logStandardDeviation } },
    },
    reference: {
      logProbs: {
        answer: { kind: 'sequence', values: tensor(oldTokens), offsets },
        pose: { kind: 'nested', values: oldPoses, candidates, groups: K },
      },
      gaussians: { pose: { mean: matrix(oldMean), logStandardDeviation: zero } },
    },
    advantages: {
      answer: { values: Float32Array.of(1, -1, 0.5, -0.5), perGroup: false },
      pose: { values: near(new Float32Array(3 * 2 * K)).map((value) => 20 * value), perGroup: true },
    },
    components: { answer: { klCoefficient: 0.1 }, pose: { weight: 0.5, klCoefficient: 0.2 } },
  };
}

test('gradients agree with finite differences, KL terms included', () => {
  tidy(() => {
    const points = [near(oldTokens), near(oldMean), near(new Float32Array(3 * D))] as const;
    const { advantages } = scene(tensor(points[0]), matrix(points[1]), matrix(points[2]));
    const loss = (tokens: Tensor, mean: Tensor, logStd: Tensor): Tensor =>
      hyGrpoObjective({ ...scene(tokens, mean as Tensor2D, logStd as Tensor2D), advantages }).loss;
    const tensors = (): [Tensor, Tensor, Tensor] => [tensor(points[0]), matrix(points[1]), matrix(points[2])];
    const slopes = grads(loss)(tensors()).map((slope) => slope.dataSync());
    const step = 1e-2;
    points.forEach((point, which) =>
      point.forEach((value, index) => {
        const at = (shifted: number): number => {
          point[index] = shifted;
          return loss(...tensors()).dataSync()[0] as number;
        };
        const difference = (at(value + step) - at(value - step)) / (2 * step);
        point[index] = value;
        expect(Math.abs((slopes[which]?.[index] ?? NaN) - difference)).toBeLessThan(2e-3);
      }),
    );
  });
});

test('the terms add up to the loss, and none of the intermediate tensors stays', () => {
  tidy(() => {
    const input = scene(
      tensor(near(oldTokens)),
      matrix(near(oldMean)),
      matrix(near(new Float32Array(3 * D))),
    );
    expectNoTensorLeak(() => {
      const { loss, components } = hyGrpoObjective(input);
      const { answer, pose } = components;
      const value = (term?: Tensor): number => term?.dataSync()[0] ?? NaN;
      const expected =
        -(value(answer?.surrogate) - 0.1 * value(answer?.kl)) -
        0.5 * (value(pose?.surrogate) - 0.2 * value(pose?.kl));
      expect(value(loss)).toBeCloseTo(expected, 5);
      expect(pose?.ratios.shape).toEqual([3, 2, K]);
      for (const each of [answer, pose])
        for (const term of [each?.surrogate, each?.kl, each?.ratios]) term?.dispose();
      loss.dispose();
    });
  });
});

test('the KL of a Gaussian component is exact, and weighs V as the surrogate does', () => {
  tidy(() => {
    const input = scene(tensor(oldTokens), matrix(near(oldMean)), matrix(near(new Float32Array(3 * D))));
    const [gaussian, reference] = [input.scores.gaussians?.pose, input.reference?.gaussians?.pose];
    if (!gaussian || !reference) throw new Error('the scene has Gaussians');
    const [first = 0, second = 0, third = 0] = gaussianKl(gaussian, reference).dataSync();
    // Two valid candidates for the first prompt, one for the second.
    const expected = 0.5 * ((first + second) / 2 + third);
    expect(hyGrpoObjective(input).components.pose?.kl?.dataSync()[0]).toBeCloseTo(expected, 5);
  });
});

test('a KL and an entropy that are only watched do not touch the loss, even where they are infinite', () => {
  tidy(() => {
    const input = scene(tensor(oldTokens), matrix(oldMean), matrix(new Float32Array(3 * D)));
    const endless = {
      mean: matrix(oldMean),
      logStandardDeviation: matrix(new Float32Array(3 * D).fill(Infinity)),
    };
    const watched = {
      ...input,
      scores: { ...input.scores, gaussians: { pose: endless } },
      components: { pose: { entropyCoefficient: 0 } },
    };
    const { components, loss } = hyGrpoObjective(watched);
    expect(components.pose?.entropy?.dataSync()[0]).toBe(Infinity);
    expect(Number.isFinite(components.pose?.kl?.dataSync()[0])).toBe(false);
    expect(Number.isFinite(loss.dataSync()[0])).toBe(true);
  });
});

test('a sequence has no dimensions to merge, whatever is named', () => {
  tidy(() => {
    const input = scene(tensor(oldTokens), matrix(oldMean), matrix(new Float32Array(3 * D)));
    const trainerLogProbs = { answer: { kind: 'sequence', values: near(oldTokens), offsets } } as const;
    const loss = (more: object): number | undefined => {
      const answer = { importanceCorrection: { level: 'token', beyond: 'truncate' }, ...more } as const;
      return hyGrpoObjective({ ...input, trainerLogProbs, components: { answer } }).loss.dataSync()[0];
    };
    expect(loss({ dimensionGroups: { all: [0] } })).toBe(loss({}));
  });
});

test('the whole batch has the tokens of each component, merged groups of dimensions counted once', () => {
  tidy(() => {
    const { rollout } = scene(tensor(oldTokens), matrix(oldMean), matrix(new Float32Array(3 * D)));
    const answer = { promptCount: 2, tokenCount: 6 };
    expect(wholeBatch(rollout)).toEqual({ answer, pose: { promptCount: 2, tokenCount: 3 * 2 * K } });
    const merged = { pose: { dimensionGroups: { all: [0, 1] } } };
    expect(wholeBatch(rollout, merged)).toEqual({ answer, pose: { promptCount: 2, tokenCount: 3 * 2 } });
  });
});

test('a component that no candidate emitted is left out', () => {
  tidy(() => {
    const input = scene(tensor(oldTokens), matrix(oldMean), matrix(new Float32Array(3 * D)));
    const empty = { kind: 'nested', candidates: new Int32Array(0), groups: K } as const;
    const { components, loss } = hyGrpoObjective({
      ...input,
      rollout: {
        ...input.rollout,
        logProbs: { ...input.rollout.logProbs, pose: { ...empty, values: new Float32Array(0) } },
      },
      advantages: { ...input.advantages, pose: { values: new Float32Array(0), perGroup: false } },
    });
    expect(Object.keys(components)).toEqual(['answer']);
    expect(Number.isFinite(loss.dataSync()[0])).toBe(true);
  });
});

describe('ratios', () => {
  test('do not overflow, and a clamped one has no gradient', () => {
    tidy(() => {
      const part = (values: Tensor) => ({ kind: 'sequence', values, offsets: Int32Array.of(0, 2) }) as const;
      const old = {
        kind: 'sequence',
        values: Float32Array.of(-500, 0),
        offsets: Int32Array.of(0, 2),
      } as const;
      const found = importanceRatios(part(tensor1d([0, -500])), old, 'token').dataSync();
      expect(Math.log(found[0] ?? NaN)).toBeCloseTo(20, 4);
      expect(Math.log(found[1] ?? NaN)).toBeCloseTo(-20, 4);
    });
  });

  test('are counted as clipped only where the clip bites', () => {
    const found = ratioStatistics(Float32Array.of(2, 2, 0.5, 0.5), Float32Array.of(1, -1, 1, -1), {
      low: 0.2,
      high: 0.2,
    });
    expect(found).toEqual({
      mean: 1.25,
      min: 0.5,
      max: 2,
      clipFraction: 0.5,
      clipFractionLow: 0.25,
      clipFractionHigh: 0.25,
      dualClipFraction: 0,
    });
  });
});

test('KL estimators follow their formulas', () => {
  tidy(() => {
    const estimate = (name: 'k1' | 'k2' | 'k3'): number =>
      klEstimate(scalar(-1), scalar(-1.5), name).dataSync()[0] ?? NaN;
    expect(estimate('k1')).toBeCloseTo(0.5, 6);
    expect(estimate('k2')).toBeCloseTo(0.125, 6);
    expect(estimate('k3')).toBeCloseTo(Math.exp(-0.5) - 1 + 0.5, 6);
  });
});

describe('what does not fit is refused', () => {
  const refuse = (change: (input: HyGrpoObjectiveInput) => HyGrpoObjectiveInput, message: RegExp): void => {
    tidy(() => {
      const input = scene(tensor(oldTokens), matrix(oldMean), matrix(new Float32Array(3 * D)));
      expect(() => hyGrpoObjective(change(input))).toThrow(RolloutShapeError);
      expect(() => hyGrpoObjective(change(input))).toThrow(message);
    });
  };

  test('advantages of the wrong number', () => {
    refuse(
      (input) => ({ ...input, advantages: { answer: { values: new Float32Array(3), perGroup: false } } }),
      /'answer' has 3 advantages; expected 4/,
    );
  });

  test('credit with a ratio over the whole sample', () => {
    refuse(
      (input) => ({ ...input, components: { ...input.components, pose: { ratio: 'sum' } } }),
      /only the ratios 'group' and 'mean-group' can use, not 'sum'/,
    );
  });

  test('scores of another shape, or of no such component', () => {
    const answer = { kind: 'sequence', offsets } as const;
    refuse(
      (input) => ({ ...input, scores: { logProbs: { answer: { ...answer, values: tensor1d([0]) } } } }),
      /scored log-probabilities \[1\]; the rollout has \[6\]/,
    );
    refuse(
      (input) => ({ ...input, scores: { logProbs: {} } }),
      /the policy's scores has no component 'answer'/,
    );
  });

  test('a KL coefficient without a reference', () => {
    refuse((input) => {
      const { reference: _, ...without } = input;
      return without;
    }, /klCoefficient 0\.1 but no reference/);
  });
});
