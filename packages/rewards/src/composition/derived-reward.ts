import type { EventualScores, Reward } from '../reward.js';

/** A reward with some of its fields replaced; a weight that follows a schedule goes on doing so. */
export function derivedReward<Each extends Reward<never, never, EventualScores>, Changes extends object>(
  reward: Each,
  changes: Changes,
): Omit<Each, keyof Changes> & Changes {
  const derived = { ...reward, ...changes };
  const weight = Object.getOwnPropertyDescriptor(reward, 'weight');
  return weight?.get === undefined || 'weight' in changes
    ? derived
    : Object.defineProperty(derived, 'weight', weight);
}

/** Whether the weight follows a schedule, so that its value now says nothing of later. */
export function hasScheduledWeight(reward: object): boolean {
  return Object.getOwnPropertyDescriptor(reward, 'weight')?.get !== undefined;
}
