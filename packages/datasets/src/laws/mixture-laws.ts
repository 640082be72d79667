import fc from 'fast-check';
import { planMixture, type MixturePlanOptions, type PlannedBatch } from '../mixture/mixture-plan.js';
import { law, type Law } from './law.js';

/** A planner under test: batches without end. */
export type MixturePlanner = (options: MixturePlanOptions) => Iterator<PlannedBatch>;

/** Up to six sources of up to four tasks, of weights over three orders of magnitude. */
export function mixtureArbitrary(): fc.Arbitrary<MixturePlanOptions> {
  const source = fc.record({
    task: fc.constantFrom('text', 'picture', 'pose', 'talk'),
    weight: fc.double({ min: 0.01, max: 10, noNaN: true }),
    count: fc.integer({ min: 1, max: 40 }),
  });
  return fc.record({
    sources: fc
      .array(source, { minLength: 1, maxLength: 6 })
      .map((sources) => sources.map((one, index) => ({ ...one, name: `source ${index}` }))),
    batchSize: fc.integer({ min: 1, max: 24 }),
    seed: fc.integer(),
    shuffle: fc.boolean(),
  });
}

function take(plan: Iterator<PlannedBatch>, count: number): PlannedBatch[] {
  return Array.from({ length: count }, () => plan.next().value as PlannedBatch);
}

const same = (first: unknown, second: unknown): boolean => JSON.stringify(first) === JSON.stringify(second);

/**
 * What a training run relies on in a mixture: full batches of items that exist, each once an epoch; tasks and sources to
 * within one item of their due after every batch; the same batches from the same seed, for any number of workers, and
 * after going on from any position that went through JSON.
 *
 * @param plan - an implementation with the same signature; this package's own by default
 * @example
 * ```ts
 * import { mixtureLaws } from '@pose-rft/datasets/laws';
 *
 * for (const { check } of mixtureLaws()) check({ numRuns: 5 });
 * ```
 */
export function mixtureLaws(plan: MixturePlanner = planMixture): readonly Law[] {
  const batches = fc.integer({ min: 1, max: 12 });
  return [
    law(
      'batches are full, and of items that exist',
      fc.tuple(mixtureArbitrary(), batches),
      ([options, count]) =>
        take(plan(options), count).every(
          ({ items, number }, position) =>
            number === position &&
            items.length === options.batchSize &&
            items.every(({ source, index }) => {
              const limit = options.sources[source]?.count ?? 0;
              return Number.isInteger(index) && index >= 0 && index < limit;
            }),
        ),
    ),
    law('an item comes again only after all others of its source', mixtureArbitrary(), (options) => {
      const seen = options.sources.map(({ count }) => new Array<number>(count).fill(0));
      return take(plan(options), 12).every(({ items }) => {
        for (const { source, index } of items) {
          const counts = seen[source] ?? [];
          counts[index] = (counts[index] ?? 0) + 1;
        }
        // Within a batch the order is free, so it is looked at after each.
        return seen.every((counts) => Math.max(...counts) - Math.min(...counts) <= 1);
      });
    }),
    law(
      'tasks and sources have their due to within one item after every batch',
      mixtureArbitrary(),
      (options) => {
        const { sources } = options;
        const weightOf = (indices: readonly number[]): number =>
          indices.reduce((sum, index) => sum + (sources[index]?.weight ?? 1), 0);
        const all = [...sources.keys()];
        const taken = sources.map(() => 0);
        const takenOf = (indices: readonly number[]): number =>
          indices.reduce((sum, index) => sum + (taken[index] ?? 0), 0);
        return take(plan(options), 20).every(({ items }) => {
          for (const { source } of items) taken[source] = (taken[source] ?? 0) + 1;
          return all.every((index) => {
            const ofTask = all.filter((other) => sources[other]?.task === sources[index]?.task);
            const dueToTask = (takenOf(all) * weightOf(ofTask)) / weightOf(all);
            const due = (takenOf(ofTask) * weightOf([index])) / weightOf(ofTask);
            return (
              Math.abs(takenOf(ofTask) - dueToTask) < 1 + 1e-6 && Math.abs(takenOf([index]) - due) < 1 + 1e-6
            );
          });
        });
      },
    ),
    law('equal seeds give equal batches', fc.tuple(mixtureArbitrary(), batches), ([options, count]) =>
      same(take(plan(options), count), take(plan(options), count)),
    ),
    law(
      'workers together give what one gives alone',
      fc.tuple(mixtureArbitrary(), fc.integer({ min: 1, max: 5 })),
      ([options, workerCount]) => {
        const alone = take(plan(options), 3 * workerCount);
        const together = Array.from({ length: workerCount }, (_, index) =>
          take(plan({ ...options, worker: { index, count: workerCount } }), 3),
        ).flat();
        return same(
          together.sort((first, second) => first.number - second.number),
          alone,
        );
      },
    ),
    law(
      'going on from a position is as if nothing had been between',
      fc.tuple(mixtureArbitrary(), batches, batches),
      ([options, before, after]) => {
        const whole = take(plan(options), before + after);
        const position = JSON.parse(JSON.stringify(whole[before - 1]?.next)) as PlannedBatch['next'];
        return same(take(plan({ ...options, position }), after), whole.slice(before));
      },
    ),
  ];
}
