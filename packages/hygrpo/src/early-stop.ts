import { demand, requireInteger, requireOneOf } from './config-checks.js';

/** Ends a run that no longer gets better. */
export interface EarlyStop {
  /** A metric by its full name, such as `eval/success`; iterations without it do not count. */
  readonly metric: string;
  readonly better: 'higher' | 'lower';
  /** So many measurements in a row without a new best end the run, >= 1. */
  readonly patience: number;
  /** What a measurement must gain on the best one to count, >= 0. Default 0: anything. */
  readonly minimumImprovement?: number;
}

/** What it remembers. */
export interface EarlyStopState {
  /** Null before the first measurement. */
  readonly best: number | null;
  /** Measurements since the best one. */
  readonly sinceBest: number;
}

export const NO_MEASUREMENT: EarlyStopState = { best: null, sinceBest: 0 };

/** @throws HyGrpoConfigError */
export function requireEarlyStop({ metric, better, patience, minimumImprovement = 0 }: EarlyStop): void {
  demand('earlyStop.metric', metric, typeof metric === 'string' && metric !== '', 'the name of a metric');
  requireOneOf('earlyStop.better', better, ['higher', 'lower']);
  requireInteger('earlyStop.patience', patience, 1);
  demand('earlyStop.minimumImprovement', minimumImprovement, minimumImprovement >= 0, 'a number >= 0');
}

/** The state after a measurement; one that is NaN is no improvement. */
export function measureProgress(
  state: EarlyStopState,
  value: number,
  { better, minimumImprovement = 0 }: EarlyStop,
): EarlyStopState {
  const { best, sinceBest } = state;
  const gain = best === null ? Infinity : better === 'higher' ? value - best : best - value;
  const improves = !Number.isNaN(value) && (best === null || (gain > 0 && gain >= minimumImprovement));
  return improves ? { best: value, sinceBest: 0 } : { best, sinceBest: sinceBest + 1 };
}

/** Why the run ends, in a sentence; undefined as long as it goes on. */
export function reasonToStop(
  { best, sinceBest }: EarlyStopState,
  { metric, patience }: EarlyStop,
): string | undefined {
  if (sinceBest < patience) return undefined;
  return `${metric} has not improved on ${best ?? 'anything'} in ${sinceBest} measurements, so the run ends here.`;
}
