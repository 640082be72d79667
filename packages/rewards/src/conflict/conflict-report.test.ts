import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConflictInputError, conflictReport, collectGradients } from './conflict-report.js';
import { formatConflictReport } from './format-conflict-report.js';

const NaN32 = Number.NaN;

describe('conflictReport', () => {
  it('gives Pearson correlations over the rows that both judge', () => {
    const { correlations, sharedRows, worst } = conflictReport({
      a: Float32Array.of(1, 2, 3, 4, NaN32),
      b: Float32Array.of(2, 4, 6, NaN32, 0),
      c: Float32Array.of(1, 3, 2, 0, 5),
    });
    // By hand: a and b share three rows in proportion; a and c four, with covariance -2 over sqrt(5 * 5).
    expect([...correlations].map((value) => Number(value.toFixed(6)))).toEqual([
      1, 1, -0.4, 1, 1, -0.52915, -0.4, -0.52915, 1,
    ]);
    expect([...sharedRows]).toEqual([4, 3, 4, 3, 4, 4, 4, 4, 5]);
    expect(worst).toMatchObject({ first: 'b', second: 'c', by: 'correlation' });
  });

  it('decides by the gradients where they are known', () => {
    const scores = { a: Float32Array.of(1, 2), b: Float32Array.of(2, 1) };
    const report = conflictReport(scores, { a: Float64Array.of(1, 0), b: Float64Array.of(1, 1) });
    expect(report.gradientCosines?.[1]).toBeCloseTo(Math.SQRT1_2, 12);
    expect(report.worst).toBeUndefined();
    const zero = conflictReport(scores, { a: Float64Array.of(0, 0), b: Float64Array.of(1, 1) });
    expect(zero.gradientCosines?.[1]).toBeNaN();
  });

  it('has bounded, symmetric entries that scaling and shifting do not change', () => {
    const column = fc.array(fc.double({ min: -9, max: 9, noNaN: true }), { minLength: 5, maxLength: 5 });
    fc.assert(
      fc.property(column, column, fc.integer({ min: 1, max: 8 }), (first, second, factor) => {
        const report = conflictReport({ a: Float32Array.from(first), b: Float32Array.from(second) });
        const value = report.correlations[1] ?? 0;
        expect(report.correlations[2]).toBe(value);
        expect(Number.isNaN(value) || Math.abs(value) <= 1).toBe(true);
        const scaled = conflictReport({
          a: Float32Array.from(first, (each) => factor * each),
          b: Float32Array.from(second, (each) => -each),
        });
        if (!Number.isNaN(value) && Math.max(...first) - Math.min(...first) > 0.1)
          expect(scaled.correlations[1]).toBeCloseTo(-value, 4);
      }),
    );
  });

  it('knows nothing of rewards that are constant, or never judge the same row', () => {
    const report = conflictReport({
      constant: Float32Array.of(0.1, 0.1, 0.1, NaN32),
      rising: Float32Array.of(1, 2, 3, NaN32),
      elsewhere: Float32Array.of(NaN32, NaN32, NaN32, 1),
    });
    expect([report.correlations[1], report.correlations[2], report.correlations[5]]).toEqual([
      NaN32,
      NaN32,
      NaN32,
    ]);
    expect(formatConflictReport(report)).toMatch(/Nothing can be said/);
  });

  it.each<[string, () => unknown]>([
    ['one reward', () => conflictReport({ a: Float32Array.of(1) })],
    ['other rows', () => conflictReport({ a: Float32Array.of(1), b: Float32Array.of(1, 2) })],
    ['an infinite score', () => conflictReport({ a: Float32Array.of(Infinity), b: Float32Array.of(1) })],
    [
      'a missing gradient',
      () => conflictReport({ a: Float32Array.of(1), b: Float32Array.of(1) }, { a: Float32Array.of(1) }),
    ],
    [
      'a gradient of nothing',
      () =>
        conflictReport(
          { a: Float32Array.of(1), b: Float32Array.of(1) },
          { a: Float32Array.of(1), b: Float32Array.of(1), toString: Float32Array.of(1) },
        ),
    ],
    [
      'gradients of other lengths',
      () =>
        conflictReport(
          { a: Float32Array.of(1), b: Float32Array.of(1) },
          { a: Float32Array.of(1), b: Float32Array.of(1, 2) },
        ),
    ],
  ])('refuses %s', (_, make) => {
    expect(make).toThrow(ConflictInputError);
  });
});

describe('formatConflictReport', () => {
  it('prints the tables and a sentence on the worst pair', () => {
    const scores = {
      spatial: Float32Array.of(1, 2, 3),
      diversity: Float32Array.of(3, 2, 1),
      odd: Float32Array.of(1, 1, 1),
    };
    expect(formatConflictReport(conflictReport(scores))).toBe(
      [
        'correlation  spatial  diversity  odd',
        'spatial         1.00      -1.00    -',
        'diversity      -1.00       1.00    -',
        'odd                -          -    -',
        '',
        "'spatial' and 'diversity' pull apart most (correlation -1.00): over the 3 rows that both judge, samples that " +
          'are good for the one are mostly bad for the other.',
      ].join('\n'),
    );
    const gradients = {
      spatial: Float32Array.of(1, 0),
      diversity: Float32Array.of(-1, 4),
      odd: Float32Array.of(0, 1),
    };
    expect(formatConflictReport(conflictReport(scores, gradients))).toMatch(
      /gradient cosine .*\(gradient cosine -0\.24\): a step for the one costs the other a little\.$/s,
    );
    const agreeing = conflictReport({ a: Float32Array.of(1, 2), b: Float32Array.of(1, 2) });
    expect(formatConflictReport(agreeing)).toMatch(/No two rewards pull apart/);
  });
});

describe('collectGradients', () => {
  it('asks for one after the other, and keeps copies', async () => {
    const shared = new Float32Array(2);
    const gradients = await collectGradients(['a', 'b'], (name) => {
      shared.fill(name === 'a' ? 1 : 2);
      return shared;
    });
    expect(Object.values(gradients).map((each) => each[0])).toEqual([1, 2]);
  });
});
