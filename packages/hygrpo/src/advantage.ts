/** How rewards become advantages inside a group. */
export interface AdvantageOptions {
  /**
   * What a reward is compared with: the mean of its group (GRPO), or the mean of the others of its group (RLOO), which
   * leaves the gradient unbiased. Of n members, the second is n / (n - 1) times the first. Default 'group-mean'.
   */
  readonly baseline?: AdvantageBaseline;
  /**
   * What a group's centred rewards are divided by: the group's own standard deviation (GRPO), nothing (Dr. GRPO), or
   * the standard deviation of all rewards of the batch (Lite PPO). Default 'group-std'.
   */
  readonly scale?: AdvantageScale;
  /**
   * Which standard deviation: of the group as it is (divided by n), or as an estimate from a sample (by n - 1), as TRL
   * and verl take it. Default 'population'.
   */
  readonly standardDeviation?: StandardDeviationKind;
  /** Added to the standard deviation, in units of the reward, >= 0. Default 1e-4. */
  readonly stdFloor?: number;
  /**
   * Added to the standard deviation, as a share of the standard deviation of all rewards in the batch, >= 0: a group
   * whose spread is far below the batch's is noise, and must not be blown up to unit advantages. Default 0.01.
   */
  readonly relativeStdFloor?: number;
  /**
   * A group whose standard deviation is below this, in units of the reward, is flat: the gate for shaped rewards whose
   * noise has a known size. Default 0.
   */
  readonly minimumSpread?: number;
  /**
   * A group is flat, and all its advantages exactly 0, when they would be smaller than this (root mean square, in
   * [0, 1)). Default 0.01. With the default floors that is a spread below 1e-6, or below 1e-4 of the batch's. A
   * spread that float32 cannot tell from rounding is always flat.
   */
  readonly flatBelow?: number;
}

export type AdvantageBaseline = 'group-mean' | 'leave-one-out';
export type AdvantageScale = 'group-std' | 'mean-only' | 'batch-std';
export type StandardDeviationKind = 'population' | 'sample';

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
  baseline: 'group-mean',
  scale: 'group-std',
  standardDeviation: 'population',
  stdFloor: 1e-4,
  relativeStdFloor: 0.01,
  minimumSpread: 0,
  flatBelow: 0.01,
};

/** Thrown when arrays of rewards, credits and groups do not fit each other. */
export class AdvantageShapeError extends Error {
  override readonly name = 'AdvantageShapeError';
}

/** Thrown when a reward or a credit is infinite, or a credit is NaN where its reward is a number. */
export class AdvantageValueError extends Error {
  override readonly name = 'AdvantageValueError';
  constructor(
    readonly row: number,
    readonly value: number,
    what: string,
    expected: string,
  ) {
    super(`${what} of row ${row} is ${value}; expected ${expected}`);
  }
}

/** Relative spread that rounding to float32 alone can cause. */
const FLOAT32_NOISE = 4e-7;

/**
 * GRPO's advantages: each reward relative to its group, `A = (r - mean) / (std + floor)`, where the floor is
 * `stdFloor + relativeStdFloor * std(batch)` (Shao et al., "DeepSeekMath", arXiv 2402.03300; Pose-RFT's F and Delta).
 *
 * | options | advantages of |
 * | --- | --- |
 * | none | GRPO, arXiv 2402.03300 |
 * | `scale: 'mean-only'` | Dr. GRPO, arXiv 2503.20783 |
 * | `scale: 'batch-std'` | Lite PPO, arXiv 2508.08221 |
 * | `scale: 'mean-only', baseline: 'leave-one-out'` | RLOO, arXiv 2402.14740 |
 *
 * A group of one has nothing to be compared with: it is flat. A reward of NaN declines: it counts in no mean and has advantage 0, so for
 * the paper's pose rewards, which exist on the valid subset V only, put NaN elsewhere.
 *
 * @param rewards - [P * G], group after group
 * @param options - `groupSize` is G; `mask` (1 counts, 0 does not) is an alternative to NaN
 * @throws AdvantageShapeError if the number of rewards is no multiple of the group size
 * @throws AdvantageValueError if a reward is infinite
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
 * @throws AdvantageValueError if a reward is infinite
 */
export function segmentAdvantages(
  rewards: Float32Array,
  segments: Int32Array,
  options: AdvantageOptions = {},
): Advantages {
  requireSegments(rewards, segments);
  requireNoInfinity(rewards);
  const values = new Float32Array(rewards.length);
  const scaled = groupScaler(rewards, options);
  let groupCount = 0;
  let flatGroupCount = 0;
  for (let group = 0; group + 1 < segments.length; group++) {
    const start = segments[group] as number;
    const end = segments[group + 1] as number;
    const { count, mean, inverseScale } = scaled(start, end);
    if (count === 0) continue;
    groupCount += 1;
    if (inverseScale === 0) {
      flatGroupCount += 1;
      continue;
    }
    for (let row = start; row < end; row++) {
      const reward = rewards[row] as number;
      if (!Number.isNaN(reward)) values[row] = (reward - mean) * inverseScale;
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
 * @throws AdvantageValueError if a reward is infinite, or a credit is not finite where its reward is a number
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
  requireNoInfinity(rewards);
  requireFiniteCredit(rewards, credit, groups);
  const values = new Float32Array(credit.length);
  const scaled = groupScaler(rewards, options);
  const means = new Float64Array(groups);
  let groupCount = 0;
  let flatGroupCount = 0;
  for (let segment = 0; segment + 1 < segments.length; segment++) {
    const start = segments[segment] as number;
    const end = segments[segment + 1] as number;
    const { count, inverseScale } = scaled(start, end);
    if (count === 0) continue;
    groupCount += 1;
    if (inverseScale === 0) {
      flatGroupCount += 1;
      continue;
    }
    means.fill(0);
    for (let row = start; row < end; row++) {
      if (Number.isNaN(rewards[row])) continue;
      for (let k = 0; k < groups; k++)
        means[k] = (means[k] as number) + (credit[row * groups + k] as number) / count;
    }
    for (let row = start; row < end; row++) {
      if (Number.isNaN(rewards[row])) continue;
      for (let k = 0; k < groups; k++)
        values[row * groups + k] =
          ((credit[row * groups + k] as number) - (means[k] as number)) * inverseScale;
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
  /** 0 for a single number, of either kind. */
  readonly standardDeviation: number;
  readonly largest: number;
}

/** Mean and standard deviation of the numbers that are there. */
export function spreadOf(
  values: Float32Array,
  start: number,
  end: number,
  kind: StandardDeviationKind = 'population',
): Spread {
  let count = 0;
  let total = 0;
  let largest = 0;
  for (let row = start; row < end; row++) {
    const value = values[row] as number;
    if (Number.isNaN(value)) continue;
    count += 1;
    total += value;
    largest = Math.max(largest, Math.abs(value));
  }
  const mean = total / count;
  let squares = 0;
  for (let row = start; row < end; row++) {
    const value = values[row] as number;
    if (!Number.isNaN(value)) squares += (value - mean) ** 2;
  }
  const divisor = kind === 'sample' ? Math.max(1, count - 1) : count;
  return { count, mean, standardDeviation: Math.sqrt(squares / divisor), largest };
}

/** The factor on a group's centred rewards; 0 for a flat group. */
function groupScaler(
  rewards: Float32Array,
  options: AdvantageOptions,
): (start: number, end: number) => Spread & { readonly inverseScale: number } {
  const given = { ...ADVANTAGE_DEFAULTS, ...options };
  const batch = spreadOf(rewards, 0, rewards.length, given.standardDeviation);
  // NaN without any reward, and then no group has one.
  const floor = given.stdFloor + given.relativeStdFloor * batch.standardDeviation;
  const inverse = ({ count, standardDeviation, largest }: Spread): number => {
    if (standardDeviation <= FLOAT32_NOISE * largest || standardDeviation < given.minimumSpread) return 0;
    if (standardDeviation < given.flatBelow * (standardDeviation + floor)) return 0;
    const leftOut = given.baseline === 'leave-one-out' ? count / (count - 1) : 1;
    if (given.scale === 'mean-only') return leftOut;
    return leftOut / ((given.scale === 'batch-std' ? batch.standardDeviation : standardDeviation) + floor);
  };
  return (start, end) => {
    const spread = spreadOf(rewards, start, end, given.standardDeviation);
    return { ...spread, inverseScale: inverse(spread) };
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

function requireNoInfinity(rewards: Float32Array): void {
  for (let row = 0; row < rewards.length; row++) {
    const reward = rewards[row] as number;
    if (Math.abs(reward) === Infinity)
      throw new AdvantageValueError(row, reward, 'the reward', 'a finite number, or NaN to decline');
  }
}

function requireFiniteCredit(rewards: Float32Array, credit: Float32Array, groups: number): void {
  for (let index = 0; index < credit.length; index++) {
    const row = Math.floor(index / groups);
    const value = credit[index] as number;
    if (!Number.isFinite(value) && !Number.isNaN(rewards[row]))
      throw new AdvantageValueError(
        row,
        value,
        `the credit of group ${index % groups}`,
        `a finite number, since the reward is ${rewards[row]}`,
      );
  }
}
