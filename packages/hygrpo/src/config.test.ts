import { describe, expect, test } from 'vitest';
import { HyGrpoConfigError, resolveHyGrpoConfig, type ComponentConfig, type HyGrpoConfig } from './index.js';

const least: HyGrpoConfig = {
  iterations: 10,
  candidatesPerPrompt: 8,
  learningRate: 1e-3,
  components: { pose: {} },
};

test('the defaults are the documented ones', () => {
  const { learningRate, ...rest } = resolveHyGrpoConfig(least);
  expect(learningRate(7)).toBe(1e-3);
  expect(rest).toEqual({
    iterations: 10,
    candidatesPerPrompt: 8,
    samplesPerCandidate: 1,
    temperature: 1,
    innerEpochs: 1,
    maxGradientNorm: 1,
    optimizer: { beta1: 0.9, beta2: 0.98, epsilon: 1e-8, weightDecay: 0 },
    components: {
      pose: {
        weight: 1,
        klCoefficient: 0,
        loss: { kind: 'hygrpo' },
        klEstimator: 'auto',
        klGradient: 'auto',
        advantage: {
          baseline: 'group-mean',
          scale: 'group-std',
          standardDeviation: 'population',
          minimumSpread: 0,
          whitenBatch: false,
          stdFloor: 1e-4,
          relativeStdFloor: 0.01,
          flatBelow: 0.01,
          scope: 'group',
          aggregation: 'normalise-then-sum',
          credit: 'per-group',
        },
      },
    },
  });
});

test('a schedule of learning rates is kept', () => {
  const learningRate = (iteration: number): number => 1 / (1 + iteration);
  expect(resolveHyGrpoConfig({ ...least, learningRate }).learningRate).toBe(learningRate);
});

test('a refusal shows what was given, as a program would write it', () => {
  const refused = (change: object): (() => unknown) => {
    return () => resolveHyGrpoConfig({ ...least, ...change });
  };
  expect(refused({ components: {} })).toThrow(/^HyGRPO config: components is \{\}; expected at least/);
  expect(refused({ klEstimator: 'k4' })).toThrow(/^HyGRPO config: klEstimator is "k4"; expected/);
  expect(refused({ iterations: undefined })).toThrow(/^HyGRPO config: iterations is undefined; expected/);
  expect(refused({ maxGradientNorm: 0 })).toThrow(
    expect.objectContaining({
      name: 'HyGrpoConfigError',
      field: 'maxGradientNorm',
      value: 0,
      allowed: 'a number > 0 (Infinity: no limit)',
    }) as Error,
  );
});

test('nested samples are compared within their candidate; a coarse ratio takes whole rewards', () => {
  const { pose } = resolveHyGrpoConfig({
    ...least,
    samplesPerCandidate: 16,
    components: { pose: { ratio: 'sum' } },
  }).components;
  expect(pose?.advantage).toMatchObject({ scope: 'candidate', credit: 'whole' });
});

test('a component has the clip of its loss, of the run, or its own, a number being symmetric', () => {
  const clipOf = (pose: ComponentConfig, run: Partial<HyGrpoConfig> = {}): unknown =>
    resolveHyGrpoConfig({ ...least, ...run, components: { pose } }).components.pose?.clipEpsilon;
  expect(clipOf({ loss: { kind: 'gspo' } })).toBeUndefined();
  expect(clipOf({}, { clipEpsilon: 0.3 })).toEqual({ low: 0.3, high: 0.3 });
  const dual = { low: 0.1, high: 0.2, dual: 3 };
  expect(clipOf({ clipEpsilon: dual }, { clipEpsilon: 0.3 })).toEqual(dual);
});

describe('a bad value is refused by name, value and range', () => {
  const component = (pose: ComponentConfig): Partial<HyGrpoConfig> => ({ components: { pose } });
  test.each<[Partial<HyGrpoConfig>, string, RegExp]>([
    [{ iterations: 0 }, 'iterations', /is 0; expected an integer >= 1/],
    [{ candidatesPerPrompt: 1 }, 'candidatesPerPrompt', /is 1; expected an integer >= 2/],
    [{ samplesPerCandidate: 1.5 }, 'samplesPerCandidate', /is 1\.5/],
    [{ temperature: 0 }, 'temperature', /a finite number > 0/],
    [{ learningRate: NaN }, 'learningRate', /is NaN/],
    [{ innerEpochs: 0 }, 'innerEpochs', />= 1/],
    [{ clipEpsilon: { low: 1.5, high: 0.2 } }, 'clipEpsilon.low', /a number in \(0, 1\]/],
    [{ clipEpsilon: 0 }, 'clipEpsilon.low', /is 0; expected a number in \(0, 1\]/],
    [{ maxGradientNorm: -1 }, 'maxGradientNorm', /is -1/],
    [{ components: {} }, 'components', /at least one component/],
    [component({ weight: -1 }), 'components.pose.weight', />= 0/],
    [component({ klCoefficient: Infinity }), 'components.pose.klCoefficient', /is Infinity/],
    [component({ clipEpsilon: { low: 0.2, high: 0 } }), 'components.pose.clipEpsilon.high', /> 0/],
    [component({ clipEpsilon: { low: 0.2, high: 0.2, dual: 1 } }), 'components.pose.clipEpsilon.dual', /> 1/],
    [
      component({ clipEpsilon: { low: 0.2, high: 0.2, ratioCap: 0 } }),
      'components.pose.clipEpsilon.ratioCap',
      /> 0/,
    ],
    [component({ loss: { kind: 'dr_grpo', maxLength: 0 } }), 'components.pose.loss.maxLength', /> 0/],
    [
      component({ aggregation: { kind: 'sequence-mean-token-sum-over', length: NaN } }),
      'components.pose.aggregation.length',
      /is NaN/,
    ],
    [component({ entropyCoefficient: -1 }), 'components.pose.entropyCoefficient', />= 0/],
    [
      component({ importanceCorrection: { level: 'token', beyond: 'mask', cap: 0 } }),
      'components.pose.importanceCorrection.cap',
      /> 0/,
    ],
    [
      component({ importanceCorrection: { level: 'token', beyond: 'mask', floor: 4 } }),
      'components.pose.importanceCorrection.floor',
      /\[0, cap\], the cap is 3/,
    ],
    [component({ dimensionGroups: {} }), 'components.pose.dimensionGroups', /at least one named group/],
    [component({ advantage: { minimumSpread: -1 } }), 'components.pose.advantage.minimumSpread', />= 0/],
    [component({ advantage: { flatBelow: 1 } }), 'components.pose.advantage.flatBelow', /\[0, 1\)/],
    [component({ advantage: { stdFloor: -1 } }), 'components.pose.advantage.stdFloor', /is -1/],
    [
      component({ advantage: { scope: 'candidate' } }),
      'components.pose.advantage.scope',
      /samplesPerCandidate >= 2/,
    ],
    [
      component({ ratio: 'sum', advantage: { credit: 'per-group' } }),
      'components.pose.advantage.credit',
      /'whole', or the ratio 'group' or 'mean-group' instead of 'sum'/,
    ],
    [
      component({ loss: { kind: 'gspo' }, advantage: { credit: 'per-group' } }),
      'components.pose.advantage.credit',
      /instead of 'mean'/,
    ],
    [JSON.parse('{"klEstimator":"k4"}') as Partial<HyGrpoConfig>, 'klEstimator', /'k1' or 'k2' or 'k3'/],
    [JSON.parse('{"klGradient":"k4"}') as Partial<HyGrpoConfig>, 'klGradient', /'exact' or 'k1'/],
    [
      component(JSON.parse('{"loss":{"kind":"ppo"}}') as ComponentConfig),
      'components.pose.loss.kind',
      /'cispo'/,
    ],
    [
      component(JSON.parse('{"advantage":{"baseline":"critic"}}') as ComponentConfig),
      'components.pose.advantage.baseline',
      /'group-mean' or 'leave-one-out'/,
    ],
  ])('%j', (change, field, message) => {
    const resolve = (): unknown => resolveHyGrpoConfig({ ...least, ...change });
    expect(resolve).toThrow(HyGrpoConfigError);
    expect(resolve).toThrow(message);
    expect(resolve).toThrow(expect.objectContaining({ field }) as Error);
  });
});
