import { JOINT_COUNT } from '@pose-rft/smpl';
import { createRandom } from '@pose-rft/random';
import {
  evaluateRPrecision,
  POSESCRIPT_R_PRECISION,
  POSESCRIPT_RECALL,
  recallHits,
  UNIPOSE_RECALL,
  type PairedEmbeddings,
  type RetrievalModel,
} from '@pose-rft/text-pose/retrieval';
import { bootstrapClusteredMean, type ClusteredEstimate } from '../../statistics/clustered-bootstrap.js';

/** A text-pose evaluator, and what its word is worth. */
export interface RetrievalEvaluator {
  /** `reward`: policies may have been trained on it. `judge`: nothing is trained on it. */
  readonly role: 'reward' | 'judge';
  readonly model: Pick<RetrievalModel, 'config' | 'embedPoses' | 'embedTexts'>;
  readonly weightsSha256: string;
}

/** How people read an evaluator's role. */
export const EVALUATOR_NAMES: Readonly<Record<RetrievalEvaluator['role'], string>> = {
  reward: 'A (reward)',
  judge: 'B (independent judge)',
};

/** Texts with a pose each, and which of them hang together. */
export interface RetrievalRows {
  readonly texts: readonly string[];
  /** [N, 24, 6] */
  readonly poses6d: Float32Array;
  readonly clusters: readonly string[];
}

/** Retrieval of poses by texts and of texts by poses, in percent. */
export interface RetrievalFigures {
  readonly evaluator: RetrievalEvaluator['role'];
  readonly weightsSha256: string;
  /** `predicted`: the poses that were answered. `truth`: the true ones, which say how much the evaluator can tell. */
  readonly poses: 'predicted' | 'truth';
  readonly pairCount: number;
  /** By K. */
  readonly textToPose: Readonly<Record<number, ClusteredEstimate>>;
  readonly poseToText: Readonly<Record<number, ClusteredEstimate>>;
  /** Mean of R@1, 5, 10 in both directions, as PoseScript has it. */
  readonly meanRecallPoseScript: ClusteredEstimate;
  /** Mean of R@1, 5, 10, 20 in both directions, as UniPose has it: not comparable with PoseScript's. */
  readonly meanRecallUniPose: ClusteredEstimate;
  /** PoseScript's R-precision by K, pools of 32; absent with fewer pairs. */
  readonly rPrecision?: Readonly<Record<number, number>>;
  /** Cosine of each text with its pose, in [-1, 1]. */
  readonly cosines: Float64Array;
}

/** The K that tables show: PoseScript's 1, 5, 10, and UniPose's 20. */
export const RETRIEVAL_KS: readonly number[] = UNIPOSE_RECALL.ks;

const POOLS_SEED = 32;

/**
 * Measures how well each text finds its pose among all, and each pose its text, by one evaluator. Intervals resample the
 * queries, whole clusters at a time; the gallery stays.
 *
 * @throws PoseBatchError, RetrievalEvaluationError (of `@pose-rft/text-pose`) unless there is a pose for each text
 */
export function scoreRetrieval(
  evaluator: RetrievalEvaluator,
  poses: RetrievalFigures['poses'],
  { texts, poses6d, clusters }: RetrievalRows,
): RetrievalFigures {
  const { model } = evaluator;
  const pairs: PairedEmbeddings = {
    texts: model.embedTexts(texts),
    poses: model.embedPoses(poses6d),
    size: model.config.embeddingSize,
  };
  const hits = recallHits(pairs, RETRIEVAL_KS);
  const percent = (values: ArrayLike<number>): ClusteredEstimate => {
    const { mean, low, high, ...counts } = bootstrapClusteredMean(values, clusters);
    return { ...counts, mean: 100 * mean, low: 100 * low, high: 100 * high };
  };
  const byK = (direction: 'textToPose' | 'poseToText'): Readonly<Record<number, ClusteredEstimate>> =>
    Object.fromEntries(RETRIEVAL_KS.map((k) => [k, percent(hits[direction][k] ?? [])]));
  const meanHits = (ks: readonly number[]): Float64Array =>
    Float64Array.from(texts, (_, row) => {
      let sum = 0;
      for (const k of ks) sum += (hits.textToPose[k]?.[row] ?? 0) + (hits.poseToText[k]?.[row] ?? 0);
      return sum / (2 * ks.length);
    });
  const canPool = texts.length >= POSESCRIPT_R_PRECISION.poolSize;
  return {
    evaluator: evaluator.role,
    weightsSha256: evaluator.weightsSha256,
    poses,
    pairCount: texts.length,
    textToPose: byK('textToPose'),
    poseToText: byK('poseToText'),
    meanRecallPoseScript: percent(meanHits(POSESCRIPT_RECALL.ks)),
    meanRecallUniPose: percent(meanHits(UNIPOSE_RECALL.ks)),
    ...(canPool && { rPrecision: evaluateRPrecision(pairs, createRandom(POOLS_SEED)).textToPose }),
    cosines: cosinesOf(pairs),
  };
}

/** Poses of [144] numbers as one array. */
export function stackedPoses(poses: readonly Float32Array[]): Float32Array {
  const stacked = new Float32Array(poses.length * 6 * JOINT_COUNT);
  poses.forEach((pose6d, row) => stacked.set(pose6d, row * 6 * JOINT_COUNT));
  return stacked;
}

function cosinesOf({ texts, poses, size }: PairedEmbeddings): Float64Array {
  return Float64Array.from({ length: texts.length / size }, (_, row) => {
    let sum = 0;
    for (let at = row * size; at < (row + 1) * size; at++)
      sum += (texts[at] as number) * (poses[at] as number);
    return sum;
  });
}
