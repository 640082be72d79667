import { describe, expect, it } from 'vitest';
import { METRIC_NAMES, type MetricName } from '../evaluation/metrics.js';
import { judgeTargets, learningTable, meanAndDeviation, type LearningRecord } from './learning-table.js';

function record(
  method: LearningRecord['method'],
  seed: number,
  metrics: Partial<Record<MetricName, number>>,
): LearningRecord {
  const all = Object.fromEntries(METRIC_NAMES.map((name) => [name, Number.NaN])) as Record<
    MetricName,
    number
  >;
  return {
    method,
    seed,
    split: 'test',
    cpuSeconds: 90,
    steps: 1,
    metrics: { ...all, ...metrics },
    meanLogStandardDeviation: -3,
  };
}

describe('meanAndDeviation', () => {
  it('is the sample standard deviation, and none for one seed', () => {
    expect(meanAndDeviation([1, 3])).toEqual({ mean: 2, deviation: Math.SQRT2 });
    expect(meanAndDeviation([5]).deviation).toBeNaN();
  });
});

describe('learningTable', () => {
  it('shows shares as per cent and distances in millimetres, over seeds', () => {
    const table = learningTable([
      record('sft', 1, { formatRate: 0.8, mpjpeMean: 70 }),
      record('sft', 2, { formatRate: 0.9, mpjpeMean: 72 }),
    ]);
    expect(table).toMatch(/SFT, converged\s+\|\s+85\.0 ± 7\.1/);
    expect(table).toContain('71.0 ± 1.4');
  });
});

describe('judgeTargets', () => {
  const start = record('sft-continued', 1, { mpjpeMean: 100, satisfiedMean: 0.5, formatRate: 0.86 });

  it('finds every target reached', () => {
    const records = [
      start,
      record('hygrpo', 1, { mpjpeMean: 91, satisfiedMean: 0.71, formatRate: 0.98 }),
      record('grpo-text', 1, { mpjpeMean: 104 }),
    ];
    expect(judgeTargets(records).map(({ reached }) => reached)).toEqual([true, true, true, true]);
  });

  it('finds each one missed by a little', () => {
    const records = [
      start,
      record('hygrpo', 1, { mpjpeMean: 92.5, satisfiedMean: 0.69, formatRate: 0.969 }),
      record('grpo-text', 1, { mpjpeMean: 99 }),
    ];
    expect(judgeTargets(records).map(({ reached }) => reached)).toEqual([false, false, false, false]);
  });

  it('judges nothing that was not run', () => {
    expect(judgeTargets([start])).toEqual([]);
  });
});
