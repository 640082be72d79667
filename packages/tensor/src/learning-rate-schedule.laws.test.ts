import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import {
  constantSchedule,
  cosineSchedule,
  InvalidScheduleError,
  linearSchedule,
} from './learning-rate-schedule.js';

const options = fc
  .record({
    peak: fc.double({ min: 1e-6, max: 1, noNaN: true }),
    endShare: fc.double({ min: 0, max: 1, noNaN: true }),
    warmUpSteps: fc.nat(20),
    decaySteps: fc.integer({ min: 1, max: 50 }),
  })
  .map(({ peak, endShare, warmUpSteps, decaySteps }) => ({
    peak,
    end: peak * endShare,
    warmUpSteps,
    steps: warmUpSteps + decaySteps,
  }));
const schedules = { linear: linearSchedule, cosine: cosineSchedule };

describe.each(Object.entries(schedules))('the %s schedule', (_name, create) => {
  test.prop([options])('rises to the peak, falls to the end, and stays there', (settings) => {
    const schedule = create(settings);
    for (let step = 0; step < settings.warmUpSteps; step++) {
      expect(schedule(step)).toBeGreaterThan(0);
      expect(schedule(step)).toBeCloseTo((settings.peak * (step + 1)) / settings.warmUpSteps, 12);
    }
    expect(schedule(settings.warmUpSteps)).toBeCloseTo(settings.peak, 12);
    for (let step = settings.warmUpSteps; step < settings.steps + 3; step++)
      expect(schedule(step + 1)).toBeLessThanOrEqual(schedule(step) + 1e-15);
    expect(schedule(settings.steps)).toBe(settings.end);
    expect(schedule(settings.steps + 1000)).toBe(settings.end);
  });

  test.prop([options])('is half-way down in the middle', (settings) => {
    const middle = settings.warmUpSteps + (settings.steps - settings.warmUpSteps) / 2;
    expect(create(settings)(middle)).toBeCloseTo((settings.peak + settings.end) / 2, 12);
  });

  test('refuses numbers that make no sense', () => {
    for (const settings of [
      { peak: NaN, steps: 3 },
      { peak: 1, steps: 0 },
      { peak: 1, steps: 2.5 },
      { peak: 1, steps: 3, warmUpSteps: 3 },
      { peak: 1, steps: 3, warmUpSteps: -1 },
      { peak: 1, steps: 3, end: Infinity },
    ])
      expect(() => create(settings)).toThrow(InvalidScheduleError);
  });
});

describe('the constant schedule', () => {
  test.prop([fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 1, max: 20 }), fc.nat(40)])(
    'is the value after a linear warm-up',
    (value, warmUpSteps, step) => {
      expect(constantSchedule(value)(step)).toBe(value);
      const share = Math.min(1, (step + 1) / warmUpSteps);
      expect(constantSchedule(value, { warmUpSteps })(step)).toBeCloseTo(value * share, 12);
    },
  );
  test('refuses a value that is not finite', () => {
    expect(() => constantSchedule(Infinity)).toThrow(InvalidScheduleError);
  });
});
