export {
  distributionLaws,
  type DistributionLawOptions,
  type DistributionSubject,
} from './distribution-laws.js';
export type { Law } from './law.js';
