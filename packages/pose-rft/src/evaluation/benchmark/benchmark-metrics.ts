import type { BenchmarkTask } from './benchmark.js';

/** A number that a benchmark gives for every sample, and how to read it. */
export interface BenchmarkMetric {
  readonly label: string;
  readonly unit: '%' | 'mm' | 'degrees' | 'nats' | '';
  readonly better: 'higher' | 'lower' | 'neither';
  readonly explanation: string;
}

/**
 * Every metric of a benchmark, in the order in which tables show them. Of the K answers to a sample: `Mean` is about the
 * means of their distributions, `Sample` about poses drawn from them, `Best` about the best of all that were drawn (of
 * the points, where nothing was drawn).
 */
export const BENCHMARK_METRICS = {
  answered: metric('answers with a pose', '%', 'higher', 'answers that hold a pose, of those wanted'),
  format: metric('format', '%', 'higher', 'answers that are words, exactly one <POSE>, and a full stop'),
  statementTruth: metric(
    'true statements',
    '%',
    'higher',
    'of the two facts that an answer should state about the pose, those stated and true',
  ),
  textSimilarity: metric(
    'text similarity',
    '%',
    'higher',
    'lexical cosine of the answer with the reference answer; it knows no synonyms',
  ),
  mpjpeMean: metric('MPJPE, mean pose', 'mm', 'lower', 'mean distance of the joints, roots aligned'),
  mpjpeSample: metric('MPJPE, samples', 'mm', 'lower', 'the same for poses drawn from the distribution'),
  mpjpeBest: metric('MPJPE, best of k', 'mm', 'lower', 'the same for the best of all that were drawn'),
  paMpjpeMean: metric(
    'PA-MPJPE, mean pose',
    'mm',
    'lower',
    'after the best rotation, scale and shift (Procrustes)',
  ),
  paMpjpeSample: metric('PA-MPJPE, samples', 'mm', 'lower', 'the same for poses drawn'),
  paMpjpeBest: metric('PA-MPJPE, best of k', 'mm', 'lower', 'the same for the best of all that were drawn'),
  pveMean: metric('PVE, mean pose', 'mm', 'lower', 'mean distance of the surface, roots aligned'),
  pck150: metric('PCK at 150 mm', '%', 'higher', 'joints of the mean pose nearer than 150 mm (MPI-INF-3DHP)'),
  auc: metric('AUC', '%', 'higher', 'mean of PCK at 0, 5 ... 150 mm, mean pose (MPI-INF-3DHP)'),
  pck50: metric('PCK at 50 mm', '%', 'higher', 'joints of the mean pose within 50 mm (3DPW challenge)'),
  angleMean: metric(
    'MPJAE, mean pose',
    'degrees',
    'lower',
    'mean angle between rotations, each relative to its parent',
  ),
  satisfiedMean: metric('satisfied, mean pose', '%', 'higher', "share of the text's claims that hold"),
  satisfiedSample: metric('satisfied, samples', '%', 'higher', 'the same for poses drawn'),
  satisfiedBest: metric(
    'satisfied, best of k',
    '%',
    'higher',
    'the same for the best of all that were drawn',
  ),
  satisfiedTruth: metric(
    'satisfied, truth',
    '%',
    'neither',
    'the same for the true pose: what can be reached',
  ),
  rewardCosine: metric(
    'cosine, evaluator A',
    '',
    'higher',
    'of text and mean pose, by the evaluator that policies may be trained on',
  ),
  judgeCosine: metric(
    'cosine, evaluator B',
    '',
    'higher',
    'of text and mean pose, by the independent judge that nothing is trained on',
  ),
  withinLimits: metric('within joint limits', '%', 'higher', 'mean poses that people can take'),
  diversity: metric('diversity', 'mm', 'neither', 'mean distance between the joints of two poses drawn'),
  coverage50: metric(
    'truth within 50 %',
    '%',
    'neither',
    'numbers of the true pose within the central interval that should hold half of them',
  ),
  coverage90: metric(
    'truth within 90 %',
    '%',
    'neither',
    'numbers of the true pose within the central interval that should hold 90 % of them',
  ),
  negativeLogLikelihood: metric(
    'negative log-likelihood',
    'nats',
    'lower',
    'of the true pose, mean over its 6D numbers',
  ),
} as const satisfies Readonly<Record<string, BenchmarkMetric>>;

export type BenchmarkMetricName = keyof typeof BENCHMARK_METRICS;

export const BENCHMARK_METRIC_NAMES = Object.keys(BENCHMARK_METRICS) as readonly BenchmarkMetricName[];

/** Metrics of one sample; those that do not apply are absent. */
export type SampleScores = Partial<Record<BenchmarkMetricName, number>>;

/** What makes a sample a good or a bad case, best first where several apply. */
export const CASE_METRICS: Readonly<Record<BenchmarkTask, readonly BenchmarkMetricName[]>> = {
  'image-to-pose': ['mpjpeMean'],
  'text-to-pose': ['judgeCosine', 'satisfiedMean', 'mpjpeMean'],
};

/** A metric's value as people read it. */
export function formatBenchmarkMetric(name: BenchmarkMetricName, value: number): string {
  if (Number.isNaN(value)) return '-';
  const { unit }: BenchmarkMetric = BENCHMARK_METRICS[name];
  if (unit === '%') return `${(100 * value).toFixed(1)} %`;
  return unit === 'mm' || unit === 'degrees'
    ? `${value.toFixed(1)} ${unit}`
    : `${value.toFixed(3)}${unit === '' ? '' : ` ${unit}`}`;
}

function metric(
  label: string,
  unit: BenchmarkMetric['unit'],
  better: BenchmarkMetric['better'],
  explanation: string,
): BenchmarkMetric {
  return { label, unit, better, explanation };
}
