export {
  distributionLaws,
  type DistributionLawOptions,
  type DistributionSubject,
} from './laws/distribution-laws.js';
export { spaceLaws, type SpaceLawOptions, type SpaceOperations } from './laws/space-laws.js';
export type { Law } from './laws/law.js';
