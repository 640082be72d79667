import { describe, expect, test } from 'vitest';
import { mixtureLaws, type MixturePlanner } from '../laws.js';
import { planMixture } from './mixture-plan.js';

describe('mixtures obey the laws', () => {
  test.each(mixtureLaws().map(({ name, check }) => [name, check] as const))('%s', (_, check) => {
    check({ numRuns: 60, seed: 20261125 });
  });
});

/** Planners with one fault each, and the law that catches it. */
const FAULTS: readonly (readonly [fault: string, law: string, planner: MixturePlanner])[] = [
  [
    'draws every item anew',
    'an item comes again only after all others of its source',
    (options) =>
      changed(planMixture(options), (batch) => ({
        ...batch,
        items: batch.items.map(({ source }) => ({ source, index: 0 })),
      })),
  ],
  [
    'forgets the weights',
    'tasks and sources have their due to within one item after every batch',
    (options) =>
      planMixture({ ...options, sources: options.sources.map((source) => ({ ...source, weight: 1 })) }),
  ],
  [
    'starts anew instead of going on',
    'going on from a position is as if nothing had been between',
    ({ position: _, ...options }) => planMixture(options),
  ],
  [
    'gives each worker a seed of its own',
    'workers together give what one gives alone',
    (options) => planMixture({ ...options, seed: options.seed + (options.worker?.index ?? 0) }),
  ],
];

function changed<Batch>(plan: Iterator<Batch>, change: (batch: Batch) => Batch): Iterator<Batch> {
  return {
    next: () => {
      const { value } = plan.next() as IteratorYieldResult<Batch>;
      return { done: false, value: change(value) };
    },
  };
}

describe('the laws catch a planner that', () => {
  test.each(FAULTS)('%s', (_, name, planner) => {
    const broken = mixtureLaws(planner).find((one) => one.name === name);
    expect(() => broken?.check({ numRuns: 60, seed: 20261125 })).toThrow();
  });
});
