import { createRandom } from '@pose-rft/random';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CALIBRATION_LEVELS, CalibrationError, calibrationOf, type PredictedNormals } from './calibration.js';
import { erf, normalCoverage } from './normal-distribution.js';

/** Truths drawn from the very distributions that are predicted, but for a factor on the predicted deviations. */
function drawn(seed: number, count: number, factor = 1): PredictedNormals {
  const random = createRandom(seed);
  const means = new Float64Array(count);
  const logs = new Float64Array(count);
  const truths = new Float64Array(count);
  for (let index = 0; index < count; index++) {
    means[index] = 3 * random.normal();
    const log = -3 + random.normal();
    truths[index] = (means[index] as number) + Math.exp(log) * random.normal();
    logs[index] = log + Math.log(factor);
  }
  return { means, logStandardDeviations: logs, truths };
}

const COUNT = 4000;
/** The share of n that falls below a level strays by more than this less than once in 10^7 times (Massart 1990). */
const bound = (count: number): number => Math.sqrt(Math.log(2e7) / (2 * count));
const seeds = fc.integer({ min: 1, max: 1e9 });

describe('the normal distribution', () => {
  it.each([
    [0, 0],
    [0.5, 0.5204998778130465],
    [1, 0.8427007929497149],
    [1.9999, 0.9953201979070294],
    [2.5, 0.999593047982555],
    [4.5, 0.9999999998033839],
    [2, 0.9953222650189527],
    [3, 0.9999779095030014],
    [-1, -0.8427007929497149],
    [40, 1],
    [Infinity, 1],
    [-Infinity, -1],
  ])('erf(%f) = %f', (x, expected) => {
    expect(erf(x)).toBeCloseTo(expected, 13);
  });

  it('covers 68, 95 and 99.7 % within one, two and three standard deviations', () => {
    expect(normalCoverage(1)).toBeCloseTo(0.6826894921370859, 13);
    expect(normalCoverage(2)).toBeCloseTo(0.9544997361036416, 13);
    expect(normalCoverage(3)).toBeCloseTo(0.9973002039367398, 13);
    expect(normalCoverage(Number.NaN)).toBeNaN();
  });
});

describe('calibrationOf', () => {
  it('passes whoever predicts what is drawn, whatever the means and deviations', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const { observedCoverage, expectedCalibrationError, bestScale } = calibrationOf(drawn(seed, COUNT));
        observedCoverage.forEach((share, index) => {
          expect(Math.abs(share - (CALIBRATION_LEVELS[index] as number))).toBeLessThan(bound(COUNT));
        });
        expect(expectedCalibrationError).toBeLessThan(bound(COUNT));
        expect(Math.abs(bestScale - 1)).toBeLessThan(0.08);
      }),
      { numRuns: 40 },
    );
  });

  it('finds over-confidence and over-caution, and by how much', () => {
    fc.assert(
      fc.property(seeds, fc.double({ min: 0.2, max: 0.7, noNaN: true }), (seed, factor) => {
        const bold = calibrationOf(drawn(seed, COUNT, factor));
        expect(bold.overconfidence).toBeGreaterThan(bound(COUNT));
        expect(bold.bestScale * factor).toBeGreaterThan(0.92);
        expect(bold.bestScale * factor).toBeLessThan(1.08);
        const careful = calibrationOf(drawn(seed, COUNT, 1 / factor));
        expect(careful.overconfidence).toBeLessThan(-bound(COUNT));
        for (const { expectedCalibrationError, overconfidence } of [bold, careful])
          expect(expectedCalibrationError).toBeCloseTo(Math.abs(overconfidence), 12);
      }),
      { numRuns: 40 },
    );
  });

  it('has its least negative log-likelihood at the best scale', () => {
    fc.assert(
      fc.property(seeds, fc.double({ min: 0.3, max: 3, noNaN: true }), (seed, factor) => {
        const nats = (scale: number): number => calibrationOf(drawn(seed, 200, scale)).negativeLogLikelihood;
        const { bestScale } = calibrationOf(drawn(seed, 200, factor));
        const best = nats(factor * bestScale);
        expect(best).toBeLessThanOrEqual(nats(factor * bestScale * 1.01));
        expect(best).toBeLessThanOrEqual(nats(factor * bestScale * 0.99));
      }),
      { numRuns: 40 },
    );
  });

  it('does not depend on the unit, but for likelihood and sharpness', () => {
    fc.assert(
      fc.property(seeds, fc.double({ min: 0.01, max: 100, noNaN: true }), (seed, unit) => {
        const metres = drawn(seed, 300);
        const other = calibrationOf({
          means: Array.from(metres.means, (value) => unit * value),
          truths: Array.from(metres.truths, (value) => unit * value),
          logStandardDeviations: Array.from(metres.logStandardDeviations, (log) => log + Math.log(unit)),
        });
        const own = calibrationOf(metres);
        expect(other.observedCoverage).toEqual(own.observedCoverage);
        expect(other.bestScale).toBeCloseTo(own.bestScale, 9);
        expect(other.meanStandardDeviation / own.meanStandardDeviation / unit).toBeCloseTo(1, 9);
        expect(other.negativeLogLikelihood - own.negativeLogLikelihood).toBeCloseTo(Math.log(unit), 9);
      }),
      { numRuns: 40 },
    );
  });

  it('covers more at higher levels, and never less than nothing or more than all', () => {
    const { observedCoverage } = calibrationOf(drawn(3, 100, 0.6));
    observedCoverage.forEach((share, index) => {
      expect(share).toBeGreaterThanOrEqual(observedCoverage[index - 1] ?? 0);
      expect(share).toBeLessThanOrEqual(1);
    });
  });

  it('judges groups apart, and the whole as their mean weighted by count', () => {
    const [honest, bold] = [drawn(1, 600), drawn(2, 600, 0.4)];
    const woven = (field: 'means' | 'truths' | 'logStandardDeviations'): number[] =>
      Array.from({ length: 1200 }, (_, index) => {
        const item = 3 * Math.floor(index / 6) + (index % 3);
        return (index % 6 < 3 ? honest : bold)[field][item] as number;
      });
    const both = calibrationOf({
      means: woven('means'),
      truths: woven('truths'),
      logStandardDeviations: woven('logStandardDeviations'),
      groupSize: 3,
      groupCount: 2,
    });
    const [first, second] = both.groups;
    const { levels: _, groups: __, ...expected } = calibrationOf(honest);
    expect(first).toEqual(expected);
    expect(second?.bestScale).toBeCloseTo(calibrationOf(bold).bestScale, 12);
    expect(both.count).toBe(1200);
    expect(both.negativeLogLikelihood).toBeCloseTo(
      ((first?.negativeLogLikelihood ?? 0) + (second?.negativeLogLikelihood ?? 0)) / 2,
      12,
    );
  });

  it('counts by hand: errors of 0, 1, 2 and 3 deviations', () => {
    const { observedCoverage, bestScale, negativeLogLikelihood, meanStandardDeviation } = calibrationOf(
      { means: [0, 0, 0, 0], truths: [0, -2, 4, 6], logStandardDeviations: [2, 2, 2, 2].map(Math.log) },
      [0.5, 0.7, 0.9973002],
    );
    expect(observedCoverage).toEqual([0.25, 0.5, 0.75]);
    expect(bestScale).toBeCloseTo(Math.sqrt(14 / 4), 12);
    expect(meanStandardDeviation).toBeCloseTo(2, 12);
    expect(negativeLogLikelihood).toBeCloseTo(Math.log(2 * Math.sqrt(2 * Math.PI)) + 14 / 8, 12);
  });

  it('has nothing to say of nothing', () => {
    const { count, expectedCalibrationError } = calibrationOf({
      means: [],
      truths: [],
      logStandardDeviations: [],
    });
    expect(count).toBe(0);
    expect(expectedCalibrationError).toBeNaN();
  });

  it.each<[string, Partial<PredictedNormals>, readonly number[], RegExp]>([
    ['other lengths', { truths: [1] }, [0.5], /2 means, 2 log standard deviations and 1 truths/],
    ['half a group', { groupSize: 4 }, [0.5], /a multiple of 4/],
    ['NaN', { means: [0, Number.NaN] }, [0.5], /Number 1 has mean NaN/],
    ['an infinite deviation', { logStandardDeviations: [0, -Infinity] }, [0.5], /-Infinity/],
    ['no level', {}, [], /The levels are \[\]/],
    ['a level of all', {}, [1], /between 0 and 1/],
    ['no group', { groupCount: 0 }, [0.5], /groupCount is 0/],
  ])('refuses %s', (_, changes, levels, message) => {
    const whole = { means: [0, 0], truths: [0, 0], logStandardDeviations: [0, 0], ...changes };
    expect(() => calibrationOf(whole, levels)).toThrow(CalibrationError);
    expect(() => calibrationOf(whole, levels)).toThrow(message);
  });
});
