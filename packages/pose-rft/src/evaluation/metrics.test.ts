import { describe, expect, it } from 'vitest';
import { emptyEvaluation } from '../testing/evaluation-result.js';
import { formatMetric, judgeChange, meanOf, METRIC_NAMES, METRICS } from './metrics.js';

describe('METRICS', () => {
  it('have labels of their own and an explanation', () => {
    expect(new Set(METRIC_NAMES.map((metric) => METRICS[metric].label)).size).toBe(METRIC_NAMES.length);
    for (const metric of METRIC_NAMES) expect(METRICS[metric].explanation).not.toBe('');
  });
});

describe('formatMetric', () => {
  it('shows shares as per cent, distances in millimetres, and what was not measured as a dash', () => {
    expect(formatMetric('formatRate', 0.8625)).toBe('86.3 %');
    expect(formatMetric('mpjpeMean', 71.26)).toBe('71.3 mm');
    expect(formatMetric('mpjpeMean', Number.NaN)).toBe('-');
  });
});

describe('judgeChange', () => {
  it('follows what is wanted of the metric', () => {
    expect(judgeChange('formatRate', 0.1)).toBe('better');
    expect(judgeChange('formatRate', -0.1)).toBe('worse');
    expect(judgeChange('mpjpeMean', -1)).toBe('better');
    expect(judgeChange('mpjpeMean', 1)).toBe('worse');
  });

  it('takes no side on diversity, no change, and no measurement', () => {
    expect(judgeChange('diversityText', -20)).toBe('neither');
    expect(judgeChange('mpjpeMean', 0)).toBe('neither');
    expect(judgeChange('mpjpeMean', Number.NaN)).toBe('neither');
  });
});

describe('meanOf', () => {
  it('is the mean of what was measured', () => {
    const result = emptyEvaluation(3);
    result.perPrompt.mpjpeMean.set([10, Number.NaN, 20]);
    expect(meanOf(result, 'mpjpeMean')).toBe(15);
    expect(meanOf(result, 'formatRate')).toBeNaN();
  });
});
