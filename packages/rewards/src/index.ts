// The interface
export type {
  AnyReward,
  AsyncReward,
  Described,
  EventualScores,
  Reward,
  RewardBatch,
  RewardIdentity,
  RewardScores,
} from './reward.js';
export type { Bounds, RewardCard } from './reward-card.js';
export { RewardInputError } from './reward-input-error.js';

// Rewards of poses
export type { JointFrame, PoseAccess } from './pose/pose-scratch.js';
export { proximity } from './pose/proximity-kernel.js';
export type { JointAlignment, ProximityKernel } from './pose/proximity-kernel.js';
export { diversityReward } from './pose/diversity-reward.js';
export type { DiversityRewardOptions } from './pose/diversity-reward.js';
export { groundContactReward } from './pose/ground-contact-reward.js';
export type { GroundContactRewardOptions } from './pose/ground-contact-reward.js';
export { jointLimitReward } from './pose/joint-limit-reward.js';
export type { JointLimitRewardOptions } from './pose/joint-limit-reward.js';
export { jointProximityReward } from './pose/joint-proximity-reward.js';
export type { JointProximityRewardOptions } from './pose/joint-proximity-reward.js';
export { poseProximityReward } from './pose/pose-proximity-reward.js';
export type { PoseProximityRewardOptions } from './pose/pose-proximity-reward.js';
export { ruleSemanticReward } from './pose/rule-semantic-reward.js';
export type { RuleSemanticRewardOptions } from './pose/rule-semantic-reward.js';
export { selfPenetrationReward } from './pose/self-penetration-reward.js';
export type { SelfPenetrationRewardOptions } from './pose/self-penetration-reward.js';
export { semanticSimilarityReward } from './pose/semantic-similarity-reward.js';
export type {
  SemanticSimilarityRewardOptions,
  TextPoseSimilarity,
} from './pose/semantic-similarity-reward.js';
export { spatialReward } from './pose/spatial-reward.js';
export type { SpatialRewardOptions, TargetAccess } from './pose/spatial-reward.js';

// Rewards of text; sentence encoders have an entry of their own, ./sentence-encoder
export { embeddingSimilarityReward } from './text/embedding-similarity-reward.js';
export type {
  EmbeddingSimilarityRewardOptions,
  SentenceEncoder,
} from './text/embedding-similarity-reward.js';
export { formatReward, POSE_ANSWER_TEMPLATE } from './text/format-reward.js';
export type { FormatRewardOptions } from './text/format-reward.js';
export { lengthPenalty } from './text/length-penalty.js';
export type { LengthPenaltyOptions } from './text/length-penalty.js';
export { learnLexicalWeights, LexicalWeightsError, parseLexicalWeights } from './text/lexical-weights.js';
export type { LexicalWeightOptions, LexicalWeights } from './text/lexical-weights.js';
export { repetitionPenalty } from './text/repetition-penalty.js';
export type { RepetitionPenaltyOptions } from './text/repetition-penalty.js';
export { statementReward } from './text/statement-reward.js';
export type { StatementRewardOptions } from './text/statement-reward.js';
export { textSimilarity, textSimilarityReward } from './text/text-similarity-reward.js';
export type { TextSimilarityRewardOptions } from './text/text-similarity-reward.js';

// A judge over HTTP
export type { ChatFetch, ChatMessage, ChatResponse } from './judge/chat-completion.js';
export { JudgeError } from './judge/judge-error.js';
export type { JudgeFailure } from './judge/judge-error.js';
export { judgeReward } from './judge/judge-reward.js';
export type { JudgeRewardOptions } from './judge/judge-reward.js';
export { readVerdict } from './judge/verdict.js';

// Composition and conflicts
export { clipped } from './composition/clipped.js';
export { combined } from './composition/combined.js';
export type { CombinedOptions } from './composition/combined.js';
export { CompositionError } from './composition/composition-error.js';
export { gated } from './composition/gated.js';
export type { GateOptions } from './composition/gated.js';
export { rewardsByComponent, routed } from './composition/routed.js';
export { ScheduleError, scheduledValue } from './composition/schedule.js';
export type { Schedule } from './composition/schedule.js';
export { scheduled, weighted } from './composition/weighted.js';
export { ConflictInputError, conflictReport, collectGradients } from './conflict/conflict-report.js';
export type {
  Conflict,
  ConflictReport,
  GradientsByReward,
  ScoresByReward,
} from './conflict/conflict-report.js';
export { formatConflictReport } from './conflict/format-conflict-report.js';
