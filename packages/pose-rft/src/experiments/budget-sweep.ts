import { meanAndDeviation } from '../learn/learning-table.js';
import { markdownTable } from '../report/markdown-table.js';
import { seriesPlot, type SeriesPanel } from '../report/series-plot.js';
import { COST_PHASES, type CostPhase } from './cost-clock.js';
import type { Experiment, Finding } from './experiment.js';
import {
  meanCell,
  metricOver,
  metricsTable,
  resultsByVariant,
  type VariantResults,
} from './results-by-variant.js';
import { EXPERIMENT_METRICS, type ExperimentMetric, type RunResult } from './run-result.js';
import {
  EXPERIMENT_LEARNING_RATE,
  EXPERIMENT_METHOD,
  START_VARIANT,
  variantOf,
  type Variant,
} from './variant.js';

/** One setting, varied while the others stay as they are. */
interface Axis {
  readonly title: string;
  readonly symbol: string;
  readonly points: readonly { readonly value: number; readonly variant: Variant }[];
}

const CENTRE = variantOf({ name: 'centre', label: 'G 4, V 16, beta 0.005, learning rate 0.002, one update' });

function axis(
  title: string,
  symbol: string,
  centre: number | undefined,
  values: readonly number[],
  vary: (value: number) => Omit<Parameters<typeof variantOf>[0], 'name' | 'label'>,
): Axis {
  const id = title.replaceAll(/[^a-z0-9]+/gi, '-').toLowerCase();
  return {
    title,
    symbol,
    points: values.map((value) => ({
      value,
      variant:
        value === centre
          ? CENTRE
          : variantOf({ name: `${id}-${value}`, label: `${title} ${value}`, ...vary(value) }),
    })),
  };
}

const { candidatesPerPrompt, samplesPerCandidate, poseKlCoefficient } = EXPERIMENT_METHOD;

const CANDIDATES = axis('G', 'G, answers a prompt', candidatesPerPrompt, [2, 4, 8, 16, 32], (value) => ({
  method: { candidatesPerPrompt: value },
}));

const CANDIDATES_AT_EQUAL_ANSWERS = axis(
  'G at equal answers',
  'G, and iterations in inverse proportion',
  candidatesPerPrompt,
  [2, 4, 8, 16, 32],
  (value) => ({
    method: { candidatesPerPrompt: value },
    iterationsShare: candidatesPerPrompt / value,
  }),
);

const SAMPLES = axis('V', 'V, poses an answer', samplesPerCandidate, [1, 4, 16, 64], (value) => ({
  method: { samplesPerCandidate: value },
}));

const AXES: readonly Axis[] = [
  CANDIDATES,
  CANDIDATES_AT_EQUAL_ANSWERS,
  SAMPLES,
  axis('eps', 'eps, with two updates a rollout', undefined, [0.05, 0.1, 0.2, 0.4], (value) => ({
    method: { clipEpsilon: value, innerEpochs: 2 },
  })),
  axis('beta', 'beta of the pose', poseKlCoefficient, [0, 0.001, 0.005, 0.02, 0.1], (value) => ({
    method: { poseKlCoefficient: value },
  })),
  axis(
    'learning rate',
    'learning rate',
    EXPERIMENT_LEARNING_RATE,
    [0.0005, 0.001, 0.002, 0.004, 0.008],
    (value) => ({ learningRate: value }),
  ),
];

const VARIANTS: readonly Variant[] = [
  START_VARIANT,
  ...new Set(AXES.flatMap(({ points }) => points.map(({ variant }) => variant))),
];

const TABLED: readonly ExperimentMetric[] = [
  'formatRate',
  'statementTruth',
  'satisfiedMean',
  'mpjpeMean',
  'paMpjpeMean',
  'withinLimits',
  'judgeEvaluator',
  'diversityText',
];

/** G, V, eps, beta and the learning rate, one at a time: what each buys, and what it costs. */
export const budgetSweep: Experiment = {
  name: 'budget',
  title: 'Quality against cost: G, V, eps, beta and the learning rate',
  summary:
    'G, V, eps, beta and the learning rate, one at a time: quality, and the cost of sampling and update',
  variants: VARIANTS,
  iterations: 60,
  curvePoints: 0,
  findings(results) {
    const variants = resultsByVariant(VARIANTS, results);
    return [
      { kind: 'table', title: 'Quality', markdown: metricsTable(variants, TABLED) },
      { kind: 'table', title: 'Cost', markdown: costTable(variants) },
      qualityPlot(variants, 'satisfiedMean', 'budget-satisfied.svg'),
      qualityPlot(variants, 'mpjpeMean', 'budget-mpjpe.svg'),
      phasePlot(variants),
      bargainPlot(variants),
    ];
  },
};

function costTable(variants: readonly VariantResults[]): string {
  const trained = variants.filter(({ variant }) => variant.name !== START_VARIANT.name);
  const header = [
    '',
    ...COST_PHASES.map((phase) => `${phase} (ms)`),
    'an iteration (ms)',
    'iterations',
    'a run (CPU s)',
  ];
  const rows = trained.map(({ variant, runs }) => [
    variant.label,
    ...COST_PHASES.map((phase) => meanCell(costs(runs, phase), 0, 1000)),
    meanCell(runs.map(iterationSeconds), 0, 1000),
    String(runs[0]?.settings.iterations ?? 0),
    meanCell(runs.map(runSeconds)),
  ]);
  return markdownTable([header, ...rows]);
}

function costs(runs: readonly RunResult[], phase: CostPhase): readonly number[] {
  return runs.map(({ cost }) => cost[phase]);
}

function iterationSeconds({ cost }: RunResult): number {
  return COST_PHASES.reduce((sum, phase) => sum + cost[phase], 0);
}

function runSeconds(run: RunResult): number {
  return iterationSeconds(run) * run.settings.iterations;
}

function found(variants: readonly VariantResults[], variant: Variant): VariantResults | undefined {
  return variants.find((each) => each.variant.name === variant.name);
}

function qualityPlot(variants: readonly VariantResults[], metric: ExperimentMetric, file: string): Finding {
  const { label, unit } = EXPERIMENT_METRICS[metric];
  const scale = unit === '%' ? 100 : 1;
  const start = found(variants, START_VARIANT);
  const panels = AXES.map(({ title, symbol, points }): SeriesPanel => ({
    title: `${title}: ${label} (${unit})`,
    xLabel: symbol,
    xScale: 'ordinal',
    series: [
      {
        label: 'mean and standard deviation over seeds',
        points: points.flatMap(({ value, variant }) => {
          const results = found(variants, variant);
          if (results === undefined) return [];
          const { mean, deviation } = metricOver(results, metric);
          return [{ x: value, value: scale * mean, deviation: scale * deviation }];
        }),
      },
    ],
    marks: start === undefined ? [] : [{ label: 'start', value: scale * metricOver(start, metric).mean }],
  }));
  return { kind: 'plot', title: `${label}, by each setting`, file, svg: seriesPlot(panels) };
}

function phasePlot(variants: readonly VariantResults[]): Finding {
  const phases = ({ title, symbol, points }: Axis): SeriesPanel => ({
    title: `${title}: CPU time of an iteration (ms)`,
    xLabel: symbol,
    xScale: 'ordinal',
    series: COST_PHASES.map((phase) => ({
      label: phase,
      points: points.flatMap(({ value, variant }) => {
        const results = found(variants, variant);
        if (results === undefined) return [];
        const { mean, deviation } = meanAndDeviation(costs(results.runs, phase));
        return [{ x: value, value: 1000 * mean, deviation: 1000 * deviation }];
      }),
    })),
  });
  return {
    kind: 'plot',
    title: 'What an iteration costs',
    file: 'budget-cost.svg',
    svg: seriesPlot([phases(CANDIDATES), phases(SAMPLES)]),
  };
}

function bargainPlot(variants: readonly VariantResults[]): Finding {
  const against = (metric: ExperimentMetric): SeriesPanel => {
    const { label, unit } = EXPERIMENT_METRICS[metric];
    const scale = unit === '%' ? 100 : 1;
    return {
      title: `${label} (${unit}) against cost`,
      xLabel: 'CPU seconds of a run',
      series: [CANDIDATES, CANDIDATES_AT_EQUAL_ANSWERS, SAMPLES].map(({ title, points }) => ({
        label: `${title}: ${points.map(({ value }) => value).join(', ')}`,
        points: points
          .flatMap(({ variant }) => {
            const results = found(variants, variant);
            if (results === undefined) return [];
            const { mean, deviation } = metricOver(results, metric);
            const x = meanAndDeviation(results.runs.map(runSeconds)).mean;
            return [{ x, value: scale * mean, deviation: scale * deviation }];
          })
          .sort((first, second) => first.x - second.x),
      })),
    };
  };
  return {
    kind: 'plot',
    title: 'What CPU time buys: each line goes through the values of one setting',
    file: 'budget-bargain.svg',
    svg: seriesPlot([against('satisfiedMean'), against('mpjpeMean')]),
  };
}
