export { decoderLaws, decoderSubject, type DecoderSubject, type TokenSequence } from './laws/decoder-laws.js';
export { poseTokeniserLaws, type PoseTokeniserSubject } from './laws/pose-tokeniser-laws.js';
export type { Law, LawParameters } from './laws/law.js';
