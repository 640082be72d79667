import { meanAndDeviation } from '../learn/learning-table.js';
import { markdownTable } from '../report/markdown-table.js';
import { seriesPlot, type SeriesPanel } from '../report/series-plot.js';
import type { Experiment, Finding } from './experiment.js';
import { meanCell, metricsTable, resultsByVariant, type VariantResults } from './results-by-variant.js';
import type { CurvePoint, RunResult } from './run-result.js';
import { START_VARIANT, variantOf, type Variant } from './variant.js';

/** So small that the KL is measured and not felt. */
const ONLY_MEASURED_KL = 1e-8;

const UNRESTRAINED = 'evaluator';

const TUNED: readonly Variant[] = [
  variantOf({
    name: UNRESTRAINED,
    label: 'A alone',
    rewards: { format: 1, evaluator: 1 },
    method: { poseKlCoefficient: ONLY_MEASURED_KL },
  }),
  variantOf({
    name: 'evaluator-kl',
    label: 'A, KL 0.005',
    rewards: { format: 1, evaluator: 1 },
    method: { poseKlCoefficient: 0.005 },
  }),
  variantOf({
    name: 'evaluator-strong-kl',
    label: 'A, KL 0.05',
    rewards: { format: 1, evaluator: 1 },
    method: { poseKlCoefficient: 0.05 },
  }),
  variantOf({
    name: 'evaluator-rules',
    label: 'A and rules',
    rewards: { format: 1, evaluator: 1, rules: 1 },
    method: { poseKlCoefficient: ONLY_MEASURED_KL },
  }),
  variantOf({
    name: 'evaluator-rules-kl',
    label: 'A and rules, KL 0.005',
    rewards: { format: 1, evaluator: 1, rules: 1 },
    method: { poseKlCoefficient: 0.005 },
  }),
  variantOf({
    name: 'rules',
    label: 'rules alone',
    rewards: { format: 1, rules: 1 },
    method: { poseKlCoefficient: ONLY_MEASURED_KL },
  }),
];

const VARIANTS: readonly Variant[] = [START_VARIANT, ...TUNED];

/**
 * Trains on evaluator A and judges with A, with B, which saw other data and has another shape, and with the rules; with
 * and without a KL, rules beside A, and early stopping.
 */
export const rewardHacking: Experiment = {
  name: 'hacking',
  title: 'Can the learned reward be gamed?',
  summary:
    'trains on evaluator A, judges with A, B and rules, over training; with KL, mixture, early stopping',
  variants: VARIANTS,
  iterations: 200,
  curvePoints: 8,
  findings(results) {
    const variants = resultsByVariant(VARIANTS, results);
    return [
      { kind: 'table', title: 'At the end of training', markdown: gapTable(variants) },
      { kind: 'table', title: 'Every metric', markdown: metricsTable(variants) },
      gapPlot(variants),
    ];
  },
};

/**
 * How far a judge's score has come: 0 where training started, 1 where the poses are that the sentences were made from.
 * It makes judges comparable that have scales of their own.
 */
export interface JudgedProgress {
  readonly rewardEvaluator: number;
  readonly judgeEvaluator: number;
  readonly rules: number;
}

/** @param run - gives the start of the curve and the score of the true poses */
export function judgedProgress(
  run: Pick<RunResult, 'curve' | 'truth'>,
  point: Pick<CurvePoint, 'test'>,
): JudgedProgress {
  const start = run.curve[0]?.test;
  const share = (judge: 'rewardEvaluator' | 'judgeEvaluator' | 'satisfied'): number => {
    const from = start?.[judge] ?? Number.NaN;
    return (point.test[judge] - from) / (run.truth[judge] - from);
  };
  return {
    rewardEvaluator: share('rewardEvaluator'),
    judgeEvaluator: share('judgeEvaluator'),
    rules: share('satisfied'),
  };
}

/** Where early stopping ends a run: the point at which the rules are best satisfied on validation prompts. */
export function earlyStop({ curve }: Pick<RunResult, 'curve'>): CurvePoint | undefined {
  return curve.reduce<CurvePoint | undefined>(
    (best, point) =>
      best === undefined || point.validation.satisfied > best.validation.satisfied ? point : best,
    undefined,
  );
}

/**
 * Where a run ends if it is to stop once the reward has nothing left to teach: the first point at which evaluator A gives
 * poses for validation prompts as much as it gives to poses that were described. Undefined if that never happens.
 */
export function rewardReached({ curve, truth }: Pick<RunResult, 'curve' | 'truth'>): CurvePoint | undefined {
  return curve.find(({ validation }) => validation.rewardEvaluator >= truth.rewardEvaluator);
}

interface JudgedRun {
  readonly run: RunResult;
  readonly point: CurvePoint;
}

function gapTable(variants: readonly VariantResults[]): string {
  const header = [
    '',
    'cosine A',
    'cosine B',
    'satisfied (%)',
    'within joint limits (%)',
    'progress A',
    'progress B',
    'progress rules',
    'gap A − B',
    'KL, pose (nats)',
    'iterations',
  ];
  const rows = variants.flatMap(({ variant, runs }) => {
    const atEnd = judgedRuns(runs, ({ curve }) => curve.at(-1));
    const row = gapRow(variant.label, atEnd);
    if (variant.name !== UNRESTRAINED) return [row];
    return [
      row,
      gapRow('A alone, stopped where validation satisfies the rules best', judgedRuns(runs, earlyStop)),
      gapRow('A alone, stopped where A scores it as described poses', judgedRuns(runs, rewardReached)),
    ];
  });
  const truth = variants[0]?.runs[0]?.truth;
  const perfect =
    truth === undefined
      ? []
      : [
          [
            'the poses that were described',
            truth.rewardEvaluator.toFixed(3),
            truth.judgeEvaluator.toFixed(3),
            (100 * truth.satisfied).toFixed(1),
            (100 * truth.withinLimits).toFixed(1),
            ...['1', '1', '1', '0', '-', '-'],
          ],
        ];
  return markdownTable([header, ...rows, ...perfect]);
}

function judgedRuns(
  runs: readonly RunResult[],
  pick: (run: RunResult) => CurvePoint | undefined,
): readonly JudgedRun[] {
  return runs.flatMap((run) => {
    const point = pick(run);
    return point === undefined ? [] : [{ run, point }];
  });
}

function gapRow(label: string, judged: readonly JudgedRun[]): readonly string[] {
  const of = (read: (judged: JudgedRun) => number): readonly number[] => judged.map(read);
  const progress = (read: (progress: JudgedProgress) => number): string =>
    meanCell(
      of(({ run, point }) => read(judgedProgress(run, point))),
      2,
    );
  return [
    label,
    meanCell(
      of(({ point }) => point.test.rewardEvaluator),
      3,
    ),
    meanCell(
      of(({ point }) => point.test.judgeEvaluator),
      3,
    ),
    meanCell(
      of(({ point }) => point.test.satisfied),
      1,
      100,
    ),
    meanCell(
      of(({ point }) => point.test.withinLimits),
      1,
      100,
    ),
    progress(({ rewardEvaluator }) => rewardEvaluator),
    progress(({ judgeEvaluator }) => judgeEvaluator),
    progress(({ rules }) => rules),
    progress(({ rewardEvaluator, judgeEvaluator }) => rewardEvaluator - judgeEvaluator),
    meanCell(of(({ point }) => point.klPose)),
    meanCell(
      of(({ point }) => point.iteration),
      0,
    ),
  ];
}

function gapPlot(variants: readonly VariantResults[]): Finding {
  const trained = variants.filter(({ variant }) => variant.name !== START_VARIANT.name);
  const panel = (title: string, read: (run: RunResult, point: CurvePoint) => number): SeriesPanel => ({
    title,
    xLabel: 'iterations',
    series: trained.map(({ variant, runs }) => ({ label: variant.label, points: curveOver(runs, read) })),
  });
  const progressOf = (run: RunResult, point: CurvePoint): JudgedProgress => judgedProgress(run, point);
  return {
    kind: 'plot',
    title: 'Mean and standard deviation over seeds, on test prompts',
    file: 'hacking.svg',
    svg: seriesPlot([
      panel('progress by A', (run, point) => progressOf(run, point).rewardEvaluator),
      panel('progress by B', (run, point) => progressOf(run, point).judgeEvaluator),
      panel('gap: progress by A − by B', (run, point) => {
        const { rewardEvaluator, judgeEvaluator } = progressOf(run, point);
        return rewardEvaluator - judgeEvaluator;
      }),
      panel('satisfied posecodes (%)', (_run, { test }) => 100 * test.satisfied),
      panel('poses within joint limits (%)', (_run, { test }) => 100 * test.withinLimits),
      panel('KL of the pose to the start (nats)', (_run, { klPose }) => klPose),
    ]),
  };
}

/** The mean of the runs' curves, point by point. */
function curveOver(
  runs: readonly RunResult[],
  read: (run: RunResult, point: CurvePoint) => number,
): { x: number; value: number; deviation: number }[] {
  const iterations = runs[0]?.curve.map(({ iteration }) => iteration) ?? [];
  return iterations.map((iteration) => {
    const values = runs.flatMap((run) => {
      const point = run.curve.find((each) => each.iteration === iteration);
      return point === undefined ? [] : [read(run, point)];
    });
    const { mean, deviation } = meanAndDeviation(values);
    return { x: iteration, value: mean, deviation };
  });
}
