import {
  AdvantageShapeError,
  meanGroupStandardDeviation,
  segmentAdvantages,
  structuredAdvantages,
  type AdvantageOptions,
} from './advantage.js';

/** The scores of one reward on the rows of its component. */
export interface ScoredReward {
  readonly name: string;
  readonly weight: number;
  /** [rows]; NaN declines. */
  readonly values: Float32Array;
  /** [rows, K]. */
  readonly perGroup?: Float32Array;
}

/**
 * How several rewards of one component are joined: each normalised in its groups and then summed, so that none drowns
 * the others by its scale (GDPO, without its final whitening over the batch), or summed and then normalised (GRPO).
 */
export type RewardAggregation = 'normalise-then-sum' | 'sum-then-normalise';

/** Advantages of one component, as the objective takes them. */
export interface ComponentAdvantages {
  /** [rows], or [rows, K] if `perGroup`. */
  readonly values: Float32Array;
  readonly perGroup: boolean;
  /** Groups with at least one reward. */
  readonly groupCount: number;
  /** Those of them whose advantages are all exactly 0. */
  readonly flatGroupCount: number;
  /** The standard deviation of the weighted sum of the rewards within a group, averaged over groups. */
  readonly rewardStandardDeviation: number;
}

/**
 * The weighted advantages of one component from all its rewards. If any reward gives credit per group of dimensions,
 * so do the advantages, and rewards without credit count for every group alike.
 *
 * @param segments - the comparison groups, as in {@link segmentAdvantages}
 * @param options - `groups` is K; leave it out, or 0, to use whole rewards only
 * @throws AdvantageShapeError if the shapes do not fit, or without any reward
 * @example
 * ```ts
 * import { aggregateAdvantages } from '@pose-rft/hygrpo';
 *
 * const rewards = [
 *   { name: 'format', weight: 1, values: Float32Array.of(0, 1) },
 *   { name: 'distance', weight: 1, values: Float32Array.of(900, 300) }, // 600 times the scale of 'format'
 * ];
 * const options = { aggregation: 'normalise-then-sum', stdFloor: 0, relativeStdFloor: 0 } as const;
 * const { values } = aggregateAdvantages(rewards, Int32Array.of(0, 2), options);
 * console.assert(values.join() === '0,0');
 * ```
 */
export function aggregateAdvantages(
  rewards: readonly ScoredReward[],
  segments: Int32Array,
  options: AdvantageOptions & { readonly aggregation: RewardAggregation; readonly groups?: number },
): ComponentAdvantages {
  const rowCount = rewards[0]?.values.length;
  if (rowCount === undefined) throw new AdvantageShapeError('no rewards to aggregate');
  const groups = rewards.some(({ perGroup }) => perGroup) ? (options.groups ?? 0) : 0;
  const sumsFirst = options.aggregation === 'sum-then-normalise';
  const total = summed(rewards, sumsFirst ? groups : 0);
  const parts = sumsFirst ? [total] : rewards;
  const values = new Float32Array(rowCount * Math.max(1, groups));
  for (const part of parts) addAdvantages(values, part, segments, groups, options);
  return {
    values,
    perGroup: groups > 0,
    ...countFlat(total.values, values, segments, Math.max(1, groups)),
    rewardStandardDeviation: meanGroupStandardDeviation(total.values, segments),
  };
}

function addAdvantages(
  into: Float32Array,
  reward: ScoredReward,
  segments: Int32Array,
  groups: number,
  options: AdvantageOptions,
): void {
  const { values } =
    groups > 0 && reward.perGroup
      ? structuredAdvantages(reward.values, reward.perGroup, { ...options, segments, groups })
      : segmentAdvantages(reward.values, segments, options);
  // A whole reward counts for each of the groups of dimensions.
  const repeats = into.length / values.length;
  for (let index = 0; index < into.length; index++)
    into[index] =
      (into[index] as number) +
      reward.weight * (values[repeats === 1 ? index : Math.floor(index / repeats)] as number);
}

/** One reward in place of many; a row that all decline stays NaN. */
function summed(rewards: readonly ScoredReward[], groups: number): ScoredReward {
  const rowCount = rewards[0]?.values.length ?? 0;
  const values = new Float32Array(rowCount).fill(NaN);
  const perGroup = new Float32Array(rowCount * groups);
  for (const reward of rewards)
    for (let row = 0; row < rowCount; row++) {
      const value = reward.values[row] as number;
      if (Number.isNaN(value)) continue;
      const before = values[row] as number;
      values[row] = (Number.isNaN(before) ? 0 : before) + reward.weight * value;
      for (let k = 0; k < groups; k++) {
        const index = row * groups + k;
        const share = reward.perGroup ? (reward.perGroup[index] as number) : value;
        perGroup[index] = (perGroup[index] as number) + reward.weight * share;
      }
    }
  return { name: 'sum', weight: 1, values, ...(groups > 0 ? { perGroup } : {}) };
}

function countFlat(
  rewards: Float32Array,
  advantages: Float32Array,
  segments: Int32Array,
  width: number,
): { readonly groupCount: number; readonly flatGroupCount: number } {
  let groupCount = 0;
  let flatGroupCount = 0;
  for (let group = 0; group + 1 < segments.length; group++) {
    const start = segments[group] as number;
    const end = segments[group + 1] as number;
    if (rewards.subarray(start, end).every(Number.isNaN)) continue;
    groupCount += 1;
    if (advantages.subarray(start * width, end * width).every((value) => value === 0)) flatGroupCount += 1;
  }
  return { groupCount, flatGroupCount };
}
