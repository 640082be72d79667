export type { Category, CategoryName, Posecode, PosecodeKind } from './posecode/posecode.js';
export { POSECODES } from './posecode/posecodes.js';
export { posecodeIndex, UnknownPosecodeNameError } from './posecode/posecode-index.js';
export { measure, POSE_STRIDE, UnknownPosecodeError } from './posecode/measure.js';
export type { JointPositions } from './posecode/measure.js';
export {
  constraintKey,
  constraintOf,
  holds,
  holdsForValue,
  InvalidConstraintError,
  satisfiedFraction,
  softScale,
  softSatisfaction,
} from './constraint/constraint.js';
export type { Constraint } from './constraint/constraint.js';
export { constraintRotations } from './constraint/constraint-rotations.js';
export { describeConstraint } from './constraint/describe-constraint.js';
export { uprightJoints } from './posecode/upright-joints.js';
export { measurePose } from './posecode/measure-pose.js';
export type { PoseRotations } from './posecode/measure-pose.js';
export { PoseRangeError } from './posecode/assert-pose.js';
export { describePose } from './fact/describe-pose.js';
export { captionPose } from './caption/caption-pose.js';
export type { Caption, CaptionOptions } from './caption/caption-pose.js';
export { parseStatement, parseStatements, statement, UnwordedConstraintError } from './caption/statement.js';
export { parseCaption } from './caption/parse-caption.js';
export type { ParsedCaption } from './caption/parse-caption.js';
export { CAPTION_VOCABULARY } from './sentence/caption-vocabulary.js';
export { normaliseSentence, unknownWords } from './sentence/normalise-sentence.js';

// Detailed captions: PoseScript's whole pipeline
export { captionPoseInDetail } from './detailed-caption/caption-pose-in-detail.js';
export type { DetailedCaption, DetailedCaptionOptions } from './detailed-caption/caption-pose-in-detail.js';
export { labellingNoise } from './detailed-caption/label-pose.js';
export { learnPosecodeStatistics } from './statistics/learn-posecode-statistics.js';
export type { StatisticsOptions } from './statistics/learn-posecode-statistics.js';
export { InvalidStatisticsError, parsePosecodeStatistics } from './statistics/posecode-statistics.js';
export type { PosecodeStatistics } from './statistics/posecode-statistics.js';
export { SYNTHETIC_STATISTICS } from './statistics/synthetic-statistics.generated.js';

// Reading descriptions back, and explaining scores by them
export { readCaption } from './reading/read-caption.js';
export type { ReadCaption, ReadConstraint } from './reading/read-caption.js';
export { explainConstraint, explainScore } from './reading/explain-score.js';
export type { ExplainedClaim, ScoreExplanation } from './reading/explain-score.js';

// Instructions: PoseFix's differences of two poses
export { instructPoseChange } from './instruction/instruct-pose-change.js';
export type { PoseInstruction, PoseInstructionOptions } from './instruction/instruct-pose-change.js';
export { PAIRCODES } from './instruction/paircodes.js';
export type { ChangeCategory, ChangeName, Paircode } from './instruction/paircodes.js';
export {
  InvalidPoseChangeError,
  measurePoseChanges,
  poseChangeHolds,
  poseChangeKey,
  poseChangeOf,
} from './instruction/pose-change.js';
export type { PoseChange, PosePair } from './instruction/pose-change.js';
export { readInstruction } from './instruction/read-instruction.js';
export type { ReadInstruction } from './instruction/read-instruction.js';
