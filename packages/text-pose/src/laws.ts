export { captionLaws, uprightPoseArbitrary } from './laws/caption-laws.js';
export type { CaptionSubject } from './laws/caption-laws.js';
export { instructionLaws } from './laws/instruction-laws.js';
export type { InstructionSubject } from './laws/instruction-laws.js';
export { similarityLaws } from './laws/similarity-laws.js';
export type { SimilaritySubject } from './laws/similarity-laws.js';
export type { Law, LawParameters } from './laws/law.js';
