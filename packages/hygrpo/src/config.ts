import type { AdamWConfig, Schedule } from '@pose-rft/tensor';
import type { ClipEpsilon } from './clipped-objective.js';
import {
  resolveComponent,
  requireKlMethod,
  resolveClip,
  type ComponentConfig,
  type ResolvedComponentConfig,
} from './component-config.js';
import type { KlMethod } from './component-regularisers.js';
import { demand, HyGrpoConfigError, requireInteger, requirePositive } from './config-checks.js';

/**
 * How HyGRPO trains. With the names of the components, as in `HyGrpoConfig<'answer' | 'pose'>`, an unknown one does not
 * compile; without, a run refuses it.
 */
export interface HyGrpoConfig<Name extends string = string> {
  /** Iterations in all, >= 1; a resumed run counts on from `startIteration` to the same end. */
  readonly iterations: number;
  /** G, >= 2: candidates are compared with each other. */
  readonly candidatesPerPrompt: number;
  /** V, >= 1: continuous samples of each candidate. Default 1, as in the paper; 16 learns far better. */
  readonly samplesPerCandidate?: number;
  /** Sampling temperature of discrete components, > 0. Default 1. */
  readonly temperature?: number;
  /** By iteration, from 0; a number stays as it is. */
  readonly learningRate: Schedule | number;
  /** Passes over each rollout, >= 1; with `minibatches` several updates each. Default 1. */
  readonly innerEpochs?: number;
  /** For components that do not say otherwise; a number is symmetric. Default: that of the component's loss. */
  readonly clipEpsilon?: ClipEpsilon | number;
  /** For components that do not say otherwise. Default 'auto': exact if the policy scores distributions, else k3. */
  readonly klEstimator?: KlMethod;
  /**
   * For components that do not say otherwise. Default 'auto': exact where the value is, otherwise that of k2, the one
   * estimator whose gradient is the KL's in expectation.
   */
  readonly klGradient?: KlMethod;
  /** Gradients are scaled down to this norm, > 0. Default 1. */
  readonly maxGradientNorm?: number;
  /** Of the optimizer that the trainer makes. Default beta1 0.9, beta2 0.98, epsilon 1e-8, weightDecay 0. */
  readonly optimizer?: Omit<AdamWConfig, 'maxGradientNorm'>;
  /** The components to train, by their names in the rollout; others are left alone. */
  readonly components: ComponentConfigs<Name>;
}

/** Something for each component, or for some of those that are known by name. */
export type ByComponent<Name extends string, Value> = string extends Name
  ? Readonly<Record<string, Value>>
  : Readonly<Partial<Record<Name, Value>>>;

export type ComponentConfigs<Name extends string> = ByComponent<Name, ComponentConfig>;

/** A config with every default filled in; what components share is in them. */
export interface ResolvedHyGrpoConfig extends Required<
  Omit<HyGrpoConfig, 'learningRate' | 'components' | 'clipEpsilon' | 'klEstimator' | 'klGradient'>
> {
  readonly learningRate: Schedule;
  readonly components: Readonly<Record<string, ResolvedComponentConfig>>;
}

/**
 * Checks a config and fills in the defaults.
 *
 * @throws HyGrpoConfigError naming the field, its value and the allowed range
 * @example
 * ```ts
 * import { resolveHyGrpoConfig } from '@pose-rft/hygrpo';
 *
 * const config = resolveHyGrpoConfig({
 *   iterations: 100,
 *   candidatesPerPrompt: 8,
 *   samplesPerCandidate: 16,
 *   learningRate: 1e-3,
 *   components: { answer: { klCoefficient: 0.02 }, pose: { weight: 0.1 } },
 * });
 * console.assert(config.components.pose?.advantage.scope === 'candidate');
 * ```
 */
export function resolveHyGrpoConfig(config: HyGrpoConfig): ResolvedHyGrpoConfig {
  const {
    iterations,
    candidatesPerPrompt,
    samplesPerCandidate = 1,
    temperature = 1,
    learningRate,
    innerEpochs = 1,
    clipEpsilon,
    klEstimator = 'auto',
    klGradient = 'auto',
    maxGradientNorm = 1,
  } = config;
  requireInteger('iterations', iterations, 1);
  requireInteger('candidatesPerPrompt', candidatesPerPrompt, 2);
  requireInteger('samplesPerCandidate', samplesPerCandidate, 1);
  requirePositive('temperature', temperature);
  if (typeof learningRate === 'number') requirePositive('learningRate', learningRate);
  requireInteger('innerEpochs', innerEpochs, 1);
  if (clipEpsilon !== undefined) resolveClip('clipEpsilon', clipEpsilon);
  requireKlMethod('klEstimator', klEstimator);
  requireKlMethod('klGradient', klGradient);
  demand('maxGradientNorm', maxGradientNorm, maxGradientNorm > 0, 'a number > 0 (Infinity: no limit)');
  const names = Object.keys(config.components);
  if (names.length === 0)
    throw new HyGrpoConfigError('components', {}, 'at least one component, such as { answer: {} }');
  const shared = {
    klEstimator,
    klGradient,
    samplesPerCandidate,
    ...(clipEpsilon === undefined ? {} : { clipEpsilon }),
  };
  return {
    iterations,
    candidatesPerPrompt,
    samplesPerCandidate,
    temperature,
    learningRate: typeof learningRate === 'number' ? () => learningRate : learningRate,
    innerEpochs,
    maxGradientNorm,
    optimizer: { beta1: 0.9, beta2: 0.98, epsilon: 1e-8, weightDecay: 0, ...config.optimizer },
    components: Object.fromEntries(
      Object.entries(config.components).map(([name, component]) => [
        name,
        resolveComponent(`components.${name}`, component, shared),
      ]),
    ),
  };
}
