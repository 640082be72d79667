import type { Random } from '@pose-rft/random';
import type { BenchmarkSample } from './benchmark.js';

/** The pose of an answer: one point, or a distribution with poses drawn from it. */
export interface PredictedPose {
  /** [24, 6] rotations in layout `columns`, relative to the parent: the point, or the distribution's mean. */
  readonly mean6d: Float32Array;
  /** Poses drawn from the distribution, each as `mean6d`; none where there is only a point. */
  readonly samples6d: readonly Float32Array[];
  /** [144] natural logarithms of the standard deviations of `mean6d`'s numbers, where they are predicted. */
  readonly logStandardDeviation?: Float32Array;
  /** Shape coefficients of the scoring body; zeros unless given. */
  readonly betas?: Float32Array;
}

/** One answer to a sample. */
export interface PredictedAnswer {
  readonly text?: string;
  readonly pose?: PredictedPose;
  /** [protocol.jointCount, 3] metres: joints that the model computed itself. They are scored in place of the pose's. */
  readonly joints?: Float32Array;
}

/** What became of a sample. */
export type SamplePrediction =
  | { readonly kind: 'answers'; readonly answers: readonly PredictedAnswer[] }
  /** The model saw nobody in the picture. */
  | { readonly kind: 'no-person' }
  /** There is no prediction for it. */
  | { readonly kind: 'missing' };

export interface PredictOptions {
  /** K: how many answers are wanted; a predictor that has fewer gives those. */
  readonly answersPerSample: number;
  /** Equal streams give equal answers. */
  readonly random: Random;
}

/** Anything that answers a benchmark's samples: the embedded default, a file of another model's results, your own model. */
export interface PosePredictor {
  readonly name: string;
  /** Why it cannot answer a sample, and what to do; undefined if it can. */
  readonly objection?: (sample: BenchmarkSample) => string | undefined;
  /** One prediction for each sample, in order. */
  predict(samples: readonly BenchmarkSample[], options: PredictOptions): Promise<readonly SamplePrediction[]>;
}
