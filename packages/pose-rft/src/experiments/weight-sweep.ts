import { seriesPlot, type SeriesPanel } from '../report/series-plot.js';
import type { Experiment, Finding } from './experiment.js';
import { metricOver, metricsTable, resultsByVariant, type VariantResults } from './results-by-variant.js';
import { EXPERIMENT_METRICS, type ExperimentMetric } from './run-result.js';
import { START_VARIANT, variantOf, type Variant } from './variant.js';

/** The share of the semantic reward in the weight of both pose rewards, which together always have 2. */
const SEMANTIC_SHARES: readonly number[] = [0, 0.1, 0.25, 0.5, 0.75, 0.9, 1];

const SWEEP: readonly { readonly share: number; readonly variant: Variant }[] = SEMANTIC_SHARES.map(
  (share) => ({
    share,
    variant: variantOf({
      name: `semantic-${share}`,
      label: `spatial ${tidyNumber(2 - 2 * share)}, semantic ${tidyNumber(2 * share)}`,
      rewards: { format: 1, statements: 1, spatial: tidyNumber(2 - 2 * share), rules: tidyNumber(2 * share) },
    }),
  }),
);

const VARIANTS: readonly Variant[] = [START_VARIANT, ...SWEEP.map(({ variant }) => variant)];

const PLOTTED: readonly ExperimentMetric[] = [
  'mpjpeMean',
  'paMpjpeMean',
  'satisfiedMean',
  'judgeEvaluator',
  'withinLimits',
  'statementTruth',
];

/** The balance of the spatial and the semantic reward, from all of one to all of the other. */
export const weightSweep: Experiment = {
  name: 'weights',
  title: 'The balance of spatial and semantic rewards',
  summary: 'the balance of the spatial and the semantic reward, from all of one to all of the other',
  variants: VARIANTS,
  iterations: 80,
  curvePoints: 0,
  findings(results) {
    const variants = resultsByVariant(VARIANTS, results);
    return [
      { kind: 'table', title: 'Every metric', markdown: metricsTable(variants) },
      balancePlot(variants),
    ];
  },
};

function balancePlot(variants: readonly VariantResults[]): Finding {
  const start = variants.find(({ variant }) => variant.name === START_VARIANT.name);
  const panels = PLOTTED.map((metric): SeriesPanel => {
    const { label, unit } = EXPERIMENT_METRICS[metric];
    const scale = unit === '%' ? 100 : 1;
    const points = SWEEP.flatMap(({ share, variant }) => {
      const found = variants.find((each) => each.variant.name === variant.name);
      if (found === undefined) return [];
      const { mean, deviation } = metricOver(found, metric);
      return [{ x: share, value: scale * mean, deviation: scale * deviation }];
    });
    return {
      title: unit === '' ? label : `${label} (${unit})`,
      xLabel: 'share of the semantic reward',
      series: [{ label: 'mean and standard deviation over seeds', points }],
      marks: start === undefined ? [] : [{ label: 'start', value: scale * metricOver(start, metric).mean }],
    };
  });
  return {
    kind: 'plot',
    title: 'What the balance moves',
    file: 'weights.svg',
    svg: seriesPlot(panels),
  };
}

function tidyNumber(value: number): number {
  return Number(value.toFixed(6));
}
