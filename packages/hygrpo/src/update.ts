import type { Random } from '@pose-rft/random';
import { dispose, valueAndGradients, type AdamW, type ParameterStore, type Scalar } from '@pose-rft/tensor';
import type { MicroBatchReport, UpdatePlan } from './micro-batch.js';
import { addGradients, type PolicyExecutor } from './policy-executor.js';

/** Everything that the steps on one rollout share. */
export interface PolicyUpdate<Prompt, Action> {
  readonly executor: PolicyExecutor<Prompt, Action>;
  /** Its micro-batches are loaded into the executor. */
  readonly plan: UpdatePlan<Prompt, Action>;
  readonly parameters: ParameterStore;
  readonly innerEpochs: number;
  /** By component: no step once `approx_kl/{component}` is above it. */
  readonly stopAboveKl: Readonly<Record<string, number>>;
  readonly optimizer: AdamW;
  readonly learningRate: number;
  readonly learningRateScale?: (parameter: string) => number;
  readonly auxiliaryLoss?: (random: Random) => Scalar;
  readonly random: Random;
  /** Called before anything changes. */
  readonly onFirstStep: () => void;
}

/**
 * Takes `innerEpochs` times an optimiser step for each minibatch, or fewer if the policy moves too far.
 *
 * @returns metrics: means over the steps, the largest of those that end in `/max`, and counts of steps
 */
export async function updatePolicy<Prompt, Action>(
  update: PolicyUpdate<Prompt, Action>,
): Promise<Record<string, number>> {
  const steps: Record<string, number>[] = [];
  let stopped = false;
  for (let epoch = 0; epoch < update.innerEpochs && !stopped; epoch++)
    for (const [index, minibatch] of update.plan.minibatches.entries()) {
      const step = await takeStep(update, minibatch, `auxiliary-${epoch}${index === 0 ? '' : `-${index}`}`);
      steps.push(step.metrics);
      stopped = step.stopped;
      if (stopped) break;
    }
  return { ...joinSteps(steps), update_stopped: stopped ? 1 : 0 };
}

async function takeStep<Prompt, Action>(
  update: PolicyUpdate<Prompt, Action>,
  minibatch: readonly number[],
  label: string,
): Promise<{ readonly metrics: Record<string, number>; readonly stopped: boolean }> {
  const { executor, parameters, optimizer, auxiliaryLoss } = update;
  const accumulated = await executor.differentiate(minibatch);
  let { gradients } = accumulated;
  try {
    const metrics = joinReports(accumulated.reports);
    const tooFar = Object.entries(update.stopAboveKl).some(
      ([name, limit]) => (metrics[`approx_kl/${name}`] ?? 0) > limit,
    );
    if (tooFar) return { metrics: { ...metrics, updates: 0 }, stopped: true };
    let loss = metrics['loss'] ?? 0;
    if (auxiliaryLoss) {
      const auxiliary = valueAndGradients(parameters, () => ({
        loss: auxiliaryLoss(update.random.split(label)),
        aux: null,
      }));
      gradients = addGradients(gradients, auxiliary.gradients);
      loss += auxiliary.loss;
    }
    if (Object.keys(gradients).length === 0)
      return { metrics: { ...metrics, loss, updates: 0 }, stopped: false };
    update.onFirstStep();
    const { gradientNorm, applied } = optimizer.step(
      parameters,
      gradients,
      update.learningRate,
      update.learningRateScale,
    );
    if (applied) executor.parametersChanged();
    const outcome = { grad_norm: gradientNorm, skipped_updates: applied ? 0 : 1, updates: applied ? 1 : 0 };
    return { metrics: { ...metrics, loss, ...outcome }, stopped: false };
  } finally {
    dispose(gradients);
  }
}

/** The metrics of a minibatch from those of its micro-batches. */
function joinReports(reports: readonly MicroBatchReport[]): Record<string, number> {
  const metrics: Record<string, number> = { loss: 0 };
  const logarithms: Record<string, number> = {};
  const accumulate = (name: string, value: number): void => {
    metrics[name] = (metrics[name] ?? 0) + value;
  };
  const terms: Record<string, number> = {};
  for (const { components } of reports)
    for (const [name, component] of Object.entries(components))
      terms[name] = (terms[name] ?? 0) + component.terms;
  for (const { loss, components } of reports) {
    accumulate('loss', loss);
    for (const [component, report] of Object.entries(components)) {
      const weight = report.terms / (terms[component] ?? 1);
      for (const [name, value] of Object.entries(report.means)) accumulate(name, weight * value);
      for (const [name, value] of Object.entries(report.geometricMeans))
        logarithms[name] = (logarithms[name] ?? 0) + weight * Math.log(value);
      for (const [name, value] of Object.entries(report.maxima))
        metrics[name] = Math.max(metrics[name] ?? -Infinity, value);
      for (const [name, value] of Object.entries(report.sums)) {
        accumulate(name, value);
        if (name.startsWith('kl/')) accumulate('kl', value);
      }
    }
  }
  for (const [name, value] of Object.entries(logarithms)) metrics[name] = Math.exp(value);
  return metrics;
}

/** Summed over steps; all other metrics are means over the steps that have them, or maxima. */
const COUNTS: readonly string[] = ['skipped_updates', 'updates'];

function joinSteps(steps: readonly Record<string, number>[]): Record<string, number> {
  const joined: Record<string, number> = {};
  const seen: Record<string, number> = {};
  for (const step of steps)
    for (const [name, value] of Object.entries(step)) {
      seen[name] = (seen[name] ?? 0) + 1;
      joined[name] = name.endsWith('/max')
        ? Math.max(joined[name] ?? -Infinity, value)
        : (joined[name] ?? 0) + value;
    }
  for (const [name, count] of Object.entries(seen))
    if (!name.endsWith('/max') && !COUNTS.includes(name)) joined[name] = (joined[name] as number) / count;
  return joined;
}
