export { evaluate, type EvaluateOptions } from './evaluation/evaluate.js';
export {
  CALIBRATION_LEVELS,
  CalibrationError,
  calibrationOf,
  type Calibration,
  type CalibrationFigures,
  type PredictedNormals,
} from './evaluation/calibration.js';
export { erf, normalCoverage } from './evaluation/normal-distribution.js';
export { scoreAnswerText } from './evaluation/answer-text.js';
export {
  BENCHMARK_NAMES,
  type Benchmark,
  type BenchmarkName,
  type BenchmarkSample,
  type BenchmarkTask,
  type BenchmarkTruth,
} from './evaluation/benchmark/benchmark.js';
export { BenchmarkDataError, type BenchmarkDataOptions } from './evaluation/benchmark/benchmark-data.js';
export { benchmarkJson, benchmarkRows } from './evaluation/benchmark/benchmark-json.js';
export { benchmarkMarkdown } from './evaluation/benchmark/benchmark-markdown.js';
export {
  BENCHMARK_METRICS,
  formatBenchmarkMetric,
  type BenchmarkMetric,
  type BenchmarkMetricName,
} from './evaluation/benchmark/benchmark-metrics.js';
export {
  BenchmarkProblemError,
  formatProblems,
  type BenchmarkProblem,
  type BenchmarkProblemKind,
  type BenchmarkProblems,
  type ProblemPolicy,
} from './evaluation/benchmark/benchmark-problem.js';
export type { BenchmarkResult, TaskResult } from './evaluation/benchmark/benchmark-result.js';
export { cmuBenchmark, type CmuBenchmarkOptions } from './evaluation/benchmark/cmu-benchmark.js';
export { loadScoringBody } from './evaluation/benchmark/load-scoring-body.js';
export { modelPredictor } from './evaluation/benchmark/model-predictor.js';
export {
  pictureBenchmark,
  type PictureBenchmarkName,
  type PictureBenchmarkOptions,
} from './evaluation/benchmark/picture-benchmark.js';
export type {
  PosePredictor,
  PredictedAnswer,
  PredictedPose,
  PredictOptions,
  SamplePrediction,
} from './evaluation/benchmark/pose-predictor.js';
export {
  poseScriptBenchmark,
  type PoseScriptBenchmarkOptions,
} from './evaluation/benchmark/posescript-benchmark.js';
export {
  predictionLine,
  PredictionsFileError,
  questionLine,
  readPredictions,
  type ReadPredictions,
} from './evaluation/benchmark/predictions-file.js';
export {
  NothingToEvaluateError,
  runBenchmark,
  type RunBenchmarkOptions,
} from './evaluation/benchmark/run-benchmark.js';
export type { MotionReport } from './evaluation/benchmark/score-motion.js';
export type { RetrievalEvaluator, RetrievalFigures } from './evaluation/benchmark/score-retrieval.js';
export {
  modelScoringBody,
  ScoringBodyError,
  syntheticScoringBody,
  type PosedPerson,
  type ScoringBody,
  type ScoringModels,
  type ScoringRegressor,
} from './evaluation/benchmark/scoring-body.js';
export { syntheticBenchmark } from './evaluation/benchmark/synthetic-benchmark.js';
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
export type { Experiment, Finding } from './experiments/experiment.js';
export { EXPERIMENTS } from './experiments/experiments.js';
export { loadEvaluators, type Evaluators, type PoseJudgement } from './experiments/pose-judges.js';
export { runExperiment, type ExperimentOptions, type FinishedRun } from './experiments/run-experiment.js';
export {
  RunResultError,
  type CurvePoint,
  type ExperimentMetric,
  type RunResult,
  type ExperimentRunSettings,
} from './experiments/run-result.js';
export type { Variant } from './experiments/variant.js';
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
export { benchmarkPage } from './report/benchmark-page.js';
export { reliabilityChart } from './report/reliability-chart.js';
export { htmlReport, type GalleryAnswer, type GalleryEntry, type RunReport } from './report/html-report.js';
export { dotPlot, type DotColumn } from './report/dot-plot.js';
export { lineChart, type Curve } from './report/line-chart.js';
export { seriesPlot, type PlotSeries, type SeriesPanel, type SpreadPoint } from './report/series-plot.js';
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
export { bootstrapClusteredMean, type ClusteredEstimate } from './statistics/clustered-bootstrap.js';

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
