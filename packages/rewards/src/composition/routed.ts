import {
  whenReady,
  type AnyReward,
  type AsyncReward,
  type Reward,
  type RewardBatch,
  type RewardScores,
} from '../reward.js';
import type { RewardCard } from '../reward-card.js';
import { derivedReward } from './derived-reward.js';

/**
 * The reward, driving another component of the action: such as a reward of poses that also teaches the answer to ask
 * for the right one. Values stay; the credit is dropped where the component changes, because its groups are those of
 * the first one.
 *
 * @example
 * ```ts
 * import { formatReward, routed } from '@pose-rft/rewards';
 *
 * const reward = routed(formatReward({ answer: (action: string) => action }), 'pose');
 * console.assert(reward.drives === 'pose');
 * ```
 */
export function routed<Prompt, Action>(
  reward: Reward<Prompt, Action>,
  drives: string,
): Reward<Prompt, Action>;
export function routed<Prompt, Action>(
  reward: AsyncReward<Prompt, Action>,
  drives: string,
): AsyncReward<Prompt, Action>;
export function routed<Prompt, Action>(
  reward: AnyReward<Prompt, Action>,
  drives: string,
): AnyReward<Prompt, Action>;
export function routed<Prompt, Action>(
  reward: AnyReward<Prompt, Action>,
  drives: string,
): AnyReward<Prompt, Action> {
  if (reward.drives === drives) return reward;
  const { about } = reward;
  return derivedReward(reward, {
    drives,
    ...(about && { about: withoutCredit(about) }),
    score: (batch: RewardBatch<Prompt, Action>) =>
      whenReady(reward.score(batch), ({ values }): RewardScores => ({ values })),
  });
}

function withoutCredit({ creditRange: _creditRange, ...about }: RewardCard): RewardCard {
  return about;
}

/**
 * Rewards by the component that they drive, in their order.
 *
 * @example
 * ```ts
 * import { formatReward, jointLimitReward, rewardsByComponent } from '@pose-rft/rewards';
 *
 * const format = formatReward({ answer: () => '' });
 * const limits = jointLimitReward({ pose6d: () => undefined });
 * console.assert(rewardsByComponent([format, limits]).get('pose')?.[0] === limits);
 * ```
 */
export function rewardsByComponent<Each extends { readonly drives: string }>(
  rewards: readonly Each[],
): ReadonlyMap<string, readonly Each[]> {
  const routes = new Map<string, Each[]>();
  for (const reward of rewards) routes.set(reward.drives, [...(routes.get(reward.drives) ?? []), reward]);
  return routes;
}
