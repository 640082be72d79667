export { rewardLaws } from './laws/reward-laws.js';
export type { RewardLaw, RewardLawOptions, RewardSubject } from './laws/reward-laws.js';
