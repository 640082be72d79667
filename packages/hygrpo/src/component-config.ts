import { ADVANTAGE_DEFAULTS, type AdvantageOptions } from './advantage.js';
import { requireClip, type ClipEpsilon } from './clipped-objective.js';
import type { ComponentObjectiveOptions } from './component-objective.js';
import type { KlMethod } from './component-regularisers.js';
import { demand, HyGrpoConfigError, requireNotNegative, requireOneOf } from './config-checks.js';
import { RATIO_GRANULARITIES, type RatioGranularity } from './importance-ratio.js';
import { requireCorrection } from './importance-correction.js';
import { requireAggregation } from './loss-aggregation.js';
import type { AdvantageScope } from './nested-advantage.js';
import { ObjectiveOptionError } from './objective-option-error.js';
import { explicitLoss, type PolicyLoss } from './policy-loss.js';
import type { AggregationOptions, RewardAggregation } from './reward-aggregation.js';

/** How one component is trained: its part in the objective, and how its rewards become advantages. */
export interface ComponentConfig extends Omit<ComponentObjectiveOptions, 'clipEpsilon'> {
  /** In place of the run's; a number is symmetric. */
  readonly clipEpsilon?: ClipEpsilon | number;
  readonly advantage?: ComponentAdvantageConfig;
}

/** How the rewards of a component become advantages. */
export interface ComponentAdvantageConfig
  extends AdvantageOptions, Pick<AggregationOptions, 'whitenBatch' | 'gate'> {
  /** For nested components. Default 'candidate' with V > 1, otherwise 'group'. */
  readonly scope?: AdvantageScope;
  /** Default 'normalise-then-sum'. */
  readonly aggregation?: RewardAggregation;
  /**
   * Whether credit per group of dimensions is used where rewards give it. Default 'per-group' with the ratios 'group'
   * and 'mean-group', otherwise 'whole'.
   */
  readonly credit?: 'per-group' | 'whole';
}

/** A component's config with every default filled in that needs no rollout. */
export interface ResolvedComponentConfig extends Omit<
  ComponentObjectiveOptions,
  'weight' | 'klCoefficient' | 'loss' | 'klEstimator' | 'klGradient'
> {
  readonly weight: number;
  readonly klCoefficient: number;
  readonly loss: PolicyLoss;
  readonly klEstimator: KlMethod;
  readonly klGradient: KlMethod;
  readonly advantage: ResolvedAdvantageConfig;
}

/** As `aggregateAdvantages` takes it, but for the number of groups. */
export interface ResolvedAdvantageConfig
  extends
    Required<Omit<ComponentAdvantageConfig, 'gate'>>,
    Pick<AggregationOptions, 'gate' | 'dimensionGroups'> {}

/** What components that do not say otherwise have from the run. */
export interface SharedComponentConfig {
  readonly clipEpsilon?: ClipEpsilon | number;
  readonly klEstimator: KlMethod;
  readonly klGradient: KlMethod;
  readonly samplesPerCandidate: number;
}

/**
 * Checks the config of one component and fills in the defaults.
 *
 * @param field - where it stands in the whole config, for errors
 * @throws HyGrpoConfigError naming the field, its value and the allowed range
 */
export function resolveComponent(
  field: string,
  component: ComponentConfig,
  shared: SharedComponentConfig,
): ResolvedComponentConfig {
  const { weight = 1, klCoefficient = 0, loss = { kind: 'hygrpo' }, ratio, aggregation } = component;
  const { klEstimator = shared.klEstimator, klGradient = shared.klGradient } = component;
  const { klImportanceWeighted, entropyCoefficient, importanceCorrection, dimensionGroups } = component;
  requireNotNegative(`${field}.weight`, weight);
  requireNotNegative(`${field}.klCoefficient`, klCoefficient);
  requireKlMethod(`${field}.klEstimator`, klEstimator);
  requireKlMethod(`${field}.klGradient`, klGradient);
  requireLoss(`${field}.loss`, loss);
  if (ratio !== undefined) requireOneOf(`${field}.ratio`, ratio, ALL_RATIOS);
  if (aggregation !== undefined) {
    requireOneOf(`${field}.aggregation.kind`, aggregation.kind, AGGREGATIONS);
    underField(field, () => requireAggregation(aggregation));
  }
  if (entropyCoefficient !== undefined) requireNotNegative(`${field}.entropyCoefficient`, entropyCoefficient);
  if (importanceCorrection !== undefined) {
    const at = `${field}.importanceCorrection`;
    requireOneOf(`${at}.level`, importanceCorrection.level, ['token', 'sequence']);
    requireOneOf(`${at}.beyond`, importanceCorrection.beyond, ['truncate', 'mask']);
    underField(field, () => requireCorrection(importanceCorrection));
  }
  if (dimensionGroups !== undefined)
    demand(
      `${field}.dimensionGroups`,
      dimensionGroups,
      Object.keys(dimensionGroups).length > 0,
      'at least one named group of dimensions',
    );
  const clip = component.clipEpsilon ?? shared.clipEpsilon;
  return {
    weight,
    klCoefficient,
    loss,
    klEstimator,
    klGradient,
    advantage: resolveAdvantage(`${field}.advantage`, { ...component, loss }, shared),
    ...(clip === undefined ? {} : { clipEpsilon: resolveClip(`${field}.clipEpsilon`, clip) }),
    ...(ratio === undefined ? {} : { ratio }),
    ...(aggregation === undefined ? {} : { aggregation }),
    ...(klImportanceWeighted === undefined ? {} : { klImportanceWeighted }),
    ...(entropyCoefficient === undefined ? {} : { entropyCoefficient }),
    ...(importanceCorrection === undefined ? {} : { importanceCorrection }),
    ...(dimensionGroups === undefined ? {} : { dimensionGroups }),
  };
}

/** @throws HyGrpoConfigError */
export function resolveClip(field: string, clip: ClipEpsilon | number): ClipEpsilon {
  const { low, high, ...bounds } = typeof clip === 'number' ? { low: clip, high: clip } : clip;
  underField(field, () => requireClip({ low, high, ...bounds }), 'clipEpsilon');
  return { low, high, ...bounds };
}

/** @throws HyGrpoConfigError */
export function requireKlMethod(field: string, method: KlMethod): void {
  requireOneOf(field, method, ['auto', 'exact', 'k1', 'k2', 'k3']);
}

const ALL_RATIOS: readonly RatioGranularity[] = [
  ...new Set<RatioGranularity>([...RATIO_GRANULARITIES.sequence, ...RATIO_GRANULARITIES.nested]),
];
const LOSSES = ['hygrpo', 'grpo', 'dr_grpo', 'dapo', 'bnpo', 'gspo', 'cispo'] as const;
const AGGREGATIONS = [
  'token-mean',
  'token-sum',
  'sequence-mean-token-mean',
  'sequence-mean-token-sum',
  'sequence-mean-token-sum-over',
] as const;

function requireLoss(field: string, loss: PolicyLoss): void {
  requireOneOf(`${field}.kind`, loss.kind, LOSSES);
  if (loss.kind === 'dr_grpo')
    demand(
      `${field}.maxLength`,
      loss.maxLength,
      Number.isFinite(loss.maxLength) && loss.maxLength > 0,
      'a finite number > 0',
    );
}

function resolveAdvantage(
  at: string,
  component: ComponentConfig & { readonly loss: PolicyLoss },
  { samplesPerCandidate }: SharedComponentConfig,
): ResolvedAdvantageConfig {
  const { loss, ratio, dimensionGroups } = component;
  // What a nested component's ratio will be; a sequence has no credit to give.
  const nestedRatio = explicitLoss(loss, 'nested', ratio === undefined ? {} : { ratio }).ratio;
  const takesCredit = nestedRatio === 'group' || nestedRatio === 'mean-group';
  const advantage: ResolvedAdvantageConfig = {
    ...ADVANTAGE_DEFAULTS,
    scope: samplesPerCandidate > 1 ? 'candidate' : 'group',
    aggregation: 'normalise-then-sum',
    credit: takesCredit ? 'per-group' : 'whole',
    whitenBatch: false,
    ...component.advantage,
    ...(dimensionGroups === undefined ? {} : { dimensionGroups }),
  };
  requireOneOf(`${at}.baseline`, advantage.baseline, ['group-mean', 'leave-one-out']);
  requireOneOf(`${at}.scale`, advantage.scale, ['group-std', 'mean-only', 'batch-std']);
  requireOneOf(`${at}.standardDeviation`, advantage.standardDeviation, ['population', 'sample']);
  requireNotNegative(`${at}.stdFloor`, advantage.stdFloor);
  requireNotNegative(`${at}.relativeStdFloor`, advantage.relativeStdFloor);
  requireNotNegative(`${at}.minimumSpread`, advantage.minimumSpread);
  const { flatBelow, scope, credit } = advantage;
  demand(`${at}.flatBelow`, flatBelow, flatBelow >= 0 && flatBelow < 1, 'a number in [0, 1)');
  requireOneOf(`${at}.scope`, scope, ['candidate', 'group']);
  if (scope === 'candidate' && samplesPerCandidate < 2)
    throw new HyGrpoConfigError(
      `${at}.scope`,
      scope,
      "'group', or samplesPerCandidate >= 2 to compare within",
    );
  requireOneOf(`${at}.aggregation`, advantage.aggregation, ['normalise-then-sum', 'sum-then-normalise']);
  requireOneOf(`${at}.credit`, credit, ['per-group', 'whole']);
  if (credit === 'per-group' && !takesCredit)
    throw new HyGrpoConfigError(
      `${at}.credit`,
      credit,
      `'whole', or the ratio 'group' or 'mean-group' instead of '${nestedRatio}'`,
    );
  return advantage;
}

/** What the objective refuses, the config refuses under the name that it has there. */
function underField(field: string, check: () => void, replaced = ''): void {
  try {
    check();
  } catch (error) {
    if (!(error instanceof ObjectiveOptionError)) throw error;
    const inner = replaced === '' ? `.${error.field}` : error.field.slice(replaced.length);
    throw new HyGrpoConfigError(`${field}${inner}`, error.value, error.allowed);
  }
}
