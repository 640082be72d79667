import type { EventualScores, Reward } from '../reward.js';
import { CompositionError } from './composition-error.js';
import { hasScheduledWeight } from './derived-reward.js';
import { scheduledValue, type Schedule } from './schedule.js';

/**
 * The same reward with its weight multiplied by a factor: `weighted(weighted(r, a), b)` is `weighted(r, a * b)`. Values
 * stay as they are, so the weight also counts where rewards are normalised before they are added.
 *
 * @param factor - finite; negative turns a reward into a penalty
 * @throws CompositionError if the factor is not finite
 * @example
 * ```ts
 * import { formatReward, weighted } from '@pose-rft/rewards';
 *
 * const reward = weighted(formatReward({ answer: (action: string) => action }), 0.5);
 * console.assert(reward.weight === 0.5 && weighted(reward, 2).weight === 1);
 * ```
 */
export function weighted<Each extends Reward<never, never, EventualScores>>(
  reward: Each,
  factor: number,
): Each & { readonly weight: number } {
  if (!Number.isFinite(factor))
    throw new CompositionError(`the weight of '${reward.name}' must be finite, got ${factor}`);
  if (!hasScheduledWeight(reward)) return { ...reward, weight: (reward.weight ?? 1) * factor };
  return {
    ...reward,
    get weight() {
      return (reward.weight ?? 1) * factor;
    },
  };
}

/**
 * The same reward with a weight that follows a schedule: multiplied by the schedule's value at the current step,
 * each time it is read. (A trainer reads the weight when it has scored a batch; a copy made by spreading holds the
 * weight of that moment.)
 *
 * @param currentStep - such as a variable that the training loop counts up
 * @throws ScheduleError (when the weight is read) if the schedule makes no sense
 * @example
 * ```ts
 * import { formatReward, scheduled } from '@pose-rft/rewards';
 *
 * let step = 0;
 * const format = formatReward({ answer: (action: string) => action });
 * const fading = scheduled(format, { kind: 'linear', from: 1, to: 0, steps: 10 }, () => step);
 * const atStart = fading.weight;
 * step = 5;
 * console.assert(atStart === 1 && fading.weight === 0.5);
 * ```
 */
export function scheduled<Each extends Reward<never, never, EventualScores>>(
  reward: Each,
  schedule: Schedule,
  currentStep: () => number,
): Each & { readonly weight: number } {
  scheduledValue(schedule, 0);
  return {
    ...reward,
    get weight() {
      return (reward.weight ?? 1) * scheduledValue(schedule, currentStep());
    },
  };
}
