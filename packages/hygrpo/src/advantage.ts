/** How rewards become advantages inside a group. */
export interface AdvantageOptions {
  /**
   * What a group's centred rewards are divided by: the group's own standard deviation (GRPO), nothing (Dr. GRPO), or
   * the standard deviation of all rewards of the batch (Lite PPO). Default 'group-std'.
   */
  readonly scale?: AdvantageScale;
  /** Added to the standard deviation, in units of the reward, >= 0. Default 1e-4. */
  readonly stdFloor?: number;
  /**
   * Added to the standard deviation, as a share of the standard deviation of all rewards in the batch, >= 0: a group
   * whose spread is far below the batch's is noise, and must not be blown up to unit advantages. Default 0.01.
   */
  readonly relativeStdFloor?: number;
  /**
   * A group is flat, and all its advantages exactly 0, when they would be smaller than this (root mean square, in
   * [0, 1)). Default 0.01. With the default floors that is a spread below 1e-6, or below 1e-4 of the batch's. A
   * spread that float32 cannot tell from rounding is always flat.
   */
  readonly flatBelow?: number;
}

export type AdvantageScale = 'group-std' | 'mean-only' | 'batch-std';

/** Advantages and what was learnt on the way. */
export interface Advantages {
  /** As many as rewards; 0 where there is no reward (NaN) or the group is flat. */
  readonly values: Float32Array;
  /** Groups with at least one reward. */
  readonly groupCount: number;
  /** Those of them whose advantages are all 0. */
  readonly flatGroupCount: number;
}

/** The documented defaults of {@link AdvantageOptions}. */
export const ADVANTAGE_DEFAULTS: Required<AdvantageOptions> = {
  scale: 'group-std',
  stdFloor: 1e-4,
  relativeStdFloor: 0.01,
  flatBelow: 0.01,
};

/** Thrown when arrays of rewards, credits and groups do not fit each other. */
export class AdvantageShapeError extends Error {
  override readonly name = 'AdvantageShapeError';
}

/** Relative spread that rounding to float32 alone can cause. */
const FLOAT32_NOISE = 4e-7;

/**
 * GRPO's advantages: each reward relative to its group, `A = (r - mean) / (std + floor)`, where std is the population
 * standard deviation and the floor is `stdFloor + relativeStdFloor * std(batch)` (Shao et al., "DeepSeekMath", arXiv
 * 2402.03300; Pose-RFT's F and Delta). A reward of NaN declines: it counts in no mean and has advantage 0, so for
 * the paper's pose rewards, which exist on the valid subset V only, put NaN elsewhere.
 *
 * @param rewards - [P * G], group after group
 * @param options - `groupSize` is G; `mask` (1 counts, 0 does not) is an alternative to NaN
 * @throws AdvantageShapeError if the number of rewards is no multiple of the group size
 * @example
 * ```ts
 * import { groupAdvantages } from '@pose-rft/hygrpo';
 *
 * const { values, flatGroupCount } = groupAdvantages(Float32Array.of(0, 1, NaN, 5, 5, 5), {
 *   groupSize: 3,
 *   stdFloor: 0,
 *   relativeStdFloor: 0,
 * });
 * console.assert(values.join() === '-1,1,0,0,0,0' && flatGroupCount === 1);
 * ```
 */
export function groupAdvantages(
  rewards: Float32Array,
  options: AdvantageOptions & { readonly groupSize: number; readonly mask?: Uint8Array },
): Advantages {
  const { groupSize, mask } = options;
  if (!(Number.isInteger(groupSize) && groupSize > 0 && rewards.length % groupSize === 0))
    throw new AdvantageShapeError(`${rewards.length} rewards do not divide into groups of ${groupSize}`);
  if (mask && mask.length !== rewards.length)
    throw new AdvantageShapeError(`the mask has ${mask.length} entries for ${rewards.length} rewards`);
  const counted = mask ? rewards.map((reward, row) => (mask[row] === 0 ? NaN : reward)) : rewards;
  return segmentAdvantages(counted, uniformSegments(rewards.length, groupSize), options);
}

/** Where groups of one size begin and end: 0, size, 2 size, ... */
export function uniformSegments(rowCount: number, size: number): Int32Array {
  return Int32Array.from({ length: rowCount / size + 1 }, (_, group) => group * size);
}

/**
 * {@link groupAdvantages} for groups of any sizes: group g owns the rows from segments[g] up to segments[g + 1].
 *
 * @throws AdvantageShapeError if the segments do not cover the rewards
 */
export function segmentAdvantages(
  rewards: Float32Array,
  segments: Int32Array,
  options: AdvantageOptions = {},
): Advantages {
  requireSegments(rewards, segments);
  const values = new Float32Array(rewards.length);
  const inverseScale = groupScaler(rewards, options);
  let groupCount = 0;
  let flatGroupCount = 0;
  for (let group = 0; group + 1 < segments.length; group++) {
    const start = segments[group] as number;
    const end = segments[group + 1] as number;
    const spread = spreadOf(rewards, start, end);
    if (spread.count === 0) continue;
    groupCount += 1;
    const inverse = inverseScale(spread);
    if (inverse === 0) {
      flatGroupCount += 1;
      continue;
    }
    for (let row = start; row < end; row++) {
      const reward = rewards[row] as number;
      if (!Number.isNaN(reward)) values[row] = (reward - spread.mean) * inverse;
    }
  }
  return { values, groupCount, flatGroupCount };
}

/**
 * Advantages for each group of dimensions: credit (a reward's share that each group of dimensions can influence, such
 * as the joints that a rotation moves) is centred for every group of dimensions over the rows of its segment, and
 * divided by the standard deviation of the *whole* reward, so that dimensions keep their relative importance.
 *
 * @param rewards - [N] whole rewards; NaN declines the row
 * @param credit - [N, K] row-major
 * @param options - `segments` as in {@link segmentAdvantages}, `groups` is K
 * @returns values [N, K]
 * @throws AdvantageShapeError if the shapes do not fit
 * @example
 * ```ts
 * import { structuredAdvantages } from '@pose-rft/hygrpo';
 *
 * // Two samples; only the first of two groups of dimensions made a difference.
 * const { values } = structuredAdvantages(Float32Array.of(1, 3), Float32Array.of(0, 1, 2, 1), {
 *   segments: Int32Array.of(0, 2),
 *   groups: 2,
 *   stdFloor: 0,
 *   relativeStdFloor: 0,
 * });
 * console.assert(values.join() === '-1,0,1,0');
 * ```
 */
export function structuredAdvantages(
  rewards: Float32Array,
  credit: Float32Array,
  options: AdvantageOptions & { readonly segments: Int32Array; readonly groups: number },
): Advantages {
  const { segments, groups } = options;
  requireSegments(rewards, segments);
  if (credit.length !== rewards.length * groups)
    throw new AdvantageShapeError(
      `credit has ${credit.length} numbers; expected ${rewards.length} rows * ${groups} groups of dimensions`,
    );
  const values = new Float32Array(credit.length);
  const inverseScale = groupScaler(rewards, options);
  const means = new Float64Array(groups);
  let groupCount = 0;
  let flatGroupCount = 0;
  for (let segment = 0; segment + 1 < segments.length; segment++) {
    const start = segments[segment] as number;
    const end = segments[segment + 1] as number;
    const spread = spreadOf(rewards, start, end);
    if (spread.count === 0) continue;
    groupCount += 1;
    const inverse = inverseScale(spread);
    if (inverse === 0) {
      flatGroupCount += 1;
      continue;
    }
    means.fill(0);
    for (let row = start; row < end; row++) {
      if (Number.isNaN(rewards[row])) continue;
      for (let k = 0; k < groups; k++)
        means[k] = (means[k] as number) + (credit[row * groups + k] as number) / spread.count;
    }
    for (let row = start; row < end; row++) {
      if (Number.isNaN(rewards[row])) continue;
      for (let k = 0; k < groups; k++)
        values[row * groups + k] = ((credit[row * groups + k] as number) - (means[k] as number)) * inverse;
    }
  }
  return { values, groupCount, flatGroupCount };
}

/** The mean over groups with any reward of their population standard deviations; 0 without such a group. */
export function meanGroupStandardDeviation(rewards: Float32Array, segments: Int32Array): number {
  let total = 0;
  let groupCount = 0;
  for (let group = 0; group + 1 < segments.length; group++) {
    const { count, standardDeviation } = spreadOf(
      rewards,
      segments[group] as number,
      segments[group + 1] as number,
    );
    if (count === 0) continue;
    total += standardDeviation;
    groupCount += 1;
  }
  return groupCount === 0 ? 0 : total / groupCount;
}

interface Spread {
  readonly count: number;
  readonly mean: number;
  readonly standardDeviation: number;
  readonly largest: number;
}

/** Mean and population standard deviation of the rewards that are there. */
function spreadOf(rewards: Float32Array, start: number, end: number): Spread {
  let count = 0;
  let total = 0;
  let largest = 0;
  for (let row = start; row < end; row++) {
    const reward = rewards[row] as number;
    if (Number.isNaN(reward)) continue;
    count += 1;
    total += reward;
    largest = Math.max(largest, Math.abs(reward));
  }
  const mean = total / count;
  let squares = 0;
  for (let row = start; row < end; row++) {
    const reward = rewards[row] as number;
    if (!Number.isNaN(reward)) squares += (reward - mean) ** 2;
  }
  return { count, mean, standardDeviation: Math.sqrt(squares / count), largest };
}

/** The factor on a group's centred rewards; 0 for a flat group. */
function groupScaler(rewards: Float32Array, options: AdvantageOptions): (spread: Spread) => number {
  const { scale, stdFloor, relativeStdFloor, flatBelow } = { ...ADVANTAGE_DEFAULTS, ...options };
  const batch = spreadOf(rewards, 0, rewards.length);
  const floor = stdFloor + (batch.count > 0 ? relativeStdFloor * batch.standardDeviation : 0);
  return ({ standardDeviation, largest }) => {
    if (standardDeviation <= FLOAT32_NOISE * largest) return 0;
    if (standardDeviation < flatBelow * (standardDeviation + floor)) return 0;
    if (scale === 'mean-only') return 1;
    return 1 / ((scale === 'batch-std' ? batch.standardDeviation : standardDeviation) + floor);
  };
}

function requireSegments(rewards: Float32Array, segments: Int32Array): void {
  const ascending = segments.every((start, index) => index === 0 || start >= (segments[index - 1] as number));
  if (segments[0] !== 0 || segments.at(-1) !== rewards.length || !ascending)
    throw new AdvantageShapeError(
      `segments [${segments.subarray(0, 8).join(', ')}${segments.length > 8 ? ', ...' : ''}] do not cover ` +
        `${rewards.length} rewards: expected 0 first, ascending, ${rewards.length} last`,
    );
}
