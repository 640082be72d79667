import {
  createKinematics,
  isWithinJointLimits,
  JOINT_COUNT,
  meanPairwiseDistanceMillimetres,
  mpjaeDegrees,
  rotation6dToMatrix,
  SMPL_24_ORIENTATION_PROTOCOL,
  SYNTHETIC_SKELETON,
} from '@pose-rft/smpl';
import { satisfiedFraction } from '@pose-rft/text-pose';
import { calibrationOf } from '../calibration.js';
import type { BenchmarkMetricName, SampleScores } from './benchmark-metrics.js';
import type { ProblemTally } from './benchmark-problem.js';
import type { Benchmark, BenchmarkSample, BenchmarkTask } from './benchmark.js';
import type { PredictedAnswer, PredictedPose } from './pose-predictor.js';
import { comparedJoints, createSurfaceScorer, meanOf, scoreJoints } from './score-joints.js';
import { scoreTexts } from './score-text.js';
import type { ScoringBody } from './scoring-body.js';

/** Where the judged numbers of a pose start: what a text says nothing of, the root, is left out. */
export const FIRST_JUDGED_JOINT: Readonly<Record<BenchmarkTask, number>> = {
  'image-to-pose': 0,
  'text-to-pose': 1,
};

/** Normal distributions of the judged numbers of poses, with the truth, for calibration. */
export interface JudgedDistribution {
  readonly means: Float32Array;
  readonly logStandardDeviations: Float32Array;
  readonly truths: Float32Array;
}

/** What the answers to one sample were worth, and what later stages need of them. */
export interface ScoredSample {
  readonly scores: SampleScores;
  /** Of the first answer that has them. */
  readonly text: string | undefined;
  readonly mean6d: Float32Array | undefined;
  readonly betas: Float32Array | undefined;
  /** Joints of the first answer's mean pose, and of the truth. */
  readonly joints: { readonly mean: Float64Array; readonly truth: Float64Array } | undefined;
  readonly distributions: readonly JudgedDistribution[];
  /** How many poses were drawn over all answers. */
  readonly drawnCount: number;
}

/** Metrics whose best, not whose mean, is taken over the answers. */
const BEST_OF: ReadonlyMap<BenchmarkMetricName, (...values: number[]) => number> = new Map([
  ['mpjpeBest', Math.min],
  ['paMpjpeBest', Math.min],
  ['satisfiedBest', Math.max],
]);

/** Scores the answers to one sample after the other. */
export function createAnswerScorer(
  benchmark: Benchmark,
  body: ScoringBody | undefined,
  tally: ProblemTally,
): (sample: BenchmarkSample, answers: readonly PredictedAnswer[]) => ScoredSample {
  const surface = body && createSurfaceScorer(body);
  return (sample, answers) => {
    const texts = answers.flatMap(({ text }) => text ?? []);
    const withPose = answers.filter(({ pose, joints }) => pose !== undefined || joints !== undefined);
    const perAnswer: SampleScores[] = [];
    let first: ScoredSample['joints'];
    let hasObjection = false;
    for (const answer of withPose) {
      const compared = comparedJoints(benchmark, body, sample, answer);
      if ('kind' in compared) {
        // A text that names no single truth needs none; what it lacks is not wrong.
        const isWanted = sample.task === 'image-to-pose' || compared.kind === 'unscorable';
        if (isWanted && !hasObjection) tally.add(compared.kind, sample.id, compared.message);
        hasObjection = true;
      } else {
        first ??= { mean: compared.mean, truth: compared.truth };
        perAnswer.push(scoreJoints(benchmark, compared));
      }
      if (answer.pose === undefined) continue;
      perAnswer.push(scorePose(sample, answer.pose));
      const { person } = sample.truth;
      if (surface !== undefined && person !== undefined)
        perAnswer.push({
          pveMean: surface(
            sample.task,
            { pose6d: answer.pose.mean6d, ...(answer.pose.betas && { betas: answer.pose.betas }) },
            person,
          ),
        });
    }
    const poses = withPose.flatMap(({ pose }) => pose ?? []);
    const distributions = poses.flatMap((pose) => judgedDistribution(sample, pose) ?? []);
    perAnswer.push(...distributions.map(scoreDistribution));
    const drawn = poses.flatMap(({ samples6d }) => samples6d);
    return {
      scores: {
        answered: answers.length === 0 ? 0 : withPose.length / answers.length,
        ...scoreTexts(sample, texts),
        ...combined(perAnswer),
        ...(drawn.length > 1 && { diversity: diversityOf(drawn) }),
        ...truthScores(sample),
      },
      text: texts[0],
      mean6d: poses[0]?.mean6d,
      betas: poses[0]?.betas,
      joints: first,
      distributions,
      drawnCount: drawn.length,
    };
  };
}

const kinematics = createKinematics(SYNTHETIC_SKELETON);

/** Claims and limits are about the body, whichever way it faces and whatever its shape. */
function bodyJoints(pose6d: Float32Array): Float64Array {
  const joints = new Float64Array(3 * JOINT_COUNT);
  kinematics.jointsFromRotation6d(pose6d, 0, joints, 0, { globalOrientation: 'identity' });
  return joints;
}

function scorePose(sample: BenchmarkSample, { mean6d, samples6d }: PredictedPose): SampleScores {
  const { constraints, person } = sample.truth;
  const satisfied = (pose6d: Float32Array): number =>
    satisfiedFraction(constraints ?? [], bodyJoints(pose6d), 0);
  const hasClaims = constraints !== undefined && constraints.length > 0;
  const ofMean = hasClaims ? satisfied(mean6d) : Number.NaN;
  const ofSamples = hasClaims ? samples6d.map(satisfied) : [];
  return {
    withinLimits: isWithinJointLimits(mean6d, 0) ? 1 : 0,
    ...(hasClaims && {
      satisfiedMean: ofMean,
      satisfiedBest: ofSamples.length === 0 ? ofMean : Math.max(...ofSamples),
      ...(ofSamples.length > 0 && { satisfiedSample: meanOf(ofSamples) }),
    }),
    ...(person !== undefined && { angleMean: angleDegrees(sample.task, mean6d, person.pose6d) }),
  };
}

function angleDegrees(task: BenchmarkTask, predicted: Float32Array, truth: Float32Array): number {
  const [own, other] = [new Float64Array(9 * JOINT_COUNT), new Float64Array(9 * JOINT_COUNT)];
  for (let joint = 0; joint < JOINT_COUNT; joint++) {
    rotation6dToMatrix(predicted, 6 * joint, own, 9 * joint);
    rotation6dToMatrix(truth, 6 * joint, other, 9 * joint);
  }
  const measuredJoints = SMPL_24_ORIENTATION_PROTOCOL.measuredJoints.slice(FIRST_JUDGED_JOINT[task]);
  return mpjaeDegrees({ ...SMPL_24_ORIENTATION_PROTOCOL, measuredJoints }, own, 0, other, 0);
}

function judgedDistribution(
  { task, truth }: BenchmarkSample,
  { mean6d, logStandardDeviation }: PredictedPose,
): JudgedDistribution | undefined {
  if (truth.person === undefined || logStandardDeviation === undefined) return undefined;
  const start = 6 * FIRST_JUDGED_JOINT[task];
  return {
    means: mean6d.subarray(start),
    logStandardDeviations: logStandardDeviation.subarray(start),
    truths: truth.person.pose6d.subarray(start),
  };
}

function scoreDistribution(distribution: JudgedDistribution): SampleScores {
  const { observedCoverage, negativeLogLikelihood } = calibrationOf(distribution, [0.5, 0.9]);
  const [coverage50 = Number.NaN, coverage90 = Number.NaN] = observedCoverage;
  return { coverage50, coverage90, negativeLogLikelihood };
}

function truthScores({ truth: { constraints, person } }: BenchmarkSample): SampleScores {
  if (person === undefined || constraints === undefined || constraints.length === 0) return {};
  return { satisfiedTruth: satisfiedFraction(constraints, bodyJoints(person.pose6d), 0) };
}

function diversityOf(poses: readonly Float32Array[]): number {
  const joints = new Float64Array(3 * JOINT_COUNT * poses.length);
  poses.forEach((pose6d, index) => joints.set(bodyJoints(pose6d), 3 * JOINT_COUNT * index));
  return meanPairwiseDistanceMillimetres(joints, 0, poses.length, JOINT_COUNT);
}

/** Scores of several answers as one: their mean, or their best. */
function combined(all: readonly SampleScores[]): SampleScores {
  const values = new Map<BenchmarkMetricName, number[]>();
  for (const scores of all)
    for (const [name, value] of Object.entries(scores) as [BenchmarkMetricName, number][])
      values.set(name, [...(values.get(name) ?? []), value]);
  return Object.fromEntries(
    [...values].map(([name, list]) => [name, (BEST_OF.get(name) ?? ((...each) => meanOf(each)))(...list)]),
  );
}
