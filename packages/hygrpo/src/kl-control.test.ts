import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { adaptedKlCoefficient } from './index.js';

interface Golden {
  readonly cases: readonly {
    readonly start: number;
    readonly target: number;
    readonly horizon: number;
    readonly candidates: number;
    readonly divergences: readonly number[];
    readonly coefficients: readonly number[];
  }[];
}

test("the adaptive controller follows verl's", () => {
  const file = new URL('../golden/adaptive-kl.golden.json', import.meta.url);
  const { cases } = JSON.parse(readFileSync(file, 'utf8')) as Golden;
  expect(cases).toHaveLength(3);
  for (const { start, divergences, coefficients, candidates, ...control } of cases) {
    let coefficient = start;
    divergences.forEach((divergence, index) => {
      coefficient = adaptedKlCoefficient(coefficient, divergence, candidates, control);
      expect(coefficient).toBeCloseTo(coefficients[index] ?? NaN, 12);
    });
  }
});
