import type { Rollout } from '@pose-rft/hybrid-actions';
import type { ComponentAdvantages, ScoredReward } from './reward-aggregation.js';
import type { RewardAccount } from './reward-execution.js';

/**
 * The numbers of one training step, under the names that TRL's users know. Times are in seconds, KL in nats. What an
 * update measures is a mean over its steps, except for `max` and counts. Rewards and completions are those of everything
 * that was sampled, also of what dynamic sampling then drops.
 */
export interface HyGrpoMetrics {
  /** The loss that was differentiated, auxiliary loss included; near 0 at ratio 1 although its gradient is not. */
  readonly loss: number;
  /** The sum over rewards of weight times mean. */
  readonly reward: number;
  /** The spread of the weighted reward within a group, averaged over groups, then components. */
  readonly reward_std: number;
  /** The share of groups whose advantages are all 0. */
  readonly frac_reward_zero_std: number;
  /** The sum over components; only if a reference was scored. */
  readonly kl?: number;
  readonly [perComponentKl: `kl/${string}`]: number;
  /** `declined`: the share of rows with NaN. */
  readonly [rewardSummary: `rewards/${string}/${'mean' | 'std' | 'declined'}`]: number;
  /** `failed`: the share of rows declined because the reward failed; `retries` and `timeouts` count calls. */
  readonly [rewardAccount: `rewards/${string}/${'failed' | 'retries' | 'timeouts'}`]: number;
  readonly [ratio: `ratio/${string}/${'mean' | 'max'}`]: number;
  /** The share of ratios whose gradient the clip cuts. */
  readonly [clipRatio: `clip_ratio/${string}`]: number;
  /** How far the policy is from the one that sampled: the mean k3 estimate a ratio. */
  readonly [approximateKl: `approx_kl/${string}`]: number;
  /** The coefficient in force, where it is positive. */
  readonly [klCoefficient: `kl_coefficient/${string}`]: number;
  /** In nats, where an entropy coefficient is set. */
  readonly [entropy: `entropy/${string}`]: number;
  /** pi_old / pi_sampler as it weighs the terms, where that is corrected. */
  readonly [samplingRatio: `sampling_ratio/${string}/${'mean' | 'max'}`]: number;
  /** The standard deviation of a Gaussian component, as a geometric mean over its dimensions. */
  readonly [policyStd: `policy_std/${string}`]: number;
  /** Before clipping. */
  readonly grad_norm: number;
  /** Updates left out because a gradient was not finite. */
  readonly skipped_updates: number;
  /** Updates that were made. */
  readonly updates: number;
  /** 1 if the policy had moved too far from the one that sampled, so that the rest of its updates was left out. */
  readonly update_stopped: number;
  readonly learning_rate: number;
  readonly temperature: number;
  /** Rounds of sampling; 1 without dynamic sampling. */
  readonly sampling_rounds: number;
  /** Prompts that were sampled for and not trained on. */
  readonly dropped_prompts: number;
  /** Candidates trained on. */
  readonly candidates: number;
  readonly 'completions/mean_length': number;
  readonly 'completions/min_length': number;
  readonly 'completions/max_length': number;
  /** Candidates with a nested component, over all candidates. */
  readonly [validFraction: `valid_fraction/${string}`]: number;
  /** What the evaluation of this iteration returned, if there was one. */
  readonly [evaluation: `eval/${string}`]: number;
  readonly step_time: number;
  readonly 'timing/sampling': number;
  readonly 'timing/rewards': number;
  readonly 'timing/reference': number;
  readonly 'timing/update': number;
}

/** What the rewards of a step say, before any update. */
export function rewardMetrics(
  scored: Readonly<Record<string, readonly ScoredReward[]>>,
  advantages: Readonly<Record<string, ComponentAdvantages>>,
): Pick<HyGrpoMetrics, 'reward' | 'reward_std' | 'frac_reward_zero_std'> & Record<string, number> {
  const metrics: Record<string, number> = {};
  let reward = 0;
  for (const { name, weight, values } of Object.values(scored).flat()) {
    const { mean, standardDeviation, declined } = summarise(values);
    metrics[`rewards/${name}/mean`] = mean;
    metrics[`rewards/${name}/std`] = standardDeviation;
    metrics[`rewards/${name}/declined`] = declined;
    if (!Number.isNaN(mean)) reward += weight * mean;
  }
  const parts = Object.values(advantages).filter(({ groupCount }) => groupCount > 0);
  const groupCount = total(parts.map((part) => part.groupCount));
  return {
    reward,
    reward_std: total(parts.map((part) => part.rewardStandardDeviation)) / Math.max(1, parts.length),
    frac_reward_zero_std: groupCount === 0 ? 1 : total(parts.map((part) => part.flatGroupCount)) / groupCount,
    ...metrics,
  };
}

/** What running the rewards took. */
export function accountMetrics(
  scored: Readonly<Record<string, readonly ScoredReward[]>>,
  accounts: Readonly<Record<string, RewardAccount>>,
): Record<`rewards/${string}/${'failed' | 'retries' | 'timeouts'}`, number> {
  const metrics: Record<string, number> = {};
  for (const { name, values } of Object.values(scored).flat()) {
    const { failedRows = 0, retries = 0, timeouts = 0 } = accounts[name] ?? {};
    metrics[`rewards/${name}/failed`] = failedRows / Math.max(1, values.length);
    metrics[`rewards/${name}/retries`] = retries;
    metrics[`rewards/${name}/timeouts`] = timeouts;
  }
  return metrics;
}

/** Lengths in tokens over all sequence components, and the share of candidates with each nested component. */
export function rolloutMetrics(
  rollout: Rollout<unknown, unknown>,
): Pick<HyGrpoMetrics, `completions/${'mean' | 'min' | 'max'}_length`> & Record<string, number> {
  const metrics: Record<string, number> = {};
  const lengths = new Float64Array(rollout.prompts.length * rollout.candidatesPerPrompt);
  for (const [name, component] of Object.entries(rollout.logProbs)) {
    if (component.kind === 'nested')
      metrics[`valid_fraction/${name}`] = component.candidates.length / Math.max(1, lengths.length);
    else
      for (let candidate = 0; candidate < lengths.length; candidate++)
        lengths[candidate] =
          (lengths[candidate] as number) +
          (component.offsets[candidate + 1] as number) -
          (component.offsets[candidate] as number);
  }
  return {
    'completions/mean_length': total([...lengths]) / Math.max(1, lengths.length),
    'completions/min_length': lengths.length === 0 ? 0 : Math.min(...lengths),
    'completions/max_length': Math.max(0, ...lengths),
    ...metrics,
  };
}

function summarise(values: Float32Array): { mean: number; standardDeviation: number; declined: number } {
  let count = 0;
  let sum = 0;
  for (const value of values)
    if (!Number.isNaN(value)) {
      count += 1;
      sum += value;
    }
  const mean = sum / count;
  let squares = 0;
  for (const value of values) if (!Number.isNaN(value)) squares += (value - mean) ** 2;
  return { mean, standardDeviation: Math.sqrt(squares / count), declined: 1 - count / values.length };
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}
