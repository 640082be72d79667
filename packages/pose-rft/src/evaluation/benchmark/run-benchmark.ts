import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Random } from '@pose-rft/random';
import { JOINT_COUNT } from '@pose-rft/smpl';
import { bootstrapClusteredMean } from '../../statistics/clustered-bootstrap.js';
import { calibrationOf, type Calibration } from '../calibration.js';
import {
  BENCHMARK_METRIC_NAMES,
  BENCHMARK_METRICS,
  CASE_METRICS,
  type BenchmarkMetric,
  type BenchmarkMetricName,
  type SampleScores,
} from './benchmark-metrics.js';
import { createProblemTally, joinedProblems, type ProblemPolicy } from './benchmark-problem.js';
import type { BenchmarkCase, BenchmarkResult, BenchmarkRow, TaskResult } from './benchmark-result.js';
import { BENCHMARK_TASKS, type Benchmark, type BenchmarkSample, type BenchmarkTask } from './benchmark.js';
import type { PosePredictor, SamplePrediction } from './pose-predictor.js';
import { createAnswerScorer, FIRST_JUDGED_JOINT, type ScoredSample } from './score-answers.js';
import { scoreMotion } from './score-motion.js';
import {
  scoreRetrieval,
  stackedPoses,
  type RetrievalEvaluator,
  type RetrievalFigures,
} from './score-retrieval.js';
import type { ScoringBody } from './scoring-body.js';

export interface RunBenchmarkOptions {
  readonly benchmark: Benchmark;
  readonly predictor: PosePredictor;
  /** What poses are posed on; without one, only joints that a predictor gives are measured. */
  readonly body?: ScoringBody;
  /** For texts: A and B. None, and there is no retrieval. */
  readonly evaluators?: readonly RetrievalEvaluator[];
  /** K; 4 unless told. */
  readonly answersPerSample?: number;
  readonly random: Random;
  /** `throw` unless told. */
  readonly onProblem?: ProblemPolicy;
  /** How many best and worst cases to keep; 6 unless told. */
  readonly caseCount?: number;
  readonly onProgress?: (samplesDone: number) => void;
  readonly signal?: AbortSignal;
}

const BATCH_SIZE = 32;

/** Thrown when a benchmark has nothing that a predictor could answer. */
export class NothingToEvaluateError extends Error {
  override readonly name = 'NothingToEvaluateError';
}

/**
 * Asks a predictor all questions of a benchmark and measures the answers under its protocol: joints, surface and angles
 * (of the mean of each distribution, of samples, of the best of k), claims satisfied, retrieval by independent evaluators,
 * texts, calibration of the predicted uncertainty, steadiness of motions; means with intervals over whole recordings.
 *
 * @throws BenchmarkProblemError for the first thing that is wrong, unless problems are skipped
 * @throws NothingToEvaluateError if no sample can be answered
 * @throws the signal's reason, if it is aborted
 * @example
 * ```ts
 * import { createRandom } from '@pose-rft/random';
 * import { runBenchmark, syntheticBenchmark, syntheticScoringBody, type PosePredictor } from 'pose-rft';
 *
 * const tPose = Float32Array.from({ length: 144 }, (_, i) => (i % 6 === 0 || i % 6 === 4 ? 1 : 0));
 * const predictor: PosePredictor = {
 *   name: 'always a T-pose',
 *   predict: (samples) =>
 *     Promise.resolve(
 *       samples.map(() => ({
 *         kind: 'answers',
 *         answers: [{ text: 'it is <POSE>.', pose: { mean6d: tPose, samples6d: [] } }],
 *       })),
 *     ),
 * };
 * const result = await runBenchmark({
 *   benchmark: syntheticBenchmark({ count: 20, seed: 1 }),
 *   predictor,
 *   body: syntheticScoringBody(),
 *   random: createRandom(1),
 * });
 * const [pictures] = result.tasks;
 * console.assert((pictures?.estimates.mpjpeMean?.mean ?? 0) > 100 && pictures?.estimates.format?.mean === 1);
 * ```
 */
export async function runBenchmark(options: RunBenchmarkOptions): Promise<BenchmarkResult> {
  const { benchmark, predictor, body, random, answersPerSample = 4 } = options;
  const tally = createProblemTally(options.onProblem ?? 'throw');
  const score = createAnswerScorer(benchmark, body, tally);
  const objections = new Set<string>();
  const answerable = benchmark.samples.filter((sample) => {
    const objection = predictor.objection?.(sample);
    if (objection !== undefined) objections.add(objection);
    return objection === undefined;
  });
  if (answerable.length === 0)
    throw new NothingToEvaluateError(
      benchmark.samples.length === 0
        ? `${benchmark.name} has no sample to ask`
        : `${predictor.name} can answer nothing of ${benchmark.name}: ${[...objections].join('; ')}`,
    );
  const scored = new Map<BenchmarkSample, ScoredSample>();
  for (let start = 0; start < answerable.length; start += BATCH_SIZE) {
    options.signal?.throwIfAborted();
    const batch = answerable.slice(start, start + BATCH_SIZE);
    const predictions = await predictor.predict(batch, {
      answersPerSample,
      random: random.split(`answers-${start}`),
    });
    batch.forEach((sample, index) => {
      const answers = answersOf(sample, predictions[index], tally.add);
      if (answers !== undefined) scored.set(sample, score(sample, answers));
    });
    options.onProgress?.(Math.min(answerable.length, start + BATCH_SIZE));
    // The embedded backends compute without ever waiting: without this, an interrupt would not be heard before the end.
    await nextTurn();
  }
  const tasks = BENCHMARK_TASKS.flatMap((task) => {
    const asked = answerable.filter((sample) => sample.task === task);
    return asked.length === 0 ? [] : [taskResult(task, asked, scored, options)];
  });
  return {
    benchmark: benchmark.name,
    title: benchmark.title,
    predictor: predictor.name,
    answersPerSample,
    protocol: benchmark.protocol,
    differences: [...benchmark.differences, ...[...objections].map((objection) => `left out: ${objection}`)],
    scoringBody: body?.name,
    tasks,
    problems: joinedProblems(benchmark.problems, tally.summary()),
  };
}

function answersOf(
  sample: BenchmarkSample,
  prediction: SamplePrediction | undefined,
  problem: ReturnType<typeof createProblemTally>['add'],
) {
  switch (prediction?.kind) {
    case 'answers':
      return prediction.answers;
    case 'no-person':
      problem('no-person', sample.id, 'the prediction says that nobody is there');
      return [];
    case 'missing':
    case undefined:
      problem('missing-prediction', sample.id, 'there is no prediction');
      return undefined;
  }
}

function taskResult(
  task: BenchmarkTask,
  asked: readonly BenchmarkSample[],
  scored: ReadonlyMap<BenchmarkSample, ScoredSample>,
  { benchmark, body, evaluators = [], caseCount = 6 }: RunBenchmarkOptions,
): TaskResult {
  const answered = asked.flatMap((sample) => {
    const result = scored.get(sample);
    return result === undefined ? [] : [{ sample, scored: result, scores: { ...result.scores } }];
  });
  const retrieval = task === 'text-to-pose' ? retrievalOf(answered, evaluators) : [];
  const estimates: TaskResult['estimates'] = {};
  const clusters = answered.map(({ sample }) => sample.cluster);
  for (const metric of BENCHMARK_METRIC_NAMES) {
    const estimate = bootstrapClusteredMean(
      answered.map(({ scores }) => scores[metric] ?? Number.NaN),
      clusters,
    );
    if (estimate.count > 0) estimates[metric] = estimate;
  }
  const calibration = calibrationOfTask(task, answered);
  const motion = scoreMotion(benchmark, body, answered);
  const caseMetric = CASE_METRICS[task].find((metric) => estimates[metric] !== undefined);
  const ranked = caseMetric === undefined ? [] : rankedCases(caseMetric, answered);
  return {
    task,
    scoredCount: answered.length,
    sampleCount: asked.length,
    drawnPerSample: answered.reduce((most, each) => Math.max(most, each.scored.drawnCount), 0),
    estimates,
    ...(calibration && { calibration }),
    retrieval,
    ...(motion && { motion }),
    caseMetric,
    best: ranked.slice(0, caseCount),
    worst: ranked.slice(-caseCount).reverse(),
    rows: answered.map(({ sample, scores }): BenchmarkRow => ({
      id: sample.id,
      cluster: sample.cluster,
      scores,
    })),
  };
}

interface AnsweredSample {
  readonly sample: BenchmarkSample;
  readonly scored: ScoredSample;
  /** Retrieval adds its cosines. */
  readonly scores: SampleScores;
}

/** Retrieval by each evaluator, of the first answers' mean poses and of the true poses; cosines go into the scores. */
function retrievalOf(
  answered: readonly AnsweredSample[],
  evaluators: readonly RetrievalEvaluator[],
): readonly RetrievalFigures[] {
  const posed = answered.flatMap((each) =>
    each.scored.mean6d === undefined ? [] : [{ ...each, mean6d: each.scored.mean6d }],
  );
  if (posed.length === 0) return [];
  const truths = posed.flatMap(({ sample }) => sample.truth.person?.pose6d ?? []);
  const rows = {
    texts: posed.map(({ sample }) => sample.caption ?? sample.question),
    clusters: posed.map(({ sample }) => sample.cluster),
  };
  return evaluators.flatMap((evaluator) => {
    const predicted = scoreRetrieval(evaluator, 'predicted', {
      ...rows,
      poses6d: stackedPoses(posed.map(({ mean6d }) => mean6d)),
    });
    const metric: BenchmarkMetricName = evaluator.role === 'reward' ? 'rewardCosine' : 'judgeCosine';
    posed.forEach(({ scores }, row) => (scores[metric] = predicted.cosines[row] as number));
    if (truths.length < posed.length) return [predicted];
    return [predicted, scoreRetrieval(evaluator, 'truth', { ...rows, poses6d: stackedPoses(truths) })];
  });
}

function calibrationOfTask(
  task: BenchmarkTask,
  answered: readonly AnsweredSample[],
): Calibration | undefined {
  const distributions = answered.flatMap(({ scored }) => scored.distributions);
  if (distributions.length === 0) return undefined;
  const groupCount = JOINT_COUNT - FIRST_JUDGED_JOINT[task];
  const together = (part: 'means' | 'logStandardDeviations' | 'truths'): Float32Array => {
    const all = new Float32Array(distributions.length * 6 * groupCount);
    distributions.forEach((distribution, row) => all.set(distribution[part], row * 6 * groupCount));
    return all;
  };
  return calibrationOf({
    means: together('means'),
    logStandardDeviations: together('logStandardDeviations'),
    truths: together('truths'),
    groupSize: 6,
    groupCount,
  });
}

/** Cases with a value of the metric, best first. */
function rankedCases(
  metric: BenchmarkMetricName,
  answered: readonly AnsweredSample[],
): readonly BenchmarkCase[] {
  const { better }: BenchmarkMetric = BENCHMARK_METRICS[metric];
  const sign = better === 'lower' ? 1 : -1;
  return answered
    .filter(({ scores }) => scores[metric] !== undefined && !Number.isNaN(scores[metric]))
    .sort((one, other) => sign * ((one.scores[metric] ?? 0) - (other.scores[metric] ?? 0)))
    .map(({ sample, scored, scores }) => ({ sample, text: scored.text, mean6d: scored.mean6d, scores }));
}
