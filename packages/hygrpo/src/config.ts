import type { AdamWConfig, Schedule } from '@pose-rft/tensor';
import { ADVANTAGE_DEFAULTS, type AdvantageOptions, type AdvantageScale } from './advantage.js';
import type { ClipEpsilon } from './clipped-objective.js';
import type { RatioGranularity } from './importance-ratio.js';
import type { KlEstimator } from './kl-estimate.js';
import type { AdvantageScope } from './nested-advantage.js';
import type { RewardAggregation } from './reward-aggregation.js';

/** How HyGRPO trains. */
export interface HyGrpoConfig {
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
  /** Updates on each rollout, >= 1. Default 1. */
  readonly innerEpochs?: number;
  /** low in (0, 1), high > 0. Default { low: 0.2, high: 0.2 }. */
  readonly clipEpsilon?: ClipEpsilon;
  /** Default 'k3'. */
  readonly klEstimator?: KlEstimator;
  /** Gradients are scaled down to this norm, > 0. Default 1. */
  readonly maxGradientNorm?: number;
  /** Of the optimizer that the trainer makes. Default beta1 0.9, beta2 0.98, epsilon 1e-8, weightDecay 0. */
  readonly optimizer?: Omit<AdamWConfig, 'maxGradientNorm'>;
  /** The components to train, by their names in the rollout; others are left alone. */
  readonly components: Readonly<Record<string, ComponentConfig>>;
}

/** How one component is trained. */
export interface ComponentConfig {
  /** Factor on its surrogate and KL, >= 0. Default 1. */
  readonly weight?: number;
  /** beta, >= 0. Default 0: no KL in the loss. */
  readonly klCoefficient?: number;
  /** Default 'token' for sequences, 'group' for nested components. */
  readonly ratio?: RatioGranularity;
  /** In place of the run's. */
  readonly clipEpsilon?: ClipEpsilon;
  readonly advantage?: ComponentAdvantageConfig;
}

/** How the rewards of a component become advantages. */
export interface ComponentAdvantageConfig extends AdvantageOptions {
  /** For nested components. Default 'candidate' with V > 1, otherwise 'group'. */
  readonly scope?: AdvantageScope;
  /** Default 'normalise-then-sum'. */
  readonly aggregation?: RewardAggregation;
  /**
   * Whether credit per group of dimensions is used where rewards give it. Default 'per-group' with the ratio 'group',
   * otherwise 'whole'.
   */
  readonly credit?: 'per-group' | 'whole';
}

/** Thrown when a config makes no sense. */
export class HyGrpoConfigError extends Error {
  override readonly name = 'HyGrpoConfigError';
  constructor(
    /** Such as `components.pose.weight`. */
    readonly field: string,
    readonly value: unknown,
    /** What would be accepted. */
    readonly allowed: string,
  ) {
    super(`HyGRPO config: ${field} is ${show(value)}; expected ${allowed}`);
  }
}

/** A config with every default filled in. */
export interface ResolvedHyGrpoConfig extends Required<Omit<HyGrpoConfig, 'learningRate' | 'components'>> {
  readonly learningRate: Schedule;
  readonly components: Readonly<Record<string, ResolvedComponentConfig>>;
}

export interface ResolvedComponentConfig {
  readonly weight: number;
  readonly klCoefficient: number;
  /** Absent: the default of the component's kind, which only a rollout tells. */
  readonly ratio?: RatioGranularity;
  readonly clipEpsilon: ClipEpsilon;
  readonly klEstimator: KlEstimator;
  readonly advantage: Required<ComponentAdvantageConfig>;
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
    clipEpsilon = { low: 0.2, high: 0.2 },
    klEstimator = 'k3',
    maxGradientNorm = 1,
  } = config;
  requireInteger('iterations', iterations, 1);
  requireInteger('candidatesPerPrompt', candidatesPerPrompt, 2);
  requireInteger('samplesPerCandidate', samplesPerCandidate, 1);
  requirePositive('temperature', temperature);
  if (typeof learningRate === 'number') requirePositive('learningRate', learningRate);
  requireInteger('innerEpochs', innerEpochs, 1);
  requireEpsilon('clipEpsilon', clipEpsilon);
  requireOneOf('klEstimator', klEstimator, ['k1', 'k2', 'k3']);
  demand('maxGradientNorm', maxGradientNorm, maxGradientNorm > 0, 'a number > 0 (Infinity: no limit)');
  const names = Object.keys(config.components);
  if (names.length === 0)
    throw new HyGrpoConfigError('components', {}, 'at least one component, such as { answer: {} }');
  const shared = { clipEpsilon, klEstimator, samplesPerCandidate };
  return {
    iterations,
    candidatesPerPrompt,
    samplesPerCandidate,
    temperature,
    learningRate: typeof learningRate === 'number' ? () => learningRate : learningRate,
    innerEpochs,
    clipEpsilon,
    klEstimator,
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

function resolveComponent(
  field: string,
  component: ComponentConfig,
  shared: {
    readonly clipEpsilon: ClipEpsilon;
    readonly klEstimator: KlEstimator;
    readonly samplesPerCandidate: number;
  },
): ResolvedComponentConfig {
  const { weight = 1, klCoefficient = 0, ratio, clipEpsilon = shared.clipEpsilon } = component;
  requireNotNegative(`${field}.weight`, weight);
  requireNotNegative(`${field}.klCoefficient`, klCoefficient);
  if (ratio !== undefined) requireOneOf(`${field}.ratio`, ratio, ['token', 'group', 'sum', 'mean']);
  requireEpsilon(`${field}.clipEpsilon`, clipEpsilon);
  const advantage: Required<ComponentAdvantageConfig> = {
    ...ADVANTAGE_DEFAULTS,
    scope: shared.samplesPerCandidate > 1 ? 'candidate' : 'group',
    aggregation: 'normalise-then-sum',
    credit: ratio === undefined || ratio === 'group' ? 'per-group' : 'whole',
    ...component.advantage,
  };
  const at = `${field}.advantage`;
  const scales: readonly AdvantageScale[] = ['group-std', 'mean-only', 'batch-std'];
  requireOneOf(`${at}.scale`, advantage.scale, scales);
  requireNotNegative(`${at}.stdFloor`, advantage.stdFloor);
  requireNotNegative(`${at}.relativeStdFloor`, advantage.relativeStdFloor);
  const { flatBelow, scope, credit } = advantage;
  demand(`${at}.flatBelow`, flatBelow, flatBelow >= 0 && flatBelow < 1, 'a number in [0, 1)');
  requireOneOf(`${at}.scope`, scope, ['candidate', 'group']);
  if (scope === 'candidate' && shared.samplesPerCandidate < 2)
    throw new HyGrpoConfigError(
      `${at}.scope`,
      scope,
      "'group', or samplesPerCandidate >= 2 to compare within",
    );
  requireOneOf(`${at}.aggregation`, advantage.aggregation, ['normalise-then-sum', 'sum-then-normalise']);
  requireOneOf(`${at}.credit`, credit, ['per-group', 'whole']);
  if (credit === 'per-group' && ratio !== undefined && ratio !== 'group')
    throw new HyGrpoConfigError(
      `${at}.credit`,
      credit,
      `'whole', or the ratio 'group' instead of '${ratio}'`,
    );
  return {
    weight,
    klCoefficient,
    clipEpsilon,
    klEstimator: shared.klEstimator,
    advantage,
    ...(ratio === undefined ? {} : { ratio }),
  };
}

export function demand(field: string, value: unknown, holds: boolean, allowed: string): void {
  if (!holds) throw new HyGrpoConfigError(field, value, allowed);
}

export function requireInteger(field: string, value: number, least: number): void {
  demand(field, value, Number.isSafeInteger(value) && value >= least, `an integer >= ${least}`);
}

export function requirePositive(field: string, value: number): void {
  demand(field, value, Number.isFinite(value) && value > 0, 'a finite number > 0');
}

function requireNotNegative(field: string, value: number): void {
  demand(field, value, Number.isFinite(value) && value >= 0, 'a finite number >= 0');
}

function requireEpsilon(field: string, { low, high }: ClipEpsilon): void {
  demand(`${field}.low`, low, low > 0 && low < 1, 'a number in (0, 1)');
  demand(`${field}.high`, high, Number.isFinite(high) && high > 0, 'a finite number > 0');
}

export function requireOneOf<Value extends string>(
  field: string,
  value: Value,
  values: readonly Value[],
): void {
  demand(field, value, values.includes(value), values.map((each) => `'${each}'`).join(' or '));
}

function show(value: unknown): string {
  return typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value));
}
