export {
  createTokenizer,
  parseTokenizer,
  SPECIAL_TOKEN_IDS,
  SPECIAL_TOKENS,
  TokenizerError,
  type EncodedText,
  type SpecialTokenIds,
  type Tokenizer,
  type TokenizerJson,
} from './tokenizer.js';
export {
  MLLM_PRESETS,
  mllmConfig,
  MllmConfigError,
  parseMllmConfig,
  ROTATION_SIZE,
  type MllmConfig,
  type MllmPreset,
  type PoseHeadConfig,
} from './config.js';
export { encodePrompt, PromptError, type MllmPrompt } from './prompt.js';
export {
  createMllmParameters,
  isPoseHeadParameter,
  planMllmParameters,
  type Initialisation,
  type MllmParameterOptions,
  type ParameterPlan,
} from './parameters.js';
export { packSegments, type PackedSegments, type TokenSegment } from './packing.js';
export { planAnswers, type AnswerPlan, type PromptedAnswer } from './answer-plan.js';
export { createDecoder, type Decoder, type NextRows } from './decoder.js';
export { type PoseDistribution } from './pose-head.js';
export { passAnswers, type AnswerPass } from './answer-pass.js';
export {
  supervisedLoss,
  SupervisedSampleError,
  type PoseMeanLoss,
  type SupervisedLossOptions,
  type SupervisedReport,
  type SupervisedSample,
} from './supervised.js';
export { sampleAnswers, SamplingOptionError, type SampledAnswers, type SamplingOptions } from './sampling.js';
export { NonFiniteLogitsError } from './token-choice.js';
export {
  createPosePolicy,
  PosePolicyError,
  type MllmAction,
  type PoseActOptions,
  type PosePolicy,
  type PosePolicyOptions,
  type PoseRollout,
} from './policy.js';
export { RolloutError } from './rollout-scores.js';
export {
  loadCheckpoint,
  saveCheckpoint,
  type Checkpoint,
  type SaveCheckpointOptions,
  type TrainingNotes,
} from './checkpoint.js';
export { CheckpointError } from './checkpoint-error.js';
export { type PixelValues } from './image/pixel-values.js';
export {
  checkVisionConfig,
  checkVisionFeature,
  defaultFeature,
  featureShape,
  patchGrid,
  visionTokenCount,
  VisionConfigError,
  type ClassToken,
  type TokenGrid,
  type VisionActivation,
  type VisionFamily,
  type VisionFeature,
  type VisionTransformerConfig,
} from './vision/vision-config.js';
export {
  llavaVisionFeature,
  parseVisionConfig,
  VISION_PRESETS,
  visionConfigToJson,
  visionPreset,
  type VisionConfigJson,
  type VisionPreset,
} from './vision/vision-config-json.js';
export { createVisionParameters, planVisionTower } from './vision/vision-parameters.js';
export { createVisionTower, type VisionTower } from './vision/vision-tower.js';
export { cutPatches, VisionInputError } from './vision/patches.js';
export {
  assembleParameter,
  checkVisionTensors,
  findVisionPrefix,
  loadVisionTower,
  planVisionCheckpoint,
  type CheckpointSource,
  type CheckpointTensor,
  type VisionCheckpointPlan,
} from './vision/vision-checkpoint.js';
export {
  planProjector,
  planProjectorCheckpoint,
  project,
  PROJECTOR_PREFIX,
  projectorDepth,
  type ProjectorConfig,
} from './vision/projector.js';
export { resizeTokenGrid } from './vision/token-grid.js';
export {
  createVisionEncoder,
  encoderTokenCount,
  planVisionEncoder,
  projectorConfigs,
  type EncoderTower,
  type ImageFeatures,
  type VisionEncoder,
  type VisionEncoderConfig,
  type VisionFusion,
} from './vision/vision-encoder.js';
export { ImageError, type ImageProblem } from './image/image-error.js';
export {
  imageFromPixels,
  type BackgroundColour,
  type RasterImage,
  type RawPixels,
} from './image/raster-image.js';
export { resizeImage, type ResampleFilter } from './image/resize-image.js';
export {
  CLIP_NORMALISATION,
  clipPreprocessing,
  IMAGENET_NORMALISATION,
  preprocessImage,
  SIGLIP_NORMALISATION,
  siglipPreprocessing,
  type ChannelTriple,
  type ImagePreprocessing,
  type ResizeTarget,
} from './image/image-preprocessing.js';
export { parsePreprocessorConfig } from './image/preprocessor-config.js';
export { cropPerson, type PersonBox, type PersonCropOptions } from './image/crop-person.js';
export { orientImage, readExifOrientation, type ExifOrientation } from './image/orient-image.js';
export { decodeImage, DEFAULT_MAX_PIXELS, readImage, type DecodeImageOptions } from './image/decode-image.js';
export { sharpDecoder, type DecodeLimits, type ImageDecoder } from './image/sharp-decoder.js';
export {
  encodeWithCache,
  FeatureCacheError,
  openFeatureCache,
  type CachedPicture,
  type FeatureCache,
  type FeatureCacheOptions,
} from './vision/feature-cache.js';
export { featureKey, fingerprintEncoder, type TowerPreprocessing } from './vision/feature-key.js';
