export { samplePose, JOINT_NOISE_RADIANS, LARGEST_ROOT_YAW_RADIANS } from './pose/sample-pose.js';
export {
  DEFAULT_EVIDENCE_NOISE_METRES,
  EVIDENCE_FEATURES,
  EVIDENCE_TOKENS,
  jointEvidence,
  JointEvidenceError,
} from './evidence/joint-evidence.js';
export { POSE_TOKEN } from './prompt/pose-prompt.js';
export type { PosePrompt, PoseSample } from './prompt/pose-prompt.js';
export { ANSWER_TEMPLATE, isWellFormedAnswer, malformedAnswer } from './prompt/answer.js';
export { captionOfQuestion } from './prompt/question.js';
export { DATASET_VOCABULARY } from './prompt/dataset-vocabulary.js';
export { createSyntheticSet, SyntheticSetError } from './synthetic/create-synthetic-set.js';
export type { SyntheticSetOptions, SyntheticSplit } from './synthetic/create-synthetic-set.js';
export {
  MotionCaptureFolderError,
  readMotionCaptureFolder,
} from './motion-capture/read-motion-capture-folder.js';
export type { MotionCaptureOptions, MotionCaptureTake } from './motion-capture/read-motion-capture-folder.js';
export { loadReferencedPoses, poseScriptHeading, turnedToFront } from './posescript/load-referenced-poses.js';
export type { LoadedPoses, SequenceResolver } from './posescript/load-referenced-poses.js';
export type { TextFile } from './posescript/json-file.js';
export { readPoseFix } from './posescript/posefix.js';
export type { PoseFixFiles, PoseFixSample, PoseFixSet } from './posescript/posefix.js';
export { readPoseReferences } from './posescript/pose-references.js';
export type { PoseReference } from './posescript/pose-references.js';
export { readPoseScript } from './posescript/posescript.js';
export type { PoseScriptFiles, PoseScriptSample, PoseScriptSet } from './posescript/posescript.js';

// Real data sets
export { checkDataset, formatDatasetCheck, formatDatasetList } from './catalogue/check-dataset.js';
export type { DatasetCheck, FilesCheck, FilesState } from './catalogue/check-dataset.js';
export type {
  CataloguedDataset,
  DatasetDescriptor,
  DatasetSplit,
  ExpectedFiles,
} from './catalogue/dataset-descriptor.js';
export { DATASETS, findDataset, UnknownDatasetError } from './catalogue/datasets.js';
export { readDataset } from './catalogue/read-dataset.js';
export { FileAccessError } from './files/file-access-error.js';
export { safeRelativePath } from './files/safe-path.js';
export { jsonElements } from './json/json-elements.js';
export type { JsonElement, JsonElementOptions } from './json/json-elements.js';
export { jsonLines } from './json/json-lines.js';
export { JsonStreamError } from './json/json-stream-error.js';
export {
  DatasetProblemError,
  EXCLUSION_REASONS,
  PROBLEM_KINDS,
  RecordFieldError,
} from './reading/dataset-problem.js';
export type { DatasetProblem, ExclusionReason, ProblemKind } from './reading/dataset-problem.js';
export {
  createReading,
  EXAMPLES_PER_KIND,
  formatReadSummary,
  ReadOptionsError,
} from './reading/dataset-reading.js';
export type {
  DatasetReading,
  ReadingContext,
  ReadOptions,
  ReadSummary,
  RecordGenerator,
} from './reading/dataset-reading.js';
export { JOINT_SETS } from './record/joint-sets.js';
export type { JointSetName } from './record/joint-sets.js';
export type {
  BodyParameters,
  CameraParameters,
  ConversationTurn,
  DatasetRecord,
  ImageReference,
  Keypoints2d,
  Keypoints3d,
  PixelBox,
  PointFrame,
  RecordIdentity,
  WorldPlacement,
} from './record/dataset-record.js';

// Synthetic scenes with pictures
export { REGIONS } from './scene/appearance.js';
export type { Appearance, Reach, Region } from './scene/appearance.js';
export { COLOUR_NAMES } from './scene/colour-name.js';
export type { ColourName } from './scene/colour-name.js';
export { createScenes, SceneOptionsError } from './scene/create-scenes.js';
export type { SceneMaker, SceneOptions } from './scene/create-scenes.js';
export { posesOfMotions, PoseSourceError, SAMPLED_POSES } from './scene/pose-source.js';
export type { PoseSource } from './scene/pose-source.js';
export type { QuestionKind, SceneQuestion } from './scene/scene-questions.js';
export { sceneSheet } from './scene/scene-sheet.js';
export { POSE_ANSWER, POSE_QUESTION, sceneConversation, sceneRecord } from './scene/synthetic-scene.js';
export type { SyntheticScene } from './scene/synthetic-scene.js';
export { VISIBILITY } from './scene/visibility.js';
export { cachedScenes } from './shard/cached-scenes.js';
export type { CachedScenes, CachedScenesOptions } from './shard/cached-scenes.js';
export { ShardError } from './shard/shard-error.js';

// Mixtures
export { createMixture, MixtureReadError } from './mixture/create-mixture.js';
export type { MixedBatch, MixedItem, MixtureOptions, MixtureSource } from './mixture/create-mixture.js';
export { MixtureError, MixturePositionError, planMixture } from './mixture/mixture-plan.js';
export type {
  MixturePlanOptions,
  MixturePosition,
  PlannedBatch,
  PlannedItem,
  PlannedSource,
} from './mixture/mixture-plan.js';
