import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { adaptedKlCoefficient, HyGrpoConfigError, type KlControl } from './index.js';
import { adaptKlCoefficients, presentKlCoefficients, requireKlControls } from './kl-control.js';

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

const controls = {
  fixed: { kind: 'fixed' },
  scheduled: { kind: 'scheduled', factor: (iteration: number) => 1 / (1 + iteration) },
  adaptive: { kind: 'adaptive', target: 0.1, horizon: 100 },
} as const satisfies Record<string, KlControl>;
const remembered = { none: 0.5, fixed: 1, scheduled: 2, adaptive: 4 };

test('in an iteration the remembered coefficients hold, or the schedule times its own', () => {
  expect(presentKlCoefficients(remembered, controls, 0)).toEqual(remembered);
  expect(presentKlCoefficients(remembered, controls, 3)).toEqual({ ...remembered, scheduled: 0.5 });
});

test('only adaptive controllers learn, and only from a KL that was measured', () => {
  const adapted = (divergence: number | undefined): unknown =>
    adaptKlCoefficients(remembered, controls, (name) => (name === 'adaptive' ? divergence : 9), 50);
  // A fifth too much, of which half the horizon has passed.
  expect(adapted(0.11)).toEqual({ ...remembered, adaptive: expect.closeTo(4 * 1.05, 12) as number });
  expect(adapted(0)).toEqual({ ...remembered, adaptive: expect.closeTo(4 * 0.9, 12) as number });
  for (const unmeasured of [undefined, NaN, Infinity]) expect(adapted(unmeasured)).toEqual(remembered);
});

describe('a controller that cannot work is refused', () => {
  const adaptive = (change: object): Record<string, KlControl> => ({
    pose: { kind: 'adaptive', target: 0.1, horizon: 100, ...change },
  });
  const scheduled = JSON.parse('{"pose":{"kind":"scheduled","factor":2}}') as Record<string, KlControl>;

  test.each<[Record<string, KlControl>, string, unknown, string]>([
    [{ posee: { kind: 'fixed' } }, 'klControl.posee', 'fixed', 'a component: answer, pose'],
    [scheduled, 'klControl.pose.factor', 'number', 'a schedule'],
    [adaptive({ target: 0 }), 'klControl.pose.target', 0, 'a finite number > 0'],
    [adaptive({ target: Infinity }), 'klControl.pose.target', Infinity, 'a finite number > 0'],
    [adaptive({ target: NaN }), 'klControl.pose.target', NaN, 'a finite number > 0'],
    [adaptive({ horizon: 0 }), 'klControl.pose.horizon', 0, 'a finite number > 0'],
    [adaptive({ horizon: Infinity }), 'klControl.pose.horizon', Infinity, 'a finite number > 0'],
    [
      { answer: { kind: 'adaptive', target: 1, horizon: 1 } },
      'components.answer.klCoefficient',
      0,
      '> 0, to be adapted',
    ],
  ])('%j', (given, field, value, allowed) => {
    const refused = (): void => requireKlControls(given, { answer: 0, pose: 0.1 });
    expect(refused).toThrow(HyGrpoConfigError);
    expect(refused).toThrow(expect.objectContaining({ field, value, allowed }) as Error);
  });

  test('and the others are not', () => {
    const pose = 0.1;
    expect(() => requireKlControls(controls, { fixed: 0, scheduled: 0, adaptive: pose })).not.toThrow();
    expect(() => requireKlControls({}, {})).not.toThrow();
  });
});
