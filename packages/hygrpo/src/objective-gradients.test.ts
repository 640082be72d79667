import { createRandom } from '@pose-rft/random';
import {
  exp,
  grad,
  log,
  logSoftmax,
  mul,
  reshape,
  slice,
  sub,
  sum,
  tensor,
  tensor1d,
  tensor2d,
  tidy,
  tokenLogProbs,
  useBackend,
  type Scalar,
  type Tensor,
  type Tensor2D,
} from '@pose-rft/tensor';
import { checkGradients, trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  aggregationWeights,
  componentObjective,
  explicitLoss,
  importanceRatios,
  RATIO_GRANULARITIES,
  type ClipEpsilon,
  type ComponentObjective,
  type ComponentObjectiveInput,
  type ComponentObjectiveOptions,
  type KlEstimator,
  type PolicyLoss,
  type RatioGranularity,
  type ScoredComponent,
} from './index.js';

beforeAll(async () => {
  await useBackend('cpu');
});
trackTensorLeaks({ beforeAll, afterAll });

/**
 * Central differences of step 0.01 on float32 losses of order 1 err by some 1e-5, from rounding (1e-7 / 0.02) and from
 * the third derivative (1e-4 / 6); relative to max(1, |derivative|).
 */
const check = { step: 0.01, tolerance: 3e-4 };

type Kind = 'sequence' | 'nested';
interface Point {
  readonly shape: readonly number[];
  readonly old: Float32Array;
  readonly current: Float32Array;
  readonly reference: Float32Array;
  readonly advantages: Float32Array;
}

const AXES = { promptCount: 1, candidatesPerPrompt: 3, samplesPerCandidate: 2 };
const offsets = Int32Array.of(0, 1, 3, 6);
const candidates = Int32Array.of(0, 2);
const groups = 2;

/** A component whose log-probabilities are at `values`. */
function inputAt(
  kind: Kind,
  point: Point,
  values: Tensor,
  options: ComponentObjectiveOptions,
): ComponentObjectiveInput {
  const layout = kind === 'sequence' ? ({ kind, offsets } as const) : ({ kind, candidates, groups } as const);
  return {
    name: kind,
    axes: AXES,
    old: { ...layout, values: point.old },
    current: { logProbs: { ...layout, values } },
    reference: { logProbs: { ...layout, values: tensor(point.reference, [...point.shape]) } },
    advantages: {
      values: point.advantages,
      perGroup: kind === 'nested' && point.advantages.length === point.old.length,
    },
    options,
  };
}

/** Where no ratio is within three steps of a bound, so that differences do not straddle it. */
function smoothPoint(kind: Kind, ratio: RatioGranularity, clip: ClipEpsilon, perGroup = false): Point {
  const random = createRandom(7).split(`${kind}-${ratio}`);
  const shape = kind === 'sequence' ? [6] : [candidates.length, AXES.samplesPerCandidate, groups];
  const size = shape.reduce((product, extent) => product * extent, 1);
  const rows = kind === 'sequence' ? 3 : size / (perGroup ? 1 : groups);
  const bounds = [1 - clip.low, 1 + clip.high, clip.dual ?? NaN, clip.ratioCap ?? NaN].map(Math.log);
  const uniforms = (count: number, low: number, high: number): Float32Array =>
    Float32Array.from({ length: count }, () => low + (high - low) * random.uniform());
  for (;;) {
    const old = uniforms(size, -2, -0.5);
    const shift = uniforms(size, -0.5, 0.5);
    const current = old.map((value, index) => value + (shift[index] ?? 0));
    const point = {
      shape,
      old,
      current,
      reference: uniforms(size, -2, -0.5),
      advantages: uniforms(rows, -2, 2),
    };
    const logRatios = tidy(() => {
      const { current: scored, old: before } = inputAt(kind, point, tensor(current, shape), {});
      return log(importanceRatios(scored.logProbs, before, ratio))
        .dataSync<'float32'>()
        .slice();
    });
    const near = logRatios.some((value) => bounds.some((bound) => Math.abs(value - bound) < 0.03));
    if (!near && point.advantages.every((advantage) => Math.abs(advantage) > 0.1)) return point;
  }
}

const LOSSES: readonly PolicyLoss[] = [
  { kind: 'hygrpo' },
  { kind: 'grpo' },
  { kind: 'dr_grpo', maxLength: 4 },
  { kind: 'dapo' },
  { kind: 'bnpo' },
  { kind: 'gspo' },
  { kind: 'cispo' },
];
const CASES = (['sequence', 'nested'] as const).flatMap((kind) =>
  LOSSES.flatMap((loss) =>
    RATIO_GRANULARITIES[kind].map((ratio: RatioGranularity) => ({ kind, ratio, loss, name: loss.kind })),
  ),
);

/** Ratios whose gradient is, by design, not the slope of their value. */
const STRAIGHT_THROUGH: readonly RatioGranularity[] = ['mean-token', 'mean-group'];

describe('the gradient is the slope of the surrogate', () => {
  test.each(CASES.filter(({ loss, ratio }) => loss.kind !== 'cispo' && !STRAIGHT_THROUGH.includes(ratio)))(
    '$name of a $kind with the ratio $ratio',
    ({ kind, loss, ratio }) => {
      for (const bounds of loss.kind === 'hygrpo' ? [{}, { dual: 1.4 }, { ratioCap: 1.3 }] : [{}]) {
        const clipEpsilon = { ...explicitLoss(loss, kind).clipEpsilon, ...bounds };
        const point = smoothPoint(kind, ratio, clipEpsilon);
        const surrogate = (values: Tensor): Tensor =>
          componentObjective(inputAt(kind, point, values, { loss, ratio, clipEpsilon })).surrogate;
        checkGradients(surrogate, [{ shape: point.shape, values: point.current }], check);
      }
    },
  );

  test('and of credit per group of dimensions', () => {
    const point = smoothPoint('nested', 'group', { low: 0.2, high: 0.2 }, true);
    const surrogate = (values: Tensor): Tensor =>
      componentObjective(inputAt('nested', point, values, {})).surrogate;
    checkGradients(surrogate, [{ shape: point.shape, values: point.current }], check);
  });

  test('and of named groups of dimensions', () => {
    const point = smoothPoint('nested', 'sum', { low: 0.2, high: 0.2 });
    const options = { ratio: 'group', dimensionGroups: { whole: [1, 0] } } as const;
    const surrogate = (values: Tensor): Tensor =>
      componentObjective(inputAt('nested', point, values, options)).surrogate;
    checkGradients(surrogate, [{ shape: point.shape, values: point.current }], check);
  });
});

describe('where it is not, it is what the source says', () => {
  const slopeOf = (kind: Kind, point: Point, options: ComponentObjectiveOptions): Float32Array =>
    grad((values) => componentObjective(inputAt(kind, point, values, options)).surrogate)(
      tensor(point.current, [...point.shape]),
    ).dataSync<'float32'>();

  test.each(CASES.filter(({ loss, ratio }) => loss.kind !== 'cispo' && STRAIGHT_THROUGH.includes(ratio)))(
    '$name of a $kind with the ratio $ratio: that of the geometric mean',
    ({ kind, loss, ratio }) => {
      tidy(() => {
        const { clipEpsilon } = explicitLoss(loss, kind);
        const point = smoothPoint(kind, 'mean', clipEpsilon);
        const fine = slopeOf(kind, point, { loss, ratio, clipEpsilon });
        const whole = slopeOf(kind, point, { loss, ratio: 'mean', clipEpsilon });
        fine.forEach((value, index) => expect(value).toBeCloseTo(whole[index] ?? NaN, 6));
        expect(fine.some((value) => value !== 0)).toBe(true);
      });
    },
  );

  test.each(CASES.filter(({ loss }) => loss.kind === 'cispo'))(
    '$name of a $kind with the ratio $ratio: clipped ratio times advantage, all terms',
    ({ kind, loss, ratio }) => {
      tidy(() => {
        const clipEpsilon = { low: 0.1, high: 0.1 };
        const point = smoothPoint(kind, ratio, clipEpsilon);
        const found = slopeOf(kind, point, { loss, ratio, clipEpsilon });
        const { current, old } = inputAt(kind, point, tensor(point.current, [...point.shape]), {});
        const ratios = importanceRatios(current.logProbs, old, ratio).dataSync();
        const weights = aggregationWeights(old, AXES, { kind: 'token-mean' }, groups);
        const rowOf = (index: number): number =>
          kind === 'nested' ? Math.floor(index / groups) : offsets.findLastIndex((start) => start <= index);
        const sizeOf = (row: number): number =>
          kind === 'nested' ? groups : (offsets[row + 1] ?? NaN) - (offsets[row] ?? NaN);
        found.forEach((value, index) => {
          const row = rowOf(index);
          const isFine = ratios.length === point.current.length;
          const r = Math.min(1.1, Math.max(0.9, ratios[isFine ? index : row] ?? NaN));
          // A whole sequence stands for all of its tokens; a mean hands each of them its part.
          const share = ratio === 'sum' ? sizeOf(row) : 1;
          const weight = (weights.perToken[kind === 'nested' ? row : index] ?? NaN) * share;
          expect(value).toBeCloseTo(r * (point.advantages[row] ?? NaN) * weight, 5);
        });
      });
    },
  );
});

describe('the gradient of the KL', () => {
  const plain = { low: 0.2, high: 0.2 };
  const klAt = (kind: Kind, point: Point, values: Tensor, options: ComponentObjectiveOptions): Scalar =>
    componentObjective(inputAt(kind, point, values, options)).kl as Scalar;

  test.each(
    (['sequence', 'nested'] as const).flatMap((kind) =>
      (['k1', 'k2', 'k3'] as const).map((estimator) => ({ kind, estimator })),
    ),
  )('of a $kind by $estimator is the slope of its value, if that is asked for', ({ kind, estimator }) => {
    const point = smoothPoint(kind, kind === 'sequence' ? 'token' : 'group', plain);
    for (const klImportanceWeighted of [false, true]) {
      if (klImportanceWeighted && estimator === 'k2') continue;
      const options = { klEstimator: estimator, klGradient: estimator, klImportanceWeighted };
      const kl = (values: Tensor): Tensor => klAt(kind, point, values, options);
      checkGradients(kl, [{ shape: point.shape, values: point.current }], check);
    }
  });

  test.each(['k1', 'k2', 'k3'] as const)('may be chosen apart from the value %s', (value) => {
    tidy(() => {
      const point = smoothPoint('sequence', 'token', plain);
      const at = tensor1d(point.current);
      const valueBy = (klEstimator: KlEstimator, klGradient: KlEstimator): number =>
        klAt('sequence', point, at, { klEstimator, klGradient }).dataSync()[0] ?? NaN;
      const slopeBy = (klEstimator: KlEstimator, klGradient: KlEstimator): Float32Array =>
        grad((values) => klAt('sequence', point, values, { klEstimator, klGradient }))(
          at,
        ).dataSync<'float32'>();
      for (const gradient of ['k1', 'k2', 'k3'] as const) {
        expect(valueBy(value, gradient)).toBe(valueBy(value, value));
        slopeBy(value, gradient).forEach((slope, index) =>
          expect(slope).toBeCloseTo(slopeBy(gradient, gradient)[index] ?? NaN, 6),
        );
      }
    });
  });

  test('by k2 with the ratio as a constant weight is r d', () => {
    tidy(() => {
      const point = smoothPoint('sequence', 'token', plain);
      const options = { klEstimator: 'k2', klGradient: 'k2', klImportanceWeighted: true } as const;
      const slope = grad((values) => klAt('sequence', point, values, options))(
        tensor1d(point.current),
      ).dataSync();
      const lengths = [1, 2, 2, 3, 3, 3];
      point.current.forEach((value, token) => {
        const r = Math.exp(value - (point.old[token] ?? NaN));
        const d = value - (point.reference[token] ?? NaN);
        expect(slope[token]).toBeCloseTo((r * d) / (3 * (lengths[token] ?? NaN)), 5);
      });
    });
  });

  /** Five categories; the slope of an estimate at each, weighed by how often it is drawn, beside that of the KL. */
  function expectedSlopes(
    gradient: KlEstimator,
    samplesOf: 'pi' | 'old',
  ): { readonly found: Float32Array; readonly exact: Float32Array } {
    const logits = tensor2d([[0.3, -0.8, 1.1, 0, -0.4]]);
    const reference = logSoftmax(tensor1d([-0.5, 0.2, 0.4, 1.2, -1]));
    const old = logSoftmax(tensor1d([0.1, -0.3, 0.6, 0.3, -0.2]));
    const one = { kind: 'sequence', offsets: Int32Array.of(0, 1) } as const;
    const klOf = (at: Tensor, category: number): Scalar =>
      componentObjective({
        name: 'choice',
        axes: { promptCount: 1, candidatesPerPrompt: 1, samplesPerCandidate: 1 },
        old: { ...one, values: slice(old, category, 1).dataSync<'float32'>() },
        current: { logProbs: { ...one, values: slice(logSoftmax(reshape(at, [-1])), category, 1) } },
        reference: { logProbs: { ...one, values: slice(reference, category, 1) } },
        advantages: { values: new Float32Array(1), perGroup: false },
        options: {
          klEstimator: 'k3',
          klGradient: gradient,
          klImportanceWeighted: samplesOf === 'old',
        },
      }).kl as Scalar;
    const drawn = exp(samplesOf === 'old' ? old : logSoftmax(logits)).dataSync();
    const found = new Float32Array(5);
    drawn.forEach((probability, category) => {
      const slopes = grad((at) => klOf(at, category))(logits).dataSync();
      slopes.forEach((slope, index) => {
        found[index] = (found[index] ?? 0) + probability * slope;
      });
    });
    const exact = grad((at: Tensor) => {
      const logProbs = logSoftmax(at);
      return sum(mul(exp(logProbs), sub(logProbs, reference)));
    })(logits);
    return { found, exact: exact.dataSync<'float32'>() };
  }

  test.each([
    ['k2', 'pi'],
    ['k2', 'old'],
    ['k3', 'old'],
  ] as const)('by %s is in expectation that of the KL, over samples of %s', (gradient, samplesOf) => {
    tidy(() => {
      const { found, exact } = expectedSlopes(gradient, samplesOf);
      found.forEach((value, index) => expect(value).toBeCloseTo(exact[index] ?? NaN, 5));
    });
  });

  test('by k3, unweighted, is not', () => {
    tidy(() => {
      const { found, exact } = expectedSlopes('k3', 'pi');
      const errors = found.map((value, index) => Math.abs(value - (exact[index] ?? NaN)));
      expect(Math.max(...errors)).toBeGreaterThan(0.05);
    });
  });
});

describe('with all logits', () => {
  const point = randomLogits();
  const scored = (logits: Tensor): ScoredComponent => ({
    logProbs: {
      kind: 'sequence',
      offsets,
      values: tokenLogProbs(logits as Tensor2D, Int32Array.of(0, 1, 2, 0, 1, 2)),
    },
    distribution: { kind: 'categorical', logits: logits as Tensor2D },
  });
  const termsAt = (logits: Tensor): ComponentObjective =>
    componentObjective({
      name: 'answer',
      axes: AXES,
      old: { kind: 'sequence', offsets, values: new Float32Array(6).fill(-1) },
      current: scored(logits),
      reference: scored(tensor2d(point.reference, [6, 3])),
      advantages: { values: new Float32Array(3), perGroup: false },
      options: { entropyCoefficient: 1 },
    });
  const inputs = [{ shape: [6, 3], values: point.logits }];

  test('the gradient of the KL is the slope of its exact value', () => {
    checkGradients((logits) => termsAt(logits).kl as Scalar, inputs, check);
  });

  test('and so is that of the entropy', () => {
    checkGradients((logits) => termsAt(logits).entropy as Scalar, inputs, check);
  });
});

test('without them, the gradient of the entropy is right in expectation', () => {
  tidy(() => {
    const logits = tensor1d([0.3, -0.8, 1.1]);
    const one = { kind: 'sequence', offsets: Int32Array.of(0, 1) } as const;
    const found = new Float32Array(3);
    exp(logSoftmax(logits))
      .dataSync()
      .forEach((probability, category) => {
        const slopes = grad(
          (at) =>
            componentObjective({
              name: 'choice',
              axes: { promptCount: 1, candidatesPerPrompt: 1, samplesPerCandidate: 1 },
              old: { ...one, values: Float32Array.of(-1) },
              current: { logProbs: { ...one, values: slice(logSoftmax(reshape(at, [-1])), category, 1) } },
              advantages: { values: new Float32Array(1), perGroup: false },
              options: { entropyCoefficient: 1 },
            }).entropy as Scalar,
        )(logits).dataSync();
        slopes.forEach((slope, index) => {
          found[index] = (found[index] ?? 0) + probability * slope;
        });
      });
    const exact = grad((at: Tensor) => {
      const logProbs = logSoftmax(at);
      return sum(mul(mul(exp(logProbs), logProbs), -1));
    })(logits).dataSync();
    found.forEach((value, index) => expect(value).toBeCloseTo(exact[index] ?? NaN, 5));
  });
});

function randomLogits(): { readonly logits: Float32Array; readonly reference: Float32Array } {
  const random = createRandom(9);
  return {
    logits: random.fillNormal(new Float32Array(18)),
    reference: random.fillNormal(new Float32Array(18)),
  };
}
