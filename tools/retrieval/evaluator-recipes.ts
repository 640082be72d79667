import { WORDS_WITHOUT_POSE, type MirrorUse, type RetrievalConfig } from '@pose-rft/text-pose/retrieval';

export type EvaluatorName = 'reward' | 'judge';

/** Everything that makes one of the two shipped evaluators. */
export interface EvaluatorRecipe {
  readonly name: EvaluatorName;
  /** Of poses, captions, start and order: nothing is shared with the other's. */
  readonly seed: number;
  readonly poseCount: number;
  readonly steps: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly mirror: MirrorUse;
  /** @param vocabulary - the words of its own training captions */
  readonly config: (vocabulary: readonly string[]) => RetrievalConfig;
}

/** A: words with embeddings of their own, a bidirectional transformer, and the rotations of the body's frames. */
const REWARD: EvaluatorRecipe = {
  name: 'reward',
  seed: 1_001,
  poseCount: 40_000,
  steps: 1_000,
  batchSize: 256,
  learningRate: 5e-3,
  mirror: 'beside',
  config: (vocabulary) => ({
    embeddingSize: 192,
    text: {
      kind: 'transformer',
      hiddenSize: 64,
      layerCount: 2,
      headCount: 4,
      intermediateSize: 96,
      neighbours: true,
      maximumWords: 192,
      vocabulary,
      skippedWords: WORDS_WITHOUT_POSE,
    },
    pose: { features: 'body-rotations', hiddenSize: 256, layerCount: 3 },
  }),
};

/** B: words as bags of character n-grams, a convolution over words, and the positions of joints. */
const JUDGE: EvaluatorRecipe = {
  name: 'judge',
  seed: 2_002,
  poseCount: 40_000,
  steps: 1_400,
  batchSize: 256,
  learningRate: 4e-3,
  mirror: 'random',
  config: () => ({
    embeddingSize: 256,
    text: {
      kind: 'convolution',
      bucketCount: 6144,
      wordSize: 48,
      windowSize: 5,
      filterCount: 160,
      hiddenSize: 256,
      maximumWords: 256,
      skippedWords: WORDS_WITHOUT_POSE,
    },
    pose: { features: 'joint-positions', hiddenSize: 256, layerCount: 3 },
  }),
};

export const EVALUATOR_RECIPES: readonly EvaluatorRecipe[] = [REWARD, JUDGE];

/** Of the poses and captions that neither evaluator saw. */
export const HELD_OUT_SEED = 3_003;
