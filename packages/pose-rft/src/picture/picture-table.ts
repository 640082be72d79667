import { formatMetric, meanOf, type MetricName } from '../evaluation/metrics.js';
import {
  createKinematics,
  JOINT_COUNT,
  mpjpeMillimetres,
  paMpjpeMillimetres,
  SYNTHETIC_SKELETON,
} from '@pose-rft/smpl';
import type { PictureOutcome } from './fine-tune-picture-model.js';
import type { PictureSenses } from './picture-senses.js';

const COLUMNS: readonly MetricName[] = [
  'mpjpeMean',
  'paMpjpeMean',
  'mpjpeSample',
  'paMpjpeSample',
  'formatRate',
  'statementTruth',
];
const HEADS = ['MPJPE mean', 'PA mean', 'MPJPE sample', 'PA sample', 'format', 'true statements'];

const MEAN_POSE = 'mean pose';

/** A row of the table: a stage of a seed. */
export interface PictureRow {
  readonly seed: number;
  readonly senses: PictureSenses;
  readonly stage: string;
  readonly cpuSeconds: number;
  /** By the metric's name; NaN where it does not apply. */
  readonly values: Readonly<Partial<Record<MetricName, number>>>;
}

/** The rows of a run: the training split's mean pose, then its stages. */
export function pictureRows(outcome: PictureOutcome): readonly PictureRow[] {
  const { seed, senses, stages } = outcome;
  return [
    { seed, senses, stage: MEAN_POSE, cpuSeconds: 0, values: meanPoseErrors(outcome) },
    ...stages.map(({ name, result, cpuSeconds }) => ({
      seed,
      senses,
      stage: name,
      cpuSeconds,
      values: Object.fromEntries(COLUMNS.map((metric) => [metric, meanOf(result, metric)])),
    })),
  ];
}

function meanPoseErrors({ testSamples, meanPose }: PictureOutcome): PictureRow['values'] {
  const joints = new Float64Array(3 * JOINT_COUNT);
  createKinematics(SYNTHETIC_SKELETON).jointsFromRotation6d(meanPose, 0, joints, 0);
  let mpjpeMean = 0;
  let paMpjpeMean = 0;
  for (const { prompt } of testSamples) {
    mpjpeMean += mpjpeMillimetres(joints, 0, prompt.targetJoints, 0, JOINT_COUNT) / testSamples.length;
    paMpjpeMean += paMpjpeMillimetres(joints, 0, prompt.targetJoints, 0, JOINT_COUNT) / testSamples.length;
  }
  return { mpjpeMean, paMpjpeMean };
}

/** Markdown: a line for every stage, the mean over the seeds, with each seed's value behind it if there are several. */
export function pictureTable(rows: readonly PictureRow[]): string {
  const nameOf = ({ senses, stage }: PictureRow): string =>
    stage === MEAN_POSE ? stage : `${senses}: ${stage}`;
  const stages = [...new Set(rows.map(nameOf))];
  const lines = stages.map((stage) => {
    // The mean pose is the same whatever the senses: once a seed.
    const own = rows.filter(
      (row, index) =>
        nameOf(row) === stage &&
        rows.findIndex((other) => nameOf(other) === stage && other.seed === row.seed) === index,
    );
    const cells = COLUMNS.map((metric) => {
      const values = own.map((row) => row.values[metric] ?? Number.NaN);
      const mean = formatMetric(metric, average(values));
      return values.length > 1 && !values.some(Number.isNaN)
        ? `${mean} (${values.map((value) => formatMetric(metric, value).replace(/ .*/, '')).join(', ')})`
        : mean;
    });
    return `| ${[stage, ...cells, average(own.map((row) => row.cpuSeconds)).toFixed(0)].join(' | ')} |`;
  });
  return [
    `| | ${HEADS.join(' | ')} | CPU s |`,
    `| --- |${' ---: |'.repeat(HEADS.length + 1)}`,
    ...lines,
  ].join('\n');
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
