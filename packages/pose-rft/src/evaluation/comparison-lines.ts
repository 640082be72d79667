import { bootstrapMean, bootstrapPairedDifference } from '../statistics/bootstrap.js';
import { formatMetric, judgeChange, METRIC_NAMES, METRICS, type EvaluationResult } from './metrics.js';

const MARKS = { better: '+', worse: '-', neither: ' ' } as const;

/**
 * Two evaluations side by side as lines of text. A mark in front says whether the change is an improvement (+) or a loss
 * (-) beyond the 95 % interval of the paired bootstrap.
 */
export function comparisonLines(before: EvaluationResult, after: EvaluationResult): readonly string[] {
  const rows = METRIC_NAMES.map((metric) => {
    const first = before.perPrompt[metric];
    const second = after.perPrompt[metric];
    const change = bootstrapPairedDifference(first, second);
    const isClear = change.low > 0 || change.high < 0;
    const mark = MARKS[isClear ? judgeChange(metric, change.mean) : 'neither'];
    const sign = (value: number): string => (value > 0 ? '+' : '') + formatMetric(metric, value);
    return [
      `${mark} ${METRICS[metric].label}`,
      formatMetric(metric, bootstrapMean(first).mean),
      formatMetric(metric, bootstrapMean(second).mean),
      sign(change.mean),
      `${sign(change.low)} to ${sign(change.high)}`,
    ];
  });
  const table = [['  held-out prompts', 'before', 'after', 'change', '95 % interval'], ...rows];
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...table.map((row) => (row[column] ?? '').length)));
  return table.map((row) =>
    row
      .map((text, column) =>
        column === 0 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
}
