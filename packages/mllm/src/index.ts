export {
  createTokenizer,
  parseTokenizer,
  SPECIAL_TOKEN_IDS,
  SPECIAL_TOKENS,
  TokenizerError,
  type EncodedText,
  type SpecialTokenIds,
  type TextPiece,
  type Tokenizer,
  type TokenizerJson,
  type WordLevelTokenizer,
  type WordLevelTokenizerJson,
} from './tokenizer.js';
export {
  createHuggingFaceTokenizer,
  type HuggingFaceTokenizerJson,
  type HuggingFaceTokenizerOptions,
} from './hugging-face-tokenizer.js';
export {
  trainBytePairTokenizer,
  type BytePairTokenizerJson,
  type BytePairTrainingOptions,
} from './train-byte-pair-tokenizer.js';
export { type PoseInputConfig } from './pose-input.js';
export { CHAT_TEMPLATES, type ChatTemplateName } from './chat-templates.js';
export {
  ChatTemplateError,
  renderChat,
  type ChatContentItem,
  type ChatTemplate,
  type ChatTurn,
} from './render-chat.js';
export {
  DEFAULT_TOKEN_IDS,
  MLLM_PRESETS,
  mllmConfig,
  MllmConfigError,
  parseMllmConfig,
  ROTATION_SIZE,
  type MllmConfig,
  type MllmConfigInput,
  type MllmPreset,
  type ModelTokenIds,
  type PoseHeadConfig,
  type SlidingWindow,
} from './config.js';
export { linearLayers, type LinearLayer, type LinearModule } from './linear-layers.js';
export { ALL_LINEAR, parseLoraConfig, type LoraConfig } from './lora/lora-config.js';
export { isLoraParameter, isLoraSecondFactor } from './lora/lora-modules.js';
export { encodePrompt, PromptError, type MllmPrompt } from './prompt.js';
export { promptWithImages } from './image-prompt.js';
export { imageFeatureCount, visionEncoderConfig, type ImageSizes, type VisionInput } from './vision-input.js';
export {
  createMllmParameters,
  isPoseHeadParameter,
  isProjectorParameter,
  learnsBesideAdapters,
  planMllmParameters,
  type Initialisation,
  type MllmParameterOptions,
  type ParameterPlan,
} from './parameters.js';
export { packSegments, type PackedSegments, type TokenSegment } from './packing.js';
export { planAnswers, type AnswerPlan, type PromptedAnswer } from './answer-plan.js';
export { createDecoder, type Decoder, type DecoderOptions, type NextRows } from './decoder.js';
export { type PoseDistribution, type PosePoint } from './pose-head.js';
export { CAMERA_SIZE, type PoseDistributionConfig } from './pose-head-config.js';
export { poseJointLogProbs } from './pose-log-probs.js';
export { passAnswers, type AnswerPass } from './answer-pass.js';
export { ConstrainedAnswerError } from './constrained-log-probs.js';
export {
  supervisedLoss,
  SupervisedSampleError,
  type PoseMeanLoss,
  type SupervisedLossOptions,
  type SupervisedReport,
  type SupervisedSample,
} from './supervised.js';
export { sampleAnswers, type SampledAnswers } from './sampling.js';
export {
  answerSteps,
  SamplingOptionError,
  type AnswerStep,
  type GrownToken,
  type SamplingOptions,
} from './answer-steps.js';
export {
  choice,
  literal,
  noneOf,
  oneOf,
  repeat,
  sequence,
  TokenPatternError,
  type TokenPattern,
} from './token-pattern.js';
export { createTokenConstraint, type TokenConstraint } from './token-constraint.js';
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
  decodeCheckpoint,
  loadCheckpoint,
  saveCheckpoint,
  type Checkpoint,
  type SaveCheckpointOptions,
  type TrainingNotes,
} from './checkpoint.js';
export { CheckpointError } from './checkpoint-error.js';
export {
  parseHuggingFaceConfig,
  type HuggingFaceConfigOptions,
  type HuggingFaceModel,
} from './hugging-face/hugging-face-config.js';
export { type HuggingFaceVision } from './hugging-face/vision-section.js';
export { UnsupportedArchitectureError } from './hugging-face/unsupported-architecture-error.js';
export {
  loadHuggingFaceModel,
  type LoadedHuggingFaceModel,
  type LoadHuggingFaceOptions,
} from './hugging-face/load-hugging-face-model.js';
export { canonicalTensorName } from './hugging-face/tensor-names.js';
export { WeightsReportError, type WeightsProblem } from './hugging-face/weights-report-error.js';
export { addLora, mergeLora, type AdaptableModel } from './lora/lora-model.js';
export { loadAdapter, saveAdapter, type SaveAdapterOptions } from './lora/adapter-folder.js';
export { AdapterError } from './lora/peft-config.js';
export { saveHuggingFaceModel, type SaveHuggingFaceOptions } from './hugging-face/save-hugging-face-model.js';
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
export {
  downloadHuggingFaceModel,
  HubDownloadError,
  type DownloadOptions,
  type DownloadProgress,
} from './hugging-face/download-hugging-face-model.js';
export {
  estimateMemory,
  type MemoryBatch,
  type MemoryEstimate,
  type MemoryOptions,
} from './memory/estimate-memory.js';
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

// Chat: conversations of texts, images and poses
export {
  checkConversation,
  conversationTurn,
  type Conversation,
  type ConversationEnd,
  type ConversationPart,
  type ConversationRole,
  type ConversationTurn,
  type ImagePart,
  type PosePart,
  type TextPart,
} from './chat/conversation.js';
export { ConversationError, type ConversationProblem } from './chat/conversation-error.js';
export { checkTokenAgreement, TokenAgreementError, type SpecialTokenNames } from './chat/token-agreement.js';
export { chatTemplateOf, readChatTemplate } from './chat/read-chat-template.js';
export {
  createChatFormat,
  WORD_LEVEL_CHAT_TEMPLATE,
  type ChatFormat,
  type ChatFormatOptions,
} from './chat/chat-format.js';
export { chatSequence, type AnswerSpan, type ChatSequence } from './chat/chat-sequence.js';
export { parseAnswer, type AnswerPart, type ParsedAnswer } from './chat/parse-answer.js';
export {
  streamAnswer,
  type AnsweredPose,
  type AnswerEvent,
  type AnswerOptions,
  type ChatModel,
} from './chat/stream-answer.js';
export { answerConversations, type ConversationAnswer } from './chat/answer-conversations.js';
export {
  answerMask,
  conversationSample,
  type ConversationSample,
  type ConversationSampleOptions,
} from './chat/conversation-sample.js';
export { conversationLoss } from './chat/conversation-loss.js';
export { conversationOfLlava, type LlavaParts, type LlavaTurn } from './chat/llava-conversation.js';
export {
  parsePoseTokeniserConfig,
  DEFAULT_POSE_TOKENISER,
  PoseTokeniserError,
  type PoseTokeniserConfig,
} from './pose-tokeniser/pose-tokeniser-config.js';
export { createPoseTokeniserParameters } from './pose-tokeniser/pose-tokeniser-parameters.js';
export {
  trainPoseTokeniser,
  type PoseTokeniserStep,
  type PoseTokeniserTraining,
} from './pose-tokeniser/train-pose-tokeniser.js';
export { createPoseTokeniser, type PoseTokeniser } from './pose-tokeniser/pose-tokeniser.js';
export { loadPoseTokeniser, savePoseTokeniser } from './pose-tokeniser/pose-tokeniser-checkpoint.js';
export { codebookUsage, type LevelUsage } from './pose-tokeniser/codebook-usage.js';
export {
  withPoseCodes,
  type PoseCodeSizes,
  type PoseCodeTokenizer,
  type PoseCodeTokenizerJson,
} from './pose-tokeniser/pose-code-tokenizer.js';
export { poseCodePattern, poseCodes, type PoseCodeIds } from './pose-tokeniser/pose-code-pattern.js';
export {
  createTokenisedPosePolicy,
  type TokenisedPosePolicy,
  type TokenisedPosePolicyOptions,
} from './pose-tokeniser/tokenised-policy.js';
export {
  type TokenComponents,
  type TokenisedAction,
  type TokenisedRollout,
} from './pose-tokeniser/tokenised-rollout.js';
