import {
  readLogProbs,
  type ComponentLogProbs,
  type ComponentScores,
  type HybridPolicy,
  type Rollout,
} from '@pose-rft/hybrid-actions';
import type { Random } from '@pose-rft/random';
import { valueAndGradients, type Tensor } from '@pose-rft/tensor';
import type { ResolvedComponentConfig } from './component-config.js';
import type { KlCoefficients } from './kl-control.js';
import type { ComponentObjective } from './component-objective.js';
import { HyGrpoConfigError } from './config-checks.js';
import { disposeScores, keepScores } from './keep-scores.js';
import type { WholeBatch } from './loss-aggregation.js';
import { hyGrpoObjective, wholeBatch } from './objective.js';
import type { ComponentAdvantages } from './reward-aggregation.js';
import { selectAdvantages, selectPrompts } from './rollout-slice.js';

/** A part of a rollout that is differentiated at a time: plain data, so that another thread can do it. */
export interface MicroBatch<Prompt, Action> {
  readonly rollout: Rollout<Prompt, Action>;
  readonly advantages: Readonly<Record<string, Pick<ComponentAdvantages, 'values' | 'perGroup'>>>;
  /** The coefficients in force are in them. */
  readonly components: Readonly<Record<string, ResolvedComponentConfig>>;
  /** What its losses must know of the minibatch, so that they add up to that of the minibatch. */
  readonly whole: Readonly<Record<string, WholeBatch>>;
}

/** The micro-batches of a rollout, and which of them make a minibatch. */
export interface UpdatePlan<Prompt, Action> {
  readonly batches: readonly MicroBatch<Prompt, Action>[];
  /** For each minibatch the indices of its micro-batches. */
  readonly minibatches: readonly (readonly number[])[];
}

/** What a micro-batch contributes to the metrics of a step. */
export interface MicroBatchReport {
  /** Its part of the loss. */
  readonly loss: number;
  readonly components: Readonly<Record<string, ComponentReport>>;
}

/** Metrics by their full names, with what it takes to join them over micro-batches. */
export interface ComponentReport {
  /** How many ratios the means are over. */
  readonly terms: number;
  readonly means: Readonly<Record<string, number>>;
  readonly geometricMeans: Readonly<Record<string, number>>;
  readonly maxima: Readonly<Record<string, number>>;
  /** They add up to those of the minibatch. */
  readonly sums: Readonly<Record<string, number>>;
}

/**
 * Divides a rollout for an update. With several minibatches its prompts are shuffled first, once: the parts are the same
 * in every inner epoch, so that the reference is scored once.
 */
export function planUpdate<Prompt, Action>(
  rollout: Rollout<Prompt, Action>,
  advantages: Readonly<Record<string, ComponentAdvantages>>,
  options: {
    readonly components: Readonly<Record<string, ResolvedComponentConfig>>;
    readonly klCoefficients: KlCoefficients;
    readonly minibatches: number;
    readonly promptsPerMicroBatch: number;
    readonly random: Random;
  },
): UpdatePlan<Prompt, Action> {
  const components = Object.fromEntries(
    Object.entries(options.components).map(([name, component]) => [
      name,
      { ...component, klCoefficient: options.klCoefficients[name] ?? component.klCoefficient },
    ]),
  );
  const inOrder = Array.from(rollout.prompts.keys());
  const minibatchCount = Math.min(options.minibatches, inOrder.length);
  const order = minibatchCount > 1 ? options.random.shuffle(inOrder) : inOrder;
  const batches: MicroBatch<Prompt, Action>[] = [];
  const minibatches = Array.from({ length: minibatchCount }, (_, minibatch) => {
    const start = Math.floor((minibatch * order.length) / minibatchCount);
    const end = Math.floor(((minibatch + 1) * order.length) / minibatchCount);
    const members: number[] = [];
    const whole = wholeBatch(selectPrompts(rollout, order.slice(start, end)), components);
    for (let at = start; at < end; at += options.promptsPerMicroBatch) {
      const prompts = order.slice(at, Math.min(end, at + options.promptsPerMicroBatch));
      members.push(batches.length);
      batches.push({
        rollout: selectPrompts(rollout, prompts),
        advantages: advantagesOf(advantages, rollout, prompts),
        components,
        whole,
      });
    }
    return members;
  });
  return { batches, minibatches };
}

function advantagesOf(
  advantages: Readonly<Record<string, ComponentAdvantages>>,
  rollout: Rollout<unknown, unknown>,
  prompts: readonly number[],
): MicroBatch<unknown, unknown>['advantages'] {
  return Object.fromEntries(
    Object.entries(advantages).flatMap(([name, each]) => {
      const component = rollout.logProbs[name];
      return component ? [[name, selectAdvantages(each, component, rollout, prompts)]] : [];
    }),
  );
}

/** What is measured of a micro-batch before the first update, and holds for all of them. */
export interface MicroBatchAnchors {
  /** The reference's scores, if a KL is wanted. */
  readonly reference?: ComponentScores;
  /** The policy's own log-probabilities, of components whose sampler is to be corrected. */
  readonly trainerLogProbs: Readonly<Record<string, ComponentLogProbs<Float32Array>>>;
}

/**
 * Measures them; {@link disposeAnchors} frees them.
 *
 * @throws HyGrpoConfigError if there is no reference to score with
 */
export function anchorMicroBatch<Prompt, Action>(
  policy: Pick<HybridPolicy<Prompt, Action>, 'score'>,
  { rollout, components }: MicroBatch<Prompt, Action>,
  reference: Pick<HybridPolicy<Prompt, Action>, 'score'> | undefined,
): MicroBatchAnchors {
  const entries = Object.entries(components);
  const corrected = entries.filter(([, { importanceCorrection }]) => importanceCorrection !== undefined);
  const own = corrected.length === 0 ? {} : readLogProbs(() => policy.score(rollout));
  const trainerLogProbs = Object.fromEntries(
    corrected.flatMap(([name]) => (own[name] ? [[name, own[name]]] : [])),
  );
  const pulled = entries.find(([, { klCoefficient }]) => klCoefficient > 0);
  if (pulled === undefined) return { trainerLogProbs };
  if (reference === undefined)
    throw new HyGrpoConfigError(
      `components.${pulled[0]}.klCoefficient`,
      pulled[1].klCoefficient,
      '0, or a reference policy beside the policy',
    );
  return { trainerLogProbs, reference: keepScores(() => reference.score(rollout)) };
}

/** Frees the reference's scores. */
export function disposeAnchors({ reference }: MicroBatchAnchors): void {
  if (reference) disposeScores(reference);
}

/**
 * The gradients of a micro-batch's part of the loss; the caller disposes of them. None if no trained component has a
 * row in it, as when every candidate is invalid.
 */
export function differentiateMicroBatch<Prompt, Action>(
  policy: Pick<HybridPolicy<Prompt, Action>, 'score' | 'parameters'>,
  batch: MicroBatch<Prompt, Action>,
  { reference, trainerLogProbs }: MicroBatchAnchors,
): { readonly report: MicroBatchReport; readonly gradients: Record<string, Tensor> } {
  const { rollout, whole } = batch;
  const hasRows = Object.keys(batch.advantages).some(
    (name) => (rollout.logProbs[name]?.values.length ?? 0) > 0,
  );
  if (!hasRows) return { report: { loss: 0, components: {} }, gradients: {} };
  const { loss, gradients, aux } = valueAndGradients(policy.parameters, () => {
    const scores = policy.score(rollout);
    const { loss, components } = hyGrpoObjective({
      rollout,
      scores,
      advantages: batch.advantages,
      components: batch.components,
      trainerLogProbs,
      whole,
      ...(reference ? { reference } : {}),
    });
    const reports = Object.entries(components).map(
      ([name, objective]) => [name, reportOf(name, objective, scores)] as const,
    );
    return { loss, aux: Object.fromEntries(reports) };
  });
  return { report: { loss, components: aux }, gradients };
}

function reportOf(
  name: string,
  { ratios, statistics, kl, entropy, correction }: ComponentObjective,
  scores: ComponentScores,
): ComponentReport {
  const gaussian = scores.gaussians?.[name];
  return {
    terms: ratios.size,
    means: {
      [`ratio/${name}/mean`]: statistics.mean,
      [`clip_ratio/${name}`]: statistics.clipFraction,
      [`approx_kl/${name}`]: approximateKl(ratios.dataSync<'float32'>()),
      ...(correction
        ? {
            [`sampling_ratio/${name}/mean`]:
              correction.reduce((total, weight) => total + weight, 0) / correction.length,
          }
        : {}),
    },
    geometricMeans: gaussian
      ? { [`policy_std/${name}`]: meanStandardDeviation(gaussian.logStandardDeviation) }
      : {},
    maxima: {
      [`ratio/${name}/max`]: statistics.max,
      ...(correction
        ? { [`sampling_ratio/${name}/max`]: correction.reduce((max, weight) => Math.max(max, weight), 0) }
        : {}),
    },
    sums: {
      ...(kl ? { [`kl/${name}`]: kl.dataSync()[0] as number } : {}),
      ...(entropy ? { [`entropy/${name}`]: entropy.dataSync()[0] as number } : {}),
    },
  };
}

/** The mean of `r - 1 - ln r`, which estimates KL(sampler || present policy) from the sampler's ratios and is >= 0. */
function approximateKl(ratios: Float32Array): number {
  let total = 0;
  for (let index = 0; index < ratios.length; index++) {
    const ratio = ratios[index] as number;
    total += ratio - 1 - Math.log(ratio);
  }
  return total / ratios.length;
}

/** The geometric mean: no exponential for each of the many numbers. */
function meanStandardDeviation(logStandardDeviation: Tensor): number {
  const values = logStandardDeviation.dataSync<'float32'>();
  let total = 0;
  for (let index = 0; index < values.length; index++) total += values[index] as number;
  return Math.exp(total / values.length);
}
