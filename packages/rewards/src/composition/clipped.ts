import type { Bounds } from '../reward-card.js';
import {
  whenReady,
  type AnyReward,
  type AsyncReward,
  type Reward,
  type RewardBatch,
  type RewardScores,
} from '../reward.js';
import { CompositionError } from './composition-error.js';
import { derivedReward } from './derived-reward.js';

/**
 * The reward with its values, and its credit, held within bounds: an outlier counts as much as the bound. Idempotent,
 * keeps the order of the values, and what declines still does.
 *
 * @throws CompositionError unless lowest <= highest
 * @example
 * ```ts
 * import { clipped, lengthPenalty } from '@pose-rft/rewards';
 *
 * const penalty = lengthPenalty({ length: (answer: string) => answer.length, softLimit: 0, hardLimit: 4 });
 * const { values } = clipped(penalty, [-0.5, 0]).score({ rows: [{ prompt: undefined, action: 'long' }] });
 * console.assert(values[0] === -0.5);
 * ```
 */
export function clipped<Prompt, Action>(
  reward: Reward<Prompt, Action>,
  bounds: Bounds,
): Reward<Prompt, Action>;
export function clipped<Prompt, Action>(
  reward: AsyncReward<Prompt, Action>,
  bounds: Bounds,
): AsyncReward<Prompt, Action>;
export function clipped<Prompt, Action>(
  reward: AnyReward<Prompt, Action>,
  bounds: Bounds,
): AnyReward<Prompt, Action>;
export function clipped<Prompt, Action>(
  reward: AnyReward<Prompt, Action>,
  bounds: Bounds,
): AnyReward<Prompt, Action> {
  const [lowest, highest] = bounds;
  if (!(lowest <= highest))
    throw new CompositionError(
      `'${reward.name}': bounds must be [lowest, highest], got [${lowest}, ${highest}]`,
    );
  const clip = (value: number): number => (value < lowest ? lowest : value > highest ? highest : value);
  const { about } = reward;
  const clipBounds = ([low, high]: Bounds): Bounds => [clip(low), clip(high)];
  return derivedReward(reward, {
    ...(about && {
      about: {
        ...about,
        range: clipBounds(about.range),
        ...(about.creditRange && { creditRange: clipBounds(about.creditRange) }),
        measures: `${about.measures}, clipped to [${lowest}, ${highest}]`,
      },
    }),
    score: (batch: RewardBatch<Prompt, Action>) =>
      whenReady(reward.score(batch), ({ values, perGroup }): RewardScores => ({
        values: values.map(clip),
        ...(perGroup && { perGroup: perGroup.map(clip) }),
      })),
  });
}
