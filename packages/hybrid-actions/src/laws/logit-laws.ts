import { createRandom } from '@pose-rft/random';
import {
  add,
  grads,
  sum,
  tensor1d,
  tensor2d,
  tidy,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
} from '@pose-rft/tensor';
import fc from 'fast-check';
import type { Distribution } from '../distributions/distribution.js';
import type { Law } from './law.js';
import { requireClose, requireEqual } from './numeric-claims.js';

export interface LogitLawOptions {
  /** C >= 2. Default 4. */
  readonly categories?: number;
  /** Random cases a law. Default 20. */
  readonly runs?: number;
}

const DRAWS = 64;

/**
 * What distributions over categories must satisfy that are given by unnormalised log-probabilities, -Infinity masking a
 * category.
 *
 * @param create - from logits [B, C]
 * @example
 * ```ts
 * import { createCategorical, keepTopK } from '@pose-rft/hybrid-actions';
 * import { logitLaws } from '@pose-rft/hybrid-actions/laws';
 * import { useBackend } from '@pose-rft/tensor';
 *
 * await useBackend('cpu');
 * for (const law of logitLaws((logits) => createCategorical(keepTopK(logits, 2)))) law.check();
 * ```
 */
export function logitLaws(
  create: (logits: Tensor2D) => Distribution<Tensor1D>,
  options: LogitLawOptions = {},
): readonly Law[] {
  const { categories = 4, runs = 20 } = options;
  // Distinct by construction, so that no transform has ties to break.
  const row = fc
    .shuffledSubarray([...Array(categories).keys()], { minLength: categories, maxLength: categories })
    .map((ranks) => ranks.map((rank) => 0.7 * rank - 1));
  const cases = fc.record({
    row,
    shift: fc.integer({ min: -8, max: 8 }),
    masked: fc.subarray([...Array(categories).keys()], { minLength: 1, maxLength: categories - 1 }),
    seed: fc.integer(),
  });
  type Case = typeof cases extends fc.Arbitrary<infer Given> ? Given : never;
  const law = (name: string, holds: (given: Case) => void): Law => ({
    name,
    check: () =>
      fc.assert(
        fc.property(cases, (given) => {
          tidy(() => holds(given));
        }),
        { numRuns: runs },
      ),
  });
  const batch = (values: readonly number[]): Tensor2D =>
    tensor2d(Array.from({ length: DRAWS }, () => [...values]));
  const withMask = ({ row: values, masked }: Case): number[] =>
    values.map((value, category) => (masked.includes(category) ? -Infinity : value));

  return [
    law('a constant added to all logits changes nothing', (given) => {
      const logits = batch(given.row);
      const plain = create(logits);
      const shifted = create(add(logits, given.shift));
      const sample = plain.sample(createRandom(given.seed));
      requireEqual('sample', shifted.sample(createRandom(given.seed)), sample);
      requireClose('logProb', shifted.logProb(sample), plain.logProb(sample));
      requireClose('entropy', shifted.entropy(), plain.entropy());
      requireClose('mean', shifted.mean(), plain.mean());
    }),
    law('a masked category is never drawn', (given) => {
      const sample = create(batch(withMask(given))).sample(createRandom(given.seed));
      for (const category of sample.dataSync())
        if (given.masked.includes(category)) throw new Error(`category ${category} is masked, and was drawn`);
    }),
    law('a masked category has probability 0', (given) => {
      const distribution = create(tensor2d([withMask(given)]));
      const means = distribution.mean().dataSync();
      for (const category of given.masked) {
        const [logProb] = distribution.logProb(tensor1d([category], 'int32')).dataSync();
        if (logProb !== -Infinity || means[category] !== 0)
          throw new Error(
            `masked category ${category} has log p ${logProb} and probability ${means[category]}`,
          );
      }
    }),
    law('masks leave no NaN, in values or gradients', (given) => {
      const logits = withMask(given);
      const [allowed = 0] = create(tensor2d([logits]))
        .mode()
        .dataSync();
      const value = tensor1d([allowed], 'int32');
      const claims: Readonly<Record<string, (distribution: Distribution<Tensor1D>) => Tensor>> = {
        logProb: (distribution) => distribution.logProb(value),
        entropy: (distribution) => distribution.entropy(),
        mean: (distribution) => distribution.mean(),
        'kl to itself': (distribution) => distribution.kl(create(tensor2d([logits]))),
        'kl from itself': (distribution) => create(tensor2d([logits])).kl(distribution),
      };
      for (const [name, claim] of Object.entries(claims)) {
        const [gradient] = grads((present: Tensor) => sum(claim(create(present as Tensor2D))))([
          tensor2d([logits]),
        ]);
        for (const found of [claim(create(tensor2d([logits]))), gradient])
          if (!found?.dataSync().every(Number.isFinite))
            throw new Error(`${name} or its gradient is ${found?.dataSync().join(', ')}`);
      }
    }),
  ];
}
