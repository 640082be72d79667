import { createRandom, type Random } from '@pose-rft/random';
import { add, tidy, type Tensor, type Tensor1D } from '@pose-rft/tensor';
import fc from 'fast-check';
import { createIndependentJoint } from '../distributions/independent-joint.js';
import type { Distribution } from '../distributions/distribution.js';
import type { DistributionSubject } from './distribution-laws.js';
import type { Law } from './law.js';
import { requireClose, requireEqual } from './numeric-claims.js';

type Parts = Readonly<Record<string, Distribution<Tensor>>>;
type Samples = Readonly<Record<string, Tensor>>;

/** A joint of parts that do not depend on each other. */
export interface IndependentJoint {
  sample(random: Random): Samples;
  logProb(sample: Samples): Tensor1D;
  entropy(): Tensor1D;
  kl(other: IndependentJoint): Tensor1D;
}

export interface JointLawOptions<First, Second> {
  /** Two kinds of parts. */
  readonly first: DistributionSubject<First, Tensor, Distribution<Tensor>>;
  readonly second: DistributionSubject<Second, Tensor, Distribution<Tensor>>;
  /** Your own way to join parts by name. Default: {@link createIndependentJoint}. */
  readonly join?: (parts: Parts) => IndependentJoint;
  /** Random cases a law. Default 20. */
  readonly runs?: number;
}

/**
 * What a joint of independent parts must satisfy: all is additive, and neither the order nor the number of the parts
 * matters to any of them.
 *
 * @example
 * ```ts
 * import { createCategorical } from '@pose-rft/hybrid-actions';
 * import { jointLaws } from '@pose-rft/hybrid-actions/laws';
 * import { oneHot, tensor2d, useBackend, type Tensor, type Tensor2D } from '@pose-rft/tensor';
 * import fc from 'fast-check';
 *
 * await useBackend('cpu');
 * const coin = {
 *   row: fc.integer({ min: -2, max: 2 }),
 *   parameters: (rows: readonly number[]) => [tensor2d(rows.map((row) => [row, 0]))],
 *   create: ([logits]: readonly Tensor[]) => createCategorical(logits as Tensor2D),
 *   embed: (sample: Tensor) => oneHot(sample, 2),
 * };
 * for (const law of jointLaws({ first: coin, second: coin })) law.check();
 * ```
 */
export function jointLaws<First, Second>(options: JointLawOptions<First, Second>): readonly Law[] {
  const { first, second, runs = 20 } = options;
  const join = options.join ?? ((parts: Parts): IndependentJoint => createIndependentJoint(parts));
  const cases = fc.record({
    first: fc.tuple(first.row, first.row),
    second: fc.tuple(second.row, second.row),
    seed: fc.integer(),
  });
  const make = <Row>(
    subject: DistributionSubject<Row, Tensor, Distribution<Tensor>>,
    ...rows: Row[]
  ): Distribution<Tensor> => subject.create(subject.parameters(rows));
  const law = (name: string, holds: (p: Pair, q: Pair, random: () => Random) => void): Law => ({
    name,
    check: () =>
      fc.assert(
        fc.property(cases, ({ first: [a, b], second: [c, d], seed }) => {
          tidy(() =>
            holds(
              { first: make(first, a, b), second: make(second, c, d) },
              { first: make(first, b, a), second: make(second, d, c) },
              () => createRandom(seed),
            ),
          );
        }),
        { numRuns: runs },
      ),
  });

  return [
    law('the log-probability of a joint is the sum of its parts', (p, _, random) => {
      const sample = join(p).sample(random());
      const parts = add(
        p.first.logProb(sample['first'] as Tensor),
        p.second.logProb(sample['second'] as Tensor),
      );
      requireClose('logProb', join(p).logProb(sample), parts);
    }),
    law('the entropy of a joint is the sum of its parts', (p) => {
      requireClose('entropy', join(p).entropy(), add(p.first.entropy(), p.second.entropy()));
    }),
    law('the divergence of a joint is the sum of its parts', (p, q) => {
      requireClose('kl', join(p).kl(join(q)), add(p.first.kl(q.first), p.second.kl(q.second)));
    }),
    law('the order of the parts changes nothing', (p, q, random) => {
      const there = join({ first: p.first, second: p.second });
      const back = join({ second: p.second, first: p.first });
      const sample = there.sample(random());
      const again = back.sample(random());
      for (const name of ['first', 'second'])
        requireEqual(`sample of ${name}`, again[name] as Tensor, sample[name] as Tensor);
      requireClose('logProb', back.logProb(sample), there.logProb(sample));
      requireClose('kl', back.kl(join(q)), there.kl(join(q)));
    }),
    law('a draw does not depend on how many siblings it has', (p, q, random) => {
      const alone = join({ first: p.first }).sample(random());
      const crowded = join({ zeroth: q.second, first: p.first, last: q.first }).sample(random());
      requireEqual('sample of first', crowded['first'] as Tensor, alone['first'] as Tensor);
    }),
  ];
}

interface Pair extends Parts {
  readonly first: Distribution<Tensor>;
  readonly second: Distribution<Tensor>;
}
