import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AsyncReward, Described, Reward, RewardBatch, RewardScores } from '../reward.js';
import { clipped } from './clipped.js';
import { combined } from './combined.js';
import { CompositionError } from './composition-error.js';
import { gated } from './gated.js';
import { rewardsByComponent, routed } from './routed.js';
import { ScheduleError, scheduledValue, type Schedule } from './schedule.js';
import { scheduled, weighted } from './weighted.js';

/** A row's action is what each reward gives it: a value, and two shares. */
type Action = Readonly<Record<string, number>>;
type Rows = RewardBatch<undefined, Action>['rows'];

function given(name: string, credits = false, weight?: number): Described<Reward<undefined, Action>> {
  return {
    name,
    drives: 'pose',
    ...(weight === undefined ? {} : { weight }),
    about: {
      measures: name,
      unit: '1',
      range: [-4, 4],
      ...(credits ? { creditRange: [-4, 4] as const } : {}),
      maximisedBy: name,
      gamedBy: name,
      judges: 'rows',
    },
    score: ({ rows }) => ({
      values: Float32Array.from(rows, ({ action }) => action[name] ?? Number.NaN),
      ...(credits
        ? {
            perGroup: Float32Array.from(
              rows.flatMap(({ action }) => [(action[name] ?? 0) / 2, (action[name] ?? 0) / 4]),
            ),
          }
        : {}),
    }),
  };
}

const later = (reward: Reward<undefined, Action>): AsyncReward<undefined, Action> => ({
  ...reward,
  score: (batch) => Promise.resolve(reward.score(batch)),
});

/** Eighths, so that sums in single precision are exact and may be compared exactly. */
const number = fc.integer({ min: -32, max: 32 }).map((eighths) => eighths / 8);
const rows: fc.Arbitrary<Rows> = fc.array(
  fc.record({
    prompt: fc.constant(undefined),
    action: fc.dictionary(fc.constantFrom('a', 'b', 'c'), number, { noNullPrototype: true }),
  }),
  { maxLength: 6 },
);

function equal(first: RewardScores, second: RewardScores): void {
  expect([...first.values]).toEqual([...second.values]);
  // Where a row is declined, nobody reads its credit.
  const creditOf = ({ values, perGroup }: RewardScores): (number | undefined)[] =>
    [...(perGroup ?? [])].map((credit, index) =>
      Number.isNaN(values[Math.floor(index / 2)]) ? undefined : credit + 0,
    );
  expect(creditOf(first)).toEqual(creditOf(second));
}
/** Same scores, -0 as 0. */
const plain = ({ values, perGroup }: RewardScores): RewardScores => ({
  values: values.map((value) => value + 0),
  ...(perGroup && { perGroup: perGroup.map((value) => value + 0) }),
});
const holds = (check: (batch: { rows: Rows }) => void): void => {
  fc.assert(
    fc.property(rows, (each) => {
      check({ rows: each });
    }),
  );
};

const [a, b, c] = [given('a'), given('b', true), given('c')];

describe('combined', () => {
  it('of one is that one, of any order is the same, of combined ones is their combination', () => {
    holds((batch) => {
      equal(plain(combined([b]).score(batch)), plain(b.score(batch)));
      equal(combined([a, b, c]).score(batch), combined([c, a, b]).score(batch));
      equal(combined([combined([a, b]), c]).score(batch), combined([a, b, c]).score(batch));
    });
  });

  it('is linear in the weights, and a weight of zero adds nothing', () => {
    holds((batch) => {
      const twice = combined([weighted(a, 2), weighted(b, 2)]).score(batch);
      const once = combined([a, b]).score(batch);
      equal(plain(twice), {
        values: once.values.map((value) => 2 * value + 0),
        ...(once.perGroup && { perGroup: once.perGroup.map((credit) => 2 * credit) }),
      });
      const with0 = combined([a, weighted(b, 0)], { missing: 'decline' }).score(batch);
      batch.rows.forEach(({ action }, row) => {
        if (action.b !== undefined) expect((with0.values[row] ?? 0) + 0).toBe((action.a ?? Number.NaN) + 0);
      });
    });
  });

  it('adds what applies, or declines with the first that does', () => {
    const batch = { rows: [{ prompt: undefined, action: { a: 1 } }] };
    expect(combined([a, c]).score(batch).values[0]).toBe(1);
    expect(combined([a, c], { missing: 'decline' }).score(batch).values[0]).toBeNaN();
    expect(combined([b, c]).score(batch).values[0]).toBeNaN();
  });

  it('counts a part without credit for every group alike', () => {
    const { perGroup } = combined([a, b]).score({ rows: [{ prompt: undefined, action: { a: 1, b: 2 } }] });
    expect([...(perGroup ?? [])]).toEqual([1 + 1, 1 + 0.5]);
  });

  it('waits for those that answer later', async () => {
    const batch = { rows: [{ prompt: undefined, action: { a: 1, b: 2 } }] };
    expect(await combined([later(a), b]).score(batch)).toEqual(combined([a, b]).score(batch));
  });

  it('stays within the bounds of its card', () => {
    holds((batch) => {
      const reward = combined([weighted(a, -0.5), b]);
      const [lowest, highest] = reward.about?.range ?? [0, 0];
      expect([lowest, highest]).toEqual([-6, 6]);
      for (const value of reward.score(batch).values)
        expect(Number.isNaN(value) || (value >= lowest && value <= highest)).toBe(true);
    });
    expect(combined([weighted(clipped(a, [1, 2]), 2), clipped(c, [3, 4])]).about?.range).toEqual([2, 8]);
    const plainReward: Reward<undefined, Action> = { name: 'p', drives: 'pose', score: a.score };
    expect(combined([plainReward, a]).about).toBeUndefined();
  });

  it('refuses nothing, other components, and other numbers of groups', () => {
    expect(() => combined([])).toThrow(CompositionError);
    expect(() => combined([a, routed(c, 'answer')])).toThrow(/'c' drives 'answer'/);
    const batch = { rows: [{ prompt: undefined, action: { a: 1, b: 1 } }] };
    const three: Reward<undefined, Action> = {
      ...a,
      score: () => ({ values: Float32Array.of(1), perGroup: new Float32Array(3) }),
    };
    expect(() => combined([b, three]).score(batch)).toThrow(/3 groups/);
    const short: Reward<undefined, Action> = { ...a, score: () => ({ values: new Float32Array(0) }) };
    expect(() => combined([a, short]).score(batch)).toThrow(CompositionError);
  });
});

describe('clipped', () => {
  it('is idempotent, keeps the order and what declines, and clips the card', () => {
    holds((batch) => {
      const once = clipped(b, [-1, 2]);
      equal(clipped(once, [-1, 2]).score(batch), once.score(batch));
      const before = b.score(batch).values;
      const after = once.score(batch).values;
      before.forEach((value, i) => {
        expect(Number.isNaN(after[i])).toBe(Number.isNaN(value));
        before.forEach((other, j) => {
          if (value <= other) expect(after[i]).toBeLessThanOrEqual(after[j] ?? Number.NaN);
        });
      });
      expect(once.about?.range).toEqual([-1, 2]);
    });
    expect(() => clipped(a, [2, 1])).toThrow(CompositionError);
  });

  it('clips one that answers later', async () => {
    const { values } = await clipped(later(a), [0, 1]).score({
      rows: [{ prompt: undefined, action: { a: 3 } }],
    });
    expect(values[0]).toBe(1);
  });
});

describe('gated', () => {
  it('lets through exactly the rows whose gate is open or does not apply', () => {
    holds((batch) => {
      const { values, perGroup } = gated(b, { by: a, atLeast: 0.5, otherwise: -3 }).score(batch);
      batch.rows.forEach(({ action }, row) => {
        const isOpen = action.a === undefined || action.a >= 0.5;
        const expected = action.b === undefined ? Number.NaN : isOpen ? action.b : -3;
        expect(values[row]).toBe(expected);
        if (action.b !== undefined)
          expect((perGroup?.[2 * row] ?? 0) + 0).toBe((isOpen ? action.b / 2 : -3) + 0);
      });
    });
  });

  it('gives the least of the range behind a closed gate, or declines', async () => {
    const batch = { rows: [{ prompt: undefined, action: { a: 0, b: 2 } }] };
    expect(gated(b, { by: a }).score(batch).values[0]).toBe(-4);
    expect(gated(b, { by: a, otherwise: Number.NaN }).score(batch).values[0]).toBeNaN();
    expect(gated(b, { by: a, otherwise: -9 }).about?.range).toEqual([-9, 4]);
    expect((await gated(b, { by: later(a) }).score(batch)).values[0]).toBe(-4);
    const unknown: Reward<undefined, Action> = { name: 'u', drives: 'pose', score: a.score };
    expect(() => gated(unknown, { by: a })).toThrow(CompositionError);
  });
});

describe('routed', () => {
  it('keeps the values, drops the credit, and is idempotent', () => {
    holds((batch) => {
      const reward = routed(b, 'answer');
      expect(reward.score(batch)).toEqual({ values: b.score(batch).values });
      expect(reward.about?.creditRange).toBeUndefined();
      expect(routed(reward, 'answer')).toBe(reward);
    });
    expect(routed(b, 'pose')).toBe(b);
    expect(
      [...rewardsByComponent([a, routed(b, 'answer'), c])].map(([name, each]) => [name, each.length]),
    ).toEqual([
      ['pose', 2],
      ['answer', 1],
    ]);
  });
});

describe('weights', () => {
  it('multiply, and leave the scores alone', () => {
    fc.assert(
      fc.property(number, number, (first, second) => {
        expect(weighted(weighted(a, first), second).weight).toBe(first * second);
        expect(weighted(a, first).score).toBe(a.score);
      }),
    );
    expect(() => weighted(a, Number.NaN)).toThrow(CompositionError);
  });

  it('follow a schedule, also under other combinators', () => {
    let step = 0;
    const fading = scheduled(given('a', false, 2), { kind: 'linear', from: 1, to: 0, steps: 4 }, () => step);
    const wrapped = [
      fading,
      clipped(fading, [-9, 9]),
      gated(fading, { by: c }),
      routed(fading, 'answer'),
      weighted(fading, 1),
    ];
    const sum = combined([fading, c]);
    const batch = { rows: [{ prompt: undefined, action: { a: 1, c: 1 } }] };
    for (const [at, expected] of [
      [0, 2],
      [2, 1],
      [9, 0],
    ] as const) {
      step = at;
      for (const { weight } of wrapped) expect(weight).toBe(expected);
      expect(sum.score(batch).values[0]).toBe(expected + 1);
    }
    expect(sum.about?.range).toEqual([-Infinity, Infinity]);
    expect(() => scheduled(a, { kind: 'stages', stages: [] }, () => 0)).toThrow(ScheduleError);
  });
});

describe('schedules', () => {
  const bounded = fc.record({
    kind: fc.constantFrom('linear' as const, 'cosine' as const),
    from: number,
    to: number,
    steps: fc.integer({ min: 1, max: 50 }),
  });

  it('begin and end where they say, and go one way between', () => {
    fc.assert(
      fc.property(bounded, (schedule) => {
        const { from, to, steps } = schedule;
        const values = Array.from({ length: steps + 2 }, (_, step) => scheduledValue(schedule, step));
        expect(values[0]).toBe(from);
        expect(values[steps]).toBe(to);
        expect(values[steps + 1]).toBe(to);
        const sorted = [...values].sort((first, second) => (from <= to ? first - second : second - first));
        expect(values).toEqual(sorted);
      }),
    );
  });

  it('change in stages', () => {
    const schedule: Schedule = {
      kind: 'stages',
      stages: [
        [0, 1],
        [10, 0.5],
        [20, 0],
      ],
    };
    expect([0, 9, 10, 19, 20, 99].map((step) => scheduledValue(schedule, step))).toEqual([
      1, 1, 0.5, 0.5, 0, 0,
    ]);
    expect(scheduledValue({ kind: 'constant', value: 3 }, 7)).toBe(3);
  });

  it.each<[string, Schedule, number]>([
    ['a negative step', { kind: 'constant', value: 1 }, -1],
    ['a value that is no number', { kind: 'constant', value: Number.NaN }, 0],
    ['no steps', { kind: 'linear', from: 0, to: 1, steps: 0 }, 0],
    ['a first stage after 0', { kind: 'stages', stages: [[1, 1]] }, 3],
    [
      'stages that descend',
      {
        kind: 'stages',
        stages: [
          [0, 1],
          [5, 1],
          [5, 2],
        ],
      },
      0,
    ],
  ])('refuse %s', (_, schedule, step) => {
    expect(() => scheduledValue(schedule, step)).toThrow(ScheduleError);
  });
});
