import type { EvaluationProtocol } from '@pose-rft/smpl';
import type { ClusteredEstimate } from '../../statistics/clustered-bootstrap.js';
import type { Calibration } from '../calibration.js';
import type { BenchmarkMetricName, SampleScores } from './benchmark-metrics.js';
import type { BenchmarkProblems } from './benchmark-problem.js';
import type { BenchmarkSample, BenchmarkTask } from './benchmark.js';
import type { RetrievalFigures } from './score-retrieval.js';
import type { MotionReport } from './score-motion.js';

/** A sample with its first answer, for people to look at. */
export interface BenchmarkCase {
  readonly sample: BenchmarkSample;
  readonly text: string | undefined;
  readonly mean6d: Float32Array | undefined;
  readonly scores: SampleScores;
}

/** What a predictor was worth on the samples of one task. */
export interface TaskResult {
  readonly task: BenchmarkTask;
  /** Samples with an answer, of `sampleCount`. */
  readonly scoredCount: number;
  readonly sampleCount: number;
  /** Poses drawn for a sample, at most: the k of "best of k"; 0 if answers are points. */
  readonly drawnPerSample: number;
  /** Mean over samples, with intervals that resample clusters; metrics without a value are absent. */
  readonly estimates: Partial<Record<BenchmarkMetricName, ClusteredEstimate>>;
  /** Of the predicted standard deviations; absent where none are predicted, or no single pose is true. */
  readonly calibration?: Calibration;
  readonly retrieval: readonly RetrievalFigures[];
  readonly motion?: MotionReport;
  /** By which metric the cases were chosen. */
  readonly caseMetric: BenchmarkMetricName | undefined;
  /** Best first. */
  readonly best: readonly BenchmarkCase[];
  /** Worst first. */
  readonly worst: readonly BenchmarkCase[];
  readonly rows: readonly BenchmarkRow[];
}

/** One sample's scores. */
export interface BenchmarkRow {
  readonly id: string;
  readonly cluster: string;
  readonly scores: SampleScores;
}

/** What a predictor was worth on a benchmark. */
export interface BenchmarkResult {
  readonly benchmark: string;
  readonly title: string;
  readonly predictor: string;
  readonly answersPerSample: number;
  readonly protocol: EvaluationProtocol;
  readonly differences: readonly string[];
  /** What joints and surfaces were computed on. */
  readonly scoringBody: string | undefined;
  readonly tasks: readonly TaskResult[];
  readonly problems: BenchmarkProblems;
}
