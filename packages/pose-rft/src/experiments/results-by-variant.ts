import { meanAndDeviation } from '../learn/learning-table.js';
import { markdownTable } from '../report/markdown-table.js';
import {
  EXPERIMENT_METRIC_NAMES,
  EXPERIMENT_METRICS,
  type ExperimentMetric,
  type RunResult,
} from './run-result.js';
import type { Variant } from './variant.js';

/** The runs of one variant, one a seed. */
export interface VariantResults {
  readonly variant: Variant;
  readonly runs: readonly RunResult[];
}

/** Results by variant, in the order of the variants; those without any are left out. */
export function resultsByVariant(
  variants: readonly Variant[],
  results: readonly RunResult[],
): readonly VariantResults[] {
  return variants.flatMap((variant) => {
    const runs = results.filter(({ settings }) => settings.variant.name === variant.name);
    return runs.length === 0 ? [] : [{ variant, runs }];
  });
}

/** Mean and sample standard deviation of a metric over a variant's seeds. */
export function metricOver(
  { runs }: VariantResults,
  metric: ExperimentMetric,
): { mean: number; deviation: number } {
  return meanAndDeviation(runs.map(({ metrics }) => metrics[metric]));
}

/** `mean ± deviation` with so many digits, after a scale; a dash where nothing was measured. */
export function meanCell(values: readonly number[], digits = 1, scale = 1): string {
  const { mean, deviation } = meanAndDeviation(values);
  if (Number.isNaN(mean)) return '-';
  const spread = Number.isNaN(deviation) ? '' : ` ± ${(scale * deviation).toFixed(digits)}`;
  return (scale * mean).toFixed(digits) + spread;
}

/** A metric's values as a cell: shares in per cent, millimetres, cosines with three digits. */
export function metricCell(metric: ExperimentMetric, values: readonly number[]): string {
  const { unit } = EXPERIMENT_METRICS[metric];
  return meanCell(values, unit === '' ? 3 : 1, unit === '%' ? 100 : 1);
}

/** A row per variant, a column per metric: mean ± standard deviation over seeds. */
export function metricsTable(
  variants: readonly VariantResults[],
  metrics: readonly ExperimentMetric[] = EXPERIMENT_METRIC_NAMES,
): string {
  const header = metrics.map((metric) => {
    const { label, unit } = EXPERIMENT_METRICS[metric];
    return unit === '' ? label : `${label} (${unit})`;
  });
  const rows = variants.map(({ variant, runs }) => [
    variant.label,
    ...metrics.map((metric) =>
      metricCell(
        metric,
        runs.map((run) => run.metrics[metric]),
      ),
    ),
  ]);
  return markdownTable([['', ...header], ...rows]);
}
