import { createRandom, type Random } from '@pose-rft/random';
import {
  add,
  grads,
  mul,
  neg,
  reshape,
  sub,
  sum,
  tensor,
  tidy,
  zeros,
  zerosLike,
  type Scalar,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
} from '@pose-rft/tensor';
import fc from 'fast-check';
import type { SomeDistribution } from '../distributions/distribution.js';
import type { Law } from './law.js';
import { requireClose, requireEqual, requireMeans } from './numeric-claims.js';
import { rowOf } from './row-of.js';

/** A formula that a distribution need not have. */
export type Formula = 'entropy' | 'kl' | 'mode' | 'mean';

/** A kind of distribution to be tested, given by its rows. */
export interface DistributionSubject<
  Row,
  Sample = Tensor,
  Made extends SomeDistribution<Sample> = SomeDistribution<Sample>,
> {
  /** Parameters of one row. */
  readonly row: fc.Arbitrary<Row>;
  /** The parameter tensors of a batch, one row each. */
  parameters(rows: readonly Row[]): Tensor[];
  create(parameters: readonly Tensor[]): Made;
  /** [B, size]: samples as vectors, such that `mean()` is their expectation (one-hot for categories). */
  embed(sample: Sample): Tensor;
  /** Formulas that this kind has none of; every other one must be there. */
  readonly lacks?: readonly Formula[];
  /** Whether it has `entropyAlong` and `klAlong`. */
  readonly estimatesAlong?: boolean;
}

export interface DistributionLawOptions {
  /** Random cases a law. Default 5. */
  readonly runs?: number;
  /** Samples for each statistical comparison. Default 2000. */
  readonly draws?: number;
  /** Of the cases. Fixed by default, so that a statistical law cannot fail by bad luck tomorrow. */
  readonly seed?: number;
}

/** Of finite differences. */
const STEP = 0.004;

/**
 * What every distribution must satisfy. The statistical laws need no second implementation to compare with: a
 * log-density that is not normalised shows in the mean of its score, one that does not belong to the samples in the
 * entropy.
 *
 * @example
 * ```ts
 * import { createCategorical } from '@pose-rft/hybrid-actions';
 * import { distributionLaws } from '@pose-rft/hybrid-actions/laws';
 * import { oneHot, tensor2d, useBackend, type Tensor2D } from '@pose-rft/tensor';
 * import fc from 'fast-check';
 *
 * await useBackend('cpu');
 * const laws = distributionLaws({
 *   row: fc.tuple(fc.integer({ min: -2, max: 2 }), fc.integer({ min: -2, max: 2 })),
 *   parameters: (rows) => [tensor2d(rows.map((row) => [...row]))],
 *   create: ([logits]) => createCategorical(logits as Tensor2D),
 *   embed: (sample) => oneHot(sample, 2),
 * }, { runs: 2, draws: 200 });
 * for (const law of laws) law.check();
 * ```
 */
export function distributionLaws<Row, Made extends SomeDistribution<Tensor>>(
  subject: DistributionSubject<Row, Tensor, Made>,
  options?: DistributionLawOptions,
): readonly Law[];
export function distributionLaws<Row, Sample, Made extends SomeDistribution<Sample>>(
  subject: DistributionSubject<Row, Sample, Made>,
  options?: DistributionLawOptions,
): readonly Law[];
export function distributionLaws<Row, Sample, Made extends SomeDistribution<Sample>>(
  subject: DistributionSubject<Row, Sample, Made>,
  options: DistributionLawOptions = {},
): readonly Law[] {
  const { runs = 5, draws = 2000, seed = 20250811 } = options;
  const { lacks = [], estimatesAlong = false } = subject;
  const two = fc.tuple(subject.row, subject.row, fc.integer());
  const law = (name: string, holds: (first: Row, second: Row, random: Random) => void): Law => ({
    name,
    check: () =>
      fc.assert(
        fc.property(two, ([first, second, caseSeed]) => {
          tidy(() => holds(first, second, createRandom(caseSeed)));
        }),
        // No shrinking: it would repeat thousands of draws for each simpler case.
        { numRuns: runs, seed, endOnFailure: true },
      ),
  });
  const lawOf = (formula: Formula, ...given: Parameters<typeof law>): readonly Law[] =>
    lacks.includes(formula) ? [] : [law(...given)];
  const of = (rows: readonly Row[]): Made => subject.create(subject.parameters(rows));
  /** Both rows in turn, so that a sampler which mixes rows up is seen. */
  const alternating = (first: Row, second: Row): Row[] =>
    Array.from({ length: 2 * draws }, (_, index) => (index % 2 === 0 ? first : second));

  return [
    law('equal seeds draw equal samples', (first, second, random) => {
      const distribution = of([first, second]);
      const again = createRandom(random.state());
      requireEqual(
        'sample',
        subject.embed(distribution.sample(random)),
        subject.embed(distribution.sample(again)),
      );
    }),
    law('one stream draws one sample after the other', (first, second, random) => {
      const distribution = of(alternating(first, second));
      const draw = (): string => subject.embed(distribution.sample(random)).dataSync().join();
      if (draw() === draw()) throw new Error('two draws from one stream are equal');
    }),
    law(
      'sampleAndLogProb draws what sample draws, and its log-probability is that of logProb',
      (first, second, random) => {
        const distribution = of([first, second]);
        const again = createRandom(random.state());
        const { sample, logProb } = distribution.sampleAndLogProb(random);
        requireEqual('sample', subject.embed(sample), subject.embed(distribution.sample(again)));
        requireClose('logProb', logProb, distribution.logProb(sample));
      },
    ),
    law('rows do not influence each other', (first, second, random) => {
      const both = of([first, second]);
      const alone = of([second]);
      const sample = both.sample(random);
      const same = (name: string, ofBoth: Tensor, ofAlone: Tensor): void =>
        requireClose(name, rowOf(ofBoth, 1), ofAlone);
      same('logProb', both.logProb(sample), alone.logProb(rowOf(sample, 1)));
      if (!lacks.includes('entropy')) same('entropy', entropyOf(both), entropyOf(alone));
      if (!lacks.includes('mean')) same('mean', meanOf(both), meanOf(alone));
      if (!lacks.includes('mode')) same('mode', subject.embed(modeOf(both)), subject.embed(modeOf(alone)));
      if (!lacks.includes('kl')) same('kl', klOf(both, of([second, first])), klOf(alone, of([first])));
    }),
    ...lawOf('mean', 'samples average to the mean', (first, second, random) => {
      const sample = of(alternating(first, second)).sample(random);
      requireMeans('sample', subject.embed(sample), meanOf(of([first, second])));
    }),
    ...lawOf('entropy', 'entropy is the expectation of -log p', (first, second, random) => {
      const { logProb } = of(alternating(first, second)).sampleAndLogProb(random);
      requireMeans('-log p', column(neg(logProb)), column(entropyOf(of([first, second]))));
    }),
    law('the score has mean zero: log p is normalised, and differentiable', (first, second, random) => {
      const parameters = subject.parameters(alternating(first, second));
      const sample = subject.create(parameters).sample(random);
      const scores = grads((...present: Tensor[]): Scalar => sum(subject.create(present).logProb(sample)))(
        parameters,
      );
      for (const [position, score] of scores.entries()) {
        const rows: Tensor2D = reshape(score, [2 * draws, -1]);
        requireMeans(`score of parameter ${position}`, rows, zeros([2, rows.shape[1]]));
      }
    }),
    law('the gradient of log p is its slope', (first, second, random) => {
      const parameters = subject.parameters([first, second]);
      const sample = subject.create(parameters).sample(random);
      const logProb = (...present: Tensor[]): Scalar => sum(subject.create(present).logProb(sample));
      // Along one direction for all parameters: uneven, so that no two gradients can stand in for each other.
      const directions = parameters.map(({ shape, size }) =>
        tensor(random.fillNormal(new Float32Array(size)), shape),
      );
      const moved = (by: number): number =>
        logProb(
          ...parameters.map((parameter, index) => add(parameter, mul(directions[index] as Tensor, by))),
        ).dataSync()[0] as number;
      const slope = grads(logProb)(parameters)
        .map((gradient, index) => sum(mul(gradient, directions[index] as Tensor)).dataSync()[0] as number)
        .reduce((total, part) => total + part, 0);
      const found = (moved(STEP) - moved(-STEP)) / (2 * STEP);
      if (!(Math.abs(slope - found) <= 0.02 * (1 + Math.abs(found))))
        throw new Error(`the gradient along a direction is ${slope}; finite differences give ${found}`);
    }),
    ...lawOf('kl', 'KL(p || p) = 0', (first, second) => {
      const kl = klOf(of([first, second]), of([first, second]));
      requireClose('kl', kl, zerosLike(kl));
    }),
    ...lawOf('kl', 'KL(p || q) >= 0 is the expectation of log p - log q', (first, second, random) => {
      const q = of(alternating(second, first));
      const { sample, logProb } = of(alternating(first, second)).sampleAndLogProb(random);
      const kl = klOf(of([first, second]), of([second, first]));
      for (const value of kl.dataSync())
        if (!(value >= -1e-5)) throw new Error(`kl is ${value}; expected a number >= 0`);
      requireMeans('log p - log q', column(sub(logProb, q.logProb(sample))), column(kl));
    }),
    ...lawOf('mode', 'no sample is likelier than the mode', (first, second, random) => {
      const { logProb } = of(alternating(first, second)).sampleAndLogProb(random);
      const pair = of([first, second]);
      const best = pair.logProb(modeOf(pair)).dataSync();
      for (const [row, value] of logProb.dataSync().entries())
        if (!(value <= (best[row % 2] as number) + 1e-4))
          throw new Error(`a sample has log p ${value}, more than the mode's ${best[row % 2]}`);
    }),
    ...(estimatesAlong
      ? [
          law('entropyAlong has the expectation of -log p', (first, second, random) => {
            const p = of(alternating(first, second));
            const { sample, logProb } = p.sampleAndLogProb(random);
            const difference = add(alongOf(p.entropyAlong?.(sample)), logProb);
            requireMeans('entropyAlong + log p', column(difference), zeros([2, 1]));
          }),
          law('klAlong has the expectation of log p - log q', (first, second, random) => {
            const p = of(alternating(first, second));
            const q = of(alternating(second, first));
            const { sample, logProb } = p.sampleAndLogProb(random);
            const ratio = sub(logProb, q.logProb(sample));
            const difference = sub(alongOf(p.klAlong?.(q, sample)), ratio);
            requireMeans('klAlong - (log p - log q)', column(difference), zeros([2, 1]));
          }),
        ]
      : []),
  ];
}

function entropyOf(distribution: SomeDistribution): Tensor1D {
  return distribution.entropy?.() ?? missing('entropy');
}

function meanOf(distribution: SomeDistribution): Tensor2D {
  return distribution.mean?.() ?? missing('mean');
}

function modeOf<Sample>(distribution: SomeDistribution<Sample>): Sample {
  return distribution.mode?.() ?? missing('mode');
}

function klOf(p: SomeDistribution, q: SomeDistribution): Tensor1D {
  return p.kl?.(q) ?? missing('kl');
}

function missing(formula: Formula): never {
  throw new Error(`the distribution has no ${formula}; if that is meant, name it in the subject's 'lacks'`);
}

function alongOf(estimate: Tensor1D | undefined): Tensor1D {
  if (estimate === undefined) throw new Error('the distribution has no entropyAlong or klAlong');
  return estimate;
}

function column(values: Tensor): Tensor2D {
  return reshape(values, [-1, 1]);
}
