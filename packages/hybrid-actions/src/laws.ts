export {
  distributionLaws,
  type DistributionLawOptions,
  type DistributionSubject,
  type Formula,
} from './laws/distribution-laws.js';
export { bijectorLaws, type BijectorLawOptions } from './laws/bijector-laws.js';
export { jointLaws, type IndependentJoint, type JointLawOptions } from './laws/joint-laws.js';
export { logitLaws, type LogitLawOptions } from './laws/logit-laws.js';
export { spaceLaws, type SpaceLawOptions, type SpaceOperations } from './laws/space-laws.js';
export type { Law } from './laws/law.js';
