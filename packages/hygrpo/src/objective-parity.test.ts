import { readFileSync } from 'node:fs';
import type { ComponentLogProbs } from '@pose-rft/hybrid-actions';
import {
  grad,
  logSoftmax,
  sum,
  tensor1d,
  tensor2d,
  tidy,
  tokenLogProbs,
  useBackend,
  type Scalar,
  type Tensor,
  type Tensor2D,
} from '@pose-rft/tensor';
import { trackTensorLeaks } from '@pose-rft/tensor/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  aggregateAdvantages,
  hyGrpoObjective,
  importanceCorrection,
  klEstimate,
  type AggregationOptions,
  type ComponentObjectiveOptions,
  type HyGrpoObjective,
  type HyGrpoObjectiveInput,
  type ImportanceCorrection,
  type KlEstimator,
  type LossAggregation,
  type WholeBatch,
} from './index.js';

interface Batch {
  readonly lengths: readonly number[];
  readonly old: number[];
  readonly current: number[];
  readonly reference: number[];
  readonly sampler: number[];
  readonly advantages: number[];
  readonly logits: number[];
  readonly tokens: number[];
}

interface LossCase {
  readonly source: string;
  readonly name: string;
  readonly batch: 'full' | 'withEmpty';
  readonly from: 'logProbs' | 'logits';
  readonly options: ComponentObjectiveOptions;
  readonly whole?: WholeBatch;
  readonly loss: number;
  readonly gradient: number[];
  readonly clipFraction?: number;
  readonly dualClipFraction?: number;
}

interface Golden {
  readonly versions: Readonly<Record<string, string>>;
  readonly promptCount: number;
  readonly candidatesPerPrompt: number;
  readonly categories: number;
  readonly batches: Readonly<Record<'full' | 'withEmpty', Batch>>;
  readonly advantages: readonly {
    readonly source: string;
    readonly name: string;
    readonly rewards: readonly (readonly (number | null)[])[];
    readonly weights: readonly number[];
    readonly options: AggregationOptions;
    readonly advantages: number[];
  }[];
  readonly losses: readonly LossCase[];
  readonly kl: readonly {
    readonly source: string;
    readonly name: string;
    readonly estimator: KlEstimator;
    readonly gradientOf: KlEstimator;
    readonly values: number[];
    readonly gradient: number[];
  }[];
  readonly entropy: readonly {
    readonly source: string;
    readonly name: string;
    readonly aggregation: LossAggregation;
    readonly entropy: number;
    readonly gradient: number[];
  }[];
  readonly corrections: readonly {
    readonly source: string;
    readonly name: string;
    readonly correction: ImportanceCorrection;
    readonly weights: number[];
    readonly loss: Pick<LossCase, 'options' | 'loss' | 'gradient'>;
  }[];
}

const file = new URL('../golden/objectives.golden.json', import.meta.url);
const golden = JSON.parse(readFileSync(file, 'utf8')) as Golden;
const { full } = golden.batches;

beforeAll(async () => {
  await useBackend('cpu');
});
trackTensorLeaks({ beforeAll, afterAll });

/** float32 against float64: relative to the larger of 1 and the value. */
const TOLERANCE = 1e-5;

function expectClose(found: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(found.length).toBe(expected.length);
  for (let index = 0; index < expected.length; index++) {
    const [value, want] = [found[index] ?? NaN, expected[index] ?? NaN];
    expect(Math.abs(value - want), `${index}: ${value} beside ${want}`).toBeLessThan(
      TOLERANCE * Math.max(1, Math.abs(want)),
    );
  }
}

function offsetsOf({ lengths }: Batch): Int32Array {
  const offsets = new Int32Array(lengths.length + 1);
  lengths.forEach((length, index) => {
    offsets[index + 1] = (offsets[index] ?? 0) + length;
  });
  return offsets;
}

const plain = (values: number[], batch: Batch): ComponentLogProbs<Float32Array> => ({
  kind: 'sequence',
  values: Float32Array.from(values),
  offsets: offsetsOf(batch),
});

function logitsOf(batch: Batch): Tensor2D {
  return tensor2d(batch.logits, [batch.tokens.length, golden.categories]);
}

/** The objective at log-probabilities [T], or at logits [T, C]. */
function objectiveAt(
  leaf: Tensor,
  batch: Batch,
  options: ComponentObjectiveOptions,
  more: Pick<HyGrpoObjectiveInput<'answer'>, 'whole' | 'trainerLogProbs'> & {
    readonly sampler?: number[];
  } = {},
): HyGrpoObjective {
  const offsets = offsetsOf(batch);
  const fromLogits = leaf.rank === 2;
  const values = fromLogits ? tokenLogProbs(leaf as Tensor2D, Int32Array.from(batch.tokens)) : leaf;
  const { sampler = batch.old, ...rest } = more;
  const score = (logProbs: Tensor): ComponentLogProbs<Tensor> => ({
    kind: 'sequence',
    values: logProbs,
    offsets,
  });
  return hyGrpoObjective<'answer'>({
    rollout: {
      prompts: Array(golden.promptCount).fill(null),
      candidatesPerPrompt: golden.candidatesPerPrompt,
      samplesPerCandidate: 1,
      actions: batch.lengths.map(() => null),
      logProbs: { answer: plain(sampler, batch) },
      policyVersion: 0,
    },
    scores: {
      logProbs: { answer: score(values) },
      ...(fromLogits ? { categoricals: { answer: { logits: leaf as Tensor2D } } } : {}),
    },
    reference: { logProbs: { answer: score(tensor1d(batch.reference)) } },
    advantages: { answer: { values: Float32Array.from(batch.advantages), perGroup: false } },
    components: { answer: options },
    ...rest,
  });
}

const leafOf = (batch: Batch, from: LossCase['from']): Tensor =>
  from === 'logits' ? logitsOf(batch) : tensor1d(batch.current);

const title = Object.entries(golden.versions)
  .map(([name, version]) => `${name} ${version}`)
  .join(', ');

describe(`as ${title} have it`, () => {
  test.each(golden.advantages)('advantages: $source, $name', ({ rewards, weights, options, advantages }) => {
    const scored = rewards.map((values, index) => ({
      name: `reward${index}`,
      weight: weights[index] ?? NaN,
      values: Float32Array.from(values, (value) => value ?? NaN),
    }));
    const rowCount = scored[0]?.values.length ?? 0;
    const segments = Int32Array.from(
      { length: rowCount / golden.candidatesPerPrompt + 1 },
      (_, group) => group * golden.candidatesPerPrompt,
    );
    expectClose(aggregateAdvantages(scored, segments, options).values, advantages);
  });

  test.each(golden.losses)('loss and gradient: $source, $name', (given) => {
    tidy(() => {
      const batch = golden.batches[given.batch];
      const more = given.whole ? { whole: { answer: given.whole } } : {};
      const leaf = leafOf(batch, given.from);
      const { loss, components } = objectiveAt(leaf, batch, given.options, more);
      expectClose(loss.dataSync(), [given.loss]);
      const gradient = grad((at) => objectiveAt(at, batch, given.options, more).loss)(leaf);
      expectClose(gradient.dataSync(), given.gradient);
      const { statistics } = components.answer ?? {};
      // CISPO's clip cuts no gradient; verl counts it whatever the sign of the advantage.
      if (given.clipFraction !== undefined && given.options.loss?.kind !== 'cispo') {
        expect(statistics?.clipFraction).toBeCloseTo(given.clipFraction, 6);
        expect(statistics?.dualClipFraction).toBeCloseTo(given.dualClipFraction ?? NaN, 6);
      }
    });
  });

  test.each(golden.kl)('KL estimates: $source, $name', ({ estimator, gradientOf, values, gradient }) => {
    tidy(() => {
      const estimate = (at: Tensor): Tensor =>
        klEstimate(at, tensor1d(full.reference), estimator, gradientOf);
      const at = tensor1d(full.current);
      expectClose(estimate(at).dataSync(), values);
      expectClose(grad((leaf) => sum(estimate(leaf)))(at).dataSync(), gradient);
    });
  });

  test.each(golden.entropy)('entropy: $source, $name', ({ aggregation, entropy, gradient }) => {
    tidy(() => {
      const options = { entropyCoefficient: 1, aggregation };
      const entropyAt = (at: Tensor): Scalar =>
        objectiveAt(at, full, options).components.answer?.entropy as Scalar;
      const at = logitsOf(full);
      expectClose(entropyAt(at).dataSync(), [entropy]);
      expectClose(grad(entropyAt)(at).dataSync(), gradient);
    });
  });

  test.each(golden.corrections)('sampler correction: $source, $name', ({ correction, weights, loss }) => {
    tidy(() => {
      const [old, sampler] = [plain(full.old, full), plain(full.sampler, full)];
      expectClose(importanceCorrection(old, sampler, correction), weights);
      const more = { trainerLogProbs: { answer: old }, sampler: full.sampler };
      const at = tensor1d(full.current);
      const found = objectiveAt(at, full, loss.options, more);
      expectClose(found.loss.dataSync(), [loss.loss]);
      expectClose(found.components.answer?.correction ?? [], weights);
      const gradient = grad((leaf) => objectiveAt(leaf, full, loss.options, more).loss)(at);
      expectClose(gradient.dataSync(), loss.gradient);
    });
  });
});

test('the golden data are what they say: log-probabilities of their logits, bounds that bite', () => {
  tidy(() => {
    const logits = logitsOf(full);
    const chosen = tokenLogProbs(logits, Int32Array.from(full.tokens)).dataSync();
    const all = logSoftmax(logits).dataSync();
    full.tokens.forEach((token, row) => {
      expect(chosen[row]).toBeCloseTo(all[row * golden.categories + token] ?? NaN, 6);
    });
  });
  const ratios = full.current.map((value, index) => Math.exp(value - (full.old[index] ?? NaN)));
  expect(Math.max(...ratios)).toBeGreaterThan(1.5);
  expect(Math.min(...ratios)).toBeLessThan(0.8);
});
