import { createRandom, type Random } from '@pose-rft/random';
import {
  grads,
  neg,
  reshape,
  reverse,
  slice,
  sub,
  sum,
  tidy,
  zerosLike,
  type Scalar,
  type Tensor,
  type Tensor2D,
} from '@pose-rft/tensor';
import fc from 'fast-check';
import type { Distribution } from '../distributions/distribution.js';
import type { Law } from './law.js';

/** A kind of distribution to be tested, given by its rows. */
export interface DistributionSubject<
  Row,
  Sample extends Tensor,
  Made extends Distribution<Sample> = Distribution<Sample>,
> {
  /** Parameters of one row. */
  readonly row: fc.Arbitrary<Row>;
  /** The parameter tensors of a batch, one row each. */
  parameters(rows: readonly Row[]): Tensor[];
  create(parameters: readonly Tensor[]): Made;
  /** [B, size]: samples as vectors, such that `mean()` is their expectation (one-hot for categories). */
  embed(sample: Sample): Tensor;
}

export interface DistributionLawOptions {
  /** Random cases a law. Default 5. */
  readonly runs?: number;
  /** Samples for each statistical comparison. Default 2000. */
  readonly draws?: number;
  /** Of the cases. Fixed by default, so that a statistical law cannot fail by bad luck tomorrow. */
  readonly seed?: number;
}

/** Sampled means may be this many standard errors off. */
const STANDARD_ERRORS = 6;

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
export function distributionLaws<Row, Sample extends Tensor, Made extends Distribution<Sample>>(
  subject: DistributionSubject<Row, Sample, Made>,
  options: DistributionLawOptions = {},
): readonly Law[] {
  const { runs = 5, draws = 2000, seed = 20250811 } = options;
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
  const of = (rows: readonly Row[]): Made => subject.create(subject.parameters(rows));
  /** Both rows in turn, so that a sampler which mixes rows up is seen. */
  const alternating = (first: Row, second: Row): Row[] =>
    Array.from({ length: 2 * draws }, (_, index) => (index % 2 === 0 ? first : second));

  return [
    law('equal seeds draw equal samples', (first, second, random) => {
      const distribution = of([first, second]);
      const again = createRandom(random.state());
      requireEqual('sample', distribution.sample(random), distribution.sample(again));
    }),
    law(
      'sampleAndLogProb draws what sample draws, and its log-probability is that of logProb',
      (first, second, random) => {
        const distribution = of([first, second]);
        const again = createRandom(random.state());
        const { sample, logProb } = distribution.sampleAndLogProb(random);
        requireEqual('sample', sample, distribution.sample(again));
        requireClose('logProb', logProb, distribution.logProb(sample));
      },
    ),
    law('rows do not influence each other', (first, second, random) => {
      const both = of([first, second]);
      const swapped = of([second, first]);
      const sample = both.sample(random);
      requireClose('entropy', rowOf(both.entropy(), 1), rowOf(swapped.entropy(), 0));
      requireClose('mean', rowOf(both.mean(), 1), rowOf(swapped.mean(), 0));
      requireClose('mode', rowOf(both.mode(), 1), rowOf(swapped.mode(), 0));
      requireClose('kl', rowOf(both.kl(swapped), 1), rowOf(swapped.kl(both), 0));
      const reversed = reverse(sample, 0);
      requireClose('logProb', rowOf(both.logProb(sample), 1), rowOf(swapped.logProb(reversed), 0));
    }),
    law('samples average to the mean', (first, second, random) => {
      const distribution = of(alternating(first, second));
      requireMeans('sample', subject.embed(distribution.sample(random)), distribution.mean());
    }),
    law('entropy is the expectation of -log p', (first, second, random) => {
      const distribution = of(alternating(first, second));
      const { logProb } = distribution.sampleAndLogProb(random);
      requireMeans('-log p', column(neg(logProb)), column(distribution.entropy()));
    }),
    law('the score has mean zero: log p is normalised, and differentiable', (first, second, random) => {
      const parameters = subject.parameters(alternating(first, second));
      const sample = subject.create(parameters).sample(random);
      const scores = grads((...present: Tensor[]): Scalar => sum(subject.create(present).logProb(sample)))(
        parameters,
      );
      for (const [position, score] of scores.entries()) {
        const rows: Tensor2D = reshape(score, [2 * draws, -1]);
        requireMeans(`score of parameter ${position}`, rows, zerosLike(rows));
      }
    }),
    law('KL(p || p) = 0', (first, second) => {
      const distribution = of([first, second]);
      const kl = distribution.kl(of([first, second]));
      requireClose('kl', kl, zerosLike(kl));
    }),
    law('KL(p || q) >= 0 is the expectation of log p - log q', (first, second, random) => {
      const p = of(alternating(first, second));
      const q = of(alternating(second, first));
      const { sample, logProb } = p.sampleAndLogProb(random);
      const kl = p.kl(q);
      for (const value of kl.dataSync())
        if (!(value >= -1e-5)) throw new Error(`kl is ${value}; expected a number >= 0`);
      requireMeans('log p - log q', column(sub(logProb, q.logProb(sample))), column(kl));
    }),
    law('no sample is likelier than the mode', (first, second, random) => {
      const distribution = of(alternating(first, second));
      const { logProb } = distribution.sampleAndLogProb(random);
      const best = distribution.logProb(distribution.mode()).dataSync();
      for (const [row, value] of logProb.dataSync().entries())
        if (!(value <= (best[row] as number) + 1e-5))
          throw new Error(`a sample has log p ${value}, more than the mode's ${best[row]}`);
    }),
  ];
}

function rowOf(values: Tensor, row: number): Tensor {
  return slice(values, [row], [1]);
}

function column(values: Tensor): Tensor2D {
  return reshape(values, [-1, 1]);
}

function requireEqual(name: string, found: Tensor, expected: Tensor): void {
  if (found.shape.join() !== expected.shape.join() || found.dataSync().join() !== expected.dataSync().join())
    throw new Error(`${name}: ${found.toString()} differs from ${expected.toString()}`);
}

function requireClose(name: string, found: Tensor, expected: Tensor): void {
  const values = found.dataSync();
  const wanted = expected.dataSync();
  for (const [index, value] of values.entries()) {
    const want = wanted[index] as number;
    // Written so that a NaN fails.
    if (!(Math.abs(value - want) <= 1e-4 * (1 + Math.abs(want))))
      throw new Error(`${name}[${index}] is ${value}; expected ${want}`);
  }
}

/** Compares the columns' means over even and over odd rows with those rows' common expectation. */
function requireMeans(name: string, samples: Tensor, expectations: Tensor): void {
  const values = samples.dataSync();
  const wanted = expectations.dataSync();
  const [rowCount = 0, size = 0] = samples.shape;
  for (let parity = 0; parity < 2; parity++)
    for (let column = 0; column < size; column++) {
      let count = 0;
      let mean = 0;
      let squares = 0;
      for (let row = parity; row < rowCount; row += 2) {
        const value = values[row * size + column] as number;
        count += 1;
        const step = value - mean;
        mean += step / count;
        squares += step * (value - mean);
      }
      const want = wanted[parity * size + column] as number;
      const standardError = Math.sqrt(squares / (count - 1) / count);
      if (!(Math.abs(mean - want) <= STANDARD_ERRORS * standardError + 1e-4 * (1 + Math.abs(want))))
        throw new Error(
          `the mean of ${name} over ${count} samples of row ${parity}, column ${column}, is ${mean} ` +
            `(standard error ${standardError}); expected ${want}`,
        );
    }
}
