import type { ComponentLogProbs } from '@pose-rft/hybrid-actions';
import { sum, tensor, tidy, type Scalar, type Tensor } from '@pose-rft/tensor';
import { match } from 'ts-pattern';
import { clippedObjective, ratioStatistics, type RatioStatistics } from './clipped-objective.js';
import {
  componentEntropy,
  componentKl,
  type KlMethod,
  type RegulariserInput,
} from './component-regularisers.js';
import { sumOverGroups, type DimensionGroups } from './dimension-groups.js';
import { importanceCorrection, type ImportanceCorrection } from './importance-correction.js';
import { coarsenLogProbs, importanceRatios, ratioGroupCount } from './importance-ratio.js';
import { aggregationWeights, type WholeBatch } from './loss-aggregation.js';
import { ObjectiveOptionError } from './objective-option-error.js';
import { explicitLoss, type LossOverrides, type PolicyLoss } from './policy-loss.js';
import type { ComponentAdvantages } from './reward-aggregation.js';
import type { RolloutAxes } from './rollout-axes.js';
import { RolloutShapeError } from './rollout-shape.js';
import { requireFiniteLogProbs, type ScoredComponent } from './scored-component.js';
import { weightedAdvantages } from './weighted-advantages.js';
import { weightedLogProbObjective } from './weighted-log-prob-objective.js';

/** How one component enters the objective: a named loss, and what of it is chosen otherwise. */
export interface ComponentObjectiveOptions extends LossOverrides {
  /** Factor on the component's surrogate, KL and entropy. Default 1. */
  readonly weight?: number;
  /** Default { kind: 'hygrpo' }. */
  readonly loss?: PolicyLoss;
  /** Merges a nested component's groups of dimensions into named ones, such as dimensions into joints. */
  readonly dimensionGroups?: DimensionGroups;
  /** beta: the KL divergence from the reference is subtracted this many times. Default 0. */
  readonly klCoefficient?: number;
  /** What the KL's value is computed by. Default 'auto'. */
  readonly klEstimator?: KlMethod;
  /** What the KL's gradient is computed by. Default 'auto'. */
  readonly klGradient?: KlMethod;
  /**
   * Multiplies the KL's estimates by the importance ratio, since the samples are the old policy's (DeepSeek-V3.2,
   * arXiv 2512.02556; TRL's `use_bias_correction_kl`); an exact KL is left as it is. Default false.
   */
  readonly klImportanceWeighted?: boolean;
  /** The entropy is added this many times, >= 0. Default: not computed; 0 computes it for its own sake. */
  readonly entropyCoefficient?: number;
  /** Needs `trainerLogProbs`. Default: none. */
  readonly importanceCorrection?: ImportanceCorrection;
}

/** What the objective of one component is computed from. */
export interface ComponentObjectiveInput {
  /** For errors. */
  readonly name: string;
  readonly axes: RolloutAxes;
  /** Log-probabilities at sampling time, as the sampler computed them. */
  readonly old: ComponentLogProbs<Float32Array>;
  /**
   * The same as the trainer's policy computed them, if that is another program than the sampler: ratios are then
   * taken to these.
   */
  readonly trainerLogProbs?: ComponentLogProbs<Float32Array>;
  readonly current: ScoredComponent;
  readonly reference?: ScoredComponent;
  /** [P*G] for a sequence; [M, V], or with credit [M, V, K] (J with named groups), for a nested component. */
  readonly advantages: Pick<ComponentAdvantages, 'values' | 'perGroup'>;
  readonly options?: ComponentObjectiveOptions;
  /** The batch of which the rollout is a part: the losses of the parts then add up. Default: the rollout is it. */
  readonly whole?: WholeBatch;
}

/** The terms of one component; the tensors are the caller's. */
export interface ComponentObjective {
  /** Scalar, to be maximised: the weighted sum of the terms, without the component's own factor. */
  readonly surrogate: Scalar;
  /** Scalar KL(pi || reference) under the same weights; present if a reference was given. */
  readonly kl?: Scalar;
  /** Scalar, in nats, under the same weights; present if an entropy coefficient was given. */
  readonly entropy?: Scalar;
  /** As {@link importanceRatios} returns them. */
  readonly ratios: Tensor;
  readonly statistics: RatioStatistics;
  /** As {@link importanceCorrection} returns them; present if it was asked for. */
  readonly correction?: Float32Array;
}

/**
 * The objective of one component, term by term: the loss of GRPO and its relatives for any batch of sampled sequences
 * or nested samples, without a trainer.
 *
 * @throws RolloutShapeError if the parts do not fit each other, or the ratio does not go with the kind of component
 * @throws NonFiniteLogProbError if a log-probability is NaN or infinite
 * @throws ObjectiveOptionError if an option is out of range, or needs what was not given
 * @throws DimensionGroupError if named groups do not share out the dimensions
 * @example
 * ```ts
 * import { componentObjective } from '@pose-rft/hygrpo';
 * import { tensor1d, tidy, useBackend } from '@pose-rft/tensor';
 *
 * await useBackend('cpu');
 * tidy(() => {
 *   const offsets = Int32Array.of(0, 1, 3); // two answers to one prompt, of one and two tokens
 *   const { surrogate, statistics } = componentObjective({
 *     name: 'answer',
 *     axes: { promptCount: 1, candidatesPerPrompt: 2, samplesPerCandidate: 1 },
 *     old: { kind: 'sequence', values: Float32Array.of(-1, -1, -1), offsets },
 *     current: { logProbs: { kind: 'sequence', values: tensor1d([-0.5, -1, -1]), offsets } },
 *     advantages: { values: Float32Array.of(1, -1), perGroup: false },
 *     options: { loss: { kind: 'dapo' } },
 *   });
 *   console.assert(Math.abs((surrogate.dataSync()[0] ?? 0) - (1.28 - 2) / 3) < 1e-6);
 *   console.assert(Math.abs(statistics.clipFraction - 1 / 3) < 1e-6);
 * });
 * ```
 */
export function componentObjective(input: ComponentObjectiveInput): ComponentObjective {
  const made: ComponentObjective[] = [];
  tidy(() => {
    const terms = makeTerms(input);
    made.push(terms);
    const { surrogate, ratios, kl, entropy } = terms;
    return [surrogate, ratios, ...(kl ? [kl] : []), ...(entropy ? [entropy] : [])];
  });
  return made[0] as ComponentObjective;
}

function makeTerms(input: ComponentObjectiveInput): ComponentObjective {
  const { name, axes, old, trainerLogProbs, current, reference, whole, options = {} } = input;
  const { loss: named = { kind: 'hygrpo' }, dimensionGroups, importanceCorrection: correcting } = options;
  if (old.values.length === 0)
    throw new RolloutShapeError(
      `component '${name}' has no row in this rollout: leave it out of the objective`,
    );
  requireFiniteLogProbs(name, old.values, 'the sampler');
  if (trainerLogProbs) requireFiniteLogProbs(name, trainerLogProbs.values, 'the trainer at sampling time');
  requireFiniteLogProbs(name, current.logProbs.values.dataSync<'float32'>(), 'the present policy');

  const loss = explicitLoss(named, old.kind, options);
  const groups = ratioGroupCount(old, dimensionGroups);
  const weights = aggregationWeights(old, axes, loss.aggregation, groups, whole);
  const correction = correcting && correctionOf(input, correcting);
  const advantages = weightedAdvantages({
    ...input,
    loss,
    weights,
    groups,
    ...(correction ? { correction } : {}),
  });

  const ratios = importanceRatios(current.logProbs, trainerLogProbs ?? old, loss.ratio, dimensionGroups);
  const factors = tensor(advantages, termShape(ratios, advantages));
  const surrogate: Scalar = match(loss.surrogate)
    .with('clipped', (): Scalar => sum(clippedObjective(ratios, factors, loss.clipEpsilon)))
    .with('weighted-log-prob', (): Scalar => {
      const logProbs = coarsenLogProbs(current.logProbs.values, old, loss.ratio, dimensionGroups);
      return sum(weightedLogProbObjective(ratios, logProbs, factors, loss.clipEpsilon));
    })
    .exhaustive();
  const statistics = ratioStatistics(ratios.dataSync<'float32'>(), advantages, loss.clipEpsilon);

  const regularised = {
    layout: trainerLogProbs ?? old,
    current,
    weights,
    ...(dimensionGroups ? { dimensionGroups } : {}),
  };
  return {
    surrogate,
    ratios,
    statistics,
    ...(reference ? { kl: klTo(reference, regularised, name, options) } : {}),
    ...(options.entropyCoefficient === undefined ? {} : { entropy: componentEntropy(regularised) }),
    ...(correction ? { correction } : {}),
  };
}

function klTo(
  reference: ScoredComponent,
  input: RegulariserInput,
  name: string,
  { klEstimator = 'auto', klGradient = 'auto', klImportanceWeighted = false }: ComponentObjectiveOptions,
): Scalar {
  requireFiniteLogProbs(name, reference.logProbs.values.dataSync<'float32'>(), 'the reference');
  return componentKl(input, reference, {
    value: klEstimator,
    gradient: klGradient,
    importanceWeighted: klImportanceWeighted,
  });
}

/** [T], or [M, V, K] (J with named groups): what one ratio of the finest kind is to be multiplied by. */
function correctionOf(
  { name, old, trainerLogProbs, options = {} }: ComponentObjectiveInput,
  correction: ImportanceCorrection,
): Float32Array {
  if (trainerLogProbs === undefined)
    throw new ObjectiveOptionError(
      `components.${name}.importanceCorrection`,
      correction,
      "none, or the trainer's own log-probabilities at sampling time beside the sampler's",
    );
  const { dimensionGroups } = options;
  const merged = (part: ComponentLogProbs<Float32Array>): ComponentLogProbs<Float32Array> =>
    part.kind === 'sequence' || dimensionGroups === undefined
      ? part
      : {
          ...part,
          values: sumOverGroups(part.values, dimensionGroups, part.groups),
          groups: Object.keys(dimensionGroups).length,
        };
  return importanceCorrection(merged(trainerLogProbs), merged(old), correction);
}

/** [M, V, 1] beside ratios [M, V, K] when one advantage stands for all groups of dimensions. */
function termShape(ratios: Tensor, advantages: Float32Array): number[] {
  return advantages.length === ratios.size ? ratios.shape : [...ratios.shape.slice(0, -1), 1];
}
