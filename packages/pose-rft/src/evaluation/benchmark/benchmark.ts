import type { ImageReference } from '@pose-rft/datasets';
import type { EvaluationProtocol } from '@pose-rft/smpl';
import type { Constraint } from '@pose-rft/text-pose';
import type { BenchmarkProblems } from './benchmark-problem.js';
import type { PosedPerson } from './scoring-body.js';

/** The benchmarks that `pose-rft evaluate --benchmark` knows. */
export const BENCHMARK_NAMES = ['3dpw', 'h36m', 'rpe', 'posescript', 'emdb', 'synthetic', 'cmu'] as const;

export type BenchmarkName = (typeof BENCHMARK_NAMES)[number];

/**
 * What a sample asks. `text-to-pose`: a pose that a text describes; many fit, and where it faces is free.
 * `image-to-pose`: the pose of the person in a picture, or in the embedded default's evidence of one.
 */
export type BenchmarkTask = 'text-to-pose' | 'image-to-pose';

export const BENCHMARK_TASKS: readonly BenchmarkTask[] = ['image-to-pose', 'text-to-pose'];

/** What is known of the right answer; parts that a data set does not have are absent, and their metrics too. */
export interface BenchmarkTruth {
  /** [protocol.jointCount, 3] metres, as the data set gives them. */
  readonly joints?: Float32Array;
  /** The person; for `text-to-pose` in the body frame (root rotation identity). */
  readonly person?: PosedPerson;
  /** What the text states of the pose, in the body frame. */
  readonly constraints?: readonly Constraint[];
  /** A reference answer, for scores of text. */
  readonly answer?: string;
  /** The question asks to state facts about the pose, in the words of `parseStatements`. */
  readonly wantsStatements?: boolean;
}

/** One question with its truth. */
export interface BenchmarkSample {
  /** Unique in its benchmark: predictions refer to it. */
  readonly id: string;
  readonly task: BenchmarkTask;
  readonly question: string;
  /** The description by itself, where the question says more; what retrieval reads. */
  readonly caption?: string;
  /** [12, 128] image tokens of the embedded default (`jointEvidence`). */
  readonly evidence?: Float32Array;
  /** A picture on disk, relative to the benchmark's folder. */
  readonly image?: ImageReference;
  /** Samples that hang together (frames of one recording) share it: intervals resample whole clusters. */
  readonly cluster: string;
  /** Where the sample stands in a motion; equal steps of `frame` are equal steps of time. */
  readonly track?: { readonly name: string; readonly frame: number };
  readonly truth: BenchmarkTruth;
}

/** A set of questions, and the protocol that gives the numbers their meaning. */
export interface Benchmark {
  readonly name: string;
  readonly title: string;
  /** Which joints errors are measured on, and how they are aligned. */
  readonly protocol: EvaluationProtocol;
  /** What tells this from the published protocol; empty if nothing does. */
  readonly differences: readonly string[];
  readonly samples: readonly BenchmarkSample[];
  /** Frames a second that a `track` has per unit of `frame`; absent without tracks. */
  readonly frameRateHertz?: number;
  /** Where y points in the frame of `image-to-pose` truths; up unless told. */
  readonly yAxis?: 'up' | 'down';
  /** Where pictures lie. */
  readonly folder?: string;
  /** What was wrong with the data. */
  readonly problems: BenchmarkProblems;
}
