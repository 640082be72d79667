/** How recall is computed; a figure means nothing without it. */
export interface RecallProtocol {
  readonly name: string;
  /** R@K: the share of queries whose own item is among the K nearest of all. */
  readonly ks: readonly number[];
}

/** R@1, 5 and 10; mRecall is the mean of six figures (PoseScript, `evaluate_retrieval`). */
export const POSESCRIPT_RECALL: RecallProtocol = { name: 'PoseScript', ks: [1, 5, 10] };
/** R@20 too; mRecall is the mean of eight figures, and cannot be compared with PoseScript's. */
export const UNIPOSE_RECALL: RecallProtocol = { name: 'UniPose', ks: [1, 5, 10, 20] };

/** How R-precision is computed. */
export interface RPrecisionProtocol {
  readonly name: string;
  /** The own item and `poolSize - 1` others, drawn anew for each query and repetition. */
  readonly poolSize: number;
  readonly repetitions: number;
  readonly ks: readonly number[];
  /**
   * `mean-rank`: the number of better items is averaged over the repetitions, and a query counts if that mean is below
   * K. `hits`: the share of repetitions in which the number is below K.
   */
  readonly aggregation: 'mean-rank' | 'hits';
}

/**
 * PoseScript's (`textret_metrics`): a text against pools of 32 poses, 10 repetitions. The rank is averaged before it is
 * compared with K, which is not the share of hits: a pair whose rank varies about K counts fully or not at all.
 */
export const POSESCRIPT_R_PRECISION: RPrecisionProtocol = {
  name: 'PoseScript',
  poolSize: 32,
  repetitions: 10,
  ks: [1, 2, 3],
  aggregation: 'mean-rank',
};

/** The same pools, with the share of hits. */
export const HIT_RATE_R_PRECISION: RPrecisionProtocol = {
  ...POSESCRIPT_R_PRECISION,
  name: 'hit rate',
  aggregation: 'hits',
};

/** Embeddings of N pairs: row i of one belongs to row i of the other. */
export interface PairedEmbeddings {
  /** [N, size] */
  readonly texts: Float32Array;
  /** [N, size] */
  readonly poses: Float32Array;
  readonly size: number;
}

export interface RecallReport {
  readonly protocol: RecallProtocol;
  readonly pairCount: number;
  /** Percent by K: the text is the query. */
  readonly textToPose: Readonly<Record<number, number>>;
  /** Percent by K: the pose is the query. */
  readonly poseToText: Readonly<Record<number, number>>;
  /** Percent: the mean of all the figures above. */
  readonly meanRecall: number;
}

/** Of each query, whether its own item was among the K most similar, by K; a share where ties were broken by lot. */
export interface RecallHits {
  readonly textToPose: Readonly<Record<number, Float64Array>>;
  readonly poseToText: Readonly<Record<number, Float64Array>>;
}

export interface RPrecisionReport {
  readonly protocol: RPrecisionProtocol;
  readonly pairCount: number;
  /** Percent by K: the text is the query. */
  readonly textToPose: Readonly<Record<number, number>>;
}

/** Thrown for embeddings that do not pair up, or a protocol that they are too few for. */
export class RetrievalEvaluationError extends Error {
  override readonly name = 'RetrievalEvaluationError';
}
