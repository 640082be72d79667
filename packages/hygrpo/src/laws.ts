export { advantageLaws, type AdvantageFunction } from './advantage-laws.js';
export { objectiveLaws, type ObjectiveFunction } from './objective-laws.js';
export { surrogateLaws, type SurrogateFunction } from './surrogate-laws.js';
export type { Law } from '@pose-rft/hybrid-actions/laws';
