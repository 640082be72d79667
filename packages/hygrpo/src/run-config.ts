import type { Schedule } from '@pose-rft/tensor';
import { demand, HyGrpoConfigError, requireInteger, requirePositive } from './config-checks.js';
import {
  resolveHyGrpoConfig,
  type ByComponent,
  type HyGrpoConfig,
  type ResolvedHyGrpoConfig,
} from './config.js';
import { requireKlControls, type KlControl } from './kl-control.js';
import { resolveRewardExecution, type RewardExecution } from './reward-execution.js';

/** How a run samples, judges and updates; the objective's own settings are {@link HyGrpoConfig}'s. */
export interface HyGrpoRunConfig<Name extends string = string> extends Omit<
  HyGrpoConfig<Name>,
  'temperature'
> {
  /** Sampling temperature of discrete components, > 0, or its schedule by iteration. Default 1. */
  readonly temperature?: Schedule | number;
  /**
   * Optimiser steps in each inner epoch, >= 1, each on a part of the prompts (shuffled once for each rollout). Default
   * 1. With fewer prompts than that, as many steps as prompts.
   */
  readonly minibatches?: number;
  /**
   * Prompts differentiated at a time, >= 1; the gradients of a minibatch are accumulated, and are those of the whole to
   * rounding. Default: the whole minibatch, or an equal share for each worker.
   */
  readonly promptsPerMicroBatch?: number;
  /**
   * Prompts of one call of `act`, >= 1, each call with a random stream of its own. Default: all, or an equal share for
   * each worker. A run draws the same actions with workers and without if this number is the same.
   */
  readonly promptsPerActCall?: number;
  /** By component. Default: fixed. */
  readonly klControl?: ByComponent<Name, KlControl>;
  /**
   * By component: the updates on a rollout end once the policy has moved so far from the one that sampled it, in nats
   * as the k3 estimate a ratio (`approx_kl/{component}`). The step that finds it out is not taken. Default: never.
   */
  readonly stopUpdateAboveKl?: ByComponent<Name, number>;
  /**
   * Flat groups teach nothing: draws prompts and candidates again until there are as many prompts with something to
   * learn as an iteration has, at most so many times (DAPO, arXiv 2503.14476). Default: trains on what comes.
   */
  readonly dynamicSampling?: DynamicSampling;
  /** For all rewards that do not say otherwise. */
  readonly rewardExecution?: RewardExecution;
}

export interface DynamicSampling {
  /** Rounds of sampling in an iteration, the first included, >= 2. */
  readonly maximumRounds: number;
}

/** A run's config with every default that needs no rollout filled in. */
export interface ResolvedRunConfig extends Omit<ResolvedHyGrpoConfig, 'temperature'> {
  readonly temperature: Schedule;
  readonly minibatches: number;
  readonly promptsPerMicroBatch?: number;
  readonly promptsPerActCall?: number;
  readonly klControl: Readonly<Record<string, KlControl>>;
  readonly stopUpdateAboveKl: Readonly<Record<string, number>>;
  readonly maximumRounds: number;
  readonly rewardExecution: Required<RewardExecution>;
}

/**
 * Checks a run's config and fills in the defaults.
 *
 * @throws HyGrpoConfigError naming the field, its value and the allowed range
 * @example
 * ```ts
 * import { resolveRunConfig } from '@pose-rft/hygrpo';
 *
 * const { minibatches, rewardExecution } = resolveRunConfig({
 *   iterations: 100,
 *   candidatesPerPrompt: 8,
 *   learningRate: 1e-3,
 *   minibatches: 2,
 *   rewardExecution: { timeLimitSeconds: 10, retries: 2, onFailure: 'decline' },
 *   components: { answer: {} },
 * });
 * console.assert(minibatches === 2 && rewardExecution.backOffSeconds === 1);
 * ```
 */
export function resolveRunConfig(config: HyGrpoRunConfig): ResolvedRunConfig {
  const { temperature = 1, minibatches = 1, promptsPerMicroBatch, promptsPerActCall } = config;
  const { klControl = {}, stopUpdateAboveKl = {}, dynamicSampling, rewardExecution = {} } = config;
  const resolved = resolveHyGrpoConfig({
    ...config,
    temperature: typeof temperature === 'number' ? temperature : 1,
  });
  requireInteger('minibatches', minibatches, 1);
  if (promptsPerMicroBatch !== undefined) requireInteger('promptsPerMicroBatch', promptsPerMicroBatch, 1);
  if (promptsPerActCall !== undefined) requireInteger('promptsPerActCall', promptsPerActCall, 1);
  if (dynamicSampling) requireInteger('dynamicSampling.maximumRounds', dynamicSampling.maximumRounds, 2);
  const names = Object.keys(resolved.components);
  for (const [name, limit] of Object.entries(stopUpdateAboveKl)) {
    demand(`stopUpdateAboveKl.${name}`, limit, names.includes(name), `a component: ${names.join(', ')}`);
    requirePositive(`stopUpdateAboveKl.${name}`, limit);
  }
  requireKlControls(
    klControl,
    Object.fromEntries(Object.entries(resolved.components).map(([name, each]) => [name, each.klCoefficient])),
  );
  return {
    ...resolved,
    temperature: typeof temperature === 'number' ? () => temperature : temperature,
    minibatches,
    klControl,
    stopUpdateAboveKl,
    maximumRounds: dynamicSampling?.maximumRounds ?? 1,
    rewardExecution: resolveRewardExecution('rewardExecution', rewardExecution),
    ...(promptsPerMicroBatch === undefined ? {} : { promptsPerMicroBatch }),
    ...(promptsPerActCall === undefined ? {} : { promptsPerActCall }),
  };
}

/**
 * The temperature of an iteration.
 *
 * @throws HyGrpoConfigError if the schedule gives anything but a finite number > 0
 */
export function temperatureAt(config: ResolvedRunConfig, iteration: number): number {
  const temperature = config.temperature(iteration);
  if (!(Number.isFinite(temperature) && temperature > 0))
    throw new HyGrpoConfigError(`temperature(${iteration})`, temperature, 'a finite number > 0');
  return temperature;
}
