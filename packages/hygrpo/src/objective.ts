import {
  gaussianKl,
  type ComponentLogProbs,
  type ComponentScores,
  type NestedLogProbs,
  type Rollout,
  type SequenceLogProbs,
} from '@pose-rft/hybrid-actions';
import {
  add,
  mul,
  scalar,
  sub,
  sum,
  tensor,
  tensor1d,
  tidy,
  type Scalar,
  type Tensor,
} from '@pose-rft/tensor';
import { match } from 'ts-pattern';
import {
  clippedObjective,
  ratioStatistics,
  type ClipEpsilon,
  type RatioStatistics,
} from './clipped-objective.js';
import { candidateWeights, tokenWeights } from './component-weights.js';
import { importanceRatios, type RatioGranularity } from './importance-ratio.js';
import { klEstimate, type KlEstimator } from './kl-estimate.js';
import type { ComponentAdvantages } from './reward-aggregation.js';
import { RolloutShapeError } from './rollout-shape.js';

/** How one component enters the objective. */
export interface ComponentObjectiveOptions {
  /** Factor on the component's surrogate and KL. Default 1. */
  readonly weight?: number;
  /** beta: the KL divergence from the reference is subtracted this many times. Default 0. */
  readonly klCoefficient?: number;
  /** Default 'token' for sequences, 'group' for nested components. */
  readonly ratio?: RatioGranularity;
  /** Default { low: 0.2, high: 0.2 }. */
  readonly clipEpsilon?: ClipEpsilon;
  /** Default 'k3'. Not used where Gaussian parameters make the KL exact. */
  readonly klEstimator?: KlEstimator;
}

/** What the objective is computed from. */
export interface HyGrpoObjectiveInput {
  readonly rollout: Rollout<unknown, unknown>;
  /** The present policy's scores of the rollout. */
  readonly scores: ComponentScores;
  /** The reference's scores of the rollout; needed where a KL coefficient is positive. */
  readonly reference?: ComponentScores;
  /** One entry for each component to train: [P*G] for a sequence, [M, V] or [M, V, K] for a nested component. */
  readonly advantages: Readonly<Record<string, Pick<ComponentAdvantages, 'values' | 'perGroup'>>>;
  readonly components: Readonly<Record<string, ComponentObjectiveOptions>>;
}

/** The terms of one component. */
export interface ComponentObjective {
  /** Scalar, to be maximised: the weighted sum of the clipped terms, without the component's own factor. */
  readonly surrogate: Scalar;
  /** Scalar KL(pi || reference) under the same weights; present if a reference was given. */
  readonly kl?: Scalar;
  /** As {@link importanceRatios} returns them. */
  readonly ratios: Tensor;
  readonly statistics: RatioStatistics;
}

/** The objective and all its terms; the tensors are the caller's. */
export interface HyGrpoObjective {
  /** Scalar, to be minimised. */
  readonly loss: Scalar;
  /** Components without a single row (no candidate emitted a pose) are left out. */
  readonly components: Readonly<Record<string, ComponentObjective>>;
}

/**
 * HyGRPO's objective (Pose-RFT, arXiv 2508.07804), as a loss:
 *
 *     loss = - sum over components of weight * (surrogate - klCoefficient * KL)
 *
 * where a sequence's surrogate is 1/P sum over prompts, 1/G sum over candidates, mean over tokens of
 * min(r A, clip(r) A), and a nested component's is 1/P sum over prompts, 1/|V| sum over the candidates that have it,
 * mean over nested samples of the same. Per candidate or sample, the terms of a finer or coarser ratio are
 *
 * | ratio | sequence | nested |
 * | --- | --- | --- |
 * | 'token' | mean over tokens | - |
 * | 'group' | - | sum over groups of dimensions |
 * | 'sum' | one term | one term |
 * | 'mean' | one term | one term, times K |
 *
 * so that at ratio 1 the gradient of a nested component is A * grad log pi(sample) whatever the granularity; a
 * sequence with 'token' or 'mean' has it divided by the number of tokens.
 *
 * @throws RolloutShapeError if scores, advantages or reference do not fit the rollout
 * @example
 * ```ts
 * import { hyGrpoObjective } from '@pose-rft/hygrpo';
 * import { tensor1d, tidy, useBackend } from '@pose-rft/tensor';
 *
 * await useBackend('cpu');
 * tidy(() => {
 *   const offsets = Int32Array.of(0, 1, 2); // one prompt, two candidates of one token each
 *   const { loss, components } = hyGrpoObjective({
 *     rollout: {
 *       prompts: ['left or right?'],
 *       candidatesPerPrompt: 2,
 *       samplesPerCandidate: 1,
 *       actions: [[0], [1]],
 *       logProbs: { answer: { kind: 'sequence', values: Float32Array.of(-1, -1), offsets } },
 *       policyVersion: 0,
 *     },
 *     scores: { logProbs: { answer: { kind: 'sequence', values: tensor1d([-0.9, -1.1]), offsets } } },
 *     advantages: { answer: { values: Float32Array.of(1, -1), perGroup: false } },
 *     components: { answer: {} },
 *   });
 *   console.assert((loss.dataSync()[0] ?? 0) < 0 && components.answer?.statistics.clipFraction === 0);
 * });
 * ```
 */
export function hyGrpoObjective(input: HyGrpoObjectiveInput): HyGrpoObjective {
  const components: Record<string, ComponentObjective> = {};
  for (const [name, advantages] of Object.entries(input.advantages)) {
    const options = input.components[name] ?? {};
    const old = partOf(input.rollout.logProbs, name, 'the rollout');
    if (old.values.length === 0) continue;
    components[name] = componentObjective(name, old, advantages, options, input);
  }
  const loss = tidy(() => {
    let total: Scalar = scalar(0);
    for (const [name, { surrogate, kl }] of Object.entries(components)) {
      const { weight = 1, klCoefficient = 0 } = input.components[name] ?? {};
      total = sub(total, mul(surrogate, weight));
      if (klCoefficient === 0) continue;
      if (kl === undefined)
        throw new RolloutShapeError(
          `component '${name}' has klCoefficient ${klCoefficient} but no reference`,
        );
      total = add(total, mul(kl, weight * klCoefficient));
    }
    return total;
  });
  return { loss, components };
}

function componentObjective(
  name: string,
  old: ComponentLogProbs<Float32Array>,
  advantages: Pick<ComponentAdvantages, 'values' | 'perGroup'>,
  options: ComponentObjectiveOptions,
  input: HyGrpoObjectiveInput,
): ComponentObjective {
  const current = partOf(input.scores.logProbs, name, "the policy's scores");
  const { ratio = DEFAULT_RATIO[old.kind], clipEpsilon = DEFAULT_CLIP_EPSILON } = options;
  const weighted =
    old.kind === 'sequence'
      ? weightedSequenceAdvantages(name, old, advantages, ratio)
      : weightedNestedAdvantages(name, old, advantages, ratio, input.rollout);
  const ratios = importanceRatios(current, old, ratio);
  const surrogate = tidy((): Scalar =>
    sum(clippedObjective(ratios, tensor(weighted, termShape(ratios, weighted)), clipEpsilon)),
  );
  const statistics = ratioStatistics(ratios.dataSync<'float32'>(), weighted, clipEpsilon);
  if (!input.reference) return { surrogate, ratios, statistics };
  return { surrogate, ratios, statistics, kl: componentKl(name, old, options, input, input.reference) };
}

const DEFAULT_RATIO = { sequence: 'token', nested: 'group' } as const;
const DEFAULT_CLIP_EPSILON: ClipEpsilon = { low: 0.2, high: 0.2 };

/**
 * Advantages times weights, one for each ratio. The weights are positive, so min and clip commute with them, and the
 * surrogate becomes a plain sum.
 */
function weightedSequenceAdvantages(
  name: string,
  { offsets }: SequenceLogProbs<Float32Array>,
  { values }: Pick<ComponentAdvantages, 'values'>,
  ratio: RatioGranularity,
): Float32Array {
  const candidateCount = offsets.length - 1;
  if (values.length !== candidateCount)
    throw new RolloutShapeError(
      `component '${name}' has ${values.length} advantages; expected ${candidateCount}, one a candidate`,
    );
  if (ratio !== 'token') return values.map((advantage) => advantage / candidateCount);
  const advantages = tokenWeights(offsets);
  for (let candidate = 0; candidate < candidateCount; candidate++) {
    const advantage = values[candidate] as number;
    for (let token = offsets[candidate] as number; token < (offsets[candidate + 1] as number); token++)
      advantages[token] = (advantages[token] as number) * advantage;
  }
  return advantages;
}

/** The same for nested samples: one for each ratio, or one for all groups of dimensions of a sample. */
function weightedNestedAdvantages(
  name: string,
  { candidates, groups }: NestedLogProbs<Float32Array>,
  { values, perGroup }: Pick<ComponentAdvantages, 'values' | 'perGroup'>,
  ratio: RatioGranularity,
  rollout: Rollout<unknown, unknown>,
): Float32Array {
  const { prompts, candidatesPerPrompt, samplesPerCandidate } = rollout;
  const rowLength = samplesPerCandidate * (perGroup ? groups : 1);
  if (values.length !== candidates.length * rowLength)
    throw new RolloutShapeError(
      `component '${name}' has ${values.length} advantages; expected ${candidates.length} candidates * ${rowLength}`,
    );
  if (perGroup && ratio !== 'group')
    throw new RolloutShapeError(
      `component '${name}' has advantages per group of dimensions, which only the ratio 'group' can use, not '${ratio}'`,
    );
  const weights = candidateWeights(candidates, prompts.length, candidatesPerPrompt);
  const factor = (ratio === 'mean' ? groups : 1) / samplesPerCandidate;
  const advantages = new Float32Array(values.length);
  for (let row = 0, index = 0; row < candidates.length; row++) {
    const weight = (weights[row] as number) * factor;
    for (const end = index + rowLength; index < end; index++)
      advantages[index] = (values[index] as number) * weight;
  }
  return advantages;
}

/** [M, V, 1] beside ratios [M, V, K] when one advantage stands for all groups of dimensions. */
function termShape(ratios: Tensor, advantages: Float32Array): number[] {
  return advantages.length === ratios.size ? ratios.shape : [...ratios.shape.slice(0, -1), 1];
}

function componentKl(
  name: string,
  old: ComponentLogProbs<Float32Array>,
  { klEstimator = 'k3' }: ComponentObjectiveOptions,
  { rollout, scores }: HyGrpoObjectiveInput,
  reference: ComponentScores,
): Scalar {
  return tidy((): Scalar => {
    const estimate = (): Tensor =>
      klEstimate(
        partOf(scores.logProbs, name, "the policy's scores").values,
        partOf(reference.logProbs, name, "the reference's scores").values,
        klEstimator,
      );
    return match(old)
      .with({ kind: 'sequence' }, ({ offsets }): Scalar =>
        sum(mul(estimate(), tensor1d(tokenWeights(offsets)))),
      )
      .with({ kind: 'nested' }, ({ candidates }): Scalar => {
        const { prompts, candidatesPerPrompt, samplesPerCandidate } = rollout;
        const weights = tensor1d(candidateWeights(candidates, prompts.length, candidatesPerPrompt));
        const gaussian = scores.gaussians?.[name];
        const referenceGaussian = reference.gaussians?.[name];
        const perCandidate =
          gaussian && referenceGaussian
            ? gaussianKl(gaussian, referenceGaussian)
            : mul(sum(estimate(), [1, 2]), 1 / samplesPerCandidate);
        return sum(mul(perCandidate, weights));
      })
      .exhaustive();
  });
}

function partOf<Part>(parts: Readonly<Record<string, Part>>, name: string, owner: string): Part {
  const part = parts[name];
  if (part === undefined)
    throw new RolloutShapeError(
      `${owner} has no component '${name}' (it has: ${Object.keys(parts).join(', ') || 'none'})`,
    );
  return part;
}
