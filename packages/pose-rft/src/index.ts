export { evaluate, type EvaluateOptions } from './evaluation/evaluate.js';
export { scoreAnswerText } from './evaluation/answer-text.js';
export { comparisonLines } from './evaluation/comparison-lines.js';
export {
  formatMetric,
  judgeChange,
  meanOf,
  METRIC_NAMES,
  METRICS,
  type EvaluationResult,
  type MetricDefinition,
  type MetricName,
} from './evaluation/metrics.js';
export {
  answerSentence,
  EmptySentenceError,
  type SentenceAnswer,
  type SentenceAnswers,
} from './generate/answer-sentence.js';
export {
  judgeTargets,
  learningTable,
  type LearningRecord,
  type TargetVerdict,
} from './learn/learning-table.js';
export { learnSeed, type LearnSeedOptions } from './learn/learn-seed.js';
export { LEARNING_METHODS, type LearningMethod, type LearningMethodName } from './learn/methods.js';
export {
  createPoseModel,
  meanPoseOf,
  poseModelOf,
  supervisedSample,
  type PoseModel,
} from './model/pose-model.js';
export { loadPoseModel, savePoseModel } from './model/pose-model-checkpoint.js';
export {
  loadModelOrShipped,
  shippedCheckpointFolder,
  type ShippedCheckpoint,
} from './model/shipped-checkpoint.js';
export { cpuBudget, cpuSeconds, stepBudget, type Budget } from './recipes/cpu-clock.js';
export {
  createJointPositionLoss,
  type JointPositionLoss,
  type JointTarget,
} from './recipes/joint-position-loss.js';
export { poseRewards } from './recipes/pose-rewards.js';
export { pretrain, PRETRAINING, trainingSamples, type PretrainOptions } from './recipes/pretrain.js';
export {
  hyGrpoConfig,
  REINFORCEMENT_METHODS,
  reinforcementMethod,
  type ReinforcementMethod,
  type ReinforcementMethodDefinition,
} from './recipes/reinforcement-method.js';
export { trainReinforcement, type ReinforcementOptions } from './recipes/train-reinforcement.js';
export {
  createSupervisedBatchLoss,
  trainSupervised,
  type SupervisedOptions,
  type SupervisedStep,
} from './recipes/train-supervised.js';
export { htmlReport, type GalleryAnswer, type GalleryEntry, type RunReport } from './report/html-report.js';
export { lineChart, type Curve } from './report/line-chart.js';
export { fineTune, type FineTuneOptions, type FineTuneOutcome } from './run/fine-tune.js';
export { OutputFolderError, prepareOutputFolder } from './run/output-folder.js';
export {
  loadRunCheckpoint,
  RunCheckpointError,
  saveRunCheckpoint,
  type RunCheckpoint,
  type RunSettings,
} from './run/run-checkpoint.js';
export {
  bootstrapMean,
  bootstrapPairedDifference,
  type BootstrapOptions,
  type Estimate,
} from './statistics/bootstrap.js';

// Pictures
export { answerPicture, type PictureAnswer, type PicturePose } from './picture/answer-picture.js';
export { drawOverPhotograph } from './picture/draw-over-photograph.js';
export { encoderAccuracy, type EncoderAccuracy, type PictureErrors } from './picture/encoder-accuracy.js';
export {
  fineTunePictureModel,
  PICTURE_TRAINING,
  type PictureOutcome,
  type PictureRunOptions,
  type PictureStage,
} from './picture/fine-tune-picture-model.js';
export { cameraOfBox, fitCamera, type FittedCamera, type JointPlaces } from './picture/fit-camera.js';
export {
  loadMoveNet,
  type DetectedKeypoint,
  type DetectedPerson,
  type PersonDetector,
} from './picture/movenet.js';
export { parsePersonBox } from './picture/person-box.js';
export { createPersonCrops, type PersonCrop, type PersonCropSource } from './picture/person-crop-source.js';
export { PersonError } from './picture/person-error.js';
export {
  hasPictureModel,
  loadPictureModel,
  savePictureModel,
  shippedPictureFolder,
  type PictureModel,
} from './picture/picture-model.js';
export { PICTURE_SENSES, type PictureSenses } from './picture/picture-senses.js';
export { createPictureViews, type PictureView, type PictureViewsOptions } from './picture/picture-views.js';
export { type EncoderReading, type PoseEncoder } from './picture/pose-encoder.js';
export { loadPoseEncoder, savePoseEncoder } from './picture/pose-encoder-checkpoint.js';
export { spreadOf, type PoseDistribution, type PoseSpread } from './picture/pose-spread.js';
export { ENCODER_TRAINING, pretrainPoseEncoder, type EncoderStep } from './picture/pretrain-pose-encoder.js';
