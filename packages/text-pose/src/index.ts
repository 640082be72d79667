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
export type { DetailedCaptionOptions } from './detailed-caption/caption-pose-in-detail.js';
export { labellingNoise } from './detailed-caption/label-pose.js';
export { learnPosecodeStatistics } from './statistics/learn-posecode-statistics.js';
export type { StatisticsOptions } from './statistics/learn-posecode-statistics.js';
export { InvalidStatisticsError, parsePosecodeStatistics } from './statistics/posecode-statistics.js';
export type { PosecodeStatistics } from './statistics/posecode-statistics.js';
export { SYNTHETIC_STATISTICS } from './statistics/synthetic-statistics.generated.js';
