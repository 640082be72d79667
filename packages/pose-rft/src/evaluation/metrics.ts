/** A number that evaluation gives for every held-out prompt, and how to read it. */
export interface MetricDefinition {
  readonly label: string;
  readonly unit: '%' | 'mm' | '';
  readonly better: 'higher' | 'lower' | 'neither';
  /** The prompts that it is defined on. */
  readonly prompts: 'all' | 'text-to-pose' | 'evidence-to-pose';
  readonly explanation: string;
}

/** Every metric of an evaluation, in the order in which tables show them. */
export const METRICS = {
  formatRate: {
    label: 'format',
    unit: '%',
    better: 'higher',
    prompts: 'all',
    explanation: 'answers that end with exactly one <POSE> and a full stop',
  },
  statementTruth: {
    label: 'true statements',
    unit: '%',
    better: 'higher',
    prompts: 'evidence-to-pose',
    explanation: 'of the two facts that an answer should state about the pose, those stated and true',
  },
  satisfiedMean: {
    label: 'satisfied, mean pose',
    unit: '%',
    better: 'higher',
    prompts: 'text-to-pose',
    explanation: "share of the sentence's posecodes that the distribution's mean pose satisfies",
  },
  satisfiedSample: {
    label: 'satisfied, samples',
    unit: '%',
    better: 'higher',
    prompts: 'text-to-pose',
    explanation: "share of the sentence's posecodes that a sampled pose satisfies",
  },
  mpjpeMean: {
    label: 'MPJPE, mean pose',
    unit: 'mm',
    better: 'lower',
    prompts: 'evidence-to-pose',
    explanation: 'mean distance of the 24 joints to the truth, pelvis aligned',
  },
  mpjpeSample: {
    label: 'MPJPE, samples',
    unit: 'mm',
    better: 'lower',
    prompts: 'evidence-to-pose',
    explanation: 'the same for sampled poses',
  },
  paMpjpeMean: {
    label: 'PA-MPJPE, mean pose',
    unit: 'mm',
    better: 'lower',
    prompts: 'evidence-to-pose',
    explanation: 'the same after the best rotation, scale and shift (Procrustes)',
  },
  paMpjpeSample: {
    label: 'PA-MPJPE, samples',
    unit: 'mm',
    better: 'lower',
    prompts: 'evidence-to-pose',
    explanation: 'the same for sampled poses',
  },
  withinLimits: {
    label: 'within joint limits',
    unit: '%',
    better: 'higher',
    prompts: 'text-to-pose',
    explanation: 'mean poses with every joint inside what people can bend: what no reward asks for may drift',
  },
  diversityEvidence: {
    label: 'diversity, evidence',
    unit: 'mm',
    better: 'neither',
    prompts: 'evidence-to-pose',
    explanation: 'mean distance between the joints of two samples for one prompt',
  },
  diversityText: {
    label: 'diversity, text',
    unit: 'mm',
    better: 'neither',
    prompts: 'text-to-pose',
    explanation: 'mean distance between the joints of two samples for one sentence',
  },
} as const satisfies Readonly<Record<string, MetricDefinition>>;

export type MetricName = keyof typeof METRICS;

export const METRIC_NAMES = Object.keys(METRICS) as readonly MetricName[];

/** One value per prompt and metric; NaN where a metric does not apply, or no answer held a pose. */
export interface EvaluationResult {
  readonly promptCount: number;
  readonly candidatesPerPrompt: number;
  readonly perPrompt: Readonly<Record<MetricName, Float64Array>>;
  /** Mean of the predicted log standard deviations of the pose (natural logarithm of 6D units). */
  readonly meanLogStandardDeviation: number;
}

/** The mean of a metric over the prompts that it applies to; NaN if there are none. */
export function meanOf(result: EvaluationResult, metric: MetricName): number {
  let sum = 0;
  let count = 0;
  for (const value of result.perPrompt[metric])
    if (!Number.isNaN(value)) {
      sum += value;
      count += 1;
    }
  return count === 0 ? Number.NaN : sum / count;
}

/** A metric's value as people read it: shares as per cent, distances in millimetres. */
export function formatMetric(metric: MetricName, value: number): string {
  if (Number.isNaN(value)) return '-';
  return METRICS[metric].unit === '%' ? `${(100 * value).toFixed(1)} %` : `${value.toFixed(1)} mm`;
}

/** Whether a change of a metric is an improvement, a loss, or neither. */
export function judgeChange(metric: MetricName, change: number): 'better' | 'worse' | 'neither' {
  const { better } = METRICS[metric];
  if (better === 'neither' || change === 0 || Number.isNaN(change)) return 'neither';
  return change > 0 === (better === 'higher') ? 'better' : 'worse';
}
