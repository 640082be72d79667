import { describe, expect, it } from 'vitest';
import { emptyEvaluation, rampEvaluation } from '../testing/evaluation-result.js';
import { comparisonLines } from './comparison-lines.js';
import { METRIC_NAMES, METRICS, type MetricName } from './metrics.js';

function lineOf(lines: readonly string[], metric: MetricName): string {
  return lines.find((line) => line.slice(2).startsWith(METRICS[metric].label)) ?? '';
}

describe('comparisonLines', () => {
  it('has a header and a line for each metric', () => {
    const lines = comparisonLines(rampEvaluation(5), rampEvaluation(5));
    expect(lines).toHaveLength(METRIC_NAMES.length + 1);
    expect(lines[0]).toMatch(/before\s+after\s+change\s+95 % interval/);
  });

  it('marks what clearly became better or worse, by what is wanted of each metric', () => {
    const lines = comparisonLines(rampEvaluation(5), rampEvaluation(5, 0.2));
    expect(lineOf(lines, 'formatRate')).toMatch(
      /^\+ .* 30\.0 % +50\.0 % +\+20\.0 % +\+20\.0 % to \+20\.0 %$/,
    );
    expect(lineOf(lines, 'mpjpeMean')).toMatch(/^- /);
    expect(lineOf(lines, 'diversityText')).toMatch(/^ {2}d/);
  });

  it('marks nothing whose interval holds zero', () => {
    const before = rampEvaluation(4);
    const after = rampEvaluation(4);
    after.perPrompt.formatRate.set([0.5, 0.1, 0.6, 0.15]);
    expect(lineOf(comparisonLines(before, after), 'formatRate')).toMatch(/^ {2}format/);
  });

  it('shows a dash where nothing was measured, never NaN', () => {
    const text = comparisonLines(emptyEvaluation(3), emptyEvaluation(3)).join('\n');
    expect(text).not.toContain('NaN');
    expect(text).toMatch(/format +- +- +- +- to -/);
  });
});
