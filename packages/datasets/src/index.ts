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
