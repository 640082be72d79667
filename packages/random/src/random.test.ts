import { describe, expect, test } from 'vitest';
import { createRandom, InvalidRandomStateError, type RandomState } from './random.js';

describe('a stream', () => {
  test('is the same in every release: saved runs depend on it', () => {
    const random = createRandom(7);
    expect([random.uniform(), random.uniform(), random.normal(), random.integer(1000)])
      .toMatchInlineSnapshot(`
      [
        0.17591310804709792,
        0.4416042556986213,
        -1.6028433329535703,
        350,
      ]
    `);
    expect(
      [createRandom(0), createRandom(-1), createRandom(7).split('noise'), createRandom(7).split(1)].map(
        (stream) => stream.integer(2 ** 32),
      ),
    ).toMatchInlineSnapshot(`
      [
        4071416252,
        924781704,
        295651471,
        1730967422,
      ]
    `);
  });

  test('runs sfc32 as published', () => {
    const random = createRandom(123);
    const { words } = random.state();
    const reference = publishedSfc32(...words);
    for (let draw = 0; draw < 1000; draw++) expect(random.integer(2 ** 32)).toBe(reference());
  });

  test('is uniform: 64 equal bins of 64,000 draws pass a chi-squared test', () => {
    const bins = new Array<number>(64).fill(0);
    const random = createRandom(1);
    for (let draw = 0; draw < 64_000; draw++) {
      const bin = Math.floor(random.uniform() * 64);
      bins[bin] = (bins[bin] ?? 0) + 1;
    }
    const chiSquared = bins.reduce((total, count) => total + (count - 1000) ** 2 / 1000, 0);
    // 63 degrees of freedom: 0.1 % and 99.9 % quantiles.
    expect(chiSquared).toBeGreaterThan(32.5);
    expect(chiSquared).toBeLessThan(103.4);
  });

  test('is normal: mean, variance, skewness, kurtosis and tails of 100,000 draws', () => {
    const draws = createRandom(2).fillNormal(new Float64Array(100_000));
    const moment = (power: number): number =>
      draws.reduce((total, x) => total + x ** power, 0) / draws.length;
    expect(moment(1)).toBeCloseTo(0, 1);
    expect(moment(2)).toBeCloseTo(1, 1);
    expect(Math.abs(moment(3))).toBeLessThan(0.04);
    expect(Math.abs(moment(4) - 3)).toBeLessThan(0.1);
    expect(draws.filter((x) => Math.abs(x) > 1.96).length / draws.length).toBeCloseTo(0.05, 2);
  });

  test('gives every order of three items equally often', () => {
    const random = createRandom(3);
    const counts = new Map<string, number>();
    for (let draw = 0; draw < 6000; draw++) {
      const order = random.shuffle(['a', 'b', 'c']).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(130);
  });
});

describe('sibling streams', () => {
  test('do not correlate', () => {
    const parent = createRandom(4);
    const [left, right] = [parent.split(0), parent.split(1)];
    let covariance = 0;
    for (let draw = 0; draw < 20_000; draw++) covariance += left.normal() * right.normal();
    expect(Math.abs(covariance / 20_000)).toBeLessThan(0.03);
  });

  test('of neighbouring labels and seeds start differently', () => {
    const first = new Set<number>();
    for (let index = 0; index < 1000; index++) {
      first.add(createRandom(index).uniform());
      first.add(createRandom(5).split(index).uniform());
      first.add(createRandom(5).split(String(index)).uniform());
    }
    expect(first.size).toBe(3000);
  });
});

describe('bad input', () => {
  test.each([1.5, NaN, Infinity, 2 ** 53])('seed %d is refused', (seed) => {
    expect(() => createRandom(seed)).toThrow(RangeError);
  });
  test.each([0, -1, 1.5, NaN, 2 ** 32 + 1])('limit %d is refused', (limit) => {
    expect(() => createRandom(1).integer(limit)).toThrow(RangeError);
  });
  test('picking from nothing is refused', () => {
    expect(() => createRandom(1).pick([])).toThrow(/empty/);
  });
  test('a state that is none is refused', () => {
    const good = createRandom(1).state();
    const bad: unknown[] = [
      null,
      undefined,
      'state',
      {},
      { ...good, algorithm: 'mt19937' },
      { ...good, key: [1, 2, 3] },
      { ...good, words: [1, 2, 3, -1] },
      { ...good, words: [1, 2, 3, 2 ** 32] },
      { ...good, words: [1, 2, 3, '4'] },
      { ...good, spareNormal: NaN },
      { ...good, spareNormal: undefined },
    ];
    for (const state of bad)
      expect(() => createRandom(state as RandomState)).toThrow(InvalidRandomStateError);
  });
});

/** Chris Doty-Humphrey's sfc32, written down anew from PractRand's description. */
function publishedSfc32(a: number, b: number, c: number, counter: number): () => number {
  let state = { a: BigInt(a), b: BigInt(b), c: BigInt(c), counter: BigInt(counter) };
  const wrap = (value: bigint): bigint => BigInt.asUintN(32, value);
  return () => {
    const result = wrap(state.a + state.b + state.counter);
    state = {
      a: state.b ^ (state.b >> 9n),
      b: wrap(state.c + (state.c << 3n)),
      c: wrap(((state.c << 21n) | (state.c >> 11n)) + result),
      counter: wrap(state.counter + 1n),
    };
    return Number(result);
  };
}
