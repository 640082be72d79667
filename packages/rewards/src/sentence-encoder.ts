export {
  createSentenceEncoder,
  MissingTransformersError,
  sentenceEncoderOf,
} from './text/sentence-encoder.js';
export type {
  FeatureExtractionPipeline,
  SentenceEncoderOptions,
  SentencePooling,
} from './text/sentence-encoder.js';
export type { SentenceEncoder } from './text/embedding-similarity-reward.js';
