import type { ComponentLogProbs, ComponentScores, Rollout } from '@pose-rft/hybrid-actions';
import { add, mul, scalar, sub, tidy, type Scalar } from '@pose-rft/tensor';
import {
  componentObjective,
  type ComponentObjective,
  type ComponentObjectiveOptions,
} from './component-objective.js';
import { ratioGroupCount } from './importance-ratio.js';
import type { WholeBatch } from './loss-aggregation.js';
import type { ComponentAdvantages } from './reward-aggregation.js';
import { axesOf } from './rollout-axes.js';
import { RolloutShapeError } from './rollout-shape.js';
import { partOf, scoredComponent } from './scored-component.js';

/** What the objective is computed from; `Name` are the components of the rollout, where its type says so. */
export interface HyGrpoObjectiveInput<Name extends string = string> {
  readonly rollout: Omit<Rollout<unknown, unknown>, 'logProbs'> & {
    readonly logProbs: Readonly<Record<Name, ComponentLogProbs<Float32Array>>>;
  };
  /** The present policy's scores of the rollout. */
  readonly scores: ComponentScores;
  /** The reference's scores of the rollout; needed where a KL coefficient is positive. */
  readonly reference?: ComponentScores;
  /** One entry for each component to train: [P*G] for a sequence, [M, V] or [M, V, K] for a nested component. */
  readonly advantages: Readonly<
    Partial<Record<NoInfer<Name>, Pick<ComponentAdvantages, 'values' | 'perGroup'>>>
  >;
  readonly components: Readonly<Partial<Record<NoInfer<Name>, ComponentObjectiveOptions>>>;
  /**
   * Log-probabilities at sampling time as the trainer's policy computed them, where the rollout's are those of another
   * sampler; see {@link ImportanceCorrection}.
   */
  readonly trainerLogProbs?: Readonly<Partial<Record<NoInfer<Name>, ComponentLogProbs<Float32Array>>>>;
  /** The batch of which the rollout is a part, by component: the losses of the parts then add up to that of the batch. */
  readonly whole?: Readonly<Partial<Record<NoInfer<Name>, WholeBatch>>>;
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
 *     loss = - sum over components of weight * (surrogate - klCoefficient * KL + entropyCoefficient * entropy)
 *
 * where a sequence's surrogate is 1/P sum over prompts, 1/G sum over candidates, mean over tokens of
 * min(r A, clip(r) A), and a nested component's is 1/P sum over prompts, 1/|V| sum over the candidates that have it,
 * mean over nested samples of the same. Each component may have another loss ({@link PolicyLoss}). Per candidate or
 * sample, the terms of a finer or coarser ratio are, with the loss 'hygrpo',
 *
 * | ratio | sequence | nested |
 * | --- | --- | --- |
 * | 'token', 'mean-token' | mean over tokens | - |
 * | 'group', 'mean-group' | - | sum over groups of dimensions |
 * | 'sum' | one term | one term |
 * | 'mean' | one term | one term, times K |
 *
 * so that at ratio 1 the gradient of a nested component is A * grad log pi(sample) whatever the granularity; a
 * sequence has it divided by the number of tokens, except with 'sum'.
 *
 * @throws RolloutShapeError if scores, advantages or reference do not fit the rollout, or a name is none of its
 * components (a compile error where the type of the rollout names them)
 * @throws NonFiniteLogProbError if a log-probability is NaN or infinite
 * @throws ObjectiveOptionError if an option is out of range, or needs what was not given
 * @throws DimensionGroupError if named groups do not share out the dimensions
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
export function hyGrpoObjective<Name extends string>(input: HyGrpoObjectiveInput<Name>): HyGrpoObjective {
  // Inside, names are strings: what the types have not refused is refused below.
  const {
    rollout,
    scores,
    reference,
    advantages,
    components,
    trainerLogProbs = {},
    whole = {},
  }: HyGrpoObjectiveInput = input;
  for (const name of [...Object.keys(components), ...Object.keys(advantages)])
    partOf(rollout.logProbs, name, 'the rollout');
  const axes = axesOf(rollout);
  const found: Record<string, ComponentObjective> = {};
  for (const [name, ofComponent] of Object.entries(advantages)) {
    const old = partOf(rollout.logProbs, name, 'the rollout');
    if (ofComponent === undefined || old.values.length === 0) continue;
    const options = components[name] ?? {};
    if ((options.klCoefficient ?? 0) !== 0 && !reference)
      throw new RolloutShapeError(
        `component '${name}' has klCoefficient ${options.klCoefficient} but no reference`,
      );
    const atSampling = trainerLogProbs[name];
    const batch = whole[name];
    found[name] = componentObjective({
      name,
      axes,
      old,
      current: scoredComponent(scores, name, "the policy's scores"),
      advantages: ofComponent,
      options,
      ...(reference ? { reference: scoredComponent(reference, name, "the reference's scores") } : {}),
      ...(atSampling ? { trainerLogProbs: atSampling } : {}),
      ...(batch ? { whole: batch } : {}),
    });
  }
  return { loss: tidy(() => weightedLoss(found, components)), components: found };
}

/**
 * What each part of a rollout must know of the whole, where the loss is computed part by part.
 *
 * @example
 * ```ts
 * import { wholeBatch } from '@pose-rft/hygrpo';
 *
 * const answer = { kind: 'sequence', values: new Float32Array(5), offsets: Int32Array.of(0, 2, 5) } as const;
 * const rollout = {
 *   prompts: ['a', 'b'],
 *   candidatesPerPrompt: 1,
 *   samplesPerCandidate: 1,
 *   actions: [null, null],
 *   logProbs: { answer },
 *   policyVersion: 0,
 * };
 * console.assert(wholeBatch(rollout).answer?.tokenCount === 5);
 * ```
 */
export function wholeBatch(
  rollout: Rollout<unknown, unknown>,
  components: HyGrpoObjectiveInput['components'] = {},
): Readonly<Record<string, WholeBatch>> {
  return Object.fromEntries(
    Object.entries(rollout.logProbs).map(([name, component]) => {
      const scored = component.kind === 'sequence' ? 1 : component.groups;
      const groups = ratioGroupCount(component, components[name]?.dimensionGroups);
      const tokenCount = (component.values.length / scored) * groups;
      return [name, { promptCount: rollout.prompts.length, tokenCount }];
    }),
  );
}

function weightedLoss(
  terms: Readonly<Record<string, ComponentObjective>>,
  components: HyGrpoObjectiveInput['components'],
): Scalar {
  let total: Scalar = scalar(0);
  for (const [name, { surrogate, kl, entropy }] of Object.entries(terms)) {
    const { weight = 1, klCoefficient = 0, entropyCoefficient = 0 } = components[name] ?? {};
    total = sub(total, mul(surrogate, weight));
    if (klCoefficient !== 0 && kl) total = add(total, mul(kl, weight * klCoefficient));
    if (entropyCoefficient !== 0 && entropy) total = sub(total, mul(entropy, weight * entropyCoefficient));
  }
  return total;
}
