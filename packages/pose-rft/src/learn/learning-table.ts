import { METRIC_NAMES, METRICS, type MetricName } from '../evaluation/metrics.js';
import { LEARNING_METHOD_NAMES, learningMethod, type LearningMethodName } from './methods.js';

/** What one method reached with one seed. */
export interface LearningRecord {
  readonly method: LearningMethodName;
  readonly seed: number;
  readonly split: 'validation' | 'test';
  /** CPU seconds that the method itself took, evaluation left out. */
  readonly cpuSeconds: number;
  /** Optimiser steps or iterations. */
  readonly steps: number;
  readonly metrics: Readonly<Record<MetricName, number>>;
  /** Mean predicted log standard deviation of a pose's numbers. */
  readonly meanLogStandardDeviation: number;
  /**
   * For methods that start from converged SFT: that model's samples, drawn with its sigma scaled to this method's.
   * What remains between the two is more than less noise.
   */
  readonly sigmaMatchedStart?: Readonly<Record<MetricName, number>>;
}

/** Mean and sample standard deviation over seeds; the deviation is NaN for a single seed. */
export function meanAndDeviation(values: readonly number[]): { mean: number; deviation: number } {
  const present = values.filter((value) => !Number.isNaN(value));
  const mean = present.reduce((sum, value) => sum + value, 0) / present.length;
  const squares = present.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: present.length < 2 ? Number.NaN : Math.sqrt(squares / (present.length - 1)) };
}

/** The records as a Markdown table: a row per method, mean ± standard deviation over seeds. */
export function learningTable(records: readonly LearningRecord[]): string {
  const header = [
    'method',
    ...METRIC_NAMES.map((metric) => `${METRICS[metric].label} (${METRICS[metric].unit})`),
  ];
  const rows = LEARNING_METHOD_NAMES.flatMap((name) => {
    const own = records.filter(({ method }) => method === name);
    if (own.length === 0) return [];
    const cells = METRIC_NAMES.map((metric) =>
      cell(
        metric,
        own.map(({ metrics }) => metrics[metric]),
      ),
    );
    const matched = own.flatMap(({ sigmaMatchedStart }) =>
      sigmaMatchedStart === undefined ? [] : [sigmaMatchedStart],
    );
    const control =
      matched.length === own.length
        ? [
            [
              '  its start, with its sigma',
              ...METRIC_NAMES.map((metric) =>
                cell(
                  metric,
                  matched.map((metrics) => metrics[metric]),
                ),
              ),
            ],
          ]
        : [];
    return [[learningMethod(name).label, ...cells], ...control];
  });
  return markdownTable([header, ...rows]);
}

function cell(metric: MetricName, values: readonly number[]): string {
  const scale = METRICS[metric].unit === '%' ? 100 : 1;
  const { mean, deviation } = meanAndDeviation(values);
  if (Number.isNaN(mean)) return '-';
  return (scale * mean).toFixed(1) + (Number.isNaN(deviation) ? '' : ` ± ${(scale * deviation).toFixed(1)}`);
}

/** Rows of cells as a Markdown table; the first row is its header, the first column is text. */
export function markdownTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(3, ...rows.map((row) => (row[column] ?? '').length)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((text, column) => (column === 0 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0))).join(' | ')} |`;
  const [header = [], ...body] = rows;
  const rule = `|${widths.map((width, column) => (column === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`;
  return [line(header), rule, ...body.map(line)].join('\n');
}

/** One target of the project and what was measured for it. */
export interface TargetVerdict {
  readonly target: string;
  readonly measured: string;
  readonly reached: boolean;
}

/** Holds the figures of HyGRPO against continued SFT to the project's targets; empty unless both were run. */
export function judgeTargets(records: readonly LearningRecord[]): readonly TargetVerdict[] {
  const mean = (method: LearningMethodName, metric: MetricName): number =>
    meanAndDeviation(
      records.filter((record) => record.method === method).map(({ metrics }) => metrics[metric]),
    ).mean;
  const relative = (method: LearningMethodName, metric: MetricName): number =>
    100 * (mean(method, metric) / mean('sft-continued', metric) - 1);
  const has = (method: LearningMethodName): boolean => records.some((record) => record.method === method);
  const verdicts: TargetVerdict[] = [];
  if (has('hygrpo') && has('sft-continued')) {
    const mpjpe = relative('hygrpo', 'mpjpeMean');
    const satisfied = mean('hygrpo', 'satisfiedMean') - mean('sft-continued', 'satisfiedMean');
    const format = mean('hygrpo', 'formatRate');
    verdicts.push(
      {
        target: 'HyGRPO: MPJPE of the mean pose at least 8 % below continued SFT',
        measured: `${signed(mpjpe, 1)} %`,
        reached: mpjpe <= -8,
      },
      {
        target: 'HyGRPO: satisfied posecodes at least 0.2 above continued SFT',
        measured: signed(satisfied, 3),
        reached: satisfied >= 0.2,
      },
      {
        target: 'HyGRPO: format at least 97 %',
        measured: `${(100 * format).toFixed(1)} %`,
        reached: format >= 0.97,
      },
    );
  }
  if (has('grpo-text') && has('sft-continued')) {
    const mpjpe = relative('grpo-text', 'mpjpeMean');
    verdicts.push({
      target: 'text-only GRPO does not beat continued SFT on the pose',
      measured: `MPJPE of the mean pose ${signed(mpjpe, 1)} %`,
      reached: mpjpe >= 0,
    });
  }
  return verdicts;
}

function signed(value: number, digits: number): string {
  return `${value > 0 ? '+' : ''}${value.toFixed(digits)}`;
}
