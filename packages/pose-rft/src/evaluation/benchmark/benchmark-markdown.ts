import { JOINT_NAMES } from '@pose-rft/smpl';
import { markdownTable } from '../../report/markdown-table.js';
import type { ClusteredEstimate } from '../../statistics/clustered-bootstrap.js';
import type { Calibration } from '../calibration.js';
import {
  BENCHMARK_METRIC_NAMES,
  BENCHMARK_METRICS,
  formatBenchmarkMetric,
  type BenchmarkMetricName,
} from './benchmark-metrics.js';
import { formatProblems } from './benchmark-problem.js';
import type { BenchmarkResult, TaskResult } from './benchmark-result.js';
import { PUBLISHED_PICTURES, PUBLISHED_TEXTS, type PublishedTable } from './published-results.js';
import { FIRST_JUDGED_JOINT } from './score-answers.js';
import type { MotionReport } from './score-motion.js';
import { EVALUATOR_NAMES, RETRIEVAL_KS, type RetrievalFigures } from './score-retrieval.js';

/** How people read a task's name. */
export const TASK_TITLES: Readonly<Record<TaskResult['task'], string>> = {
  'image-to-pose': 'Image to pose',
  'text-to-pose': 'Text to pose',
};

/** A table whose cells are texts. */
export interface TextTable {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Set under it. */
  readonly note?: string;
}

/** A result as a Markdown page whose tables stand beside the published ones. */
export function benchmarkMarkdown(result: BenchmarkResult): string {
  const sections = result.tasks.flatMap((task) => [
    `## ${TASK_TITLES[task.task]}: ${coverageLine(task)}`,
    ...taskTables(result, task).map(tableSection),
  ]);
  const problems = formatProblems(result.problems);
  return `${[
    `# ${result.title}: ${result.predictor}`,
    summaryLines(result)
      .map((line) => `- ${line}`)
      .join('\n'),
    ...sections,
    '## Left out',
    problems.length === 0 ? 'Nothing.' : ['```', ...problems, '```'].join('\n'),
  ].join('\n\n')}\n`;
}

/** What the numbers depend on. */
export function summaryLines(result: BenchmarkResult): readonly string[] {
  return [
    `protocol: ${result.protocol.name} (${result.protocol.jointSource})`,
    `${result.answersPerSample} answers per sample at most; joints and surfaces on ${result.scoringBody ?? 'nothing: joints as given'}`,
    'intervals: 95 %, percentile bootstrap over whole recordings where there are, else over samples',
    ...result.differences,
  ];
}

/** How much of what was asked has an answer. */
export function coverageLine({ scoredCount, sampleCount, estimates }: TaskResult): string {
  const clusterCount = Math.max(...Object.values(estimates).map((estimate) => estimate.clusterCount), 0);
  const clusters = clusterCount < scoredCount ? ` in ${clusterCount} recordings` : '';
  return `${scoredCount} of ${sampleCount} samples scored${clusters}`;
}

/** Every table of a task, in order. */
export function taskTables(result: BenchmarkResult, task: TaskResult): readonly TextTable[] {
  return [
    metricTable(task),
    ...publishedTables(result, task),
    ...(task.retrieval.length > 0 ? [retrievalTable(task.retrieval)] : []),
    ...(task.motion ? [motionTable(task.motion)] : []),
    ...(task.calibration ? [calibrationTable(task.calibration), jointTable(task, task.calibration)] : []),
  ];
}

function metricTable(task: TaskResult): TextTable {
  const format = (metric: BenchmarkMetricName, value: number): string => formatBenchmarkMetric(metric, value);
  return {
    title: 'Metrics',
    columns: ['metric', 'mean', '95 % interval', 'samples', 'what it is'],
    rows: BENCHMARK_METRIC_NAMES.flatMap((metric) => {
      const estimate = task.estimates[metric];
      if (estimate === undefined) return [];
      const { label, explanation } = BENCHMARK_METRICS[metric];
      return [
        [
          label.replace('best of k', `best of ${Math.max(1, task.drawnPerSample)}`),
          format(metric, estimate.mean),
          `${format(metric, estimate.low)} to ${format(metric, estimate.high)}`,
          String(estimate.count),
          explanation,
        ],
      ];
    }),
    ...(task.drawnPerSample === 0 && {
      note: 'Answers are points: the best is over the answers themselves.',
    }),
  };
}

function retrievalTable(figures: readonly RetrievalFigures[]): TextTable {
  const one = ({ mean }: ClusteredEstimate): string => mean.toFixed(1);
  const interval = ({ mean, low, high }: ClusteredEstimate): string =>
    `${mean.toFixed(1)} (${low.toFixed(1)} to ${high.toFixed(1)})`;
  const list = (byK: RetrievalFigures['textToPose']): string =>
    RETRIEVAL_KS.map((k) => (byK[k] === undefined ? '-' : one(byK[k]))).join(' / ');
  const ks = RETRIEVAL_KS.join('/');
  return {
    title: 'Retrieval, percent',
    columns: [
      'evaluator',
      'poses',
      'pairs',
      `T2P R@${ks}`,
      `P2T R@${ks}`,
      'mRecall (PoseScript: K 1, 5, 10)',
      'mRecall (UniPose: K 1, 5, 10, 20)',
      'R-precision@1/2/3',
    ],
    rows: figures.map((each) => [
      EVALUATOR_NAMES[each.evaluator],
      each.poses,
      String(each.pairCount),
      list(each.textToPose),
      list(each.poseToText),
      interval(each.meanRecallPoseScript),
      interval(each.meanRecallUniPose),
      each.rPrecision === undefined
        ? '- (fewer than 32 pairs)'
        : Object.values(each.rPrecision)
            .map((value) => value.toFixed(1))
            .join(' / '),
    ]),
    note:
      'T2P: a text among all poses; P2T: a pose among all texts; poses: the mean pose of the first answer. A is the ' +
      'evaluator that policies may be trained on, B the judge that nothing is trained on. Rows of the truth say how much ' +
      'an evaluator can tell. R-precision as PoseScript has it: pools of 32, mean rank over 10 repetitions.',
  };
}

function calibrationTable(calibration: Calibration): TextTable {
  const levels = [0.5, 0.7, 0.9, 0.95];
  const observed = levels.map((level) => {
    const index = calibration.levels.findIndex((known) => Math.abs(known - level) < 1e-9);
    return percent(calibration.observedCoverage[index] ?? Number.NaN);
  });
  return {
    title: 'Calibration of sigma',
    columns: [
      'expected calibration error',
      'over-confidence',
      ...levels.map((level) => `truth within ${(100 * level).toFixed(0)} %`),
      'negative log-likelihood',
      'mean sigma',
      'best scale',
    ],
    rows: [
      [
        percent(calibration.expectedCalibrationError),
        percent(calibration.overconfidence),
        ...observed,
        `${calibration.negativeLogLikelihood.toFixed(3)} nats`,
        calibration.meanStandardDeviation.toFixed(4),
        calibration.bestScale.toFixed(2),
      ],
    ],
    note:
      'Of the 6D numbers of all answers with a distribution. Error and over-confidence: mean gap between nominal and ' +
      'observed coverage at 5, 10 ... 95 %, without and with sign. Best scale: what to multiply every sigma by.',
  };
}

function jointTable({ task }: TaskResult, { groups, levels }: Calibration): TextTable {
  const ninety = levels.findIndex((level) => Math.abs(level - 0.9) < 1e-9);
  return {
    title: 'Calibration by joint',
    columns: [
      'joint',
      'expected calibration error',
      'over-confidence',
      'truth within 90 %',
      'mean sigma',
      'best scale',
    ],
    rows: groups.map((group, index) => [
      JOINT_NAMES[index + FIRST_JUDGED_JOINT[task]] ?? '',
      percent(group.expectedCalibrationError),
      percent(group.overconfidence),
      percent(group.observedCoverage[ninety] ?? Number.NaN),
      group.meanStandardDeviation.toFixed(4),
      group.bestScale.toFixed(2),
    ]),
  };
}

function motionTable(motion: MotionReport): TextTable {
  const interval = ({ mean, low, high }: ClusteredEstimate, digits: number): string =>
    `${mean.toFixed(digits)} (${low.toFixed(digits)} to ${high.toFixed(digits)})`;
  return {
    title: 'Motion',
    columns: ['rotations', 'acceleration error, mm/frame²', 'jitter, m/s³', 'MPJPE, mm'],
    rows: [
      ...motion.treatments.map(({ treatment, accelerationError, jitter, mpjpe }) => [
        treatment,
        interval(accelerationError, 1),
        interval(jitter, 0),
        interval(mpjpe, 1),
      ]),
      ['truth', '0', interval(motion.truthJitter, 0), '0'],
    ],
    note:
      `${motion.frameCount} frames at ${motion.frameRateHertz} a second in ${motion.stretchCount} stretches, mean pose of ` +
      `the first answer. ${motion.settings}. Much published code prints mm/frame² as mm/s².`,
  };
}

function publishedTables(
  { benchmark, predictor, protocol }: BenchmarkResult,
  task: TaskResult,
): readonly TextTable[] {
  const isText = task.task === 'text-to-pose';
  const all = isText ? PUBLISHED_TEXTS : PUBLISHED_PICTURES;
  const same = all.filter((table) => table.benchmark === benchmark);
  // The same data if there are; else the best known, for orientation.
  return (same.length > 0 ? same : all.slice(0, 1)).map((table) => ({
    title: `Beside ${table.caption}`,
    columns: ['method', 'data', ...table.columns],
    rows: [
      ...table.rows.map(({ method, values }) => [
        method,
        table.benchmark,
        ...values.map((value) => value?.toFixed(1) ?? '-'),
      ]),
      ...ownRows(task, table, benchmark, predictor),
    ],
    note:
      same.length > 0
        ? `Ours: ${isText ? "evaluators of this project, not PoseScript's" : protocol.name}; see the head of the page for what else differs.`
        : `Other data: the published figures are on ${table.benchmark}, ours on ${benchmark}; for orientation alone.`,
  }));
}

function ownRows(
  task: TaskResult,
  { columns }: PublishedTable,
  benchmark: string,
  predictor: string,
): readonly (readonly string[])[] {
  if (task.task === 'text-to-pose')
    return task.retrieval
      .filter(({ poses }) => poses === 'predicted')
      .map(({ evaluator, textToPose }) => [
        `${predictor}, by evaluator ${EVALUATOR_NAMES[evaluator]}`,
        benchmark,
        ...columns.map((column) => textToPose[Number(column.slice(2))]?.mean.toFixed(1) ?? '-'),
      ]);
  const { mpjpeMean, paMpjpeMean, mpjpeBest, paMpjpeBest } = task.estimates;
  const k = task.drawnPerSample;
  return [
    [`${predictor}, mean of the distribution`, mpjpeMean, paMpjpeMean] as const,
    ...(k > 1 ? [[`${predictor}, best of ${k}`, mpjpeBest, paMpjpeBest] as const] : []),
  ].map(([name, ...estimates]) => [
    name,
    benchmark,
    ...estimates.map((estimate) => estimate?.mean.toFixed(1) ?? '-'),
  ]);
}

function tableSection({ title, columns, rows, note }: TextTable): string {
  return `### ${title}\n\n${markdownTable([columns, ...rows])}${note === undefined ? '' : `\n\n${note}`}`;
}

function percent(share: number): string {
  return Number.isNaN(share) ? '-' : `${(100 * share).toFixed(1)} %`;
}
