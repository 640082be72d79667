export { rewardLaws } from './reward-laws.js';
export type { RewardLaw, RewardLawOptions, RewardSubject } from './reward-laws.js';
