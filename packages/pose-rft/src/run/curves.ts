import type { HyGrpoMetrics } from '@pose-rft/hygrpo';
import type { Curve } from '../report/line-chart.js';

/** The metrics of an iteration that a run shows and keeps, by the trainer's names. */
export const CURVE_DEFINITIONS = {
  'rewards/format/mean': { label: 'reward: format', unit: 'share of answers', wanted: 'higher' },
  'rewards/statements/mean': {
    label: 'reward: true statements',
    unit: 'share of two per answer',
    wanted: 'higher',
  },
  'rewards/semantic/mean': {
    label: 'reward: semantic (text to pose)',
    unit: 'soft share of satisfied posecodes, per sampled pose',
    wanted: 'higher',
  },
  'rewards/spatial/mean': {
    label: 'reward: spatial (evidence to pose)',
    unit: 'mean over joints of exp(-error / 0.1 m), per sampled pose',
    wanted: 'higher',
  },
  'kl/answer': { label: 'KL, answer', unit: 'nats per token, to the starting model', wanted: 'none' },
  'kl/pose': { label: 'KL, pose', unit: 'nats per pose, to the starting model', wanted: 'none' },
  'clip_ratio/answer': { label: 'clipped ratios, answer', unit: 'share of tokens', wanted: 'none' },
  'clip_ratio/pose': { label: 'clipped ratios, pose', unit: 'share of joints', wanted: 'none' },
  grad_norm: { label: 'gradient norm', unit: 'before clipping to 1', wanted: 'none' },
  'completions/mean_length': { label: 'answer length', unit: 'tokens', wanted: 'none' },
} as const satisfies Readonly<Record<string, Omit<Curve, 'values'>>>;

export type CurveName = keyof typeof CURVE_DEFINITIONS;

const CURVE_NAMES = Object.keys(CURVE_DEFINITIONS) as readonly CurveName[];

/** What a run has measured so far: one value per iteration and curve, null where there is none (JSON has no NaN). */
export type RecordedCurves = Record<string, (number | null)[]>;

/** Appends one iteration's metrics. */
export function recordCurves(curves: RecordedCurves, metrics: HyGrpoMetrics): void {
  for (const name of CURVE_NAMES) {
    const value: number | undefined = metrics[name];
    (curves[name] ??= []).push(value !== undefined && Number.isFinite(value) ? value : null);
  }
}

/** The curves to draw: those that were measured at least once. */
export function drawableCurves(curves: RecordedCurves): readonly Curve[] {
  return Object.entries(CURVE_DEFINITIONS).flatMap(([name, definition]) => {
    const values = (curves[name] ?? []).map((value) => value ?? Number.NaN);
    return values.some((value) => !Number.isNaN(value)) ? [{ ...definition, values }] : [];
  });
}
