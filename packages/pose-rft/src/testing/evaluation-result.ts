import { METRIC_NAMES, type EvaluationResult, type MetricName } from '../evaluation/metrics.js';

/** An evaluation in which nothing was measured, for tests to fill in. */
export function emptyEvaluation(promptCount: number): EvaluationResult {
  const perPrompt = {} as Record<MetricName, Float64Array>;
  for (const metric of METRIC_NAMES) perPrompt[metric] = new Float64Array(promptCount).fill(Number.NaN);
  return { promptCount, candidatesPerPrompt: 4, perPrompt, meanLogStandardDeviation: Number.NaN };
}

/** An evaluation that gave each metric the same values, 0.1, 0.2, ... for the prompts, plus a shift. */
export function rampEvaluation(promptCount: number, shift = 0): EvaluationResult {
  const result = emptyEvaluation(promptCount);
  for (const metric of METRIC_NAMES)
    result.perPrompt[metric].forEach((_, row) => (result.perPrompt[metric][row] = 0.1 * (row + 1) + shift));
  return { ...result, meanLogStandardDeviation: -3 };
}
