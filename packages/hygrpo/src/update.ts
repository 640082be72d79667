import {
  readLogProbs,
  type ComponentScores,
  type HybridPolicy,
  type Rollout,
} from '@pose-rft/hybrid-actions';
import type { Random } from '@pose-rft/random';
import {
  add,
  clone,
  dispose,
  keep,
  tidy,
  valueAndGradients,
  type AdamW,
  type Scalar,
  type Tensor,
} from '@pose-rft/tensor';
import type { ResolvedHyGrpoConfig } from './config.js';
import { hyGrpoObjective, type HyGrpoObjectiveInput } from './objective.js';
import type { ComponentAdvantages } from './reward-aggregation.js';

/** Everything that the inner epochs of one rollout share. */
export interface PolicyUpdate<Prompt, Action> {
  readonly policy: HybridPolicy<Prompt, Action>;
  readonly rollout: Rollout<Prompt, Action>;
  readonly advantages: Readonly<Record<string, ComponentAdvantages>>;
  readonly reference?: ComponentScores;
  readonly config: ResolvedHyGrpoConfig;
  readonly optimizer: AdamW;
  readonly learningRate: number;
  readonly learningRateScale?: (parameter: string) => number;
  readonly auxiliaryLoss?: (random: Random) => Scalar;
  readonly random: Random;
}

/**
 * Takes `innerEpochs` optimiser steps on one rollout.
 *
 * @returns metrics: means over the epochs, and the largest of those that end in `/max`
 */
export function updatePolicy<Prompt, Action>(update: PolicyUpdate<Prompt, Action>): Record<string, number> {
  const metrics: Record<string, number> = {};
  const { innerEpochs } = update.config;
  const trainerLogProbs = correctedLogProbs(update);
  for (let epoch = 0; epoch < innerEpochs; epoch++)
    for (const [name, value] of Object.entries(takeStep({ ...update, trainerLogProbs }, epoch)))
      if (name.endsWith('/max')) metrics[name] = Math.max(metrics[name] ?? -Infinity, value);
      else if (name === 'skipped_updates') metrics[name] = (metrics[name] ?? 0) + value;
      else metrics[name] = (metrics[name] ?? 0) + value / innerEpochs;
  return metrics;
}

type TrainerLogProbs = NonNullable<HyGrpoObjectiveInput['trainerLogProbs']>;
type CorrectedUpdate<Prompt, Action> = PolicyUpdate<Prompt, Action> & {
  readonly trainerLogProbs: TrainerLogProbs;
};

/** What the policy, not yet updated, says itself of components whose sampler is to be corrected. */
function correctedLogProbs<Prompt, Action>({
  policy,
  rollout,
  config,
}: PolicyUpdate<Prompt, Action>): TrainerLogProbs {
  const corrected = Object.entries(config.components).filter(
    ([, { importanceCorrection }]) => importanceCorrection !== undefined,
  );
  if (corrected.length === 0) return {};
  const read = readLogProbs(() => policy.score(rollout));
  return Object.fromEntries(
    corrected.flatMap(([name]) => {
      const logProbs = read[name];
      return logProbs ? [[name, logProbs]] : [];
    }),
  );
}

function takeStep<Prompt, Action>(
  update: CorrectedUpdate<Prompt, Action>,
  epoch: number,
): Record<string, number> {
  const { policy, optimizer, learningRate, learningRateScale, auxiliaryLoss } = update;
  const { loss, gradients, aux } = valueAndGradients(policy.parameters, () => {
    const objective = evaluate(update);
    const auxiliary = auxiliaryLoss?.(update.random.split(`auxiliary-${epoch}`));
    return {
      loss: auxiliary ? add(objective.loss, auxiliary) : objective.loss,
      aux: objective.metrics,
    };
  });
  try {
    const { gradientNorm, applied } = optimizer.step(
      policy.parameters,
      gradients,
      learningRate,
      learningRateScale,
    );
    return { ...aux, loss, grad_norm: gradientNorm, skipped_updates: applied ? 0 : 1 };
  } finally {
    dispose(gradients);
  }
}

function evaluate<Prompt, Action>({
  policy,
  rollout,
  advantages,
  reference,
  config,
  trainerLogProbs,
}: CorrectedUpdate<Prompt, Action>): { readonly loss: Scalar; readonly metrics: Record<string, number> } {
  const scores = policy.score(rollout);
  const { loss, components } = hyGrpoObjective({
    rollout,
    scores,
    advantages,
    components: config.components,
    trainerLogProbs,
    ...(reference ? { reference } : {}),
  });
  const metrics: Record<string, number> = {};
  for (const [name, { statistics, kl, entropy, correction }] of Object.entries(components)) {
    metrics[`ratio/${name}/mean`] = statistics.mean;
    metrics[`ratio/${name}/max`] = statistics.max;
    metrics[`clip_ratio/${name}`] = statistics.clipFraction;
    const gaussian = scores.gaussians?.[name];
    if (gaussian) metrics[`policy_std/${name}`] = meanStandardDeviation(gaussian.logStandardDeviation);
    if (entropy) metrics[`entropy/${name}`] = entropy.dataSync()[0] as number;
    if (correction) {
      const total = correction.reduce((sum, weight) => sum + weight, 0);
      metrics[`sampling_ratio/${name}/mean`] = total / correction.length;
      metrics[`sampling_ratio/${name}/max`] = correction.reduce((max, weight) => Math.max(max, weight), 0);
    }
    if (!kl) continue;
    const divergence = kl.dataSync()[0] as number;
    metrics[`kl/${name}`] = divergence;
    metrics.kl = (metrics.kl ?? 0) + divergence;
  }
  return { loss, metrics };
}

/** The geometric mean: no exponential for each of the many numbers. */
function meanStandardDeviation(logStandardDeviation: Tensor): number {
  const values = logStandardDeviation.dataSync<'float32'>();
  let total = 0;
  for (let index = 0; index < values.length; index++) total += values[index] as number;
  return Math.exp(total / values.length);
}

/** Scores outside any gradient; the caller disposes of them with {@link disposeScores}. */
export function keepScores(score: () => ComponentScores): ComponentScores {
  const kept: ComponentScores[] = [];
  tidy(() => {
    const { logProbs, gaussians, categoricals } = score();
    // Clones, which share their data: a policy may well return one of its own parameters.
    const surviving = <Kept extends Tensor>(tensor: Kept): Kept => keep(clone(tensor));
    kept.push({
      logProbs: mapValues(logProbs, (component) => ({ ...component, values: surviving(component.values) })),
      gaussians: mapValues(gaussians ?? {}, (gaussian) => ({
        mean: surviving(gaussian.mean),
        logStandardDeviation: surviving(gaussian.logStandardDeviation),
      })),
      categoricals: mapValues(categoricals ?? {}, ({ logits }) => ({ logits: surviving(logits) })),
    });
  });
  return kept[0] as ComponentScores;
}

/** Frees what {@link keepScores} kept. */
export function disposeScores({ logProbs, gaussians = {}, categoricals = {} }: ComponentScores): void {
  for (const { values } of Object.values(logProbs)) values.dispose();
  for (const { logits } of Object.values(categoricals)) logits.dispose();
  for (const { mean, logStandardDeviation } of Object.values(gaussians)) {
    mean.dispose();
    logStandardDeviation.dispose();
  }
}

function mapValues<From, To>(
  record: Readonly<Record<string, From>>,
  map: (value: From) => To,
): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]));
}
