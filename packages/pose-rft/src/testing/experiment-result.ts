import { EXPERIMENT_METRIC_NAMES, type CurvePoint, type RunResult } from '../experiments/run-result.js';
import type { PoseJudgement } from '../experiments/pose-judges.js';
import type { Variant } from '../experiments/variant.js';

/** A judgement with every score the same, but for those that are given. */
export function judgement(score: number, given: Partial<PoseJudgement> = {}): PoseJudgement {
  return { rewardEvaluator: score, judgeEvaluator: score, satisfied: score, withinLimits: score, ...given };
}

/** A made-up result of a run: every metric has one value, every phase costs as much. */
export function experimentResult(
  variant: Variant,
  seed: number,
  made: { readonly metric?: number; readonly cost?: number; readonly curve?: readonly CurvePoint[] } = {},
): RunResult {
  const { metric = 0.5, cost = 0.01, curve = [] } = made;
  return {
    settings: {
      experiment: 'made-up',
      variant,
      seed,
      iterations: Math.round(100 * (variant.iterationsShare ?? 1)),
      trainingSamples: 10,
      prompts: 4,
      curvePoints: curve.length,
    },
    metrics: Object.fromEntries(
      EXPERIMENT_METRIC_NAMES.map((name) => [name, metric]),
    ) as RunResult['metrics'],
    truth: judgement(1),
    curve,
    cost: { sampling: cost, rewards: cost, reference: cost, update: cost },
  };
}
