export { captionLaws, uprightPoseArbitrary } from './laws/caption-laws.js';
export type { CaptionSubject } from './laws/caption-laws.js';
export { instructionLaws } from './laws/instruction-laws.js';
export type { InstructionSubject } from './laws/instruction-laws.js';
export type { Law, LawParameters } from './laws/law.js';
