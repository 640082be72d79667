import { dotPlot } from '../report/dot-plot.js';
import type { Experiment, Finding } from './experiment.js';
import { REWARD_LABELS, type RewardKind, type RewardMix } from './experiment-rewards.js';
import { metricOver, metricsTable, resultsByVariant, type VariantResults } from './results-by-variant.js';
import { EXPERIMENT_METRICS, type ExperimentMetric } from './run-result.js';
import { DEFAULT_REWARDS, START_VARIANT, variantOf, type Variant } from './variant.js';

const ABLATED: readonly RewardKind[] = [
  'format',
  'statements',
  'textSimilarity',
  'spatial',
  'rules',
  'evaluator',
  'limits',
];

function mixOf(kinds: readonly RewardKind[]): RewardMix {
  return Object.fromEntries(kinds.map((kind) => [kind, 1]));
}

const VARIANTS: readonly Variant[] = [
  START_VARIANT,
  variantOf({ name: 'all', label: 'all seven', rewards: mixOf(ABLATED) }),
  ...ABLATED.map((kind) =>
    variantOf({
      name: `without-${kind}`,
      label: `all but ${REWARD_LABELS[kind]}`,
      rewards: mixOf(ABLATED.filter((other) => other !== kind)),
    }),
  ),
  ...ABLATED.map((kind) =>
    variantOf({ name: `only-${kind}`, label: `${REWARD_LABELS[kind]} alone`, rewards: mixOf([kind]) }),
  ),
  variantOf({ name: 'default', label: 'the default four', rewards: DEFAULT_REWARDS }),
  variantOf({
    name: 'paper',
    label: "the paper's four",
    rewards: { format: 1, textSimilarity: 1, inverseDistance: 1, evaluator: 1 },
  }),
];

const PLOTTED: readonly ExperimentMetric[] = [
  'formatRate',
  'statementTruth',
  'mpjpeMean',
  'satisfiedMean',
  'rewardEvaluator',
  'judgeEvaluator',
  'withinLimits',
];

/** Each reward alone, all, and all but one, on every metric; the default recipe's and the paper's choice beside them. */
export const rewardAblation: Experiment = {
  name: 'rewards',
  title: 'What each reward does',
  summary: 'each reward alone, all, all but one: the effect on every metric',
  variants: VARIANTS,
  iterations: 80,
  curvePoints: 0,
  findings(results) {
    const variants = resultsByVariant(VARIANTS, results);
    return [
      { kind: 'table', title: 'Every metric', markdown: metricsTable(variants) },
      ablationPlot(variants),
    ];
  },
};

function ablationPlot(variants: readonly VariantResults[]): Finding {
  const start = variants.find(({ variant }) => variant.name === START_VARIANT.name);
  const columns = PLOTTED.map((metric) => {
    const { label, unit, better } = EXPERIMENT_METRICS[metric];
    const scale = unit === '%' ? 100 : 1;
    const dots = variants.map((each) => scaled(metricOver(each, metric), scale));
    return {
      title: unit === '' ? label : `${label.replace(', mean pose', '')} (${unit})`,
      better,
      dots,
      ...(start === undefined ? {} : { reference: scale * metricOver(start, metric).mean }),
    };
  });
  return {
    kind: 'plot',
    title:
      'Mean and standard deviation over seeds; the dashed line is the start, blue is better than it, orange worse',
    file: 'rewards.svg',
    svg: dotPlot(
      variants.map(({ variant }) => variant.label),
      columns,
    ),
  };
}

function scaled(
  { mean, deviation }: { mean: number; deviation: number },
  scale: number,
): { value: number; deviation: number } {
  return { value: scale * mean, deviation: scale * deviation };
}
