import { createRandom } from '@pose-rft/random';
import {
  fill,
  tensor1d,
  tensor2d,
  tidy,
  useBackend,
  zeros,
  type Tensor,
  type Tensor1D,
} from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  bernoulli,
  categorical,
  createBernoulli,
  createCategorical,
  createDiagonalGaussian,
  createGaussianMixture,
  createJoint,
  DistributionError,
  hybrid,
  multiCategorical,
  createMultiCategorical,
  real,
  stackActions,
  when,
  type JointDistribution,
  type SampledDistribution,
} from '../index.js';

beforeAll(() => useBackend('cpu'));
trackTensorLeaks({ beforeAll, afterAll });

const ln = Math.log;
const numbers = (tensor: Tensor): number[] => Array.from(tensor.dataSync());

const inner = hybrid({ flags: bernoulli({ size: 1 }) });
const space = hybrid({
  move: categorical({ categories: 2 }),
  at: inner,
  by: when('move', { equals: 1 }, real({ size: 1 })),
});
type Space = typeof space;

/** p(move = 1) = 3/4; flags 1/2; by is a Gaussian, or a mixture of two, around `mean`. */
function joint(mean: number, mixed = false): JointDistribution<Space['fields']> {
  return createJoint(space, {
    move: () =>
      createCategorical(
        tensor2d([
          [0, ln(3)],
          [0, ln(3)],
        ]),
      ),
    at: () => createJoint(inner, { flags: () => createBernoulli(zeros([2, 1])) }),
    by: (): SampledDistribution<ReturnType<typeof tensor2d>> =>
      mixed
        ? createGaussianMixture({
            logits: zeros([2, 1]),
            mean: fill([2, 1, 1], mean),
            logStandardDeviation: zeros([2, 1, 1]),
          })
        : createDiagonalGaussian({ mean: fill([2, 1], mean), logStandardDeviation: zeros([2, 1]) }),
  });
}

function actions(): ReturnType<typeof stackActions<Space>> {
  return stackActions(space, [
    { move: 0, at: { flags: [1] } },
    { move: 1, at: { flags: [0] }, by: Float32Array.of(2) },
  ]);
}

function expectTerms(terms: Readonly<Record<string, Tensor1D>>, expected: Record<string, number[]>): void {
  expect(Object.keys(terms)).toEqual(Object.keys(expected));
  for (const [name, values] of Object.entries(expected))
    numbers(terms[name] as Tensor1D).forEach((value, row) =>
      expect(value, name).toBeCloseTo(values[row] ?? NaN, 5),
    );
}

const HALF_LOG_2_PI = 0.5 * ln(2 * Math.PI);
const gaussianAt = (distance: number): number => -0.5 * distance ** 2 - HALF_LOG_2_PI;

describe('the terms of the chain rule', () => {
  test('are log-probabilities, 0 where a field is absent', () => {
    tidy(() => {
      const sample = actions();
      const terms = { move: [ln(1 / 4), ln(3 / 4)], at: [-ln(2), -ln(2)], by: [0, gaussianAt(1)] };
      expectTerms(joint(1).componentLogProbs(sample), terms);
      const total = numbers(joint(1).logProb(sample));
      expect(total[0]).toBeCloseTo(ln(1 / 8), 5);
      expect(total[1]).toBeCloseTo(ln(3 / 8) + gaussianAt(1), 5);
      expectTerms(joint(1).presence(sample), { move: [1, 1], at: [1, 1], by: [0, 1] });
    });
  });

  test('are entropies, in closed form where there is one, along the sample where not', () => {
    tidy(() => {
      const ofMove = 0.25 * ln(4) + 0.75 * ln(4 / 3);
      const closed = { move: [ofMove, ofMove], at: [ln(2), ln(2)], by: [0, 0.5 + HALF_LOG_2_PI] };
      expectTerms(joint(1).componentEntropiesAlong(actions()), closed);
      expectTerms(joint(1, true).componentEntropiesAlong(actions()), { ...closed, by: [0, -gaussianAt(1)] });
      expect(numbers(joint(1).entropyAlong(actions()))[0]).toBeCloseTo(ofMove + ln(2), 5);
    });
  });

  test('are divergences, likewise', () => {
    tidy(() => {
      const none = { move: [0, 0], at: [0, 0] };
      expectTerms(joint(1).componentKlsAlong(joint(4), actions()), { ...none, by: [0, 4.5] });
      expectTerms(joint(1, true).componentKlsAlong(joint(4, true), actions()), {
        ...none,
        by: [0, gaussianAt(1) - gaussianAt(2)],
      });
      expect(numbers(joint(1).klAlong(joint(4), actions()))[1]).toBeCloseTo(4.5, 5);
    });
  });
});

test('the greedy action takes the mode of each field, and of fields within', () => {
  tidy(() => {
    const { move, at, by } = joint(3).greedy();
    expect([numbers(move), numbers(at.flags), numbers(by)]).toEqual([
      [1, 1],
      [0, 0],
      [3, 3],
    ]);
    expect(numbers(joint(5, true).greedy().by)).toEqual([5, 5]);
    const without = createJoint(hybrid({ x: real({ size: 1 }) }), {
      x: () => {
        const { sample, logProb, sampleAndLogProb } = createDiagonalGaussian({
          mean: zeros([1, 1]),
          logStandardDeviation: zeros([1, 1]),
        });
        return { kind: 'bare', batchSize: 1, sample, logProb, sampleAndLogProb };
      },
    });
    expect(() => without.greedy()).toThrow(DistributionError);
    expect(() => without.greedy()).toThrow("greedy: a distribution of kind 'bare' has no mode");
  });
});

test('each field draws from its own stream, whatever other fields there are', () => {
  tidy(() => {
    const flag = () => createBernoulli(zeros([8, 2]));
    const alone = createJoint(hybrid({ flags: bernoulli({ size: 2 }) }), { flags: flag });
    const second = createJoint(
      hybrid({ move: categorical({ categories: 5 }), flags: bernoulli({ size: 2 }) }),
      { move: () => createCategorical(zeros([8, 5])), flags: flag },
    );
    expect(numbers(second.sample(createRandom(3)).flags)).toEqual(
      numbers(alone.sample(createRandom(3)).flags),
    );
    const random = createRandom(3);
    const draws = Array.from({ length: 3 }, () => numbers(alone.sample(random).flags).join());
    expect(new Set(draws).size).toBe(3);
  });
});

test('the distribution of one field is that given the fields before it, which alone it can see', () => {
  tidy(() => {
    const seen: string[][] = [];
    const joint = createJoint(
      hybrid({
        a: categorical({ categories: 2 }),
        b: categorical({ categories: 2 }),
        c: categorical({ categories: 2 }),
      }),
      {
        a: () => createCategorical(zeros([1, 2])),
        b: (earlier) => {
          seen.push(Object.keys(earlier));
          return createCategorical(zeros([1, 2]));
        },
        c: ({ a, b }) => createCategorical(tensor2d([[numbers(a)[0] ?? NaN, numbers(b)[0] ?? NaN]])),
      },
    );
    const one = tensor1d([1], 'int32');
    const zero = tensor1d([0], 'int32');
    const given = joint.conditional('c', { a: one, b: zero, c: zero });
    expect(numbers(given.logProb(zero))[0]).toBeCloseTo(1 - ln(1 + Math.E), 5);
    joint.conditional('b', { a: one, b: zero, c: zero });
    expect(seen).toEqual([['a']]);
  });
});

test('fields that have no distribution, or one of other rows, are refused', () => {
  tidy(() => {
    const two = hybrid({ a: categorical({ categories: 2 }), b: categorical({ categories: 2 }) });
    const a = () => createCategorical(zeros([2, 2]));
    const conditionals = { a, b: a };
    Reflect.deleteProperty(conditionals, 'b');
    const missing = createJoint(two, conditionals);
    expect(() => missing.sample(createRandom(1))).toThrow('there is no distribution of b (fields: a, b)');
    const uneven = createJoint(two, { a, b: () => createCategorical(zeros([3, 2])) });
    const refused = 'the distribution of b has 3 rows, that of a 2';
    const sample = { a: tensor1d([0, 0], 'int32'), b: tensor1d([0, 0], 'int32') };
    for (const act of [
      () => uneven.sample(createRandom(1)),
      () => uneven.logProb(sample),
      () => uneven.conditional('b', sample),
      () => uneven.greedy(),
    ])
      expect(act).toThrow(refused);
    const later = createJoint(two, {
      a,
      b: (fields) => createCategorical(tensor2d([numbers(fields.b)])),
    });
    expect(() => later.sample(createRandom(1))).toThrow(
      'the distribution of b reads b, which does not come before it (fields: a, b)',
    );
  });
});

test('conditions on choices and flags are read at their position', () => {
  tidy(() => {
    const conditional = hybrid({
      choices: multiCategorical({ categories: [2, 3] }),
      flags: bernoulli({ size: 2 }),
      x: when('choices', { at: 1, equals: 2 }, when('flags', { at: 0, equals: 1 }, real({ size: 1 }))),
    });
    const rows = [
      [1, 2, 1, 0],
      [2, 1, 1, 0],
      [1, 2, 0, 1],
      [0, 2, 1, 1],
    ] as const;
    const distribution = createJoint(conditional, {
      choices: () => createMultiCategorical({ logits: zeros([4, 5]), categories: [2, 3] }),
      flags: () => createBernoulli(zeros([4, 2])),
      x: () => createDiagonalGaussian({ mean: zeros([4, 1]), logStandardDeviation: zeros([4, 1]) }),
    });
    const presence = distribution.presence({
      choices: tensor2d(
        rows.map(([first, second]) => [first, second]),
        undefined,
        'int32',
      ),
      flags: tensor2d(
        rows.map(([, , first, second]) => [first, second]),
        undefined,
        'int32',
      ),
      x: zeros([4, 1]),
    });
    expect(numbers(presence.x)).toEqual([1, 0, 0, 1]);
  });
});
