import { describe, expect, test } from 'vitest';
import {
  measureProgress,
  NO_MEASUREMENT,
  reasonToStop,
  requireEarlyStop,
  type EarlyStop,
} from './early-stop.js';

const higher: EarlyStop = { metric: 'eval/score', better: 'higher', patience: 2 };

function after(values: readonly number[], rule: EarlyStop): unknown {
  return values.reduce((state, value) => measureProgress(state, value, rule), NO_MEASUREMENT);
}

describe('a measurement', () => {
  test.each<[number[], EarlyStop, number | null, number]>([
    [[], higher, null, 0],
    [[3], higher, 3, 0],
    [[3, 4], higher, 4, 0],
    [[3, 3], higher, 3, 1],
    [[3, 2, 1], higher, 3, 2],
    [[3, 2, 5], higher, 5, 0],
    [[NaN, NaN], higher, null, 2],
    [[3, NaN], higher, 3, 1],
    [[-Infinity, -5], higher, -5, 0],
    [[3, 2, 1], { ...higher, better: 'lower' }, 1, 0],
    [[3, 3], { ...higher, better: 'lower' }, 3, 1],
    [[3, 4], { ...higher, better: 'lower' }, 3, 1],
    [[3, 3.5], { ...higher, minimumImprovement: 0.5 }, 3.5, 0],
    [[3, 3.25], { ...higher, minimumImprovement: 0.5 }, 3, 1],
  ])('%j under %j leaves the best at %d, %d ago', (values, rule, best, sinceBest) => {
    expect(after(values, rule)).toEqual({ best, sinceBest });
  });
});

test('a run ends when its patience does', () => {
  expect(reasonToStop({ best: 3, sinceBest: 1 }, higher)).toBeUndefined();
  expect(reasonToStop({ best: 3, sinceBest: 2 }, higher)).toBe(
    'eval/score has not improved on 3 in 2 measurements, so the run ends here.',
  );
  expect(reasonToStop({ best: null, sinceBest: 3 }, higher)).toBe(
    'eval/score has not improved on anything in 3 measurements, so the run ends here.',
  );
});

test.each<[object, string, unknown, string]>([
  [{ metric: '' }, 'metric', '', 'the name of a metric'],
  [{ metric: 7 }, 'metric', 7, 'the name of a metric'],
  [{ better: 'more' }, 'better', 'more', "'higher' or 'lower'"],
  [{ patience: 0 }, 'patience', 0, 'an integer >= 1'],
  [{ patience: 1.5 }, 'patience', 1.5, 'an integer >= 1'],
  [{ minimumImprovement: -1 }, 'minimumImprovement', -1, 'a number >= 0'],
  [{ minimumImprovement: NaN }, 'minimumImprovement', NaN, 'a number >= 0'],
])('%j is refused', (change, field, value, allowed) => {
  expect(() => requireEarlyStop({ ...higher, ...change })).toThrow(
    expect.objectContaining({
      name: 'HyGrpoConfigError',
      field: `earlyStop.${field}`,
      value,
      allowed,
    }) as Error,
  );
});

test('the least of each is let through', () => {
  for (const better of ['higher', 'lower'] as const)
    expect(() =>
      requireEarlyStop({ metric: 'kl', better, patience: 1, minimumImprovement: 0 }),
    ).not.toThrow();
});
