export {
  contrastiveLoss,
  EmbeddingShapeError,
  INITIAL_LOG_SCALE,
  LARGEST_LOG_SCALE,
} from './retrieval/contrastive-loss.js';
export { PoseBatchError, POSE_FEATURE_KINDS } from './retrieval/pose-features.js';
export type { PoseFeatureKind } from './retrieval/pose-features.js';
export {
  parseRetrievalConfig,
  RetrievalConfigError,
  WORDS_WITHOUT_POSE,
} from './retrieval/retrieval-config.js';
export type {
  ConvolutionTextConfig,
  PoseEncoderConfig,
  RetrievalConfig,
  SentenceTextConfig,
  TextEncoderConfig,
  TransformerTextConfig,
} from './retrieval/retrieval-config.js';
export { createRetrievalModel } from './retrieval/retrieval-model.js';
export type { RetrievalModel, TextPoseSimilarity } from './retrieval/retrieval-model.js';
export {
  createSentenceFeatures,
  featureExtractionEncoder,
  SentenceFeaturesError,
} from './retrieval/sentence-features.js';
export type {
  FeatureExtractionPipeline,
  SentenceEncoder,
  SentenceFeatures,
} from './retrieval/sentence-features.js';
export {
  createRetrievalOptimizer,
  RetrievalTrainingError,
  trainRetrieval,
} from './retrieval/train-retrieval.js';
export type {
  MirrorUse,
  RetrievalPairs,
  RetrievalStep,
  RetrievalTrainingOptions,
} from './retrieval/train-retrieval.js';
export { swapSides } from './retrieval/swap-sides.js';
export { frequentWords } from './retrieval/word-sequence.js';

export { evaluateRecall, formatRecall, recallHits } from './retrieval/evaluate-recall.js';
export { evaluateRPrecision, formatRPrecision } from './retrieval/evaluate-r-precision.js';
export {
  HIT_RATE_R_PRECISION,
  POSESCRIPT_R_PRECISION,
  POSESCRIPT_RECALL,
  RetrievalEvaluationError,
  UNIPOSE_RECALL,
} from './retrieval/recall.js';
export type {
  PairedEmbeddings,
  RecallHits,
  RecallProtocol,
  RecallReport,
  RPrecisionProtocol,
  RPrecisionReport,
} from './retrieval/recall.js';
export { RetrievalCheckpointError } from './retrieval/retrieval-checkpoint-error.js';
export {
  decodeRetrievalModel,
  encodeRetrievalModel,
  loadRetrievalModel,
  saveRetrievalModel,
} from './retrieval/retrieval-checkpoint.js';
export type {
  DecodeRetrievalOptions,
  RetrievalCheckpoint,
  RetrievalCheckpointFiles,
  RetrievalCheckpointOptions,
  RetrievalTrainingNotes,
} from './retrieval/retrieval-checkpoint.js';
export { loadJudgeEvaluator, loadRewardEvaluator } from './retrieval/evaluators.js';
export type { JudgeEvaluator, RewardEvaluator } from './retrieval/evaluators.js';
