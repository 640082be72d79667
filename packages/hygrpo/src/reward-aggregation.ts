import {
  ADVANTAGE_DEFAULTS,
  AdvantageShapeError,
  meanGroupStandardDeviation,
  segmentAdvantages,
  spreadOf,
  structuredAdvantages,
  type AdvantageOptions,
} from './advantage.js';
import { mergeCredit, type DimensionGroups } from './dimension-groups.js';

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
 * the others by its scale (GDPO, arXiv 2601.05242), or summed and then normalised (GRPO).
 */
export type RewardAggregation = 'normalise-then-sum' | 'sum-then-normalise';

/** How {@link aggregateAdvantages} works. */
export interface AggregationOptions extends AdvantageOptions {
  readonly aggregation: RewardAggregation;
  /** K, the groups of dimensions that credit is given for; leave it out, or 0, to use whole rewards only. */
  readonly groups?: number;
  /** Merges the K groups into named ones; advantages are then per named group. */
  readonly dimensionGroups?: DimensionGroups;
  /**
   * Divides the advantages at the end by their standard deviation over the batch plus `stdFloor`, so that the number
   * of rewards does not set the size of the update: GDPO's last step, and RLOO's normalised advantages. Their mean is
   * 0 already. Default false.
   */
  readonly whitenBatch?: boolean;
  /**
   * The name of one of the rewards, the outcome: where it is flat within a group, so are all advantages of the group,
   * and the noise of shaped rewards beside it teaches nothing.
   */
  readonly gate?: string;
}

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
 * @throws AdvantageShapeError if the shapes do not fit, without any reward, or if the gate is none of them
 * @throws AdvantageValueError if a reward is infinite
 * @throws DimensionGroupError if the named groups do not share out the K groups
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
  options: AggregationOptions,
): ComponentAdvantages {
  const rowCount = rewards[0]?.values.length;
  if (rowCount === undefined) throw new AdvantageShapeError('no rewards to aggregate');
  for (const { name, values } of rewards)
    if (values.length !== rowCount)
      throw new AdvantageShapeError(
        `the reward '${name}' has ${values.length} numbers; expected ${rowCount}, as '${rewards[0]?.name}' has`,
      );
  const { groups, scored } = withMergedCredit(rewards, options);
  const sumsFirst = options.aggregation === 'sum-then-normalise';
  const total = summed(scored, rowCount, sumsFirst ? groups : 0);
  const parts = sumsFirst ? [total] : scored;
  const width = Math.max(1, groups);
  const values = new Float32Array(rowCount * width);
  for (const part of parts) addAdvantages(values, part, segments, groups, options);
  if (options.gate !== undefined) closeGate(values, width, outcome(rewards, options.gate), segments, options);
  if (options.whitenBatch) whiten(values, width, total.values, options);
  return {
    values,
    perGroup: groups > 0,
    ...countFlat(total.values, values, segments, width),
    rewardStandardDeviation: meanGroupStandardDeviation(total.values, segments),
  };
}

/** The rewards with their credit per named group, and how many groups of dimensions there then are; 0 without credit. */
function withMergedCredit(
  rewards: readonly ScoredReward[],
  { groups = 0, dimensionGroups }: AggregationOptions,
): { readonly groups: number; readonly scored: readonly ScoredReward[] } {
  if (groups === 0 || !rewards.some(({ perGroup }) => perGroup)) return { groups: 0, scored: rewards };
  if (dimensionGroups === undefined) return { groups, scored: rewards };
  return {
    groups: Object.keys(dimensionGroups).length,
    scored: rewards.map(({ perGroup, ...reward }) =>
      perGroup ? { ...reward, perGroup: mergeCredit(perGroup, dimensionGroups, groups) } : reward,
    ),
  };
}

function outcome(rewards: readonly ScoredReward[], gate: string): Float32Array {
  const reward = rewards.find(({ name }) => name === gate);
  if (reward === undefined)
    throw new AdvantageShapeError(
      `the gate '${gate}' is none of the rewards: ${rewards.map(({ name }) => name).join(', ')}`,
    );
  return reward.values;
}

function closeGate(
  advantages: Float32Array,
  width: number,
  outcomes: Float32Array,
  segments: Int32Array,
  options: AdvantageOptions,
): void {
  const { values } = segmentAdvantages(outcomes, segments, options);
  for (let group = 0; group + 1 < segments.length; group++) {
    const start = segments[group] as number;
    const end = segments[group + 1] as number;
    if (values.subarray(start, end).every((value) => value === 0))
      advantages.fill(0, start * width, end * width);
  }
}

function whiten(
  advantages: Float32Array,
  width: number,
  rewards: Float32Array,
  { standardDeviation, stdFloor = ADVANTAGE_DEFAULTS.stdFloor }: AdvantageOptions,
): void {
  const scored = advantages.map((value, index) =>
    Number.isNaN(rewards[Math.floor(index / width)]) ? NaN : value,
  );
  const spread = spreadOf(scored, 0, scored.length, standardDeviation);
  if (!(spread.standardDeviation > 0)) return;
  const factor = 1 / (spread.standardDeviation + stdFloor);
  for (let index = 0; index < advantages.length; index++)
    advantages[index] = (advantages[index] as number) * factor;
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
function summed(rewards: readonly ScoredReward[], rowCount: number, groups: number): ScoredReward {
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
  return { name: 'sum', weight: 1, values, perGroup };
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
