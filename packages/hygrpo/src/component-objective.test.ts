import {
  add,
  grad,
  scalar,
  tensor1d,
  tensor2d,
  tensor3d,
  tidy,
  useBackend,
  zeros,
  type Scalar,
  type Tensor,
  type Tensor2D,
} from '@pose-rft/tensor';
import { expectNoTensorLeak, trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  componentObjective,
  DimensionGroupError,
  hyGrpoObjective,
  NonFiniteLogProbError,
  ObjectiveOptionError,
  RolloutShapeError,
  type ComponentObjectiveInput,
  type ComponentObjectiveOptions,
  type ScoredComponent,
} from './index.js';

beforeAll(async () => {
  await useBackend('cpu');
});
trackTensorLeaks({ beforeAll, afterAll });

const ln = Math.log;
const value = (term: Tensor | undefined): number => term?.dataSync()[0] ?? NaN;

/** Two answers to one prompt: one token, then two. Ratios 2, 0.5 and 1. */
const offsets = Int32Array.of(0, 1, 3);
const answer = (
  options: ComponentObjectiveOptions = {},
  more: Partial<ComponentObjectiveInput> = {},
): ComponentObjectiveInput => ({
  name: 'answer',
  axes: { promptCount: 1, candidatesPerPrompt: 2, samplesPerCandidate: 1 },
  old: { kind: 'sequence', values: Float32Array.of(-2, -2, -2), offsets },
  current: {
    logProbs: { kind: 'sequence', values: tensor1d([-2 + ln(2), -2 - ln(2), -2]), offsets },
  },
  advantages: { values: Float32Array.of(1, -1), perGroup: false },
  options,
  ...more,
});

/** One of two candidates has a pose: two samples of two joints. Ratios 2, 2, then 1, 0.25. */
const layout = { kind: 'nested', candidates: Int32Array.of(1), groups: 2 } as const;
const pose = (
  options: ComponentObjectiveOptions = {},
  more: Partial<ComponentObjectiveInput> = {},
): ComponentObjectiveInput => ({
  name: 'pose',
  axes: { promptCount: 1, candidatesPerPrompt: 2, samplesPerCandidate: 2 },
  old: { ...layout, values: new Float32Array(4) },
  current: { logProbs: { ...layout, values: tensor3d([ln(2), ln(2), 0, -ln(4)], [1, 2, 2]) } },
  advantages: { values: Float32Array.of(1, -1), perGroup: false },
  options,
  ...more,
});

const wide = { low: 0.9, high: 9 };

describe('the surrogate of an answer', () => {
  test.each<[ComponentObjectiveOptions, number]>([
    // 1/2 (1.2) + 1/4 (-0.8 - 1).
    [{}, 0.5 * 1.2 - 0.25 * 1.8],
    [{ clipEpsilon: wide }, 0.5 * 2 - 0.25 * 1.5],
    [{ clipEpsilon: wide, loss: { kind: 'bnpo' } }, (2 - 1.5) / 3],
    [{ clipEpsilon: wide, loss: { kind: 'dr_grpo', maxLength: 4 } }, (2 - 1.5) / 8],
    [{ clipEpsilon: wide, ratio: 'sum' }, 0.5 * (2 - 0.5)],
    [{ clipEpsilon: wide, ratio: 'mean' }, 0.5 * (2 - Math.SQRT1_2)],
    [{ clipEpsilon: wide, ratio: 'mean-token' }, 0.5 * (2 - Math.SQRT1_2)],
    [{ clipEpsilon: wide, ratio: 'sum', loss: { kind: 'bnpo' } }, (2 - 2 * 0.5) / 3],
    [{ clipEpsilon: wide, ratio: 'mean', loss: { kind: 'bnpo' } }, (2 - 2 * Math.SQRT1_2) / 3],
    // sg[r] A log pi.
    [{ clipEpsilon: wide, loss: { kind: 'cispo' } }, (2 * (-2 + ln(2)) - 0.5 * (-2 - ln(2)) + 2) / 3],
  ])('%j', (options, expected) => {
    tidy(() => {
      expect(value(componentObjective(answer(options)).surrogate)).toBeCloseTo(expected, 5);
    });
  });
});

describe('the surrogate of a pose, the mean over two samples', () => {
  test.each<[ComponentObjectiveOptions, number]>([
    [{}, 0.5 * (1.2 + 1.2 - 1 - 0.8)],
    [{ clipEpsilon: wide }, 0.5 * (2 + 2 - 1 - 0.25)],
    [{ clipEpsilon: wide, loss: { kind: 'grpo' } }, 0.25 * (2 + 2 - 1 - 0.25)],
    [{ clipEpsilon: wide, ratio: 'sum' }, 0.5 * (4 - 0.25)],
    [{ clipEpsilon: wide, ratio: 'mean' }, 0.5 * 2 * (2 - 0.5)],
    [{ clipEpsilon: wide, ratio: 'mean-group' }, 0.5 * 2 * (2 - 0.5)],
    [{ clipEpsilon: wide, dimensionGroups: { all: [0, 1] } }, 0.5 * (4 - 0.25)],
    [{ clipEpsilon: wide, dimensionGroups: { a: [1], b: [0] } }, 0.5 * (2 + 2 - 1 - 0.25)],
  ])('%j', (options, expected) => {
    tidy(() => {
      expect(value(componentObjective(pose(options)).surrogate)).toBeCloseTo(expected, 5);
    });
  });

  test('with an advantage for each joint, under the ratio of each or of their mean', () => {
    tidy(() => {
      const advantages = { values: Float32Array.of(1, 0.5, -1, 2), perGroup: true };
      const surrogate = (options: ComponentObjectiveOptions): number =>
        value(componentObjective(pose({ clipEpsilon: wide, ...options }, { advantages })).surrogate);
      expect(surrogate({})).toBeCloseTo(0.5 * (2 + 1 - 1 + 0.5), 5);
      expect(surrogate({ ratio: 'mean-group' })).toBeCloseTo(0.5 * (2 * 1.5 + 0.5 * 1), 5);
    });
  });
});

describe('a sampler correction multiplies the terms', () => {
  const trainerLogProbs = {
    kind: 'sequence',
    // The sampler has -2 everywhere, so the weights are 1, 0.5 and 2, and the product of the second answer is 1.
    values: Float32Array.of(-2, -2 - ln(2), -2 + ln(2)),
    offsets,
  } as const;
  test.each<[ComponentObjectiveOptions, number]>([
    // Ratios are to the trainer's: 2, 1, 0.5.
    [{ importanceCorrection: { level: 'token', beyond: 'truncate' } }, 0.5 * 2 - 0.25 * (0.5 * 1 + 2 * 0.5)],
    [{ importanceCorrection: { level: 'token', beyond: 'mask', cap: 1.5 } }, 0.5 * 2 - 0.25 * (0.5 * 1)],
    [{ importanceCorrection: { level: 'sequence', beyond: 'truncate' } }, 0.5 * 2 - 0.25 * (1 + 0.5)],
    // One ratio a sequence, 0.5 of the second; its token weights are 0.5 and 2, on average 1.25.
    [{ importanceCorrection: { level: 'token', beyond: 'truncate' }, ratio: 'sum' }, 0.5 * (2 - 1.25 * 0.5)],
    [
      { importanceCorrection: { level: 'token', beyond: 'truncate' }, ratio: 'mean' },
      0.5 * (2 - 1.25 * Math.SQRT1_2),
    ],
  ])('%j', (options, expected) => {
    tidy(() => {
      const input = answer({ clipEpsilon: wide, ...options }, { trainerLogProbs });
      const { surrogate, correction } = componentObjective(input);
      expect(value(surrogate)).toBeCloseTo(expected, 5);
      expect(correction).toHaveLength(3);
    });
  });

  test('of nested samples: each joint, or each sample, named groups first', () => {
    tidy(() => {
      const ofPose = {
        trainerLogProbs: { ...layout, values: Float32Array.of(ln(2), 0, -ln(2), -ln(2)) },
      };
      const surrogate = (options: ComponentObjectiveOptions, credit = false): number => {
        const advantages = credit
          ? { values: Float32Array.of(1, 0, -1, 0), perGroup: true }
          : { values: Float32Array.of(1, -1), perGroup: false };
        return value(
          componentObjective(pose({ clipEpsilon: wide, ...options }, { ...ofPose, advantages })).surrogate,
        );
      };
      const token = { importanceCorrection: { level: 'token', beyond: 'truncate' } } as const;
      const sample = { importanceCorrection: { level: 'sequence', beyond: 'truncate' } } as const;
      // Ratios to the trainer's: 1, 2, 2, 0.5; weights 2, 1, 0.5, 0.5.
      expect(surrogate(token)).toBeCloseTo(0.5 * (2 * 1 + 2 - (0.5 * 2 + 0.5 * 0.5)), 5);
      expect(surrogate(token, true)).toBeCloseTo(0.5 * (2 * 1 - 0.5 * 2), 5);
      expect(surrogate(sample)).toBeCloseTo(0.5 * (2 * (1 + 2) - 0.25 * (2 + 0.5)), 5);
      expect(surrogate({ ...token, ratio: 'sum' })).toBeCloseTo(0.5 * (1.5 * 2 - 0.5 * 1), 5);
      expect(surrogate({ ...token, ratio: 'mean' })).toBeCloseTo(0.5 * 2 * (1.5 * Math.SQRT2 - 0.5 * 1), 5);
      const merged = { dimensionGroups: { all: [0, 1] } };
      expect(surrogate({ ...token, ...merged })).toBeCloseTo(0.5 * (2 * 2 - 0.25 * 1), 5);
    });
  });

  test('needs to know what the trainer would have said', () => {
    tidy(() => {
      const options = { importanceCorrection: { level: 'token', beyond: 'mask' } } as const;
      expect(() => componentObjective(answer(options))).toThrow(ObjectiveOptionError);
      expect(() => componentObjective(answer(options))).toThrow(
        /components\.answer\.importanceCorrection .* the trainer's own log-probabilities/,
      );
    });
  });
});

describe('the KL', () => {
  const referenceOf = (): ScoredComponent => ({
    logProbs: { kind: 'sequence', values: tensor1d([-2, -2, -2]), offsets },
  });
  const logitsOf = (): Tensor2D => tensor2d([0, ln(3), ln(2), 0, 0, 0], [3, 2]);
  const uniformOf = (): Tensor2D => zeros([3, 2]);
  const exactOf = (p: number): number => p * ln(2 * p) + (1 - p) * ln(2 * (1 - p));

  test('is estimated with the weights of the terms', () => {
    tidy(() => {
      const kl = (options: ComponentObjectiveOptions): number =>
        value(componentObjective(answer(options, { reference: referenceOf() })).kl);
      // d is ln 2, -ln 2, 0.
      const k3 = (d: number): number => Math.exp(-d) - 1 + d;
      expect(kl({})).toBeCloseTo(0.5 * k3(ln(2)) + 0.25 * k3(-ln(2)), 5);
      expect(kl({ klEstimator: 'k1' })).toBeCloseTo(0.25 * ln(2), 5);
      expect(kl({ klEstimator: 'k2' })).toBeCloseTo(0.375 * ln(2) ** 2, 5);
      expect(kl({ loss: { kind: 'dapo' } })).toBeCloseTo((k3(ln(2)) + k3(-ln(2))) / 3, 5);
      // Weighted by the ratios 2, 0.5 and 1.
      expect(kl({ klImportanceWeighted: true })).toBeCloseTo(k3(ln(2)) + 0.125 * k3(-ln(2)), 5);
    });
  });

  test('is exact where both have distributions, unless an estimate is asked for', () => {
    tidy(() => {
      const distributions = {
        current: { ...answer().current, distribution: { kind: 'categorical', logits: logitsOf() } },
        reference: { ...referenceOf(), distribution: { kind: 'categorical', logits: uniformOf() } },
      } as const;
      const kl = (options: ComponentObjectiveOptions): number =>
        value(componentObjective(answer(options, distributions)).kl);
      const exact = 0.5 * exactOf(3 / 4) + 0.25 * exactOf(2 / 3);
      expect(kl({})).toBeCloseTo(exact, 5);
      expect(kl({ klEstimator: 'exact', klGradient: 'k2' })).toBeCloseTo(exact, 5);
      expect(kl({ klEstimator: 'k1' })).toBeCloseTo(0.25 * ln(2), 5);
    });
  });

  test('cannot be exact without, or between distributions of two kinds', () => {
    tidy(() => {
      const exact = (): unknown =>
        componentObjective(answer({ klEstimator: 'exact' }, { reference: referenceOf() }));
      expect(exact).toThrow(ObjectiveOptionError);
      expect(exact).toThrow(/is "exact"; expected 'k1', 'k2' or 'k3'/);
      const gaussian = {
        kind: 'gaussian',
        mean: uniformOf(),
        logStandardDeviation: uniformOf(),
      } as const;
      const mixed = {
        current: { ...answer().current, distribution: { kind: 'categorical', logits: logitsOf() } },
        reference: { ...referenceOf(), distribution: gaussian },
      } as const;
      expect(() => componentObjective(answer({}, mixed))).toThrow(
        /the policy's distribution is categorical, the reference's gaussian/,
      );
    });
  });
});

describe('the entropy', () => {
  test('of samples is their mean information, of distributions exact', () => {
    tidy(() => {
      const entropyOf = (input: ComponentObjectiveInput): number => value(componentObjective(input).entropy);
      const options = { entropyCoefficient: 0 };
      expect(entropyOf(answer(options))).toBeCloseTo(0.5 * (2 - ln(2)) + 0.25 * (4 + ln(2)), 5);
      const logits = tensor2d([0, 0, 0, 0, 0, 0], [3, 2]);
      const { current } = answer();
      const categorical = { ...current, distribution: { kind: 'categorical', logits } } as const;
      expect(entropyOf(answer(options, { current: categorical }))).toBeCloseTo(ln(2), 5);
      const narrow = tensor2d([[-1, -2]]);
      const gaussian = { kind: 'gaussian', mean: tensor2d([[0, 0]]), logStandardDeviation: narrow } as const;
      const ofPose = pose(options, { current: { ...pose().current, distribution: gaussian } });
      expect(entropyOf(ofPose)).toBeCloseTo(-3 + 1 + ln(2 * Math.PI), 5);
      expect(componentObjective(answer()).entropy).toBeUndefined();
    });
  });

  test('raises the objective by its coefficient and the weight of its component', () => {
    tidy(() => {
      const input = answer();
      const loss = (options: ComponentObjectiveOptions): number =>
        value(
          hyGrpoObjective({
            rollout: {
              prompts: [null],
              candidatesPerPrompt: 2,
              samplesPerCandidate: 1,
              actions: [null, null],
              logProbs: { answer: input.old },
              policyVersion: 0,
            },
            scores: { logProbs: { answer: input.current.logProbs } },
            advantages: { answer: input.advantages },
            components: { answer: options },
          }).loss,
        );
      const entropy = value(componentObjective(answer({ entropyCoefficient: 0 })).entropy);
      expect(loss({ weight: 3, entropyCoefficient: 0.1 })).toBeCloseTo(3 * (loss({}) - 0.1 * entropy), 5);
    });
  });
});

test('statistics say which bounds bite', () => {
  tidy(() => {
    const { statistics } = componentObjective(answer({ clipEpsilon: { low: 0.2, high: 0.2, dual: 1.5 } }));
    expect(statistics).toMatchObject({
      min: 0.5,
      max: 2,
      clipFractionHigh: expect.closeTo(1 / 3, 6) as number,
    });
    expect(statistics.clipFractionLow).toBeCloseTo(1 / 3, 6);
    expect(statistics.clipFraction).toBeCloseTo(2 / 3, 6);
    expect(statistics.dualClipFraction).toBe(0);
    const runaway = answer(
      { clipEpsilon: { low: 0.2, high: 0.2, dual: 1.5 } },
      { advantages: { values: Float32Array.of(-1, 1), perGroup: false } },
    );
    const found = componentObjective(runaway);
    expect(found.statistics.dualClipFraction).toBeCloseTo(1 / 3, 6);
    // 1/2 (-1.5) + 1/4 (0.5 + 1).
    expect(value(found.surrogate)).toBeCloseTo(-0.75 + 0.375, 5);
  });
});

describe('bad input', () => {
  test.each([NaN, Infinity, -Infinity])(
    '%d is named with its component and place, whoever says it',
    (bad) => {
      tidy(() => {
        const values = Float32Array.of(-2, bad, -2);
        const scored = { logProbs: { kind: 'sequence', values: tensor1d(values), offsets } } as const;
        const plain = { kind: 'sequence', values, offsets } as const;
        const inputs: readonly [ComponentObjectiveInput, RegExp][] = [
          [answer({}, { current: scored }), /the present policy/],
          [answer({}, { reference: scored }), /the reference/],
          [answer({}, { old: plain }), /the sampler/],
          [answer({}, { trainerLogProbs: plain }), /the trainer at sampling time/],
        ];
        for (const [input, owner] of inputs) {
          const objective = (): unknown => componentObjective(input);
          expect(objective).toThrow(NonFiniteLogProbError);
          expect(objective).toThrow(owner);
          expect(objective).toThrow(
            expect.objectContaining({ component: 'answer', index: 1, value: bad }) as Error,
          );
        }
      });
    },
  );

  test('a component without a row, and advantages of the wrong number', () => {
    tidy(() => {
      const old = { ...layout, candidates: new Int32Array(0), values: new Float32Array(0) };
      expect(() => componentObjective(pose({}, { old }))).toThrow(/'pose' has no row .* leave it out/);
      const advantages = { values: new Float32Array(3), perGroup: false };
      expect(() => componentObjective(answer({}, { advantages }))).toThrow(
        /'answer' has 3 advantages; expected 2, one a candidate/,
      );
      expect(() => componentObjective(pose({}, { advantages }))).toThrow(RolloutShapeError);
      const credit = { values: new Float32Array(3), perGroup: true };
      expect(() => componentObjective(pose({}, { advantages: credit }))).toThrow(
        /expected 1 candidates \* 2 samples \* 2 groups of dimensions/,
      );
    });
  });

  test('bounds out of range, groups that share out nothing', () => {
    tidy(() => {
      const refuse = (clipEpsilon: ComponentObjectiveOptions['clipEpsilon'], message: RegExp): void => {
        if (clipEpsilon === undefined) return;
        expect(() => componentObjective(answer({ clipEpsilon }))).toThrow(ObjectiveOptionError);
        expect(() => componentObjective(answer({ clipEpsilon }))).toThrow(message);
        expect(() => componentObjective(answer({ clipEpsilon, loss: { kind: 'cispo' } }))).toThrow(message);
      };
      refuse({ low: 0, high: 0.2 }, /clipEpsilon\.low is 0/);
      refuse({ low: 0.2, high: NaN }, /clipEpsilon\.high is NaN/);
      refuse({ low: 0.2, high: 0.2, dual: 1 }, /clipEpsilon\.dual is 1; expected a finite number > 1/);
      refuse({ low: 0.2, high: 0.2, ratioCap: -1 }, /clipEpsilon\.ratioCap is -1/);
      expect(() => componentObjective(pose({ dimensionGroups: { a: [0] } }))).toThrow(DimensionGroupError);
    });
  });

  test('an error leaves no tensor behind', () => {
    const input = answer({ klEstimator: 'exact' });
    const reference = { logProbs: input.current.logProbs };
    expectNoTensorLeak(() => {
      expect(() => componentObjective({ ...input, reference })).toThrow(ObjectiveOptionError);
    });
    input.current.logProbs.values.dispose();
  });
});

test('a term with no gradient at all is a plain number to the loss', () => {
  tidy(() => {
    const surrogate = (shift: Tensor): Scalar =>
      componentObjective(
        answer(
          {},
          {
            current: {
              logProbs: { kind: 'sequence', values: add(tensor1d([30, 30, 30]), shift), offsets },
            },
            advantages: { values: Float32Array.of(1, 1), perGroup: false },
          },
        ),
      ).surrogate;
    // Ratios beyond e^20 are clamped, and the clip holds the terms: no gradient, no overflow.
    expect(value(grad(surrogate)(scalar(0)))).toBe(0);
    expect(value(surrogate(scalar(0)))).toBeCloseTo(1.2, 5);
  });
});
