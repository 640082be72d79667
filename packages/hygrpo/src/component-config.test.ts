import { describe, expect, test } from 'vitest';
import { HyGrpoConfigError, resolveHyGrpoConfig, type ComponentConfig, type HyGrpoConfig } from './index.js';

const least: HyGrpoConfig = {
  iterations: 10,
  candidatesPerPrompt: 8,
  learningRate: 1e-3,
  components: {},
};

function resolved(pose: ComponentConfig, run: Partial<HyGrpoConfig> = {}): unknown {
  return resolveHyGrpoConfig({ ...least, ...run, components: { pose } }).components.pose;
}

test('a component keeps all that it is given', () => {
  const given: ComponentConfig = {
    weight: 0,
    klCoefficient: 0.5,
    loss: { kind: 'dr_grpo', maxLength: 7 },
    ratio: 'mean-group',
    clipEpsilon: { low: 1, high: 4, dual: 2, ratioCap: 9 },
    aggregation: { kind: 'sequence-mean-token-sum-over', length: 3 },
    klEstimator: 'k1',
    klGradient: 'k3',
    klImportanceWeighted: true,
    entropyCoefficient: 0,
    importanceCorrection: { level: 'sequence', beyond: 'truncate', cap: 2, floor: 0 },
    dimensionGroups: { hip: [0, 1] },
    advantage: {
      baseline: 'leave-one-out',
      scale: 'batch-std',
      standardDeviation: 'sample',
      stdFloor: 0,
      relativeStdFloor: 0,
      minimumSpread: 0.5,
      flatBelow: 0,
      scope: 'candidate',
      aggregation: 'sum-then-normalise',
      credit: 'whole',
      whitenBatch: true,
      gate: 'right',
    },
  };
  expect(resolved(given, { samplesPerCandidate: 2 })).toEqual({
    ...given,
    advantage: { ...given.advantage, dimensionGroups: { hip: [0, 1] } },
  });
});

test('what it does not say it has from the run, or not at all', () => {
  const shared = { klEstimator: 'k2', klGradient: 'exact', clipEpsilon: 0.25 } as const;
  expect(resolved({}, shared)).toMatchObject({
    klEstimator: 'k2',
    klGradient: 'exact',
    clipEpsilon: { low: 0.25, high: 0.25 },
  });
  expect(Object.keys(resolved({}) as object).sort()).toEqual([
    'advantage',
    'klCoefficient',
    'klEstimator',
    'klGradient',
    'loss',
    'weight',
  ]);
});

test.each([
  ['group', 'per-group'],
  ['mean-group', 'per-group'],
  ['sum', 'whole'],
  ['mean', 'whole'],
  ['token', 'whole'],
  ['mean-token', 'whole'],
] as const)('with the ratio %s credit is %s', (ratio, credit) => {
  expect(resolved({ ratio })).toMatchObject({ ratio, advantage: { credit } });
});

test.each(['hygrpo', 'grpo', 'dapo', 'bnpo', 'gspo', 'cispo'] as const)(
  'the loss %s may be chosen',
  (kind) => {
    expect(resolved({ loss: { kind } })).toMatchObject({ loss: { kind } });
  },
);

test.each(['token-mean', 'token-sum', 'sequence-mean-token-mean', 'sequence-mean-token-sum'] as const)(
  'the aggregation %s may be chosen',
  (kind) => {
    expect(resolved({ aggregation: { kind } })).toMatchObject({ aggregation: { kind } });
  },
);

test.each([
  { level: 'token', beyond: 'mask' },
  { level: 'sequence', beyond: 'truncate' },
] as const)('the importance correction %j may be chosen', (importanceCorrection) => {
  expect(resolved({ importanceCorrection })).toMatchObject({ importanceCorrection });
});

test.each(['auto', 'exact', 'k1', 'k2', 'k3'] as const)('the KL may be computed by %s', (method) => {
  const methods = { klEstimator: method, klGradient: method };
  expect(resolved(methods)).toMatchObject(methods);
  expect(resolved({}, methods)).toMatchObject(methods);
});

test.each([
  { baseline: 'group-mean' },
  { scale: 'group-std' },
  { scale: 'mean-only' },
  { standardDeviation: 'population' },
  { scope: 'group' },
  { aggregation: 'normalise-then-sum' },
  { credit: 'per-group' },
] as const)('the advantage %j may be chosen', (advantage) => {
  expect(resolved({ advantage }, { samplesPerCandidate: 2 })).toMatchObject({ advantage });
});

test('two samples are the least that can be compared within a candidate', () => {
  expect(resolved({}, { samplesPerCandidate: 2 })).toMatchObject({ advantage: { scope: 'candidate' } });
  expect(resolved({}, { samplesPerCandidate: 1 })).toMatchObject({ advantage: { scope: 'group' } });
});

describe('what no type would let through is refused by name, value and range', () => {
  const unit = 'a finite number >= 0';
  test.each<[object, string, unknown, string]>([
    [{ weight: NaN }, 'weight', NaN, unit],
    [{ klCoefficient: -1 }, 'klCoefficient', -1, unit],
    [{ entropyCoefficient: Infinity }, 'entropyCoefficient', Infinity, unit],
    [{ klEstimator: 'k4' }, 'klEstimator', 'k4', "'auto' or 'exact' or 'k1' or 'k2' or 'k3'"],
    [{ klGradient: 'k4' }, 'klGradient', 'k4', "'auto' or 'exact' or 'k1' or 'k2' or 'k3'"],
    [
      { loss: { kind: 'ppo' } },
      'loss.kind',
      'ppo',
      "'hygrpo' or 'grpo' or 'dr_grpo' or 'dapo' or 'bnpo' or 'gspo' or 'cispo'",
    ],
    [{ loss: { kind: 'dr_grpo', maxLength: Infinity } }, 'loss.maxLength', Infinity, 'a finite number > 0'],
    [
      { ratio: 'joint' },
      'ratio',
      'joint',
      "'token' or 'sum' or 'mean' or 'mean-token' or 'group' or 'mean-group'",
    ],
    [
      { aggregation: { kind: 'mean' } },
      'aggregation.kind',
      'mean',
      "'token-mean' or 'token-sum' or 'sequence-mean-token-mean' or 'sequence-mean-token-sum' or " +
        "'sequence-mean-token-sum-over'",
    ],
    [
      { aggregation: { kind: 'sequence-mean-token-sum-over', length: 0 } },
      'aggregation.length',
      0,
      'a finite number > 0',
    ],
    [{ clipEpsilon: 2 }, 'clipEpsilon.low', 2, 'a number in (0, 1]'],
    [
      { importanceCorrection: { level: 'word', beyond: 'mask' } },
      'importanceCorrection.level',
      'word',
      "'token' or 'sequence'",
    ],
    [
      { importanceCorrection: { level: 'token', beyond: 'drop' } },
      'importanceCorrection.beyond',
      'drop',
      "'truncate' or 'mask'",
    ],
    [
      { importanceCorrection: { level: 'token', beyond: 'mask', cap: -1 } },
      'importanceCorrection.cap',
      -1,
      'a finite number > 0',
    ],
    [{ dimensionGroups: {} }, 'dimensionGroups', {}, 'at least one named group of dimensions'],
    [
      { advantage: { baseline: 'critic' } },
      'advantage.baseline',
      'critic',
      "'group-mean' or 'leave-one-out'",
    ],
    [{ advantage: { scale: 'std' } }, 'advantage.scale', 'std', "'group-std' or 'mean-only' or 'batch-std'"],
    [
      { advantage: { standardDeviation: 'n' } },
      'advantage.standardDeviation',
      'n',
      "'population' or 'sample'",
    ],
    [{ advantage: { stdFloor: NaN } }, 'advantage.stdFloor', NaN, unit],
    [{ advantage: { relativeStdFloor: -1 } }, 'advantage.relativeStdFloor', -1, unit],
    [{ advantage: { minimumSpread: Infinity } }, 'advantage.minimumSpread', Infinity, unit],
    [{ advantage: { flatBelow: -0.1 } }, 'advantage.flatBelow', -0.1, 'a number in [0, 1)'],
    [{ advantage: { flatBelow: 1 } }, 'advantage.flatBelow', 1, 'a number in [0, 1)'],
    [{ advantage: { scope: 'batch' } }, 'advantage.scope', 'batch', "'candidate' or 'group'"],
    [
      { advantage: { aggregation: 'sum' } },
      'advantage.aggregation',
      'sum',
      "'normalise-then-sum' or 'sum-then-normalise'",
    ],
    [{ advantage: { credit: 'half' } }, 'advantage.credit', 'half', "'per-group' or 'whole'"],
  ])('%j', (pose, field, value, allowed) => {
    const refused = (): unknown => resolved(pose);
    expect(refused).toThrow(HyGrpoConfigError);
    expect(refused).toThrow(
      expect.objectContaining({ field: `components.pose.${field}`, value, allowed }) as Error,
    );
  });

  test('and what the run itself gets wrong has no component before it', () => {
    const refused = (change: Partial<HyGrpoConfig>): (() => unknown) => {
      return () => resolved({}, change);
    };
    expect(refused({ clipEpsilon: -1 })).toThrow(
      expect.objectContaining({ field: 'clipEpsilon.low', value: -1 }) as Error,
    );
    const unknown = JSON.parse('{"klEstimator":"k4"}') as Partial<HyGrpoConfig>;
    expect(refused(unknown)).toThrow(expect.objectContaining({ field: 'klEstimator', value: 'k4' }) as Error);
  });

  test('an option that throws is not taken for one out of range', () => {
    const aggregation = {
      kind: 'sequence-mean-token-sum-over',
      get length(): number {
        throw new TypeError('no length');
      },
    } as const;
    expect(() => resolved({ aggregation })).toThrow(TypeError);
  });
});
